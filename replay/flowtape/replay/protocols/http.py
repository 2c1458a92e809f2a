"""The HTTP server that plays a dependency to a service in another process.

A recorded answer is sent as it was, but for what belongs to one connection alone (RFC 9110, 7.6.1: Connection and what it names,
Transfer-Encoding and the like) and for Content-Length, which is counted anew. What the record does not answer gets a 502 whose
body is the explanation, and which the header field `flowtape-miss` marks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from flowtape.capture.codec import Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Connection, HttpRequest, HttpResponse
from flowtape.capture.protocols.http1 import Http1Codec
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.replay.protocols.listening import AnsweringServer, listen
from flowtape.replay.sockets import Sockets
from flowtape.replay.source import Miss, Source

OF_ONE_CONNECTION = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)
HEAD_LIMIT = 64 * 1024
CODECS = (Http1Codec, OpaqueCodec)
NOWHERE = Connection("answering", Address("", 0), Address("", 0))


def serve(
    source: Source, dependency: str, host: str = "127.0.0.1", port: int = 0, sockets: Sockets | None = None
) -> AnsweringServer:
    """Play `dependency`. Raises OSError if the address cannot be listened at. See `listen` for `sockets`."""
    return listen(lambda: Answering(functools.partial(ask, source, dependency)), host, port, sockets)


class Answering:
    """Reads requests, pipelined or not, and answers them in their order."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.closing = False
        self._answer = answer
        self._conversation = Conversation(NOWHERE, CODECS, hint=Http1Codec.name)
        self._head: bytearray | None = bytearray()
        """What has come of a request's head; None while its body comes."""

    def receive(self, data: bytes) -> bytes:
        said = []
        conversation = self._conversation
        requests = self._requests(data)
        while requests and not self.closing:
            for request in requests:
                said.append(self._reply(request, self._answer(request)))
                if self.closing:
                    break
            # A request with an Upgrade field holds those behind it back until it is answered.
            requests = self._requests(b"")
            self._head, data = bytearray(), b""
        if not self.closing and (conversation.silent or self._foreign):
            self.closing = True
            said.append(_refusal(conversation.problems[-1] if conversation.problems else "this is no HTTP/1.1"))
        elif self._expects(data):
            said.append(conversation.say(Side.SERVER, HttpResponse(100, "Continue")))
        conversation.exchanges()
        return b"".join(said)

    def lost(self) -> None:
        """Nothing is kept of a connection."""

    @property
    def _foreign(self) -> bool:
        return self._conversation.protocol not in {"", Http1Codec.name}

    def _requests(self, data: bytes) -> list[HttpRequest]:
        messages = self._conversation.hear(Side.CLIENT, data, 0)
        return [] if self._foreign else messages

    def _reply(self, request: HttpRequest, response: HttpResponse) -> bytes:
        self.closing = not _tunnels(request, response) and _closes(request)
        prepared = _prepared(request, response, closing=self.closing)
        try:
            return self._conversation.say(Side.SERVER, prepared)
        except ValueError as error:
            unsendable = miss(f"the recorded answer cannot be sent: {error}")
            return self._conversation.say(Side.SERVER, _prepared(request, unsendable, closing=self.closing))

    def _expects(self, data: bytes) -> bool:
        """Whether the head that `data` completes asks to be told to continue (RFC 9110, 10.1.1)."""
        if self._head is None or not data:
            return False
        self._head += data
        head, end, _ = bytes(self._head).partition(b"\r\n\r\n")
        if end or len(head) > HEAD_LIMIT:
            self._head = None
        return bool(end) and any(
            line.lower().replace(b" ", b"") == b"expect:100-continue" for line in head.split(b"\r\n")[1:]
        )


def ask(source: Source, dependency: str, request: HttpRequest) -> HttpResponse:
    """What the record answers, or a 502 that says why it answers nothing."""
    try:
        answer = source.ask(dependency, request)
    except Exception as error:  # a fault of ours is the test's to show, not the service's to hang on
        return miss(f"flowtape itself failed: {type(error).__name__}: {error}")
    if isinstance(answer, Miss):
        return miss(answer.text)
    if not isinstance(answer, HttpResponse):
        return miss(f"the record answers {dependency} with {type(answer).__name__}, which is not HTTP")
    if answer.status < 200:
        return miss(f"{dependency} changed the protocol (status {answer.status}): that cannot be replayed")
    return answer


def miss(text: str) -> HttpResponse:
    """A 502 that explains itself to a person."""
    headers = (("Content-Type", "text/plain; charset=utf-8"), ("flowtape-miss", "true"))
    return HttpResponse(502, "Not Recorded", headers, f"flowtape: {text}\n".encode())


def _refusal(problem: str) -> bytes:
    body = f"flowtape: {problem}\n".encode()
    return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _tunnels(request: HttpRequest, response: HttpResponse) -> bool:
    """The rest of the connection is not HTTP's (RFC 9110, 9.3.6): no word of HTTP ends it."""
    return request.method == "CONNECT" and response.status < 300


def _closes(request: HttpRequest) -> bool:
    """RFC 9112, 9.3."""
    options = [
        option.strip().lower()
        for name, value in request.headers
        if name.lower() in {"connection", "proxy-connection"}
        for option in value.split(",")
    ]
    return "close" in options or (request.version == "1.0" and "keep-alive" not in options)


def _prepared(request: HttpRequest, response: HttpResponse, *, closing: bool) -> HttpResponse:
    """`response` as it can be sent on this connection."""
    named = {
        option.strip().lower()
        for name, value in response.headers
        if name.lower() == "connection"
        for option in value.split(",")
    }
    dropped = (OF_ONE_CONNECTION | named) - {"content-length"}
    headers = [(name, value) for name, value in response.headers if name.lower() not in dropped]
    tunnels = _tunnels(request, response)
    if request.method == "HEAD" or response.status in {204, 304} or tunnels:
        # The length, where there is one, tells of the body that was not sent.
        lengths = [] if response.status == 204 or tunnels else headers
        headers = lengths or [field for field in headers if field[0].lower() != "content-length"]
        body = b""
    else:
        body = response.body
        headers = _with_length(headers, len(body))
    if closing:
        headers.append(("Connection", "close"))
    elif request.version == "1.0" and not tunnels:
        headers.append(("Connection", "keep-alive"))
    return HttpResponse(response.status, response.reason, tuple(headers), body, "1.1")


def _with_length(headers: list[tuple[str, str]], length: int) -> list[tuple[str, str]]:
    """`headers` with the one Content-Length, where it was if there was one."""
    place = next((n for n, (name, _) in enumerate(headers) if name.lower() == "content-length"), len(headers))
    name = headers[place][0] if place < len(headers) else "Content-Length"
    rest = [field for field in headers if field[0].lower() != "content-length"]
    return [*rest[:place], (name, str(length)), *rest[place:]]
