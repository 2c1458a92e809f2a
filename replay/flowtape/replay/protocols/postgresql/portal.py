"""A portal: a statement with its parameters, its answer once it has run, and how much of it the client has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flowtape.capture.exchange import SqlResult
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.replay.protocols.postgresql.backend import Bound, tag_of
from flowtape.replay.protocols.postgresql.copying import copy_format, pieces
from flowtape.replay.protocols.postgresql.encoding import UTF8
from flowtape.replay.protocols.postgresql.errors import Refused, missed
from flowtape.replay.protocols.postgresql.values import spread, write_row
from flowtape.replay.source import Miss


@dataclass(slots=True)
class Portal:
    """`formats` are those of the result's columns; `sent` counts the rows of `answer` that the client has."""

    bound: Bound
    formats: pg.Formats = ()
    answer: SqlResult | None = None
    sent: int = 0
    encoding: str = UTF8

    def description(self) -> Any:
        """RowDescription or NoData. Raises Refused where all there is to say is an error."""
        answer = self._answered()
        if answer.columns is not None:
            return pg.RowDescription(answer.columns, spread(self.formats, len(answer.columns)))
        if answer.error is not None:
            raise Refused(answer.error)
        return pg.NoData()

    def messages(self, limit: int) -> Iterator[Any]:
        """The answer's next rows, at most `limit` if that is not 0, and its end. Raises Refused where it ends in an error.

        The last message is CommandComplete where the statement is done.
        """
        answer = self._answered()
        if not self.sent:
            for warning in answer.notices:
                yield pg.NoticeResponse(warning.fields)
        before = self.sent
        yield from self._rows(answer, limit)
        if answer.copy_out is not None:
            yield from self._copy_out(answer.copy_out)
        if limit and self.sent - before == limit:
            yield pg.PortalSuspended()
        elif answer.error is not None:
            raise Refused(answer.error)
        elif answer.suspended:
            raise missed(Miss(f"more rows are asked for than were fetched when it was recorded: {self.bound.text}"))
        else:
            yield pg.CommandComplete(tag_of(answer, self.bound, self.sent - before))

    def _answered(self) -> SqlResult:
        assert self.answer is not None, "a portal runs before it is sent"
        return self.answer

    def _rows(self, answer: SqlResult, limit: int) -> Iterator[pg.DataRow]:
        columns = answer.columns
        if columns is None:
            return
        formats = spread(self.formats, len(columns))
        end = self.sent + limit if limit else len(answer.rows)
        for row in answer.rows[self.sent : end]:
            yield pg.DataRow(write_row(row, columns, formats, self.encoding))
            self.sent += 1

    def _copy_out(self, data: bytes) -> Iterator[Any]:
        yield pg.CopyOutResponse(*copy_format(self.bound.text, data))
        for piece in pieces(data, self.bound.text):
            yield pg.CopyData(piece)
        yield pg.CopyDone()
