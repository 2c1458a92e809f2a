"""HTTP in process, against live dependencies: vcrpy lets each request through, and what comes of it is heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from flowtape.capture.content import ContentError, decode
from flowtape.capture.exchange import Address, Connection, Exchange, Headers, HttpResponse
from flowtape.replay.cassettes import Origin, TapeCassette, origin, question
from flowtape.replay.http_clients import Request
from flowtape.replay.live.relays import Hearing
from flowtape.replay.servers import Switch

HERE = Address("127.0.0.1", 0)


class LiveCassette(TapeCassette):
    """`dependencies` are names by the origin of the live server; any other host is refused as in replay."""

    def __init__(
        self, switch: Switch, dependencies: Mapping[Origin, str], refuse: Callable[[str], Exception], hearing: Hearing
    ) -> None:
        super().__init__(switch, dependencies, refuse)
        self._hearing = hearing
        self._begun: dict[int, tuple[Request, int]] = {}
        self._numbers = count(1)

    @property
    def write_protected(self) -> bool:
        return False

    def can_play_response_for(self, request: Request) -> bool:
        """Never; it is noted when the request began. Raises what a host that is no dependency is refused with."""
        if origin(request.uri) not in self._dependencies:
            parts = urlsplit(request.uri)
            raise self._refuse(f"{parts.scheme}://{parts.netloc}")
        self._begun[id(request)] = request, self._hearing.clock()
        return False

    def append(self, request: Request, response: Any) -> None:
        """The live server has answered."""
        now = self._hearing.clock()
        _, began = self._begun.pop(id(request), (request, now))
        scheme, host, port = origin(request.uri)
        connection = Connection(
            f"live-http-{next(self._numbers)}",
            HERE,
            Address(host, port or 0),
            self._dependencies[scheme, host, port],
            host,
        )
        self._hearing.hear(Exchange(connection, "http1", question(request), _answer(response), began, began, now, now))


def _answer(response: Mapping[str, Any]) -> HttpResponse:
    status = response["status"]
    headers = tuple(
        (str(name), str(value))
        for name, values in response["headers"].items()
        for value in (values if isinstance(values, (list, tuple)) else [values])
    )
    body = response["body"]["string"] or b""
    body = body.encode() if isinstance(body, str) else bytes(body)
    return HttpResponse(int(status["code"]), str(status["message"] or ""), _true(headers, body), body)


def _true(headers: Headers, body: bytes) -> Headers:
    """Without the content coding where the client has taken it off already."""
    try:
        decode(headers, body)
    except ContentError:
        return tuple((name, value) for name, value in headers if name.lower() != "content-encoding")
    return headers
