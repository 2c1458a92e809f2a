from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.sanitise.pseudonyms.hashers import HASHERS, Hasher, by_argon2, by_bcrypt, by_werkzeug

from flowtape.capture.sanitise.pseudonyms import password_hash
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

SHAPED = {
    "bcrypt": "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "argon2": "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQxMjM0NTY$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
    "passlib": "$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk",
    "crypt": "$6$rounds=5000$usesomesillystri$D4IrlXatmP7rx3P3InaxBeoomnAihCKRVQAr/36PDwNFSiTgM2j2QDfVzsaT9k7YDPhqKd0DLmNtjPRwNFZa.0",
    **{f"{hasher}, made": hasher.hashed("x") for hasher in HASHERS},
}


@pytest.mark.parametrize("hasher", HASHERS, ids=str)
def test_a_known_password_verifies_after_both_were_replaced(keyed: Keyed, hasher: Hasher) -> None:
    raw = hasher.hashed("sésame")
    made = password_hash.of_password(keyed, raw, "sésame", "ábrete")
    assert made is not None
    assert hasher.check(made, "ábrete")
    assert not hasher.check(made, "sésame")
    assert password_hash.scheme(made) == password_hash.scheme(raw) != ""
    assert password_hash.ours(made)
    assert not password_hash.ours(raw)
    assert password_hash.of_password(keyed, raw, "Sésame", "ábrete") is None
    assert made == password_hash.of_password(keyed, raw, "sésame", "ábrete")


@pytest.mark.parametrize("raw", SHAPED.values(), ids=SHAPED)
def test_the_shape_stays(keyed: Keyed, other: Keyed, raw: str) -> None:
    made = password_hash.make(keyed, raw)
    assert password_hash.is_hash(made)
    assert len(made) == len(raw)
    assert password_hash.scheme(made) == password_hash.scheme(raw)
    assert password_hash.ours(made)
    assert not password_hash.ours(raw)
    assert made != password_hash.make(other, raw)


@pytest.mark.parametrize(
    ("raw", "scheme"),
    [
        ("$2b$12$" + "a" * 53, "$2b$12"),
        ("bcrypt_sha256$$2b$12$" + "a" * 53, "bcrypt_sha256$$2b$12"),
        ("$argon2id$v=19$m=65536,t=3,p=4$" + "c" * 22 + "$" + "d" * 43, "$argon2id$v=19$m=65536,t=3,p=4"),
        ("scrypt:32768:8:1$salt$" + "0" * 128, "scrypt:32768:8:1"),
        ("pbkdf2_sha256$600000$salt$" + "A" * 44, "pbkdf2_sha256$600000"),
        ("$6$rounds=5000$salt$" + "a" * 86, "$6$rounds=5000"),
        ("no hash", ""),
    ],
)
def test_the_scheme_ends_before_the_salt(raw: str, scheme: str) -> None:
    assert password_hash.scheme(raw) == scheme


@pytest.mark.parametrize("hasher", HASHERS, ids=str)
def test_a_hash_is_of_its_password_and_of_no_other(hasher: Hasher) -> None:
    hashed = hasher.hashed("sésame")
    assert password_hash.verifies(hashed, "sésame") is True
    assert password_hash.verifies(hashed, "Sésame") is False
    assert password_hash.verifies("no hash", "sésame") is None


@given(st.text(max_size=90))
def test_no_password_raises(password: str) -> None:
    for hasher in (by_bcrypt, by_argon2, by_werkzeug):
        assert password_hash.verifies(hasher.hashed("x"), password) in (None, password == "x")
