from __future__ import annotations

import hashlib
import sys

import pytest
from tests.capture.sanitise.pseudonyms.hashers import by_bcrypt

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.shapes import NO_SECRETS, PasswordHash, shape

BCRYPT = "$2b$12$" + "a" * 22 + "B" * 31
ARGON = "$argon2id$v=19$m=65536,t=3,p=4$" + "c" * 22 + "$" + "d" * 43
REQUEST = HttpRequest("POST", "/", (("content-type", "application/json"),), b'{"user": {"password": "sesame"}}')


def pbkdf2(password: str) -> str:
    return "pbkdf2:sha256:1000$saltsalt$" + hashlib.pbkdf2_hmac("sha256", password.encode(), b"saltsalt", 1000).hex()


@pytest.mark.parametrize(
    ("scheme", "text", "matches"),
    [
        ("$2b$12", BCRYPT, True),
        ("$2b$12", BCRYPT.replace("12", "04"), False),
        ("$2b$12", BCRYPT[:-1], False),
        ("$argon2id$v=19$m=65536,t=3,p=4", ARGON, True),
        ("$argon2id$v=19$m=65536,t=3,p=4", ARGON.replace("t=3", "t=1"), False),
        ("pbkdf2:sha256:1000", pbkdf2("x"), True),
        ("pbkdf2:sha256:1000", "sesame" * 16, False),
    ],
)
def test_scheme_costs_and_length_are_asserted(scheme: str, text: str, *, matches: bool) -> None:
    length = {"$2b$12": len(BCRYPT), "pbkdf2:sha256:1000": len(pbkdf2("x"))}.get(scheme, len(ARGON))
    assert PasswordHash(scheme, length).matches(text, 0) is matches


def test_the_hash_of_another_password_than_the_requests_is_refused() -> None:
    of = PasswordHash("pbkdf2:sha256:1000", len(pbkdf2("x")), "json.user.password").told(REQUEST, NO_SECRETS)
    assert of.matches(pbkdf2("sesame"), 0)
    assert not of.matches(pbkdf2("Sesame"), 0)


def test_what_cannot_be_computed_here_keeps_its_shape() -> None:
    assert PasswordHash("$2b$12", len(BCRYPT), "json.user.password").told(REQUEST, NO_SECRETS).matches(BCRYPT, 0)


def test_without_the_library_only_the_shape_is_asserted(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = by_bcrypt.hashed("x")
    of = PasswordHash("$2b$04", len(hashed), "json.user.password").told(REQUEST, NO_SECRETS)
    assert not of.matches(hashed, 0)
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    assert of.matches(hashed, 0)


def test_it_is_read_as_it_is_written() -> None:
    of = PasswordHash("$2b$12", 60, "json.password")
    assert shape({"password_hash": {"scheme": "$2b$12", "length": "60", "of": "json.password"}}) == of
    assert shape(of.dump()) == of


@pytest.mark.parametrize(
    "data",
    [
        {"password_hash": {}},
        {"password_hash": {"scheme": "$2b$12", "length": "3"}},
        {"password_hash": {"scheme": "a b", "length": "60"}},
    ],
)
def test_what_is_none_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="it is written"):
        shape(data)
