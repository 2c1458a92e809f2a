"""What names stand for on one connection: prepared statements and portals."""

from __future__ import annotations

from dataclasses import dataclass

from flowtape.capture.codec import Heard
from flowtape.capture.exchange import Column
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.draft import PREPARED_BEFORE, Draft
from flowtape.capture.protocols.postgresql.encoding import respoken
from flowtape.capture.protocols.postgresql.readers import expand, reader, readers


@dataclass(slots=True, eq=False)
class Statement:
    """A prepared statement. `columns` are meaningful once it is `described`; None where it returns no rows."""

    text: str
    types: tuple[int, ...]
    asked: int
    described: bool = False
    columns: tuple[Column, ...] | None = None


@dataclass(slots=True, eq=False)
class Portal:
    """A bound statement; `statement` is None where it was prepared before it could be heard."""

    bind: pg.Bind
    statement: Statement | None
    started: int
    described: bool = False
    columns: tuple[Column, ...] | None = None
    formats: pg.Formats | None = None
    draft: Draft | None = None

    def begin(self, asked: int, encoding: str) -> Draft:
        """The draft of running it, or of failing to."""
        types = self.statement.types if self.statement else ()
        count = len(self.bind.parameters)
        types = types[:count] + (0,) * (count - len(types))
        draft = Draft(self.statement.text if self.statement else "", self.started, asked, parameter_types=types)
        if self.statement is None:
            draft.problem = PREPARED_BEFORE
        self._describe(draft, encoding)
        formats = expand(self.bind.formats, count) or (0,) * count
        try:
            draft.parameters = tuple(
                None if cell is None else reader(type_, code, encoding)(cell)
                for cell, type_, code in zip(self.bind.parameters, types, formats, strict=True)
            )
        except UnicodeDecodeError as error:
            draft.problem = draft.problem or f"text that is not {error.encoding}"
        return draft

    def _describe(self, draft: Draft, encoding: str) -> None:
        if self.described:
            draft.columns, formats = self.columns, self.formats
        elif self.statement is not None and self.statement.described:
            draft.columns, formats = self.statement.columns, None
        else:
            return
        columns = draft.columns or ()
        formats = formats or expand(self.bind.result_formats, len(columns))
        if formats is None:
            draft.problem = draft.problem or "as many result formats as columns were expected"
            return
        draft.readers = readers(columns, formats, encoding)


class Prepared:
    """The statements and portals that the server has confirmed, by name.

    `begun` are the drafts that came of portals since they were last taken: of those run, and of those closed unfinished.
    """

    def __init__(self) -> None:
        self.encoding = "utf-8"
        self.statements: dict[str, Statement] = {}
        self.portals: dict[str, Portal] = {}
        self.begun: list[Draft] = []
        self._described: list[tuple[Statement | Portal, Heard, Heard]] = []

    def statement(self, parse: pg.Parse, heard: Heard) -> Statement:
        return Statement(respoken(parse.text, self.encoding), parse.types, heard.first)

    def portal(self, bind: pg.Bind, heard: Heard) -> Portal:
        return Portal(bind, self.statements.get(bind.statement), heard.first)

    def parsed(self, parse: pg.Parse, heard: Heard) -> None:
        self.statements[parse.statement] = self.statement(parse, heard)

    def bound(self, bind: pg.Bind, heard: Heard) -> None:
        self.close_portal(bind.portal)
        self.portals[bind.portal] = self.portal(bind, heard)

    def typed(self, name: str, types: tuple[int, ...]) -> None:
        if name in self.statements:
            self.statements[name].types = types

    def described(
        self, describe: pg.Describe, asked: Heard, columns: tuple[Column, ...] | None, formats: pg.Formats, heard: Heard
    ) -> None:
        """A statement's or portal's description came: it is remembered, and an exchange of its own if nothing runs it."""
        if describe.kind == "S":
            if (statement := self.statements.get(describe.name)) is None:
                return
            statement.described, statement.columns = True, columns
            self._described.append((statement, asked, heard))
        elif portal := self.portals.get(describe.name):
            portal.described, portal.columns, portal.formats = True, columns, formats
            if portal.draft is None:
                self._described.append((portal, asked, heard))

    def run(self, name: str, asked: Heard) -> Draft:
        """The draft of running a portal, a new one or that of its earlier part."""
        portal = self.portals.get(name)
        if portal is None:
            portal = self.portals[name] = Portal(pg.Bind(name, ""), None, asked.first)
        draft = portal.draft
        if draft is not None and not draft.done:
            draft.parts += 1
        else:
            again = draft is not None
            draft = portal.draft = portal.begin(asked.last, self.encoding)
            if again:
                draft.problem = draft.problem or "it had been run to its end before"
            self._described = [item for item in self._described if item[0] not in (portal, portal.statement)]
        self._keep(draft)
        return draft

    def close(self, kind: str, name: str) -> None:
        if kind == "P":
            self.close_portal(name)
        elif statement := self.statements.pop(name, None):
            for other in [other for other, portal in self.portals.items() if portal.statement is statement]:
                self.close_portal(other)

    def close_portal(self, name: str) -> None:
        """A portal left suspended will not be run to its end."""
        portal = self.portals.pop(name, None)
        if portal is not None and portal.draft is not None and not portal.draft.done:
            portal.draft.done = True
            self._keep(portal.draft)

    def close_portals(self) -> None:
        for name in list(self.portals):
            self.close_portal(name)

    def unfinished(self) -> list[Draft]:
        """The drafts of portals that are suspended."""
        drafts = [portal.draft for portal in self.portals.values() if portal.draft is not None]
        return [draft for draft in drafts if not draft.done]

    def only_described(self) -> list[Draft]:
        """A draft for each statement or portal that was described since the last call, and not run."""
        described, self._described = self._described, []
        return [self._description(*item) for item in described]

    def _description(self, target: Statement | Portal, asked: Heard, heard: Heard) -> Draft:
        if isinstance(target, Portal):
            draft = target.begin(asked.last, self.encoding)
        else:
            types, columns = target.types, target.columns
            draft = Draft(target.text, asked.first, asked.last, parameter_types=types, columns=columns)
        draft.describe, draft.answered = True, heard.first
        draft.finish("", heard.last)
        return draft

    def _keep(self, draft: Draft) -> None:
        if draft not in self.begun:
            self.begun.append(draft)
