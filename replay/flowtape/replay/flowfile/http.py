"""HTTP requests and responses in a flow file, and their header fields."""

from __future__ import annotations

import re
from typing import Any

from flowtape.capture.exchange import Headers, HttpRequest, HttpResponse
from flowtape.replay.flowfile.body import BODY_KEYS, body_in, body_out
from flowtape.replay.flowfile.document import Place, integer, numeric

REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found",
           303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
           401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           409: "Conflict", 410: "Gone", 415: "Unsupported Media Type", 429: "Too Many Requests",
           500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
           504: "Gateway Timeout"}  # fmt: skip
SHARED = ("headers", *BODY_KEYS, "version", "trailers")


def header(headers: Headers, name: str) -> str:
    """The first value of the field `name` (any case), "" if it is not there."""
    name = name.lower()
    return next((value for key, value in headers if key.lower() == name), "")


def headers_out(headers: Headers) -> dict[str, Any] | list[Any]:
    """A mapping, values of a repeated field as a list; a list of pairs where a mapping would lose the order."""
    found: dict[str, Any] = {}
    for name, value in headers:
        if name in found:
            before = found[name]
            found[name] = [*before, numeric(value)] if isinstance(before, list) else [before, numeric(value)]
        else:
            found[name] = numeric(value)
    regrouped = [
        (name, value) for name, values in found.items() for value in (values if isinstance(values, list) else [values])
    ]
    if regrouped == list(headers):
        return found
    return [[name, numeric(value)] for name, value in headers]


def headers_in(place: Place) -> Headers:
    if isinstance(place.value, list):
        pairs = [[part.text() for part in pair.list()] for pair in place.list()]
        if any(len(pair) != 2 for pair in pairs):
            raise place.wrong("a list of [name, value] pairs is wanted")
        return tuple((_latin1(name, place), _latin1(value, place)) for name, value in pairs)
    found: list[tuple[str, str]] = []
    for name, value in place.items().items():
        values = value.list() if isinstance(value.value, list) else [value]
        found += [(_latin1(name, value), _latin1(each.text(), each)) for each in values]
    return tuple(found)


def _latin1(text: str, place: Place) -> str:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        raise place.wrong("a header field holds latin-1 characters only") from None
    return text


def request_out(request: HttpRequest) -> dict[str, Any]:
    return {"method": request.method, "target": request.target, **_shared_out(request)}


def request_in(place: Place) -> HttpRequest:
    fields = place.fields(SHARED, ["method", "target"])
    method = fields["method"].text()
    if not re.fullmatch(r"[!#-'*+.^_`|~0-9A-Za-z-]+", method):
        raise fields["method"].wrong("not an HTTP method")
    return HttpRequest(method, _latin1(fields["target"].text(), fields["target"]), **_shared_in(fields))


def response_out(response: HttpResponse) -> dict[str, Any]:
    reason = {} if response.reason == REASONS.get(response.status, "") else {"reason": response.reason}
    return {"status": integer(response.status), **reason, **_shared_out(response)}


def response_in(place: Place) -> HttpResponse:
    fields = place.fields((*SHARED, "reason"), ["status"])
    status = fields["status"].integer()
    reason = fields["reason"].text() if "reason" in fields else REASONS.get(status, "")
    return HttpResponse(status, reason, **_shared_in(fields))


def _shared_out(message: HttpRequest | HttpResponse) -> dict[str, Any]:
    found: dict[str, Any] = {} if message.version == "1.1" else {"version": message.version}
    if message.headers:
        found["headers"] = headers_out(message.headers)
    found |= body_out(message.body, header(message.headers, "content-type"))
    if message.trailers:
        found["trailers"] = headers_out(message.trailers)
    return found


def _shared_in(fields: dict[str, Place]) -> dict[str, Any]:
    return {
        "headers": headers_in(fields["headers"]) if "headers" in fields else (),
        "body": body_in(fields),
        "version": fields["version"].text() if "version" in fields else "1.1",
        "trailers": headers_in(fields["trailers"]) if "trailers" in fields else (),
    }
