"""Questions that await their answer, and the drafts of those that ran through no portal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flowtape.capture.codec import Heard
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.draft import Draft
from flowtape.capture.protocols.postgresql.prepared import Portal, Prepared
from flowtape.capture.protocols.postgresql.readers import expand, reader


@dataclass(slots=True)
class Asked:
    """A message that awaits its answer. `results` are a simple query's, `draft` is the one under way."""

    message: Any
    heard: Heard
    draft: Draft | None = None
    results: list[Draft] = field(default_factory=list)


def function_call(asked: Asked) -> Draft:
    """A FunctionCall: its arguments' types are not said, so that binary ones stay bytes."""
    call: pg.FunctionCall = asked.message
    count = len(call.arguments)
    draft = Draft(f"-- function call {call.function}", asked.heard.first, asked.heard.last)
    draft.parameter_types = (0,) * count
    pairs = zip(call.arguments, expand(call.formats, count) or (1,) * count, strict=True)
    draft.parameters = tuple(None if cell is None else reader(0, code, "latin-1")(cell) for cell, code in pairs)
    return draft


def unparsed(prepared: Prepared, queue: list[Asked]) -> Draft:
    """A statement that did not parse, with the parameters that were bound to it before that was known.

    The first of `queue` is its Parse. It is only described where nothing was bound.
    """
    head, *following = queue
    statement = prepared.statement(head.message, head.heard)
    for asked in following:
        if isinstance(asked.message, pg.Sync):
            break
        if isinstance(asked.message, pg.Bind) and asked.message.statement == head.message.statement:
            return Portal(asked.message, statement, head.heard.first).begin(asked.heard.last, prepared.encoding)
    types = head.message.types
    return Draft(statement.text, head.heard.first, head.heard.last, parameter_types=types, describe=True)


def undescribed(prepared: Prepared, asked: Asked) -> Draft:
    """A Describe that failed."""
    describe: pg.Describe = asked.message
    portal = prepared.portals.get(describe.name) if describe.kind == "P" else None
    if portal is None:
        portal = prepared.portal(pg.Bind("", describe.name if describe.kind == "S" else ""), asked.heard)
    draft = portal.begin(asked.heard.last, prepared.encoding)
    draft.describe = True
    return draft
