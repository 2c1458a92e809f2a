"""HTTP/1.0 and 1.1 (RFC 9112).

We find where a message begins and ends ourselves, because only who hears both sides knows (§6.3: an answer to HEAD has no body,
an upgrade has no further messages); httptools reads the header fields in between. What two recipients may frame
differently (bare line feeds among CRLFs, two lengths, a length beside chunks) is refused: a pair that may be wrong is none.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, TypeVar

import httptools

from flowtape.capture.codec import Codec, Heard, Message, Side
from flowtape.capture.exchange import Connection, Exchange, Headers, HttpRequest, HttpResponse
from flowtape.capture.protocols.http1_body import Body, framing, read_body
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.capture.settling import QUIET, Settling
from flowtape.capture.stream import MAX_MESSAGE, DecodeError, Reading, Stream

HEAD_LIMIT = 64 * 1024
CLAIM_BYTES = 1024
"""A request line of a known method is believed after so many bytes, though its end has not come."""

SHORT_HEAD = 4096
"""A head up to here is read line by line: real traffic says the same lines again and again, so they are remembered."""
LINES_REMEMBERED = 1024

BLANK_LINE = re.compile(rb"\n\r?\n")
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]"
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb"{1,64}) ([^\x00-\x20\x7f]+) HTTP/(1\.[0-9])")
REQUEST_LINE_BEGINNING = re.compile(rb"(" + TOKEN + rb"{0,64})( [^\x00-\x20\x7f]*( [HTP/1.0-9]{0,8}\r?)?)?")
STATUS_LINE = re.compile(rb"HTTP/(1\.[0-9]) ([1-9][0-9]{2})(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?")
FIELD_LINE = re.compile(rb"(" + TOKEN + rb"+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
Whole = TypeVar("Whole", HttpRequest, HttpResponse)
BODILESS = frozenset({204, 304})
METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"CONNECT", b"TRACE"})


@dataclass(slots=True, eq=False)
class _Pair:
    """A request whose head was read, until it and its answer are whole. `head` has no body yet."""

    head: HttpRequest
    request: HttpRequest | None = None
    asked: Heard | None = None
    response: HttpResponse | None = None
    answered: Heard | None = None
    problem: str = ""

    @property
    def switches(self) -> bool:
        """Whether what the client says next may be no HTTP, as the answer will tell."""
        return self.head.method == "CONNECT" or any(name.lower() == "upgrade" for name, _ in self.head.headers)

    @property
    def expects(self) -> bool:
        return any(name.lower() == "expect" for name, _ in self.head.headers)


class _Fields:
    """What httptools calls back with."""

    __slots__ = ("headers",)

    def __init__(self) -> None:
        self.headers: list[tuple[str, str]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((str(name, "latin-1"), str(value, "latin-1").strip(" \t")))


def fields(section: bytes, *, of_response: bool = False) -> Headers:
    """The header fields in `section` (lines up to and with the blank one). Raises DecodeError."""
    heard = _Fields()
    # A start line of ours stands for the real one, which may have a method or target that httptools does not know.
    line = b"HTTP/1.1 200 OK\r\n" if of_response else b"GET / HTTP/1.1\r\n"
    parser = httptools.HttpResponseParser(heard) if of_response else httptools.HttpRequestParser(heard)
    try:
        parser.feed_data(line + section)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        raise DecodeError(f"header fields: {error}") from error
    return tuple(heard.headers)


@lru_cache(maxsize=LINES_REMEMBERED)
def _field(line: bytes) -> tuple[str, str] | None:
    """One plain header field, as `fields` reads it; None where the line is nothing plain."""
    found = FIELD_LINE.fullmatch(line)
    return None if found is None else (found[1].decode("latin-1"), found[2].decode("latin-1").strip(" \t"))


@lru_cache(maxsize=LINES_REMEMBERED)
def _status(line: bytes) -> tuple[str, int, str] | None:
    """Version, status and reason of a status line."""
    found = STATUS_LINE.fullmatch(line)
    return None if found is None else (found[1].decode(), int(found[2]), (found[3] or b"").decode("latin-1"))


def _short_head(data: bytes, at: int) -> tuple[bytes, Headers, int] | None:
    """The start line and header fields of the head that begins there, and where its body does; None: not short, or not plain."""
    end = data.find(b"\r\n\r\n", at, at + SHORT_HEAD)
    if end < 0:
        return None
    line, *lines = data[at:end].split(b"\r\n")
    headers = tuple(map(_field, lines))
    return None if None in headers else (line, headers, end + 4)  # type: ignore[return-value]


def _end_of_body(data: bytes, start: int, size: int | str) -> int | None:
    """Where a body of known length ends, None if not within `data`."""
    if not isinstance(size, int) or size > MAX_MESSAGE:
        return None
    return start + size if start + size <= len(data) else None


def _head(stream: Stream) -> Reading[tuple[bytes, bytes]]:
    """The start line without its end, and the header section with its blank line."""
    head = b""
    while not head:  # empty lines before a request are to be ignored (§2.2)
        head = (yield from stream.until_match(BLANK_LINE, 2, HEAD_LIMIT)).lstrip(b"\r\n")
    if head.count(b"\n") != head.count(b"\r\n"):
        if b"\r" in head:
            raise DecodeError("lines that end in CRLF and lines that end in LF in one head")
        head = head.replace(b"\n", b"\r\n")
    line, _, section = head.partition(b"\r\n")
    return line, section


class Http1Codec(Codec):
    """Requests queue up until they are answered; an answer goes to the first that has none."""

    name: ClassVar[str] = "http1"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._pairs: deque[_Pair] = deque()
        self._reading: _Pair | None = None
        self._bodies: dict[Side, Body] = {}
        self._flaws: dict[Side, str] = {}
        self._settling = Settling()
        self._joined = False
        self._pipelines = False

    @staticmethod
    def claims(data: bytes) -> bool | None:
        line, newline, _ = data.lstrip(b"\r\n").partition(b"\n")
        if newline:
            return REQUEST_LINE.fullmatch(line.removesuffix(b"\r")) is not None
        begins = REQUEST_LINE_BEGINNING.fullmatch(line)
        if begins is None:
            return False
        return True if len(line) > CLAIM_BYTES and begins[1] in METHODS else None

    # -- reading

    def decoder(self, side: Side, stream: Stream) -> Generator[None, None, Message]:
        return self._request(stream) if side is Side.CLIENT else self._response(stream)

    def whole(self, side: Side, data: bytes, at: int) -> tuple[Message, int] | None:
        head = _short_head(data, at)
        try:
            if head is None or (side is Side.CLIENT and self._pairs and self._pairs[-1].switches):
                return None
            return self._whole_request(data, *head) if side is Side.CLIENT else self._whole_response(data, *head)
        except DecodeError:
            return None  # the decoder will say so

    def _whole_request(self, data: bytes, line: bytes, headers: Headers, at: int) -> tuple[Message, int] | None:
        if REQUEST_LINE.fullmatch(line) is None:
            return None
        method, target, protocol = line.decode("latin-1").split(" ")
        version = protocol[5:]
        end = _end_of_body(data, at, 0 if (size := framing(headers, version)) == "until close" else size)
        return None if end is None else (HttpRequest(method, target, headers, data[at:end], version), end)

    def _whole_response(self, data: bytes, line: bytes, headers: Headers, at: int) -> tuple[Message, int] | None:
        found = _status(line)
        if found is None:
            return None
        version, status, reason = found
        size = framing(headers, version)
        end = _end_of_body(data, at, 0 if _bodiless(self._unanswered(status).head.method, status) else size)
        return None if end is None else (HttpResponse(status, reason, headers, data[at:end], version), end)

    def _request(self, stream: Stream) -> Reading[HttpRequest]:
        while self._pairs and self._pairs[-1].switches:
            yield  # until the answer tells whether this is HTTP still
        line, section = yield from _head(stream)
        found = REQUEST_LINE.fullmatch(line)
        if found is None:
            raise DecodeError(f"{line[:80]!r} where a request line should be")
        method, target, version = (group.decode("latin-1") for group in found.groups())
        head = HttpRequest(method, target, fields(section), version=version)
        self._begin(head)
        size = framing(head.headers, version)
        return (yield from self._whole(Side.CLIENT, stream, head, 0 if size == "until close" else size))

    def _begin(self, head: HttpRequest) -> _Pair:
        if self._pairs:
            self._pipelines = True
            if self._joined:
                raise DecodeError("pipelined requests, on a connection joined in mid-stream")
        self._reading = _Pair(head)
        self._pairs.append(self._reading)
        return self._reading

    def _response(self, stream: Stream) -> Reading[HttpResponse]:
        line, section = yield from _head(stream)
        found = STATUS_LINE.fullmatch(line)
        if found is None:
            raise DecodeError(f"{line[:80]!r} where a status line should be")
        asked = self._unanswered(int(found[2])).head.method
        head = HttpResponse(
            status=int(found[2]),
            reason=(found[3] or b"").decode("latin-1"),
            headers=fields(section, of_response=True),
            version=found[1].decode(),
        )
        size = framing(head.headers, head.version)
        if _bodiless(asked, head.status):
            size = 0
        return (yield from self._whole(Side.SERVER, stream, head, size))

    def _whole(self, side: Side, stream: Stream, head: Whole, size: int | str) -> Reading[Whole]:
        if size == 0:
            return head
        body = self._bodies[side] = Body()
        section = yield from read_body(stream, body, size)
        self._bodies.pop(side, None)  # gone already where the other side was cut short meanwhile
        if body.problem:
            self._flaws[side] = body.problem
        trailers = fields(section) if section else ()
        if isinstance(head, HttpRequest):
            return HttpRequest(head.method, head.target, head.headers, body.content(), head.version, trailers)
        return HttpResponse(head.status, head.reason, head.headers, body.content(), head.version, trailers)

    def _asked(self) -> str:
        """The method that the next answer answers, "" if there was no request."""
        return next((pair.head.method for pair in self._pairs if pair.response is None), "")

    def _unanswered(self, status: int) -> _Pair:
        for pair in self._pairs:
            if pair.response is None:
                return pair
        raise DecodeError(f"an answer to no request: status {status}")

    # -- writing

    def encode(self, side: Side, message: Message) -> bytes:
        """Raises ValueError where a header field would end its line. The caller ends a connection whose answer has no length."""
        if isinstance(message, HttpRequest):
            line = f"{message.method} {message.target} HTTP/{message.version}"
        else:
            line = f"HTTP/{message.version} {message.status} {message.reason}"
        head = "".join(f"{text}\r\n" for text in [line, *(f"{name}: {value}" for name, value in message.headers)])
        if head.count("\n") != len(message.headers) + 1 or head.count("\r") != len(message.headers) + 1:
            raise ValueError(f"a line end within the head of a message: {line[:80]!r}")
        data = head.encode("latin-1") + b"\r\n"
        if isinstance(message, HttpResponse) and _bodiless(self._asked(), message.status):
            return data
        if framing(message.headers, message.version) != "chunked":
            return data + bytes(message.body)
        chunk = b"%x\r\n%b\r\n" % (len(message.body), message.body) if message.body else b""
        trailers = "".join(f"{name}: {value}\r\n" for name, value in message.trailers)
        return data + chunk + b"0\r\n" + trailers.encode("latin-1") + b"\r\n"

    # -- pairing

    def said(self, side: Side, message: Message, heard: Heard) -> None:
        if isinstance(message, HttpRequest):
            pair = self._reading or self._begin(message)
            self._reading = None
            self._settling.asked(heard.first, len(self._pairs) - 1)
            pair.request, pair.asked = message, heard
        elif message.status < 200 and message.status != 101:
            return  # 100 Continue, 103 Early Hints: the answer is yet to come
        else:
            pair = self._unanswered(message.status)
            pair.response, pair.answered = message, heard
            self._settling.answered(heard.last)
            if pair.request is None and pair.expects and not self._bodies.get(Side.CLIENT, Body()).size:
                raise DecodeError("an answer in place of 100 Continue: the request's body may never come")
        pair.problem = pair.problem or self._flaws.pop(side, "") or self._settling.problem
        if pair.request is not None and pair.response is not None:
            self._finish(pair.request, pair.response)

    def _finish(self, request: HttpRequest, response: HttpResponse) -> None:
        pair = self._pairs.popleft()
        self.finished.append(self._exchange(pair, pair.problem))
        if response.status == 101 or _tunnels(request.method, response.status):
            self.successor = OpaqueCodec(self.connection, reason="the connection went on in another protocol")

    def _exchange(self, pair: _Pair, problem: str, at: int = 0) -> Exchange:
        asked = pair.asked or Heard(at, at)
        answered = pair.answered or Heard(0, 0)
        return Exchange(
            self.connection,
            self.name,
            pair.request or pair.head,
            pair.response,
            asked.first,
            asked.last,
            answered.first,
            answered.last,
            incomplete=problem,
        )

    # -- loss

    def skip(self, side: Side, size: int) -> bool:
        body = self._bodies.get(side)
        return body is not None and body.skip(size)

    def abandon(self, reason: str, at: int) -> None:
        self.finished += [self._exchange(pair, pair.problem or reason, at) for pair in self._pairs]
        self._pairs.clear()
        self._bodies.clear()
        self._flaws.clear()
        self._reading = None

    def boundary(self, side: Side, data: bytes, quiet: int) -> int | None:
        if side is Side.SERVER:
            line, _, _ = data.partition(b"\n")
            if STATUS_LINE.fullmatch(line.removesuffix(b"\r")) is None:
                raise DecodeError("no answer begins where one should, on a connection joined in mid-stream")
            return 0
        # A client that has pipelined may again have more under way than we heard.
        if quiet < QUIET or self._pipelines or not Http1Codec.claims(data) or not BLANK_LINE.search(data):
            return None
        self._joined = True
        self._settling.begin()
        return 0

    @property
    def under_way(self) -> int | None:
        return next((pair.asked.first for pair in self._pairs if pair.asked), None)


def _bodiless(method: str, status: int) -> bool:
    return status < 200 or status in BODILESS or method == "HEAD" or (method == "CONNECT" and status < 300)


def _tunnels(method: str, status: int) -> bool:
    return method == "CONNECT" and 200 <= status < 300
