"""Conversations: which protocol it is, silence after loss, and counters that account for every byte."""

from __future__ import annotations

from collections.abc import Generator
from typing import ClassVar

import pytest

from flowtape.capture.codec import Codec, Heard, Message, Side
from flowtape.capture.conversation import DETECT_BYTES, LOST_WITHIN, TOLD_FOR, Conversation
from flowtape.capture.exchange import Address, Connection, HttpRequest, HttpResponse, OpaqueBytes
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.capture.stream import DecodeError, Stream

CONNECTION = Connection("1", Address("10.0.0.1", 40000), Address("10.0.0.2", 80))
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CALM = 1_000_000_000


def _conversation(hint: str | None = None, *, joined: bool = False) -> Conversation:
    return Conversation(CONNECTION, CODECS, hint=hint, joined=joined)


def test_a_protocol_is_found_by_its_first_bytes_whatever_the_hint() -> None:
    conversation = _conversation("redis")
    assert conversation.protocol == ""
    assert conversation.hear(Side.CLIENT, GET[:3], 1) == []
    messages = conversation.hear(Side.CLIENT, GET[3:], 2)
    assert conversation.protocol == "http1"
    assert messages == [HttpRequest("GET", "/", (("Host", "a"),))]


def test_messages_have_the_times_of_their_first_and_last_bytes() -> None:
    conversation = _conversation()
    for at, (side, data) in enumerate(
        [
            (Side.CLIENT, GET[:3]), (Side.CLIENT, GET[3:9]), (Side.CLIENT, GET[9:] + GET[:4]), (Side.CLIENT, GET[4:]),
            (Side.SERVER, OK[:5]), (Side.SERVER, OK[5:] + OK[:1]), (Side.SERVER, OK[1:]),
        ],
        start=10,
    ):  # fmt: skip
        conversation.hear(side, data, at)
    times = [(each.started, each.asked, each.answered, each.ended) for each in conversation.exchanges()]
    assert times == [(10, 12, 14, 15), (12, 13, 15, 16)]


def test_a_body_heard_in_pieces_keeps_the_time_of_its_first_byte() -> None:
    conversation = _conversation()
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
    for at, data in enumerate([post, b"ab", b"cd"], start=10):
        conversation.hear(Side.CLIENT, data, at)
        assert conversation.under_way == 10
    conversation.hear(Side.SERVER, OK, 20)
    assert conversation.under_way is None
    assert [(each.started, each.asked) for each in conversation.exchanges()] == [(10, 12)]


def test_what_nobody_claims_is_opaque_and_counted() -> None:
    conversation = _conversation()
    conversation.hear(Side.CLIENT, b"\xff" * 30, 1)
    conversation.hear(Side.SERVER, b"\xfe" * 20, 2)
    assert conversation.protocol == "opaque"
    conversation.close(3)
    (exchange,) = conversation.exchanges()
    assert (exchange.question, exchange.answer) == (OpaqueBytes(30), OpaqueBytes(20))
    assert exchange.incomplete


