"""Framing: one message off a stream, and the bytes of a message.

After the client's first packet, which has only a length, each message is a tag of one byte and a length of four that counts
itself but not the tag. The one thing without either is the server's lone byte that answers SSLRequest and GSSENCRequest.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Any

from flowtape.capture.codec import Side
from flowtape.capture.protocols.postgresql import backend, frontend
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.fields import Fields
from flowtape.capture.protocols.postgresql.frontend import AuthenticationKind
from flowtape.capture.stream import MAX_MESSAGE, DecodeError, Reading, Stream

MAX_STARTUP = 10_000
"""PostgreSQL's own limit on the first packet (MAX_STARTUP_PACKET_LENGTH)."""

_READERS = {Side.CLIENT: frontend.READERS, Side.SERVER: backend.READERS}
_WRITERS = frontend.WRITERS | backend.WRITERS
_UNTAGGED = (pg.StartupMessage, pg.SSLRequest, pg.GSSENCRequest, pg.CancelRequest)
_REPEATED = {Side.CLIENT: frozenset(b"QPDECHS"), Side.SERVER: frozenset(b"TCZ123nts")}
"""What is said again and again in the same words; rows, parameters and secrets are not."""
_SHORT = 1024
_HEAD = struct.Struct(">BI").unpack_from
_REMEMBERED = 512
_REPLIES = {b"S": "S", b"N": "N", b"G": "G"}


def read_first(stream: Stream) -> Reading[Any]:
    """The client's first packet: StartupMessage, SSLRequest, GSSENCRequest or CancelRequest."""
    size = int.from_bytes((yield from stream.exactly(4)))
    if size < 8:
        raise DecodeError(f"a first packet of {size} bytes")
    return frontend.read_untagged((yield from stream.exactly(size - 4, MAX_STARTUP)))


def read_encryption_reply(stream: Stream) -> Reading[Any]:
    """The server's lone byte; or the ErrorResponse of a server too old to know the question."""
    if stream.peek(1) == b"E":
        return (yield from read(Side.SERVER, stream))
    byte = yield from stream.exactly(1)
    if byte not in _REPLIES:
        raise DecodeError(f"{byte!r} in answer to an encryption request")
    return pg.EncryptionReply(_REPLIES[byte])


def read(side: Side, stream: Stream, authentication: AuthenticationKind | None = None) -> Reading[Any]:
    """One tagged message of `side`. `authentication` is what the server asked for last, while a client proves itself."""
    head = yield from stream.exactly(5)
    size = int.from_bytes(head[1:])
    if size < 4:
        raise DecodeError(f"a message of {size} bytes, which counts itself as four")
    body = (yield from stream.exactly(size - 4, MAX_MESSAGE)) if size > 4 else b""
    return parse(side, head[0], body, authentication)


def whole(side: Side, data: bytes, at: int, authentication: AuthenticationKind | None = None) -> tuple[Any, int] | None:
    """As `read`, of the message that lies wholly in `data` from `at` on, and where it ends; None where it does not, or is wrong."""
    start = at + 5
    if start > len(data):
        return None
    tag, size = _HEAD(data, at)
    end = at + 1 + size
    if not start <= end <= len(data) or size > MAX_MESSAGE:
        return None
    try:
        if tag in _REPEATED[side] and end - start <= _SHORT:
            return _parse_again(side, tag, data[start:end]), end
        return parse(side, tag, data[start:end], authentication), end
    except DecodeError:
        return None


@lru_cache(maxsize=_REMEMBERED)
def _parse_again(side: Side, tag: int, body: bytes) -> Any:
    """`parse` of a message that may have been said before: messages are immutable, so that the same one will do."""
    return parse(side, tag, body)


def parse(side: Side, tag: int, body: bytes, authentication: AuthenticationKind | None = None) -> Any:
    """The message with this tag and body. Raises DecodeError where the body is not what its tag promises."""
    if side is Side.CLIENT and tag == 0x70:
        return frontend.read_secret(Fields(body, "Password"), authentication)
    known = _READERS[side].get(tag)
    if known is None:
        return pg.Unknown(bytes((tag,)), body)
    name, reader = known
    fields = Fields(body, name)
    message = reader(fields)
    if fields.at != len(body):
        fields.done()
    return message


def serialize(message: Any) -> bytes:
    """The bytes of any message of either side."""
    writer = _WRITERS.get(type(message))
    if writer is not None:
        tag, write = writer
        body = write(message)
        return tag + (len(body) + 4).to_bytes(4) + body
    if isinstance(message, pg.Unknown):
        return message.tag + (len(message.body) + 4).to_bytes(4) + message.body
    if isinstance(message, pg.EncryptionReply):
        return message.answer.encode()
    if isinstance(message, _UNTAGGED):
        return frontend.write_untagged(message)
    raise TypeError(f"not a message of PostgreSQL: {message!r}")


def authentication_asked(message: Any) -> AuthenticationKind | None:
    """What kind of "p" message the client will answer this server message with."""
    match message:
        case pg.AuthenticationCleartextPassword() | pg.AuthenticationMD5Password():
            return "password"
        case pg.AuthenticationGSS() | pg.AuthenticationSSPI() | pg.AuthenticationGSSContinue():
            return "gss"
        case pg.AuthenticationSASL():
            return "sasl"
        case pg.AuthenticationSASLContinue():
            return "sasl started"
    return None
