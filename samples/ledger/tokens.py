"""Bearer tokens: who is asking."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import jwt
from flask import request

from samples.ledger.models import User
from samples.ledger.refusal import refuse

LIFETIME = timedelta(hours=1)


def issue(user: User) -> tuple[str, datetime]:
    """A token for the user, and when it ends."""
    now = datetime.now(UTC)
    claims = {"sub": str(user.id), "email": user.email, "iat": now, "exp": now + LIFETIME}
    return jwt.encode(claims, os.environ["JWT_SECRET"], algorithm="HS256"), now + LIFETIME


def user_of_request() -> int:
    """The id in the bearer token. Refuses the request without a valid one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        refuse(401, "no_token")
    try:
        claims = jwt.decode(token, os.environ["JWT_SECRET"], algorithms=["HS256"])
    except jwt.InvalidTokenError:
        refuse(401, "bad_token")
    return int(claims["sub"])
