from __future__ import annotations

import base64
import json

import jwt as pyjwt
import pytest

from flowtape.capture.sanitise.pseudonyms import jwt
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

SECRET = "a secret of thirty-two bytes or more"
RAW = pyjwt.encode({"sub": "42", "exp": 4000000000}, "another secret of thirty-two bytes", algorithm="HS256")


def read(value: str) -> jwt.Token:
    token = jwt.read(value)
    assert token is not None
    return token


def test_a_token_stays_a_token(keyed: Keyed, other: Keyed) -> None:
    made = jwt.write(keyed, read(RAW), b'{"sub":"43"}')
    assert len(made.split(".")[2]) == len(RAW.split(".")[2])
    assert pyjwt.get_unverified_header(made) == pyjwt.get_unverified_header(RAW)
    assert pyjwt.decode(made, options={"verify_signature": False}) == {"sub": "43"}
    assert jwt.ours(made)
    assert not jwt.ours(RAW)
    assert made != jwt.write(other, read(RAW), b'{"sub":"43"}')


def test_with_a_secret_it_is_truly_signed(keyed: Keyed) -> None:
    made = jwt.write(keyed, read(RAW), read(RAW).claims, SECRET.encode())
    assert pyjwt.decode(made, SECRET, algorithms=["HS256"])["sub"] == "42"
    assert jwt.ours(made, SECRET.encode())
    assert not jwt.ours(made)


def test_an_unsigned_token_stays_unsigned(keyed: Keyed) -> None:
    raw = pyjwt.encode({"sub": "42"}, "", algorithm="none")
    assert jwt.write(keyed, read(raw), b"{}").endswith(".")


@pytest.mark.parametrize(
    "value", ["", "a.b.c", "eyJ.eyJ.x", "eyJhbGciOiJub25lIn0.W10.", "eyJhbGciOiJub25lIn0.eyJhIjox.", "..", "é.é.é"]
)
def test_what_is_none(value: str) -> None:
    assert jwt.read(value) is None
    assert not jwt.ours(value)


def test_deep_claims_do_no_harm() -> None:
    deep = base64.urlsafe_b64encode(b'{"a":' + b"[" * 100_000).decode().rstrip("=")
    assert jwt.read(f"eyJhbGciOiJub25lIn0.{deep}.x") is None
    assert json.loads(read(RAW).claims)["sub"] == "42"
