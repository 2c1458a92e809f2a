"""The protocol of everything that no other codec reads: counted, never kept, never dropped without a word."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

from flowtape.capture.codec import Codec, Heard, Message, Side
from flowtape.capture.exchange import Exchange, OpaqueBytes
from flowtape.capture.stream import Stream


@dataclass(frozen=True, slots=True)
class Chunk:
    length: int


class OpaqueCodec(Codec):
    """Counts both directions; one exchange for the whole connection, when it is abandoned."""

    name: ClassVar[str] = "opaque"

    @staticmethod
    def claims(data: bytes) -> bool | None:
        return True

    def __init__(self, *args: object, reason: str = "no codec reads this protocol") -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._reason = reason
        self._sizes = dict.fromkeys(Side, 0)
        self._first: dict[Side, int] = {}
        self._last: dict[Side, int] = {}

    def decoder(self, side: Side, stream: Stream) -> Generator[None, None, Message]:
        data = yield from stream.some(1 << 20)
        return Chunk(len(data))

    def encode(self, side: Side, message: Message) -> bytes:
        raise TypeError("what was not understood cannot be said again")

    def said(self, side: Side, message: Message, heard: Heard) -> None:
        self._sizes[side] += message.length
        self._first.setdefault(side, heard.first)
        self._last[side] = heard.last

    def skip(self, side: Side, size: int) -> bool:
        return True  # nothing is framed, so nothing is lost but the bytes, and those are counted

    def boundary(self, side: Side, data: bytes, quiet: int) -> int | None:
        return 0

    def abandon(self, reason: str, at: int) -> None:
        if not self._first:
            return
        started = min(self._first.values())
        self.finished.append(
            Exchange(
                connection=self.connection,
                protocol=self.name,
                question=OpaqueBytes(self._sizes[Side.CLIENT]),
                answer=OpaqueBytes(self._sizes[Side.SERVER]),
                started=started,
                asked=self._last.get(Side.CLIENT, started),
                answered=self._first.get(Side.SERVER, 0),
                ended=max(self._last.values()),
                incomplete=self._reason,
            )
        )
        self._first.clear()
        self._last.clear()
        self._sizes = dict.fromkeys(Side, 0)

    @property
    def under_way(self) -> int | None:
        return None
