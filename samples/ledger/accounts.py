"""Accounts, each seen by its owner alone."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from samples.ledger.database import reading, writing
from samples.ledger.models import Account
from samples.ledger.refusal import refuse
from samples.ledger.tokens import user_of_request

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")

LONGEST_LABEL = 40


@blueprint.get("/<int:number>")
def account(number: int) -> ResponseReturnValue:
    owner = user_of_request()
    with reading() as session:
        return own(session, number, owner).told()


def own(session: Session, number: int, owner: int) -> Account:
    """The account of this number. Refuses where there is none, or it is another's."""
    found = session.get(Account, number)
    if found is None:
        refuse(404, "no_such_account")
    if found.owner != owner:
        refuse(403, "not_yours")
    return found


@blueprint.put("/<int:number>/label")
def label(number: int) -> ResponseReturnValue:
    """What its owner calls it. Two accounts of one owner cannot have the same label."""
    owner, wanted = user_of_request(), request.get_json()["label"].strip()
    if not 0 < len(wanted) <= LONGEST_LABEL:
        refuse(422, "label_length")
    with writing() as session, session.begin():
        taken = select(Account.id).where(Account.owner == owner, Account.label == wanted, Account.id != number)
        if session.scalar(taken) is not None:
            refuse(409, "label_taken")
        found = own(session, number, owner)
        found.label = wanted
        return found.told()
