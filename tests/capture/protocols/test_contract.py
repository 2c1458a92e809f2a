"""What every codec promises, tried on every sample of every protocol.

A protocol joins by a file `samples/<protocol>.py` (the name is its codec's) with `SAMPLES`: a name for each conversation,
and its chunks, each ("client" or "server", bytes), in the order in which they were heard. "always two under way" is
never played calmly: a client that asks on without being answered for long is what a codec assumes not to be (settling.py).
"""

from __future__ import annotations

import dataclasses
import runpy
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowtape.capture.codec import Codec, Heard, Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Connection, Exchange, OpaqueBytes
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.capture.stream import DecodeError, EndOfStream, Stream

Chunk: TypeAlias = tuple[Side, bytes]
FOLDER = Path(__file__).parent / "samples"
CONNECTION = Connection("1", Address("10.0.0.1", 40000), Address("10.0.0.2", 1234))
MILLISECOND = 1_000_000
START = 1_700_000_000_000_000_000


def _samples() -> Iterator[tuple[str, str, list[Chunk]]]:
    for path in sorted(FOLDER.glob("*.py")):
        for name, chunks in runpy.run_path(str(path))["SAMPLES"].items():
            yield path.stem, name, [(Side(side), data) for side, data in chunks]


ALL = list(_samples())
every_sample = pytest.mark.parametrize(
    ("protocol", "chunks"), [pytest.param(protocol, chunks, id=f"{protocol}: {name}") for protocol, name, chunks in ALL]
)

HURRIED = [chunks for _, name, chunks in ALL if name == "always two under way"]
GAPS = {"busy": MILLISECOND, "nearly calm": 9 * MILLISECOND, "calm": 50 * MILLISECOND}


def _gaps(chunks: list[Chunk]) -> list[int]:
    return [gap for name, gap in GAPS.items() if name != "calm" or chunks not in HURRIED]


def _codec(protocol: str) -> type[Codec]:
    return next(codec for codec in CODECS if codec.name == protocol)


class Play:
    """Plays chunks to a conversation; chunk i is heard at START + i gaps."""

    def __init__(self, protocol: str, *, joined: bool = False, gap: int = MILLISECOND) -> None:
        self.conversation = Conversation(CONNECTION, CODECS, hint=protocol, joined=joined)
        self.gap = gap
        self.messages: list[object] = []
        self.exchanges: list[Exchange] = []

    def hear(self, number: int, side: Side, data: bytes) -> None:
        if data:
            self.messages += self.conversation.hear(side, data, START + number * self.gap)
        self.exchanges += self.conversation.exchanges()

    def lose(self, number: int, side: Side, size: int) -> None:
        if size:
            self.conversation.lose(side, size, START + number * self.gap)

    def end(self) -> Play:
        for side in Side:
            self.conversation.end(side, START * 2)
        self.conversation.close(START * 2)
        self.exchanges += self.conversation.exchanges()
        return self


def _play(protocol: str, chunks: Iterable[Chunk], *, gap: int = MILLISECOND, joined: bool = False) -> Play:
    play = Play(protocol, joined=joined, gap=gap)
    for number, (side, data) in enumerate(chunks):
        play.hear(number, side, data)
    return play.end()


def _timeless(exchanges: Iterable[Exchange]) -> list[Exchange]:
    return [dataclasses.replace(exchange, started=0, asked=0, answered=0, ended=0) for exchange in exchanges]


def _complete(exchanges: Iterable[Exchange]) -> Counter[Exchange]:
    """What may be believed, less how the transactions are numbered."""
    return Counter(
        dataclasses.replace(exchange, transaction="any" if exchange.transaction else "")
        for exchange in exchanges
        if not exchange.incomplete
    )


@every_sample
def test_a_sample_is_understood(protocol: str, chunks: list[Chunk]) -> None:
    play = _play(protocol, chunks)
    assert play.conversation.problems == []
    assert play.exchanges
    assert any(not exchange.incomplete for exchange in play.exchanges)
    unheard = [exchange for exchange in play.exchanges if exchange.incomplete and exchange.protocol == protocol]
    assert all("CLIENT REPLY" in exchange.incomplete for exchange in unheard)


@every_sample
def test_exactly_one_codec_claims_a_sample(protocol: str, chunks: list[Chunk]) -> None:
    first = b"".join(data for side, data in chunks if side is Side.CLIENT)
    claimed = [codec.name for codec in CODECS if codec is not OpaqueCodec and codec.claims(first)]
    assert claimed == [protocol]


@every_sample
def test_a_claim_is_never_taken_back(protocol: str, chunks: list[Chunk]) -> None:
    first = b"".join(data for side, data in chunks if side is Side.CLIENT)
    for codec in CODECS[:-1]:
        claims = [codec.claims(first[:size]) for size in range(1, len(first) + 1)]
        decided = [claim for claim in claims if claim is not None]
        assert decided
        assert set(decided) == {codec.name == protocol}


