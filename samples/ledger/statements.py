"""Statements of an account: as CSV for programs, as a page for its owner, in their time zone."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from samples.ledger.accounts import own
from samples.ledger.database import reading
from samples.ledger.models import Transfer
from samples.ledger.tokens import user_of_request

blueprint = Blueprint("statements", __name__, url_prefix="/accounts", template_folder="templates")

LINES = 5
COLUMNS = ("id", "made_at", "source", "target", "amount", "fee")


@blueprint.get("/<int:number>/statement")
def statement(number: int) -> ResponseReturnValue:
    owner = user_of_request()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    with reading() as session:
        own(session, number, owner)
        for row in _last(session, number):
            writer.writerow([row.id, row.made_at.isoformat(), row.source, row.target, row.amount, row.fee])
    answer = make_response(text.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="account-{number}.csv"'
    return answer


@blueprint.get("/<int:number>/statement.html")
def statement_page(number: int) -> ResponseReturnValue:
    owner = user_of_request()
    with reading() as session:
        account = own(session, number, owner)
        zone = ZoneInfo(account.user.time_zone)
        lines = [
            {
                "made_at": row.made_at.astimezone(zone),
                "other": row.target if row.source == number else row.source,
                "sign": "−" if row.source == number else "+",
                "amount": row.amount,
            }
            for row in _last(session, number)
        ]
        page = render_template("statement.html", account=account, lines=lines)
    answer = make_response(page)
    answer.headers["Cache-Control"] = "private, max-age=30"
    answer.set_cookie("last_seen", str(number), max_age=86400, httponly=True, samesite="Strict")
    return answer


def _last(session: Session, number: int) -> Sequence[Transfer]:
    query = select(Transfer).where((Transfer.source == number) | (Transfer.target == number))
    return session.scalars(query.order_by(Transfer.made_at.desc()).limit(LINES)).all()
