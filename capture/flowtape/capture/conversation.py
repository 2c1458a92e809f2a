"""One connection, overheard or played: which protocol it is, and its messages and exchanges as they become whole.

Every tap ends here: `hear` takes bytes in the order in which they were spoken, `lose` tells of bytes that are missing, `end`
of one side's FIN. Replay uses the same object with `say`. After a loss that the codec cannot bridge, and when a
connection is joined in the middle, the conversation is *silent*: it counts bytes and reads none, until the codec
is certain of a boundary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence

from flowtape.capture.codec import Codec, Heard, Message, Side
from flowtape.capture.exchange import Connection, Exchange, OpaqueBytes
from flowtape.capture.stream import DecodeError, EndOfStream, Stream

TOLD_FOR = 10_000_000
"""What nobody reads is told at most once in so long (ns)."""
LOST_WITHIN = 50_000_000
"""What is missing was said at most so long (ns) before it is known to be missing."""
DETECT_BYTES = 4096
"""A client's first bytes are matched against the codecs up to here; what none has claimed by then is opaque."""
PENDING_BYTES = 1 << 20
"""A connection of which so much was heard, and nothing claimed, is opaque: as where a server talks and its client does not."""


class Conversation:
    """Both directions of one connection.

    `codecs` are tried in their order by the client's first bytes; the last one must claim anything. `hint` is the protocol that
    the configuration expects: it is tried first, and taken while still in doubt at a side's end or when the server speaks first.
    `joined` says that the connection's beginning was not heard.

    `counters` counts bytes and events: heard, lost, skipped (heard while silent), errors, resumed.
    """

    def __init__(
        self, connection: Connection, codecs: Sequence[type[Codec]], *, hint: str | None = None, joined: bool = False
    ) -> None:
        self.connection = connection
        self.counters: Counter[str] = Counter()
        self.silent: set[Side] = set(Side) if joined else set()
        self.problems: list[str] = []
        """Why the conversation fell silent, each time, in words."""
        self._codecs = sorted(codecs, key=lambda codec: codec.name != hint)
        self._hinted = hint is not None and self._codecs[0].name == hint
        self._codec: Codec | None = None
        self._streams = {side: Stream() for side in Side}
        self._decoders: dict[Side, Generator[None, None, Message]] = {}
        self._first: dict[Side, int] = {}
        self._mark = dict.fromkeys(Side, 0)
        """How many bytes of each side belong to messages that are whole, or were skipped."""
        self._pending: list[tuple[Side, bytes, int]] = []
        self._last = 0
        self._finished: list[Exchange] = []
        self._unread: tuple[int, int] | None = None
        self._unread_size = 0
        self._told_until = 0

    @property
    def protocol(self) -> str:
        """The protocol's name, "" while unknown."""
        return self._codec.name if self._codec else ""

    @property
    def under_way(self) -> int | None:
        """When the oldest unfinished exchange started (bytes that no codec has claimed count as one), or None."""
        if self._codec is None:
            return self._pending[0][2] if self._pending else None
        partial = self._first.get(Side.CLIENT) if self._begun(Side.CLIENT) else None
        times = [at for at in (self._codec.under_way, partial) if at is not None]
        return min(times) if times else None

    @property
    def news(self) -> bool:
        """Whether `exchanges` or `unread` may have something to tell."""
        return bool(self._finished) or self._unread is not None

    def exchanges(self) -> list[Exchange]:
        """The exchanges that became whole, or certainly incomplete, since the last call."""
        finished, self._finished = self._finished, []
        return finished

    def unread(self) -> list[Exchange]:
        """When something was said that nobody has read: at most one exchange, incomplete, of the time it took.

        Bytes heard while silent, of no codec, or missing may hold whole exchanges: what they overlap in time cannot be trusted.
        Told as soon as it is heard, at most once in TOLD_FOR: the exchange then covers what is still to come of that time.
        """
        span, self._unread = self._unread, None
        if span is None or span[1] <= self._told_until:
            return []
        started, self._told_until = span[0], span[1] + TOLD_FOR
        size, self._unread_size = self._unread_size, 0
        reason = self.problems[-1] if self.problems else "no codec reads this"
        question = OpaqueBytes(size)
        return [
            Exchange(
                self.connection, "unread", question, None, started, span[1], 0, self._told_until, incomplete=reason
            )
        ]

    def _skip(self, size: int, started: int, at: int) -> None:
        """`size` bytes, heard between `started` and `at`, are not read."""
        if size:
            first = min(started, self._unread[0]) if self._unread else started
            self._unread = first, at
            self._unread_size += size

    def hear(self, side: Side, data: bytes, at: int) -> list[Message]:
        """`side` said `data` at `at` (nanoseconds since the epoch). Returns the messages that are now whole."""
        self.counters["heard"] += len(data)
        quiet = at - self._last
        self._last = at
        if self._codec is None and self.silent:
            self._choose(self._codecs[0] if self._hinted else self._codecs[-1])
        if self._codec is None:
            return self._detect(side, data, at)
        if side in self.silent:
            return self._resume(side, data, at, quiet)
        return self._feed(side, data, at)

    def say(self, side: Side, message: Message, at: int = 0) -> bytes:
        """`side` says `message`: keeps the state as `hear` would and returns the bytes to send."""
        codec = self._codec
        if codec is None:
            raise RuntimeError("nobody has spoken yet: the protocol is unknown")
        data = codec.encode(side, message)
        codec.said(side, message, Heard(at, at))
        self._collect(codec)
        return data

    def lose(self, side: Side, size: int, at: int) -> None:
        """`size` bytes of `side` are missing from here."""
        self.counters["lost"] += size
        self._skip(size, max(self._last, at - LOST_WITHIN), at)
        self._last = at
        if self._codec is None:
            # Without its beginning there is no telling what this is: the configuration's word is all there is.
            self.counters["skipped"] += sum(len(data) for _, data, _ in self._pending)
            self._pending.clear()
            if not self._hinted:
                self._choose(self._codecs[-1])
                return
            self._choose(self._codecs[0])
        codec = self._current()
        if side not in self.silent and codec.skip(side, size):
            self._collect(codec)
            self._run(side, at)
            return
        self._fall_silent(f"{size} bytes of the {side} are missing", at)

    def end(self, side: Side, at: int) -> None:
        """`side` has said its last byte (FIN, EOF)."""
        self._last = at
        stream = self._streams[side]
        stream.end()
        if self._codec is None:
            if not self._pending:
                return
            self._choose(self._codecs[0] if self._hinted else self._codecs[-1])
            self._replay_pending()
        if side not in self.silent:
            self._run(side, at)

    def close(self, at: int, reason: str = "the connection was closed") -> None:
        """The connection is gone: what is under way is incomplete.

        Call `end` before for a side that said its last byte: an answer that ends with its connection is whole only then.
        """
        if self._codec is None and self._pending:
            self._choose(self._codecs[0] if self._hinted else self._codecs[-1])
            self._replay_pending()
        if self._codec is not None:
            self._codec.abandon(reason, at)
            self._collect(self._codec)

    # -- which protocol

    def _detect(self, side: Side, data: bytes, at: int) -> list[Message]:
        """Keep what was said until a codec claims it; then all of it is that codec's."""
        self._pending.append((side, data, at))
        first = b"".join(data for who, data, _ in self._pending if who is Side.CLIENT)[:DETECT_BYTES]
        server_first = self._codecs[0] if self._hinted else None
        claimed = self._claimed(first) if first else server_first
        if claimed is None and self.counters["heard"] < PENDING_BYTES and len(self._pending) <= DETECT_BYTES:
            return []
        self._choose(claimed or self._codecs[-1])
        return self._replay_pending()

    def _claimed(self, first: bytes) -> type[Codec] | None:
        for codec in self._codecs:
            claim = codec.claims(first)
            if claim:
                return codec
            if claim is None and len(first) < DETECT_BYTES:
                return None
        return None

    def _choose(self, codec: type[Codec]) -> None:
        self._codec = codec(self.connection)

    def _replay_pending(self) -> list[Message]:
        pending, self._pending = self._pending, []
        return [message for said in pending for message in self._feed(*said)]

    def _current(self) -> Codec:
        assert self._codec is not None
        return self._codec

    # -- reading

    def _feed(self, side: Side, data: bytes, at: int) -> list[Message]:
        if side in self.silent:
            self.counters["skipped"] += len(data)
            self._skip(len(data), at, at)
            return []
        if self._current().name == "opaque":
            self._skip(len(data), at, at)
        messages: list[Message] = []
        if not self._begun(side):
            if data and side not in self._decoders:
                codec = self._codec
                data = self._at_once(side, data, at, messages)
                if not data and not self._decoders and self._codec is codec:
                    return messages  # nothing was held back: that would have a decoder
            self._first[side] = at
        self._streams[side].feed(data)
        return self._run(side, at, messages)

    def _at_once(self, side: Side, data: bytes, at: int, messages: list[Message]) -> bytes:
        """Read what lies wholly in `data`, nearly always all of it, without a stream between; returns the rest."""
        codec, heard, place, size = self._current(), Heard(at, at), 0, len(data)
        whole, said = codec.whole, codec.said
        while place < size and (found := whole(side, data, place)) is not None:
            message, end = found
            try:
                said(side, message, heard)
            except DecodeError as error:
                self._streams[side].feed(data[place:])  # to be counted as what is forgotten
                self.counters["errors"] += 1
                self._fall_silent(str(error), at)
                return b""
            messages.append(message)
            place = end
            if codec.successor is not None:
                break
        if codec.finished:
            self._collect(codec)
        if place and codec.successor is not None:
            self._succeed(codec.successor, at)
        return data[place:]

    def _begun(self, side: Side) -> bool:
        """Whether some bytes of a message of `side` have come, but not all."""
        return self._streams[side].heard > self._mark[side]

    def _run(self, side: Side, at: int, read: list[Message] | None = None) -> list[Message]:
        """Read whole messages until the bytes run out; then what the other side said and was held back until these were.

        `read` are those of this side that were read already.
        """
        messages = [] if read is None else read
        while (message := self._read(side, at)) is not None:
            messages.append(message)
        if messages and self._streams[side.other] and side.other not in self.silent:
            messages += self._run(side.other, at)
        return messages

    def _read(self, side: Side, at: int) -> Message | None:
        """The next whole message of `side`, None if there is none yet."""
        stream = self._streams[side]
        decoder = self._decoders.get(side)
        if decoder is None:
            if not stream:
                return None
            decoder = self._decoders[side] = self._current().decoder(side, stream)
        try:
            next(decoder)
        except StopIteration as stop:
            return self._understand(side, stop.value, at)
        except EndOfStream as error:
            self._cut(side, str(error), at)
        except DecodeError as error:
            self.counters["errors"] += 1
            self._fall_silent(str(error), at)
        return None

    def _understand(self, side: Side, message: Message, at: int) -> Message | None:
        codec = self._current()
        del self._decoders[side]
        try:
            codec.said(side, message, Heard(self._first.get(side, at), at))
        except DecodeError as error:
            self.counters["errors"] += 1
            self._fall_silent(str(error), at)
            return None
        self._first[side] = at
        self._mark[side] = self._streams[side].taken
        self._collect(codec)
        if codec.successor is not None:
            self._succeed(codec.successor, at)
        return message

    def _cut(self, side: Side, reason: str, at: int) -> None:
        """The side ended; where that was in the middle of a message, the exchange under way is incomplete."""
        self._decoders.pop(side, None)
        if self._begun(side):
            self.counters["skipped"] += self._forget(side)
            codec = self._current()
            codec.abandon(reason, at)
            self._collect(codec)

    def _forget(self, side: Side) -> int:
        """Drop what was heard of a message that will never be whole; returns how many bytes that were."""
        stream = self._streams[side]
        size = stream.taken + stream.clear() - self._mark[side]
        self._mark[side] = stream.taken
        return size

    def _succeed(self, successor: Codec, at: int) -> None:
        """The connection goes on in another protocol: give it what either side has said already."""
        self._codec = successor
        for decoder in self._decoders.values():
            decoder.close()
        self._decoders.clear()
        for side in Side:
            if self._streams[side] and side not in self.silent:
                self._first[side] = at

    def _collect(self, codec: Codec) -> None:
        self._finished += codec.finished
        codec.finished.clear()

    # -- silence

    def _fall_silent(self, reason: str, at: int) -> None:
        self.problems.append(reason)
        del self.problems[:-8]
        for decoder in self._decoders.values():
            decoder.close()
        self._decoders.clear()
        for side in Side:
            size = self._forget(side)
            self.counters["skipped"] += size
            self._skip(size, self._first.get(side, at), at)
        codec = self._current()
        codec.abandon(reason, at)
        self._collect(codec)
        self.silent = set(Side)

    def _resume(self, side: Side, data: bytes, at: int, quiet: int) -> list[Message]:
        may_resume = side is Side.CLIENT or Side.CLIENT not in self.silent
        try:
            offset = self._current().boundary(side, data, quiet) if may_resume else None
        except DecodeError as error:
            self._fall_silent(str(error), at)
            offset = None
        if offset is None:
            self.counters["skipped"] += len(data)
            self._skip(len(data), at, at)
            return []
        self.counters["skipped"] += offset
        self._skip(offset, at, at)
        self.counters["resumed"] += 1
        self.silent.discard(side)
        return self._feed(side, data[offset:], at)
