from __future__ import annotations

import hashlib

import pytest
from tests.capture.sanitise.pseudonyms.hashers import HASHERS, Hasher

from flowtape.capture.exchange import HttpRequest
from flowtape.capture.sanitise.pseudonyms.password_hash import scheme
from flowtape.replay.shapes import NO_SECRETS, PasswordHash
from flowtape.testgen.passwords import with_password


def hashed(password: str, salt: str) -> str:
    return f"pbkdf2:sha256:100${salt}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt.encode(), 100).hex()}"


def test_the_place_of_the_password_is_found_in_a_form_too() -> None:
    request = HttpRequest(
        "POST", "/", (("content-type", "application/x-www-form-urlencoded"),), b"name=a&secret=open+sesame"
    )
    shape = PasswordHash("pbkdf2:sha256:100", 91)
    assert (
        with_password(shape, request, [hashed("open sesame", s) for s in ("aaaaaaaa", "bbbbbbbb")]).of == "form.secret"
    )
    assert with_password(shape, request, [hashed("open sesame", "aaaaaaaa"), hashed("other", "bbbbbbbb")]).of == ""


@pytest.mark.parametrize("hasher", HASHERS, ids=str)
def test_the_password_is_found_in_the_request_and_asserted_from_then_on(hasher: Hasher) -> None:
    request = HttpRequest(
        "POST", "/", (("content-type", "application/json"),), b'{"name": "ana", "password": "sesame"}'
    )
    hashes = [hasher.hashed("sesame") for _ in range(3)]
    found = with_password(PasswordHash(scheme(hashes[0]), len(hashes[0])), request, hashes)
    assert found.of == "json.password"
    told = found.told(request, NO_SECRETS)
    assert told.matches(hasher.hashed("sesame"), 0)
    assert not told.matches(hasher.hashed("ana"), 0)
