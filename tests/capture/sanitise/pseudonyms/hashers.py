"""Password hashes as the libraries make and check them that services use, at small cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import argon2
import bcrypt
from django.contrib.auth import hashers as django
from tests.with_django import set_up
from werkzeug.security import check_password_hash, generate_password_hash


@dataclass(frozen=True)
class Hasher:
    name: str
    hashed: Callable[[str], str] = field(repr=False)
    check: Callable[[str, str], bool] = field(repr=False)

    def __str__(self) -> str:
        return self.name


def _checked_by_argon2(hashed: str, password: str) -> bool:
    try:
        return argon2.PasswordHasher().verify(hashed, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def _by_django(name: str, **costs: int) -> Hasher:
    set_up()
    hasher = getattr(django, name)()
    vars(hasher).update(costs)
    return Hasher(
        f"django {hasher.algorithm}",
        lambda password: str(hasher.encode(password, hasher.salt())),
        lambda hashed, password: bool(hasher.verify(password, hashed)),
    )


by_bcrypt = Hasher(
    "bcrypt",
    lambda password: bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode(),
    lambda hashed, password: bcrypt.checkpw(password.encode(), hashed.encode()),
)
by_argon2 = Hasher("argon2", argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash, _checked_by_argon2)
by_werkzeug = Hasher(
    "werkzeug pbkdf2", partial(generate_password_hash, method="pbkdf2:sha256:1000"), check_password_hash
)
HASHERS = [
    by_bcrypt,
    by_argon2,
    by_werkzeug,
    Hasher("werkzeug scrypt", partial(generate_password_hash, method="scrypt:1024:8:1"), check_password_hash),
    _by_django("BCryptPasswordHasher", rounds=4),
    _by_django("BCryptSHA256PasswordHasher", rounds=4),
    _by_django("Argon2PasswordHasher", time_cost=1, memory_cost=64, parallelism=1),
    _by_django("ScryptPasswordHasher", work_factor=16),
    _by_django("PBKDF2PasswordHasher", iterations=1000),
]
