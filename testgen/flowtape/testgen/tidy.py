"""What a flow file leaves out of an exchange: what says how it travelled, and what the next run would only change."""

from __future__ import annotations

from dataclasses import replace

from flowtape.capture.content import ContentError, decode
from flowtape.capture.exchange import (
    Answer,
    Column,
    Headers,
    HttpRequest,
    HttpResponse,
    Question,
    SqlNotice,
    SqlResult,
)

TRAVEL_HEADERS = frozenset(
    {"connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"}
)
"""They belong to one connection (RFC 9110, section 7.6.1), or are computed anew."""
SERVER_HEADERS = frozenset({"date", "server"})
"""The web server's own, not the application's."""
ERROR_FIELDS = frozenset("SVCMDHPWstcdn")
"""Less file, line and routine of the server's source, which change with its version."""


def tidy_request(request: HttpRequest) -> HttpRequest:
    body, headers = _plain(request.headers, request.body)
    return replace(request, headers=_without(headers, TRAVEL_HEADERS), body=body, trailers=())


def tidy_response(response: HttpResponse) -> HttpResponse:
    body, headers = _plain(response.headers, response.body)
    return replace(response, headers=_without(headers, TRAVEL_HEADERS | SERVER_HEADERS), body=body, trailers=())


def tidy_question(question: Question) -> Question:
    """Of a call over HTTP, the host too is left out: the cassette's URI says it."""
    if not isinstance(question, HttpRequest):
        return question
    tidied = tidy_request(question)
    return replace(tidied, headers=_without(tidied.headers, frozenset({"host"})))


def tidy_answer(answer: Answer | None) -> Answer | None:
    match answer:
        case HttpResponse():
            return tidy_response(answer)
        case SqlResult():
            return _tidy_result(answer)
        case _:
            return answer


def _tidy_result(result: SqlResult) -> SqlResult:
    """Without the numbers that a database gives its tables, and without the transaction's state, which replay keeps itself."""
    columns = None if result.columns is None else tuple(_tidy_column(column) for column in result.columns)
    error = None if result.error is None else _tidy_notice(result.error)
    notices = tuple(_tidy_notice(notice) for notice in result.notices)
    return replace(result, columns=columns, error=error, notices=notices, transaction="")


def _tidy_column(column: Column) -> Column:
    return replace(column, table=0, attribute=0)


def _tidy_notice(notice: SqlNotice) -> SqlNotice:
    return SqlNotice(tuple((code, value) for code, value in notice.fields if code in ERROR_FIELDS))


def _plain(headers: Headers, body: bytes) -> tuple[bytes, Headers]:
    """The body without its content coding, if it can be taken off."""
    if not any(name.lower() == "content-encoding" for name, _ in headers):
        return body, headers
    try:
        decoded = decode(headers, body)
    except ContentError:
        return body, headers
    return decoded, _without(headers, frozenset({"content-encoding"}))


def _without(headers: Headers, names: frozenset[str]) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in names)
