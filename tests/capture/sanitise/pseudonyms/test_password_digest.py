from __future__ import annotations

import sys

import pytest
from tests.capture.sanitise.pseudonyms.hashers import Hasher, by_argon2, by_bcrypt

from flowtape.capture.sanitise.pseudonyms.keyed import Keyed
from flowtape.capture.sanitise.pseudonyms.password_hash import make, of_password, verifies

BCRYPT, ARGON2 = by_bcrypt.hashed("x"), by_argon2.hashed("x")
HOSTILE = {
    "bcrypt, 2^31 rounds": BCRYPT.replace("$04$", "$31$"),
    "bcrypt, no rounds": BCRYPT.replace("$04$", "$00$"),
    "argon2, memory": ARGON2.replace("m=64", "m=999999999"),
    "argon2, time": ARGON2.replace("t=1", "t=999999999"),
    "argon2, lanes": ARGON2.replace("p=1", "p=999999"),
    "argon2, version": ARGON2.replace("v=19", "v=999"),
    "argon2, other costs": ARGON2.replace("m=64", "m=-64"),
    "argon2, nothing": "$argon2id$v=19$m=1,t=0,p=0$aaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaa",
    "argon2, no base64": "$argon2id$v=19$m=64,t=1,p=1$aaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaa",
    "scrypt, memory": "scrypt:999999999:8:1$salt$" + "ab" * 32,
    "scrypt, no power of two": "scrypt:3:8:1$salt$" + "ab" * 32,
    "scrypt, more than its blocks allow": "scrypt:65536:1:1$salt$" + "ab" * 32,
    "scrypt, 2^99": "$scrypt$ln=99,r=8,p=1$c2FsdA$" + "a" * 43,
    "scrypt, no base64": "$scrypt$ln=4,r=8,p=1$a$" + "a" * 43,
    "pbkdf2, rounds": "pbkdf2:sha256:999999999$salt$" + "ab" * 32,
    "pbkdf2, algorithm": "pbkdf2:sha999:10$salt$" + "ab" * 32,
    "pbkdf2, no base64": "$pbkdf2-sha256$10$a$" + "a" * 43,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_what_would_cost_too_much_or_is_none_is_not_computed(keyed: Keyed, raw: str) -> None:
    assert verifies(raw, "x") is None
    assert of_password(keyed, raw, "x", "new") is None
    assert make(keyed, raw) != raw


@pytest.mark.parametrize(("library", "hasher"), [("bcrypt", by_bcrypt), ("argon2", by_argon2)])
def test_without_the_library_nothing_is_computed(
    library: str, hasher: Hasher, keyed: Keyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = hasher.hashed("x")
    monkeypatch.setitem(sys.modules, library, None)
    assert verifies(raw, "x") is None
    assert of_password(keyed, raw, "x", "new") is None


@pytest.mark.parametrize(
    ("raw", "password"),
    [  # the examples in passlib's documentation
        ("$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk", "toomanysecrets"),
        ("$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E", "password"),
    ],
)
def test_the_hashes_of_others_verify(keyed: Keyed, raw: str, password: str) -> None:
    assert verifies(raw, password) is True
    assert verifies(raw, "wrong") is False
    made = of_password(keyed, raw, password, "new")
    assert made is not None
    assert verifies(made, "new") is True
