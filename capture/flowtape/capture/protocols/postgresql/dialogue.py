"""Who answers what: the client's messages in their order, and the server's answers to them (documentation, "Message Flow").

A server works its client's messages off in order, so that a queue pairs them, however far the client ran ahead. What a name
stands for (a statement, a portal) changes when the server confirms it, not when the client asks. After an error in the
extended protocol the server skips all up to the next Sync: what it skipped was never asked, and gives no exchange.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

from flowtape.capture.codec import Heard
from flowtape.capture.exchange import Column, SqlNotice
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import questions
from flowtape.capture.protocols.postgresql.draft import Draft
from flowtape.capture.protocols.postgresql.encoding import respoken, respoken_columns
from flowtape.capture.protocols.postgresql.prepared import Prepared
from flowtape.capture.protocols.postgresql.questions import Asked
from flowtape.capture.protocols.postgresql.readers import readers
from flowtape.capture.protocols.postgresql.simple import pair
from flowtape.capture.stream import MAX_MESSAGE

MAX_QUEUE = 100_000
"""How many messages a client may be ahead."""

MAX_BYTES = 4 * MAX_MESSAGE
"""How many bytes of questions may await their answers, and of answers the end of their batch."""

_COPY = frozenset({pg.CopyData, pg.CopyDone, pg.CopyFail})
_COPY_OR_SYNC = _COPY | {pg.Sync}
_UNANSWERED = frozenset({pg.Flush, pg.Terminate})
_RUN = frozenset({pg.Query, pg.Execute})
_RETURNING = re.compile(r"\bRETURNING\b", re.IGNORECASE)
_ROWS = frozenset({"SELECT", "FETCH", "SHOW", "EXPLAIN", "CALL", "VALUES", "EXECUTE"})


class Dialogue:
    """The questions and answers of one connection after its start-up.

    `batch` holds the drafts of what was answered since the last ReadyForQuery, done or suspended. `broken` says in words why
    what the server says cannot be the answer to what the client said; all is ignored from then on.
    """

    def __init__(self) -> None:
        self.prepared = Prepared()
        self.broken = ""
        self.queue: deque[Asked] = deque()
        self._waiting = 0
        self._answered = 0
        self._skipping = False
        self._copying: Draft | None = None
        self._notices: list[SqlNotice] = []

    @property
    def encoding(self) -> str:
        return self.prepared.encoding

    @property
    def batch(self) -> list[Draft]:
        return self.prepared.begun

    # -- the client

    def ask(self, message: Any, heard: Heard) -> None:
        kind = type(message)
        if self._copying is not None and kind in _COPY_OR_SYNC:
            self._copy_in(self._copying, message, heard)
        elif kind is pg.Sync:
            self._skipping = False
            self.queue.append(Asked(message, heard))
        elif not self._skipping and kind not in _UNANSWERED:
            self.queue.append(Asked(message, heard))
        size = _SIZES.get(kind)
        if not self.queue:
            self._waiting = 0
        elif size is not None:
            self._waiting += size(message)
        if len(self.queue) > MAX_QUEUE or self._waiting > MAX_BYTES:
            self.broken = f"more than {MAX_QUEUE} messages or {MAX_BYTES} bytes without an answer"

    def _copy_in(self, draft: Draft, message: Any, heard: Heard) -> None:
        """While the server takes copy data it ignores Flush and Sync."""
        if isinstance(message, pg.CopyData):
            if draft.copy_in is not None and draft.grow(len(message.data)):
                draft.copy_in += message.data
        elif not isinstance(message, pg.Sync):
            draft.asked = heard.last
            self._copying = None

    # -- the server

    def answer(self, message: Any, heard: Heard) -> bool:
        """The server's next message. True when it ends a batch (ReadyForQuery)."""
        handler = self._ANSWERS.get(type(message))
        if handler is None:
            self._break(message)
            return False
        return handler(self, message, heard) is True

    def _break(self, message: Any) -> None:
        head = self._head()
        asked = type(head.message).__name__ if head else "nothing"
        self.broken = f"{type(message).__name__} in answer to {asked}"

    def _head(self) -> Asked | None:
        """What is answered next; copy data that nobody asked for is ignored, as the server does."""
        while self.queue and type(self.queue[0].message) in _COPY:
            self.queue.popleft()
        return self.queue[0] if self.queue else None

    def _expect(self, kind: type, answer: Any) -> Asked | None:
        head = self._head()
        if head is None or not isinstance(head.message, kind):
            self._break(answer)
            return None
        return head

    def _running(self, message: Any, heard: Heard) -> tuple[Asked, Draft] | None:
        """What runs, and its draft: of the query's next statement, or of the portal."""
        head = self._head()
        if head is None or type(head.message) not in _RUN:
            self._break(message)
            return None
        draft = head.draft
        if draft is None or draft.done:
            draft = head.draft = self._begin(head)
            draft.answered = draft.answered or heard.first
        return head, draft

    def _begin(self, head: Asked) -> Draft:
        if type(head.message) is pg.Execute:
            return self.prepared.run(head.message.portal, head.heard)
        draft = Draft(respoken(head.message.text, self.encoding), head.heard.first, head.heard.last)
        head.results.append(draft)
        return draft

    def _row(self, message: pg.DataRow, heard: Heard) -> None:
        if found := self._running(message, heard):
            _, draft = found
            draft.ended = heard.last
            if not draft.row(message.values):
                self._break(message)

    def _complete(self, message: pg.CommandComplete | pg.EmptyQueryResponse, heard: Heard) -> None:
        found = self._running(message, heard)
        if found is None:
            return
        head, draft = found
        if self._copying is not None:  # its end was not heard, and the server cannot end a copy by itself
            self._break(message)
            return
        draft.finish(message.tag if isinstance(message, pg.CommandComplete) else "", heard.last)
        self._end_run(draft)
        if isinstance(head.message, pg.Execute):
            if draft.readers is None and (_RETURNING.search(draft.text) or draft.tag.split(" ")[0] in _ROWS):
                draft.problem = draft.problem or "the rows' description was not heard"
            self.queue.popleft()

    def _end_run(self, draft: Draft) -> None:
        self._answered += draft.size
        if self._answered > MAX_BYTES:
            self.broken = f"more than {MAX_BYTES} bytes of answers in one batch"
        draft.notices += self._notices
        self._notices = []
        self._copying = None

    def _suspended(self, message: pg.PortalSuspended, heard: Heard) -> None:
        if (found := self._running(message, heard)) and isinstance(found[0].message, pg.Execute):
            found[1].suspended = True
            found[1].ended = heard.last
            self.queue.popleft()
        else:
            self._break(message)

    def _row_description(self, message: pg.RowDescription, heard: Heard) -> None:
        head = self._head()
        if head is not None and isinstance(head.message, pg.Query) and (head.draft is None or head.draft.done):
            if found := self._running(message, heard):
                found[1].columns = respoken_columns(message.columns, self.encoding)
                found[1].readers = readers(message.columns, message.formats, self.encoding)
        elif head := self._expect(pg.Describe, message):
            self.queue.popleft()
            columns = respoken_columns(message.columns, self.encoding)
            self.prepared.described(head.message, head.heard, columns, message.formats, heard)

    def _no_data(self, message: pg.NoData, heard: Heard) -> None:
        if head := self._expect(pg.Describe, message):
            self.queue.popleft()
            self.prepared.described(head.message, head.heard, None, (), heard)

    def _parameters(self, message: pg.ParameterDescription, heard: Heard) -> None:
        if head := self._expect(pg.Describe, message):
            self.prepared.typed(head.message.name, message.types)

    def _parsed(self, message: pg.ParseComplete, heard: Heard) -> None:
        if head := self._expect(pg.Parse, message):
            self.queue.popleft()
            self.prepared.parsed(head.message, head.heard)

    def _bound(self, message: pg.BindComplete, heard: Heard) -> None:
        if head := self._expect(pg.Bind, message):
            self.queue.popleft()
            self.prepared.bound(head.message, head.heard)

    def _closed(self, message: pg.CloseComplete, heard: Heard) -> None:
        if head := self._expect(pg.Close, message):
            self.queue.popleft()
            self.prepared.close(head.message.kind, head.message.name)

    def _copy_in_begins(self, message: pg.CopyInResponse, heard: Heard) -> None:
        found = self._running(message, heard)
        if found is None:
            return
        draft = found[1]
        draft.copy_in = bytearray()
        self._copying = draft
        ahead = list(self.queue)[1:]
        while self._copying is not None and ahead and type(ahead[0].message) in _COPY_OR_SYNC:
            self._copy_in(draft, ahead[0].message, ahead.pop(0).heard)
        self.queue = deque([self.queue[0], *ahead])

    def _copy_out_begins(self, message: pg.CopyOutResponse, heard: Heard) -> None:
        if found := self._running(message, heard):
            found[1].copy_out = bytearray()

    def _copy_data(self, message: pg.CopyData, heard: Heard) -> None:
        found = self._running(message, heard)
        if found is None or found[1].copy_out is None:
            self._break(message)
        elif found[1].grow(len(message.data)):
            found[1].copy_out += message.data

    def _copy_done(self, message: pg.CopyDone, heard: Heard) -> None:
        found = self._running(message, heard)
        if found is None or found[1].copy_out is None:
            self._break(message)

    def _notice(self, message: pg.NoticeResponse, heard: Heard) -> None:
        if self.queue:
            self._notices.append(SqlNotice(message.fields))

    def _aside(self, message: Any, heard: Heard) -> None:
        pass

    def _function_result(self, message: pg.FunctionCallResponse, heard: Heard) -> None:
        if head := self._expect(pg.FunctionCall, message):
            draft = head.draft = questions.function_call(head)
            draft.columns, draft.answered = (Column("", 0),), heard.first
            draft.readers = readers(draft.columns, (head.message.result_format,), self.encoding)
            draft.row((message.value,))
            draft.finish("", heard.last)
            self._end_run(draft)
            self.batch.append(draft)

    # -- errors

    def _error(self, message: pg.ErrorResponse, heard: Heard) -> bool:
        """True where the error ends the connection, and so the batch."""
        head = self._head()
        if head is None:
            return False
        error = SqlNotice(message.fields)
        if isinstance(head.message, pg.Sync):
            for draft in self.batch[-1:]:
                draft.problem = draft.problem or f"the transaction failed at its end: {error.field('M')}"
        elif not isinstance(head.message, pg.Close) and (failing := self._failing(head, heard)) is not None:
            failing.error = error
            if self._copying is not None:  # all that the client sent may not have been heard
                failing.problem = failing.problem or "the copy failed before its end was heard"
            failing.answered = failing.answered or heard.first
            failing.finish("", heard.last)
            self._end_run(failing)
        self._copying = None
        if (error.field("V") or error.field("S")) in ("FATAL", "PANIC"):
            self._end_query(head)
            self.queue.popleft()
            return True
        if not isinstance(head.message, (pg.Query, pg.FunctionCall, pg.Sync)):
            self._skip()
        return False

    def _failing(self, head: Asked, heard: Heard) -> Draft | None:
        """The draft of what the error answers, in the batch (a simple query's is with the query)."""
        match head.message:
            case pg.Query() | pg.Execute():
                found = self._running(pg.ErrorResponse(()), heard)
                return found[1] if found else None
            case pg.Parse():
                draft = questions.unparsed(self.prepared, list(self.queue))
            case pg.Bind():
                draft = self.prepared.portal(head.message, head.heard).begin(head.heard.last, self.encoding)
            case pg.Describe():
                draft = questions.undescribed(self.prepared, head)
            case _:
                draft = questions.function_call(head)
        head.draft = draft
        self.batch.append(draft)
        return draft

    def _skip(self) -> None:
        while self.queue and not isinstance(self.queue[0].message, pg.Sync):
            self.queue.popleft()
        self._skipping = not self.queue

    # -- the end of a batch

    def _ready(self, message: pg.ReadyForQuery, heard: Heard) -> bool:
        head = self._head()
        if head is None or not self._may_end(head):
            self._break(message)
            return False
        self.queue.popleft()
        self._answered = 0
        self._end_query(head)
        self.batch.extend(self.prepared.only_described())
        self._notices = []
        if message.status == "I":
            self.prepared.close_portals()
        return True

    def _may_end(self, head: Asked) -> bool:
        match head.message:
            case pg.Query():
                return bool(head.results) and head.results[-1].done
            case pg.FunctionCall():
                return head.draft is not None
        return isinstance(head.message, pg.Sync)

    def _end_query(self, head: Asked) -> None:
        if isinstance(head.message, pg.Query):
            self.batch.extend(pair(respoken(head.message.text, self.encoding), head.results))

    def abandon(self, reason: str) -> list[Draft]:
        """All that is under way, as incomplete; nothing is remembered after."""
        drafts = [*self.batch, *(draft for draft in self.prepared.unfinished() if draft not in self.batch)]
        for asked in self.queue:
            drafts += [draft for draft in self._unanswered(asked) if draft not in drafts]
        for draft in drafts:
            draft.problem = draft.problem or reason
        encoding = self.encoding
        self.__init__()  # type: ignore[misc]
        self.prepared.encoding = encoding
        return drafts

    def _unanswered(self, asked: Asked) -> list[Draft]:
        match asked.message:
            case pg.Query(text):
                return [Draft(respoken(text, self.encoding), asked.heard.first, asked.heard.last)]
            case pg.FunctionCall():
                return [] if asked.draft else [questions.function_call(asked)]
            case pg.Parse():
                self.prepared.parsed(asked.message, asked.heard)
            case pg.Bind():
                self.prepared.bound(asked.message, asked.heard)
            case pg.Execute(name) if asked.draft is None:
                return [self.prepared.run(name, asked.heard)]
        return []

    _ANSWERS: ClassVar[dict[type, Callable[..., bool | None]]] = {
        pg.DataRow: _row,
        pg.CommandComplete: _complete,
        pg.EmptyQueryResponse: _complete,
        pg.PortalSuspended: _suspended,
        pg.RowDescription: _row_description,
        pg.NoData: _no_data,
        pg.ParameterDescription: _parameters,
        pg.ParseComplete: _parsed,
        pg.BindComplete: _bound,
        pg.CloseComplete: _closed,
        pg.CopyInResponse: _copy_in_begins,
        pg.CopyOutResponse: _copy_out_begins,
        pg.CopyData: _copy_data,
        pg.CopyDone: _copy_done,
        pg.NoticeResponse: _notice,
        pg.NotificationResponse: _aside,
        pg.ParameterStatus: _aside,
        pg.FunctionCallResponse: _function_result,
        pg.ErrorResponse: _error,
        pg.ReadyForQuery: _ready,
    }


_SIZES: dict[type, Callable[[Any], int]] = {
    pg.CopyData: lambda message: len(message.data),
    pg.Bind: lambda message: sum(map(len, filter(None, message.parameters))),
    pg.Query: lambda message: len(message.text),
    pg.Parse: lambda message: len(message.text),
}
"""About how much a question holds; others hold nothing worth counting."""