@every_sample
def test_byte_by_byte_is_the_same_as_whole(protocol: str, chunks: list[Chunk]) -> None:
    bytewise = [(side, data[i : i + 1]) for side, data in chunks for i in range(len(data))]
    whole, split = _play(protocol, chunks), _play(protocol, bytewise)
    assert split.messages == whole.messages or any(isinstance(e.question, OpaqueBytes) for e in whole.exchanges)
    assert _timeless(split.exchanges) == _timeless(whole.exchanges)


@every_sample
@settings(max_examples=20)
@given(data=st.data())
def test_any_split_is_the_same_as_whole(protocol: str, chunks: list[Chunk], data: st.DataObject) -> None:
    assert _timeless(_play(protocol, _split(chunks, data)).exchanges) == _timeless(_play(protocol, chunks).exchanges)


def _split(chunks: list[Chunk], data: st.DataObject) -> list[Chunk]:
    """Chunks cut anywhere, and those of one side that follow each other joined as may be."""
    pieces: list[Chunk] = []
    for side, chunk in chunks:
        cuts = sorted(data.draw(st.sets(st.integers(0, len(chunk)), max_size=4)))
        for start, stop in zip([0, *cuts], [*cuts, len(chunk)], strict=True):
            if pieces and pieces[-1][0] is side and data.draw(st.booleans()):
                pieces[-1] = (side, pieces[-1][1] + chunk[start:stop])
            elif start < stop:
                pieces.append((side, chunk[start:stop]))
    return pieces


@every_sample
def test_what_was_heard_can_be_said_again(protocol: str, chunks: list[Chunk]) -> None:
    """Bytes → messages → bytes → messages, by a codec that learns of each message as it says it."""
    heard = Play(protocol)
    writer = _codec(protocol)(CONNECTION)
    said: list[Chunk] = []
    messages = []
    early: list[tuple[Side, object]] = []
    for number, (side, data) in enumerate(chunks):
        before = len(heard.messages)
        heard.hear(number, side, data)
        if heard.conversation.protocol != protocol:
            break
        early += [(side, message) for message in heard.messages[before:]]
        if heard.conversation._begun(Side.CLIENT):
            continue  # what was answered before the question ended is said again behind it
        for speaker, message in sorted(early, key=lambda said: said[0] is Side.SERVER):
            said.append((speaker, writer.encode(speaker, message)))
            writer.said(speaker, message, Heard(number, number))
            messages.append(message)
        early.clear()
    assert messages
    again = _play(protocol, said)
    assert again.messages[: len(messages)] == messages


# -- loss

LOSS_SIZES = (1, 5, 40)
LOSS_PLACES = 250
JOIN_PLACES = 40
"""In a sample longer than this, every second or third byte begins a loss; hypothesis tries those between."""


@every_sample
@pytest.mark.parametrize("lost", list(Side))
def test_loss_anywhere_never_yields_a_wrong_exchange(protocol: str, chunks: list[Chunk], lost: Side) -> None:
    for gap in _gaps(chunks)[::2]:
        _check_losses(protocol, chunks, gap, lost)


