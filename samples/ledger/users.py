"""Users: a log-in, and what they see of themselves."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.security import check_password_hash

from samples.ledger import tokens
from samples.ledger.database import reading
from samples.ledger.models import User
from samples.ledger.refusal import refuse

blueprint = Blueprint("users", __name__)


@blueprint.post("/login")
def login() -> ResponseReturnValue:
    body = request.get_json()
    with reading() as session:
        user = session.scalar(select(User).where(User.email == body["email"]))
        if user is None or not check_password_hash(user.password_hash, body["password"]):
            refuse(401, "wrong_email_or_password")
        token, expires_at = tokens.issue(user)
    return {"token": token, "expires_at": expires_at.isoformat()}, 200, {"Cache-Control": "no-store"}


@blueprint.get("/me")
def me() -> ResponseReturnValue:
    with reading() as session:
        user = session.get(User, tokens.user_of_request())
        if user is None:
            refuse(404, "no_such_user")
        return {
            "email": user.email,
            "full_name": user.full_name,
            "date_of_birth": user.date_of_birth.isoformat(),
            "accounts": [account.told() for account in user.accounts],
        }
