"""What a protocol is: bytes ⇄ messages ⇄ exchanges, for one connection, with no role that is "us".

A codec is found by the client's first bytes (`claims`), reads one message at a time (`decoder`), writes the same message
(`encode`), and is told of each message once, heard or said (`said`): there it keeps the state that later messages depend on
and pairs questions with answers. It does no I/O, reads no clock, and allocates nothing on a promise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

from flowtape.capture.exchange import Connection, Exchange
from flowtape.capture.stream import Stream

Message: TypeAlias = Any
"""One protocol data unit: a frozen dataclass of the codec's own."""


class Side(StrEnum):
    """Who spoke."""

    CLIENT = "client"
    SERVER = "server"

    @property
    def other(self) -> Side:
        return Side.SERVER if self is Side.CLIENT else Side.CLIENT


@dataclass(frozen=True, slots=True)
class Heard:
    """When a message's first and last byte were heard, in nanoseconds since the epoch."""

    first: int
    last: int


class Codec(ABC):
    """One protocol on one connection. Finished exchanges collect in `finished` until the conversation takes them."""

    name: ClassVar[str]

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.finished: list[Exchange] = []
        self.successor: Codec | None = None
        """Set when the connection changes its protocol (TLS, 101): the rest of the bytes are this codec's."""

    @staticmethod
    @abstractmethod
    def claims(data: bytes) -> bool | None:
        """Whether a client that begins with `data` speaks this protocol; None while it may but more bytes are needed."""

    @abstractmethod
    def decoder(self, side: Side, stream: Stream) -> Generator[None, None, Message]:
        """Read one message of `side`. Raises DecodeError; lets EndOfStream pass, or catches it where an end is a boundary."""

    def whole(self, side: Side, data: bytes, at: int) -> tuple[Message, int] | None:
        """The message that lies wholly in `data` from `at` on, and where it ends; None where `decoder` has to find out.

        Asked only between two messages of `side`, and only a short cut: it gives what `decoder` would give, changes
        nothing, and answers None to all that is cut, unusual or wrong.
        """
        return None

    @abstractmethod
    def encode(self, side: Side, message: Message) -> bytes:
        """The bytes of `message`, as `side` would send it in the connection's present state."""

    @abstractmethod
    def said(self, side: Side, message: Message, heard: Heard) -> None:
        """`side` said `message`: keep state, pair it, append what is finished to `self.finished`.

        Raises DecodeError for a message that cannot be here, as an answer to no question: the pairing is lost then.
        """

    def skip(self, side: Side, size: int) -> bool:
        """`size` bytes of `side` are missing. True if framing survives (they fell inside a body of known length) and
        `decoder` was told through the codec's own state; the exchange under way must then be marked incomplete.
        """
        return False

    @abstractmethod
    def abandon(self, reason: str, at: int) -> None:
        """Finish every exchange under way as incomplete, and forget all state that bytes since missed could have changed."""

    def boundary(self, side: Side, data: bytes, quiet: int) -> int | None:
        """While silent: the offset in `data`, a chunk just heard, at which a message of `side` begins for certain, or None.

        `quiet` is how long, in nanoseconds, neither side had said anything before this chunk; a codec never resumes on
        a server's chunk unless the client's side has resumed before. Raises DecodeError where a server's chunk shows
        that the client's side resumed at a wrong place.
        """
        return None

    @property
    @abstractmethod
    def under_way(self) -> int | None:
        """When the oldest unfinished exchange started, or None."""