def test_a_doubt_that_never_ends_is_opaque_at_last() -> None:
    conversation = _conversation()
    for _ in range(DETECT_BYTES // 100 + 1):
        conversation.hear(Side.CLIENT, b"A" * 100, 1)
    assert conversation.protocol == "opaque"


@pytest.mark.parametrize(("hint", "protocol"), [(None, "opaque"), ("redis", "redis")])
def test_a_side_that_ends_in_doubt_gets_the_hint(hint: str | None, protocol: str) -> None:
    conversation = _conversation(hint)
    conversation.hear(Side.CLIENT, b"*", 1)
    conversation.end(Side.CLIENT, 2)
    assert conversation.protocol == protocol


def test_a_server_that_speaks_first_is_what_the_hint_says_or_waits() -> None:
    hinted, alone = _conversation("http1"), _conversation()
    for conversation in (hinted, alone):
        conversation.hear(Side.SERVER, OK, 5)
    assert hinted.protocol == "http1"
    assert hinted.problems == ["an answer to no request: status 200"]
    assert (alone.protocol, alone.under_way) == ("", 5)


@pytest.mark.parametrize("size", [1, 1000])
def test_a_server_that_talks_to_nobody_is_opaque_and_not_kept(size: int) -> None:
    conversation = _conversation()
    for at in range(5000):
        conversation.hear(Side.SERVER, b"x" * size, at)
    assert conversation.protocol == "opaque"
    assert conversation._pending == []
    conversation.close(10**6)
    assert [each.answer for each in conversation.exchanges()] == [OpaqueBytes(5000 * size)]


def test_a_loss_before_the_protocol_is_known_leaves_the_hint_or_nothing() -> None:
    hinted, alone = _conversation("redis"), _conversation()
    for conversation in (hinted, alone):
        conversation.hear(Side.CLIENT, b"*", 1)
        conversation.lose(Side.CLIENT, 10, 2)
    assert (hinted.protocol, alone.protocol) == ("redis", "opaque")
    assert hinted.silent == set(Side)
    assert hinted.counters == {"heard": 1, "skipped": 1, "lost": 10}


def test_silence_counts_and_ends_at_a_boundary() -> None:
    conversation = _conversation()
    conversation.hear(Side.CLIENT, GET + GET[:5], 1)
    conversation.lose(Side.CLIENT, 10, 2)
    assert conversation.silent == set(Side)
    assert [each.incomplete for each in conversation.exchanges()] == ["10 bytes of the client are missing"]
    for number in range(1, 5):
        conversation.hear(Side.CLIENT, GET, number * CALM)
        conversation.hear(Side.SERVER, OK, number * CALM + 1)
    assert conversation.silent == set()
    assert [bool(each.incomplete) for each in conversation.exchanges()] == [True, False, False, False]
    assert conversation.counters["skipped"] == 5
    assert conversation.counters["resumed"] == 2


def test_silence_does_not_end_in_a_hurry() -> None:
    conversation = _conversation("http1", joined=True)
    conversation.hear(Side.SERVER, b"rest", CALM)
    for number in range(5):
        conversation.hear(Side.CLIENT, GET, CALM + number * 1000)
        conversation.hear(Side.SERVER, OK, CALM + number * 1000 + 500)
    assert conversation.silent == set(Side)
    assert conversation.exchanges() == []
    assert conversation.counters["skipped"] == conversation.counters["heard"]


def test_an_error_is_counted_and_told() -> None:
    conversation = _conversation()
    conversation.hear(Side.CLIENT, GET + b"\xff\xff\r\n\r\n", 1)
    assert conversation.counters["errors"] == 1
    assert "where a request line should be" in conversation.problems[0]
    for number in range(20):
        conversation.hear(Side.CLIENT, GET + b"?\r\n\r\n", number * CALM)
    assert len(conversation.problems) == 8


def test_a_connection_that_closes_leaves_nothing_under_way() -> None:
    conversation = _conversation()
    conversation.hear(Side.CLIENT, GET, 1)
    conversation.hear(Side.SERVER, OK[:-1], 2)
    conversation.close(3, "reset by the server")
    (exchange,) = conversation.exchanges()
    assert exchange.incomplete == "reset by the server"
    assert conversation.under_way is None


def test_a_body_until_close_is_whole_only_if_the_server_ended_it() -> None:
    """A reset, an eviction or a loss of interest ends the connection too, and anywhere."""
    answers = []
    for ended in (True, False):
        conversation = _conversation()
        conversation.hear(Side.CLIENT, b"GET / HTTP/1.0\r\n\r\n", 1)
        conversation.hear(Side.SERVER, b"HTTP/1.0 200 OK\r\n\r\npart", 2)
        if ended:
            conversation.end(Side.SERVER, 3)
        conversation.close(4)
        answers += conversation.exchanges()
    assert [each.incomplete for each in answers] == ["", "the connection was closed"]
    assert answers[0].answer == HttpResponse(200, "OK", body=b"part", version="1.0")


def test_a_half_closed_connection_is_still_answered() -> None:
    conversation = _conversation()
    conversation.hear(Side.CLIENT, GET, 1)
    conversation.end(Side.CLIENT, 2)
    conversation.hear(Side.SERVER, OK, 3)
    assert [each.incomplete for each in conversation.exchanges()] == [""]


def test_saying_needs_a_protocol_and_keeps_the_state() -> None:
    conversation = _conversation()
    with pytest.raises(RuntimeError, match="nobody has spoken"):
        conversation.say(Side.SERVER, HttpResponse(200))
    conversation.hear(Side.CLIENT, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 1)
    said = conversation.say(Side.SERVER, HttpResponse(200, "OK", (("Content-Length", "9"),), b"x" * 9), 2)
    assert said == b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    assert len(conversation.exchanges()) == 1


def test_what_is_said_after_an_upgrade_is_the_successors() -> None:
    conversation = _conversation()
    conversation.hear(Side.CLIENT, b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n\x16early", 1)
    assert len(conversation.hear(Side.SERVER, b"HTTP/1.1 200 OK\r\n\r\n\x16late", 2)) >= 1
    assert conversation.protocol == "opaque"
    conversation.close(3)
    tunnel = conversation.exchanges()[-1]
    assert (tunnel.question, tunnel.answer) == (OpaqueBytes(6), OpaqueBytes(5))


class Stubborn(Codec):
    """Reads single bytes; resumes on the server's side only to find that it was wrong."""

    name: ClassVar[str] = "stubborn"

    @staticmethod
    def claims(data: bytes) -> bool | None:
        return True

    def decoder(self, side: Side, stream: Stream) -> Generator[None, None, Message]:
        return (yield from stream.exactly(1))

    def encode(self, side: Side, message: Message) -> bytes:
        return bytes(message)

    def said(self, side: Side, message: Message, heard: Heard) -> None:
        if message == b"!":
            raise DecodeError("said what cannot be")

    def abandon(self, reason: str, at: int) -> None: ...

    def boundary(self, side: Side, data: bytes, quiet: int) -> int | None:
        if side is Side.SERVER:
            raise DecodeError("resumed at a wrong place")
        return data.find(b">") + 1 or None

    @property
    def under_way(self) -> int | None:
        return None


def test_a_message_that_cannot_be_here_silences_as_bytes_do() -> None:
    conversation = Conversation(CONNECTION, [Stubborn])
    assert conversation.hear(Side.CLIENT, b"ab!cd", 1) == [b"a", b"b"]
    assert conversation.problems == ["said what cannot be"]
    assert conversation.counters == {"heard": 5, "skipped": 3, "errors": 1}
    assert conversation.hear(Side.CLIENT, b"ef>gh", 2) == [b"g", b"h"]
    assert conversation.counters["skipped"] == 6


def test_a_wrong_resumption_is_taken_back() -> None:
    conversation = Conversation(CONNECTION, [Stubborn, OpaqueCodec], hint="stubborn", joined=True)
    assert conversation.hear(Side.SERVER, b"z", 1) == []
    assert conversation.hear(Side.CLIENT, b">a", 2) == [b"a"]
    assert conversation.hear(Side.SERVER, b"z", 3) == []
    assert conversation.silent == set(Side)
    assert conversation.problems == ["resumed at a wrong place"]


def test_a_connection_joined_without_a_hint_is_opaque() -> None:
    conversation = _conversation(joined=True)
    conversation.hear(Side.CLIENT, GET, 1)
    conversation.hear(Side.SERVER, OK, 2)
    conversation.close(3)
    assert [each.question for each in conversation.exchanges()] == [OpaqueBytes(len(GET))]


def test_what_nobody_reads_is_told_as_soon_as_it_is_heard() -> None:
    """It may be whole exchanges: whatever they overlap in time cannot be trusted."""
    conversation = _conversation("http1", joined=True)
    conversation.hear(Side.CLIENT, b"rest", CALM)
    (told,) = conversation.unread()
    assert (told.started, told.ended, told.question) == (CALM, CALM + TOLD_FOR, OpaqueBytes(4))
    assert told.incomplete
    conversation.hear(Side.SERVER, b"more", CALM + TOLD_FOR)
    assert conversation.unread() == [], "what was told covers it"
    conversation.hear(Side.SERVER, b"more", CALM + TOLD_FOR + 1)
    (told,) = conversation.unread()
    assert (told.started, told.question) == (CALM + TOLD_FOR + 1, OpaqueBytes(8))


def test_what_is_missing_is_told_where_no_exchange_was_under_way() -> None:
    """The missing bytes may be a whole question, and its answer is all that is heard of it."""
    conversation = _conversation()
    conversation.hear(Side.CLIENT, GET, 1)
    conversation.hear(Side.SERVER, OK, 2)
    conversation.lose(Side.CLIENT, 10, CALM)
    (told,) = conversation.unread()
    assert (told.started, told.ended) == (CALM - LOST_WITHIN, CALM + TOLD_FOR)
    assert told.incomplete == "10 bytes of the client are missing"


def test_what_no_codec_reads_is_told_while_it_goes_on() -> None:
    conversation = _conversation()
    conversation.hear(Side.CLIENT, b"\x00\x01" * DETECT_BYTES, 5)
    assert conversation.protocol == "opaque"
    (told,) = conversation.unread()
    assert told.started == 5
    conversation.hear(Side.SERVER, b"x", CALM)
    assert [each.started for each in conversation.unread()] == [CALM]


def test_what_is_read_is_not_told_as_unread() -> None:
    conversation = _conversation()
    for at, (side, data) in enumerate([(Side.CLIENT, GET[:9]), (Side.CLIENT, GET[9:]), (Side.SERVER, OK)]):
        conversation.hear(side, data, at)
        assert conversation.unread() == []
