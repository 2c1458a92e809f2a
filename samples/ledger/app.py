"""The application: `flask --app samples.ledger.app run`, with DATABASE_URL, RATES_URL and JWT_SECRET in the environment."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NoReturn
from uuid import uuid4

import jwt
import requests
from flask import Flask, abort, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash

from samples.ledger.models import Account, Transfer, User

app = Flask(__name__)

TOKEN_LIFETIME = timedelta(hours=1)


@cache
def engine() -> Engine:
    url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://")
    return create_engine(url, pool_size=4)


def refuse(status: int, code: str) -> NoReturn:
    abort(make_response(jsonify(code=code), status))


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


@app.get("/healthz")
def health() -> ResponseReturnValue:
    return {"status": "ok"}


@app.post("/login")
def login() -> ResponseReturnValue:
    body = request.get_json()
    with Session(engine()) as session:
        user = session.scalar(select(User).where(User.email == body["email"]))
        if user is None or not check_password_hash(user.password_hash, body["password"]):
            refuse(401, "wrong_email_or_password")
        now = datetime.now(UTC)
        claims = {"sub": str(user.id), "email": user.email, "iat": now, "exp": now + TOKEN_LIFETIME}
        token = jwt.encode(claims, os.environ["JWT_SECRET"], algorithm="HS256")
        return {"token": token, "expires_at": (now + TOKEN_LIFETIME).isoformat()}


@app.get("/me")
def me() -> ResponseReturnValue:
    with Session(engine()) as session:
        user = session.get(User, user_of_request())
        if user is None:
            refuse(404, "no_such_user")
        return {
            "email": user.email,
            "full_name": user.full_name,
            "date_of_birth": user.date_of_birth.isoformat(),
            "accounts": [_account(account) for account in user.accounts],
        }


@app.get("/accounts/<int:number>")
def account(number: int) -> ResponseReturnValue:
    owner = user_of_request()
    with Session(engine()) as session:
        found = session.get(Account, number)
        if found is None:
            refuse(404, "no_such_account")
        if found.owner != owner:
            refuse(403, "not_yours")
        return _account(found)


@app.post("/transfers")
def transfer() -> ResponseReturnValue:
    owner, body = user_of_request(), request.get_json()
    amount = Decimal(body["amount"])
    if amount <= 0:
        refuse(422, "amount_must_be_positive")
    with Session(engine()) as session, session.begin():
        query = select(Account).where(Account.id.in_([body["source"], body["target"]])).order_by(Account.id)
        accounts = {row.id: row for row in session.scalars(query.with_for_update())}
        source, target = accounts.get(body["source"]), accounts.get(body["target"])
        if source is None or target is None:
            refuse(404, "no_such_account")
        if source.owner != owner:
            refuse(403, "not_yours")
        if source.balance < amount:
            refuse(409, "not_enough")
        rate = _rate(source.currency, target.currency)
        source.balance -= amount
        target.balance += (amount * rate).quantize(Decimal("0.01"))
        made = Transfer(
            id=uuid4(), source=source.id, target=target.id, amount=amount, rate=rate, made_at=datetime.now(UTC)
        )
        session.add(made)
        answer = {"id": str(made.id), "amount": str(amount), "rate": str(rate), "balance": str(source.balance)}
    return answer, 201, {"Location": f"/transfers/{answer['id']}"}


@app.get("/accounts/<int:number>/statement")
def statement(number: int) -> ResponseReturnValue:
    """The last transfers as CSV."""
    owner = user_of_request()
    with Session(engine()) as session:
        found = session.get(Account, number)
        if found is None or found.owner != owner:
            refuse(404, "no_such_account")
        query = select(Transfer).where((Transfer.source == number) | (Transfer.target == number))
        rows = session.scalars(query.order_by(Transfer.made_at.desc()).limit(5))
        lines = [f"{row.id},{row.made_at.isoformat()},{row.source},{row.target},{row.amount}" for row in rows]
    return "\n".join(["id,made_at,source,target,amount", *lines]) + "\n", 200, {"Content-Type": "text/csv"}


def _account(row: Account) -> dict[str, Any]:
    return {"id": row.id, "iban": row.iban, "currency": row.currency, "balance": str(row.balance)}


def _rate(source: str, target: str) -> Decimal:
    if source == target:
        return Decimal(1)
    answer = requests.get(f"{os.environ['RATES_URL']}/rates/{source}/{target}", timeout=5)
    if answer.status_code == 404:
        refuse(422, "no_such_rate")
    answer.raise_for_status()
    return Decimal(answer.json()["rate"])
