"""A flow's HTTP dependencies as a vcrpy cassette (version 1), which vcrpy itself can play.

Interactions stand in the order of the flow's HTTP calls. What a cassette has no place for (the order of header fields, an HTTP
version) is kept beside request and response under `flowtape`, which vcrpy does not look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowtape.capture.exchange import Headers, HttpRequest, HttpResponse
from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile.document import Place, integer
from flowtape.replay.flowfile.http import headers_in, headers_out

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Interaction:
    """`uri` is absolute: it ends with the request's target."""

    uri: str
    request: HttpRequest
    response: HttpResponse | None


def cassette_out(interactions: list[Interaction]) -> dict[str, Any]:
    return {"interactions": [_interaction_out(each) for each in interactions], "version": Number(VERSION)}


def _interaction_out(each: Interaction) -> dict[str, Any]:
    request, response = each.request, each.response
    extra: dict[str, Any] = {}
    found = {
        "request": {
            "method": request.method,
            "uri": each.uri,
            "body": _body_out(request.body) if request.body else None,
            "headers": _headers_out(request.headers, "request headers", extra),
        },
        # vcrpy knows no call without an answer: it sees an empty 504.
        "response": _response_out(response or HttpResponse(504, "Gateway Timeout"), extra),
    }
    if response is None:
        extra["unanswered"] = True
    for name, message in (("request", request), ("response", response)):
        if message is not None and message.version != "1.1":
            extra[f"{name} version"] = message.version
        if message is not None and message.trailers:
            extra[f"{name} trailers"] = headers_out(message.trailers)
    return {**found, "flowtape": extra} if extra else found


def _response_out(response: HttpResponse, extra: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": {"code": integer(response.status), "message": response.reason},
        "headers": _headers_out(response.headers, "response headers", extra),
        "body": {"string": _body_out(response.body)},
    }


def _headers_out(headers: Headers, name: str, extra: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in headers:
        found.setdefault(key, []).append(value)
    if [(key, value) for key, values in found.items() for value in values] != list(headers):
        extra[name] = headers_out(headers)
    return found


def _body_out(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


# -- reading

EXTRA = ("unanswered", "request headers", "response headers", "request version", "response version", "request trailers",
         "response trailers")  # fmt: skip


def cassette_in(place: Place) -> list[tuple[Place, Interaction]]:
    fields = place.fields((), ["interactions", "version"])
    if fields["version"].text() != VERSION:
        raise fields["version"].wrong(f"a vcrpy cassette of version {VERSION} is wanted")
    return [(each, _interaction_in(each)) for each in fields["interactions"].list()]


def _interaction_in(place: Place) -> Interaction:
    fields = place.fields(["flowtape"], ["request", "response"])
    extra = fields["flowtape"].fields(EXTRA) if "flowtape" in fields else {}
    request = fields["request"].fields(["body", "headers"], ["method", "uri"])
    question = HttpRequest(
        request["method"].text(),
        request["uri"].text(),
        _headers_in(request, extra, "request headers"),
        _body_in(request.get("body")),
        **_rest(extra, "request"),
    )
    if "unanswered" in extra:
        return Interaction(question.target, question, None)
    response = fields["response"].fields(["headers", "body", "url", "http_version"], ["status"])
    status = response["status"].fields((), ["code", "message"])
    body = response["body"].fields((), ["string"]).get("string") if "body" in response else None
    answer = HttpResponse(
        status["code"].integer(),
        "" if status["message"].value is None else status["message"].text(),
        _headers_in(response, extra, "response headers"),
        _body_in(body),
        **_rest(extra, "response"),
    )
    return Interaction(question.target, question, answer)


def _rest(extra: dict[str, Place], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if f"{name} version" in extra:
        found["version"] = extra[f"{name} version"].text()
    if f"{name} trailers" in extra:
        found["trailers"] = headers_in(extra[f"{name} trailers"])
    return found


def _headers_in(fields: dict[str, Place], extra: dict[str, Place], name: str) -> Headers:
    if name in extra:
        return headers_in(extra[name])
    return headers_in(fields["headers"]) if "headers" in fields else ()


def _body_in(place: Place | None) -> bytes:
    if place is None or place.value is None:
        return b""
    return place.value if isinstance(place.value, bytes) else place.text().encode()
