"""Errors and warnings as PostgreSQL words them (documentation, "Error and Notice Message Fields", "PostgreSQL Error Codes")."""

from __future__ import annotations

from flowtape.capture.exchange import SqlNotice
from flowtape.replay.source import Miss

MISS_CODE = "FT000"
"""The SQLSTATE of what the record holds no answer to: a class that PostgreSQL does not use."""


class Refused(Exception):  # noqa: N818 - what a statement met; the client gets it as an ErrorResponse
    """A statement failed: `notice` says how."""

    def __init__(self, notice: SqlNotice) -> None:
        super().__init__(notice.field("M"))
        self.notice = notice


def notice(severity: str, code: str, message: str, detail: str = "") -> SqlNotice:
    fields = [("S", severity), ("V", severity), ("C", code), ("M", message)]
    if detail:
        fields.append(("D", detail))
    return SqlNotice(tuple((key, value.replace("\x00", "")) for key, value in fields))


def refused(code: str, message: str) -> Refused:
    return Refused(notice("ERROR", code, message))


def missed(miss: Miss) -> Refused:
    """The first line as the message, all of it as the detail."""
    first = miss.text.strip().partition("\n")[0]
    return Refused(notice("ERROR", MISS_CODE, f"flowtape: {first}", miss.text))


def failed_transaction() -> Refused:
    return refused("25P02", "current transaction is aborted, commands ignored until end of transaction block")
