from __future__ import annotations

import hashlib

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.shapes import PasswordHash
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
