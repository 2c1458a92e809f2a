"""Transfers: money moves from one account to another, in one transaction, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from samples.ledger import mail, rates
from samples.ledger.accounts import own
from samples.ledger.database import reading, writing
from samples.ledger.models import Account, Transfer
from samples.ledger.refusal import refuse
from samples.ledger.tokens import user_of_request

blueprint = Blueprint("transfers", __name__)

DAILY_LIMIT = Decimal(1000)
TOLD_FROM = Decimal(5)
LARGEST_PAGE = 50


@blueprint.post("/transfers")
def transfer() -> ResponseReturnValue:
    owner, body = user_of_request(), request.get_json()
    amount = Decimal(body["amount"])
    if amount <= 0:
        refuse(422, "amount_must_be_positive")
    with writing() as session, session.begin():
        source, target = _locked(session, body["source"], body["target"])
        if source.owner != owner:
            refuse(403, "not_yours")
        made = _move(session, source, target, amount)
        # Rolled back with all that was written, where the day's sum is too high.
        if _moved_today(session, source) > DAILY_LIMIT:
            refuse(409, "daily_limit")
        answer = {**made.told(), "balance": str(source.balance)}
        email, text = source.user.email, f"{amount} {source.currency} to {target.iban}"
    if amount >= TOLD_FROM:
        mail.send(email, f"Transfer {answer['id']}", text)
    return answer, 201, {"Location": f"/transfers/{answer['id']}"}


def _locked(session: Session, source: int, target: int) -> tuple[Account, Account]:
    """Both accounts, locked in the order of their numbers, so that transfers cannot lock each other out."""
    query = select(Account).where(Account.id.in_([source, target])).order_by(Account.id).with_for_update()
    found = {row.id: row for row in session.scalars(query)}
    if len(found) != 2:
        refuse(404, "no_such_account")
    return found[source], found[target]


def _move(session: Session, source: Account, target: Account, amount: Decimal) -> Transfer:
    fee = rates.fee(amount, source.currency, target.currency)
    if source.balance < amount + fee:
        refuse(409, "not_enough")
    rate = rates.rate(source.currency, target.currency)
    source.balance -= amount + fee
    target.balance += rates.exchanged(amount, rate)
    made = Transfer(id=uuid4(), source=source.id, target=target.id, amount=amount, fee=fee, rate=rate)
    made.made_at = datetime.now(UTC)
    session.add(made)
    session.flush()
    return made


def _moved_today(session: Session, source: Account) -> Decimal:
    query = select(func.coalesce(func.sum(Transfer.amount), 0))
    query = query.where(Transfer.source == source.id, Transfer.made_at >= func.current_date())
    return Decimal(session.scalar(query) or 0)


@blueprint.get("/transfers/<uuid:number>")
def show(number: UUID) -> ResponseReturnValue:
    owner = user_of_request()
    with reading() as session:
        found = session.get(Transfer, number)
        if found is None:
            refuse(404, "no_such_transfer")
        own(session, found.source, owner)
        return found.told()


@blueprint.get("/accounts/<int:number>/transfers")
def page(number: int) -> ResponseReturnValue:
    """Newest first, a page at a time; `next` is where the next page begins, null on the last."""
    owner = user_of_request()
    limit = min(request.args.get("limit", 10, int), LARGEST_PAGE)
    before = request.args.get("before")
    with reading() as session:
        own(session, number, owner)
        query = select(Transfer).where((Transfer.source == number) | (Transfer.target == number))
        if before is not None:
            query = query.where(Transfer.made_at < datetime.fromisoformat(before))
        rows = list(session.scalars(query.order_by(Transfer.made_at.desc()).limit(limit + 1)))
    following = rows[limit - 1].made_at.isoformat() if len(rows) > limit else None
    return {"transfers": [row.told() for row in rows[:limit]], "next": following}
