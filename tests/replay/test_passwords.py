"""Hashes as the libraries make them that services use."""

from __future__ import annotations

import sys
from collections.abc import Callable

import argon2
import bcrypt
import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.security import generate_password_hash

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.passwords import verifies
from flowtape.replay.shapes import PasswordHash
from flowtape.testgen.passwords import with_password
from flowtape.testgen.pieces import scheme_of


def by_bcrypt(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def by_argon2(password: str) -> str:
    return argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(password)


def by_django(password: str) -> str:
    if not settings.configured:
        settings.configure()
    return str(PBKDF2PasswordHasher().encode(password, "saltsalt", iterations=1000))


HASHERS: list[Callable[[str], str]] = [
    by_bcrypt,
    by_argon2,
    by_django,
    lambda password: generate_password_hash(password, "scrypt:1024:8:1"),
    lambda password: generate_password_hash(password, "pbkdf2:sha256:1000"),
]


@pytest.mark.parametrize("made", HASHERS)
def test_a_hash_is_of_its_password_and_of_no_other(made: Callable[[str], str]) -> None:
    hashed = made("sésame")
    assert verifies(hashed, "sésame") is True
    assert verifies(hashed, "Sésame") is False


@pytest.mark.parametrize("made", HASHERS)
def test_the_password_is_found_in_the_request_and_asserted_from_then_on(made: Callable[[str], str]) -> None:
    request = HttpRequest(
        "POST", "/", (("content-type", "application/json"),), b'{"name": "ana", "password": "sesame"}'
    )
    hashes = [made("sesame") for _ in range(3)]
    found = with_password(PasswordHash(scheme_of(hashes[0]), len(hashes[0])), request, hashes)
    assert isinstance(found, PasswordHash)
    assert found.of == "json.password"
    told = found.told(request, "")
    assert told.matches(made("sesame"), 0)
    assert not told.matches(made("ana"), 0)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(by_bcrypt("x").replace("$04$", "$31$"), id="bcrypt, 2^31 rounds"),
        pytest.param(by_argon2("x").replace("m=64", "m=999999999"), id="argon2, memory"),
        pytest.param(by_argon2("x").replace("t=1", "t=999999999"), id="argon2, time"),
        pytest.param(by_argon2("x").replace("p=1", "p=999999"), id="argon2, lanes"),
        pytest.param("$argon2id$v=19$m=1,t=0,p=0$aaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaa", id="argon2, nothing"),
        pytest.param("no hash", id="no hash"),
    ],
)
def test_what_would_cost_too_much_or_is_none_is_not_computed(value: str) -> None:
    assert verifies(value, "x") is None


@pytest.mark.parametrize(("library", "made"), [("bcrypt", by_bcrypt), ("argon2", by_argon2)])
def test_without_the_library_only_the_shape_is_asserted(
    library: str, made: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = made("x")
    monkeypatch.setitem(sys.modules, library, None)
    assert verifies(hashed, "x") is None
    assert PasswordHash(scheme_of(hashed), len(hashed), "json.password", "other").matches(hashed, 0)


@given(st.text(max_size=90))
def test_no_password_raises(password: str) -> None:
    for made in (by_bcrypt, by_argon2):
        assert verifies(made("x"), password) in (None, password == "x")
