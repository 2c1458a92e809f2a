from __future__ import annotations

import base64
import hashlib

import pytest
from werkzeug.security import check_password_hash, generate_password_hash

from flowtape.capture.sanitise.pseudonyms import password_hash
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

DJANGO = (
    "pbkdf2_sha256$1000$saltSALT12345678$"
    + base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"old", b"saltSALT12345678", 1000)).decode()
)
SHAPED = [
    "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQxMjM0NTY$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
    "$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk",
    "$6$rounds=5000$usesomesillystri$D4IrlXatmP7rx3P3InaxBeoomnAihCKRVQAr/36PDwNFSiTgM2j2QDfVzsaT9k7YDPhqKd0DLmNtjPRwNFZa.0",
]


@pytest.mark.parametrize("method", ["scrypt:1024:8:1", "pbkdf2:sha256:1000"])
def test_a_known_password_verifies_after_both_were_replaced(keyed: Keyed, method: str) -> None:
    raw = generate_password_hash("old", method)
    made = password_hash.of_password(keyed, raw, "old", "new")
    assert made is not None
    assert check_password_hash(made, "new")
    assert not check_password_hash(made, "old")
    assert made.partition("$")[0] == raw.partition("$")[0]
    assert password_hash.ours(made)
    assert not password_hash.ours(raw)
    assert password_hash.of_password(keyed, raw, "wrong", "new") is None


def test_djangos_hashes_verify_too(keyed: Keyed) -> None:
    made = password_hash.of_password(keyed, DJANGO, "old", "new")
    assert made is not None
    _, rounds, salt, digest = made.split("$")
    assert base64.b64decode(digest) == hashlib.pbkdf2_hmac("sha256", b"new", salt.encode(), int(rounds))


@pytest.mark.parametrize("raw", [*SHAPED, DJANGO, generate_password_hash("x", "scrypt:1024:8:1")])
def test_the_shape_stays(keyed: Keyed, other: Keyed, raw: str) -> None:
    made = password_hash.make(keyed, raw)
    assert password_hash.is_hash(made)
    assert len(made) == len(raw)
    assert made.partition("$")[0] == raw.partition("$")[0]
    assert password_hash.ours(made)
    assert not password_hash.ours(raw)
    assert made != password_hash.make(other, raw)


@pytest.mark.parametrize("raw", ["scrypt:999999999:8:1$salt$" + "ab" * 32, "scrypt:3:8:1$salt$" + "ab" * 32, "pbkdf2:sha256:999999999$salt$" + "ab" * 32, "pbkdf2:sha999:10$salt$" + "ab" * 32])  # fmt: skip
def test_hostile_parameters_are_not_computed(keyed: Keyed, raw: str) -> None:
    assert password_hash.of_password(keyed, raw, "old", "new") is None
    assert password_hash.make(keyed, raw) != raw