def _check_losses(protocol: str, chunks: list[Chunk], gap: int, lost: Side) -> None:
    true = _complete(_play(protocol, chunks, gap=gap).exchanges)
    total = sum(len(data) for side, data in chunks if side is lost)
    for start in range(0, total, total // LOSS_PLACES + 1):
        size = LOSS_SIZES[start % len(LOSS_SIZES)]
        _check_loss(protocol, chunks, true, gap, lost, range(start, min(total, start + size)), late=start % 2 == 0)


@every_sample
@settings(max_examples=20)
@given(data=st.data())
def test_loss_of_any_range_never_yields_a_wrong_exchange(
    protocol: str, chunks: list[Chunk], data: st.DataObject
) -> None:
    gap = data.draw(st.sampled_from(_gaps(chunks)))
    lost = data.draw(st.sampled_from(list(Side)))
    pieces = _split(chunks, data)
    true = _complete(_play(protocol, pieces, gap=gap).exchanges)
    total = sum(len(piece) for side, piece in pieces if side is lost)
    start, stop = sorted((data.draw(st.integers(0, total)), data.draw(st.integers(0, total))))
    _check_loss(protocol, pieces, true, gap, lost, range(start, stop), late=data.draw(st.booleans()))


def _check_loss(
    protocol: str, chunks: list[Chunk], true: Counter[Exchange], gap: int, lost: Side, missing: range, *, late: bool
) -> None:
    """`late`: the tap learns of the loss when the side speaks again, as a tap that reassembles does."""
    play = Play(protocol, gap=gap)
    position = debt = 0
    for number, (side, data) in enumerate(chunks):
        if side is not lost:
            play.hear(number, side, data)
            continue
        first = min(max(missing.start - position, 0), len(data))
        last = min(max(missing.stop - position, first), len(data))
        position += len(data)
        if data[:first] and debt:
            play.lose(number, side, debt)
            debt = 0
        play.hear(number, side, data[:first])
        debt += last - first
        if debt and (data[last:] or not late):
            play.lose(number, side, debt)
            debt = 0
        play.hear(number, side, data[last:])
    play.lose(len(chunks), lost, debt)
    wrong = _complete(play.end().exchanges) - true
    assert not wrong, f"{missing} of the {lost}: {wrong}"


@every_sample
def test_a_join_anywhere_never_yields_a_wrong_exchange(protocol: str, chunks: list[Chunk]) -> None:
    for gap in _gaps(chunks):
        whole = _play(protocol, chunks, gap=gap).exchanges
        true = {(exchange.question, exchange.answer) for exchange in _complete(whole)}
        for first, (side, data) in enumerate(chunks):
            for offset in range(0, len(data), len(data) // JOIN_PLACES + 1):
                joined = _play(protocol, [(side, data[offset:]), *chunks[first + 1 :]], gap=gap, joined=True)
                wrong = {(exchange.question, exchange.answer) for exchange in _complete(joined.exchanges)} - true
                assert not {pair for pair in wrong if not isinstance(pair[0], OpaqueBytes)}, f"{first} at {offset}"


@pytest.mark.parametrize("protocol", sorted({protocol for protocol, _, _ in ALL}))
def test_a_calm_connection_is_readable_soon_after_a_join(protocol: str) -> None:
    """At the latest with the third question that follows a quiet time."""
    chunks = next(chunks for name, _, chunks in ALL if name == protocol)
    joined = _play(protocol, chunks[1:], gap=50 * MILLISECOND, joined=True)
    if protocol in {"http1", "redis"}:
        assert len(_complete(joined.exchanges)) >= 2


# -- garbage

PROTOCOLS = st.sampled_from([codec.name for codec in CODECS])


@given(
    protocol=PROTOCOLS,
    chunks=st.lists(st.tuples(st.sampled_from(list(Side)), st.binary(min_size=1, max_size=60)), max_size=8),
    joined=st.booleans(),
)
def test_garbage_raises_nothing(protocol: str, chunks: list[Chunk], joined: bool) -> None:
    _play(protocol, chunks, joined=joined)


@every_sample
@settings(max_examples=20)
@given(data=st.data())
def test_damage_raises_nothing(protocol: str, chunks: list[Chunk], data: st.DataObject) -> None:
    """A sample with some bytes changed, dropped or doubled."""
    damaged = []
    for side, chunk in chunks:
        start = data.draw(st.integers(0, len(chunk)))
        stop = data.draw(st.integers(start, min(len(chunk), start + 4)))
        damaged.append((side, chunk[:start] + data.draw(st.binary(max_size=3)) + chunk[stop:]))
    play = _play(protocol, damaged)
    counters = play.conversation.counters
    assert counters["heard"] == sum(len(chunk) for _, chunk in damaged)
    assert counters["skipped"] <= counters["heard"]


@every_sample
def test_a_decoder_of_garbage_raises_only_decode_errors(protocol: str, chunks: list[Chunk]) -> None:
    """Without a conversation around it: each byte of a sample replaced by each of a few."""
    codec = _codec(protocol)(CONNECTION)
    for side in Side:
        data = b"".join(chunk for who, chunk in chunks if who is side)
        for position in range(0, len(data), 3):
            for byte in (b"\x00", b"\xff", b"\n", b"9", b"-"):
                stream = Stream()
                stream.feed(data[:position] + byte + data[position + 1 :])
                stream.end()
                try:
                    for _ in range(1000):
                        next(codec.decoder(side, stream))
                except (DecodeError, EndOfStream, StopIteration):
                    codec.abandon("next", 0)


HUGE = {
    "http1": [
        (Side.CLIENT, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2147483648\r\n\r\n"),
        (Side.CLIENT, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
        (Side.CLIENT, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"),
    ],
    "redis": [
        (Side.CLIENT, b"*2147483647\r\n"),
        (Side.CLIENT, b"*1\r\n$2147483647\r\n"),
        (Side.CLIENT, b"*1048576\r\n" + b"$0\r\n\r\n" * 100),
        (Side.SERVER, b"*2147483647\r\n"),
        (Side.SERVER, b"$2147483647\r\n"),
        (Side.SERVER, b"%2147483647\r\n"),
        (Side.SERVER, b"*1048576\r\n" * 40),
    ],
}


@pytest.mark.parametrize(
    ("protocol", "side", "data"), [(protocol, *chunk) for protocol, chunks in HUGE.items() for chunk in chunks]
)
def test_nothing_is_allocated_on_a_promise(protocol: str, side: Side, data: bytes) -> None:
    play = Play(protocol)
    tracemalloc.start()
    try:
        if side is Side.SERVER:
            first = next(chunks for name, _, chunks in ALL if name == protocol)[0]
            play.hear(0, *first)
        play.hear(1, side, data)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
