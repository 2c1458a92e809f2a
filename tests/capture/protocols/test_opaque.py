"""What no codec reads is counted, on both sides, through losses, and never kept."""

from __future__ import annotations

import pytest

from flowtape.capture.codec import Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Connection, OpaqueBytes
from flowtape.capture.protocols.opaque import Chunk, OpaqueCodec

CONNECTION = Connection("1", Address("10.0.0.1", 40000), Address("10.0.0.2", 25))


def test_one_exchange_tells_how_much_was_said_and_when() -> None:
    conversation = Conversation(CONNECTION, [OpaqueCodec])
    assert conversation.hear(Side.CLIENT, b"abc", 10) == [Chunk(3)]
    conversation.hear(Side.SERVER, b"de", 20)
    conversation.hear(Side.CLIENT, b"f", 30)
    conversation.close(40)
    (exchange,) = conversation.exchanges()
    assert (exchange.question, exchange.answer) == (OpaqueBytes(4), OpaqueBytes(2))
    assert (exchange.started, exchange.asked, exchange.answered, exchange.ended) == (10, 30, 20, 30)
    assert exchange.incomplete == "no codec reads this protocol"


def test_a_silent_connection_is_no_exchange() -> None:
    conversation = Conversation(CONNECTION, [OpaqueCodec])
    conversation.close(1)
    assert conversation.exchanges() == []


def test_losses_do_not_stop_the_count() -> None:
    conversation = Conversation(CONNECTION, [OpaqueCodec])
    conversation.hear(Side.SERVER, b"abc", 1)
    conversation.hear(Side.CLIENT, b"abc", 1)
    conversation.lose(Side.CLIENT, 100, 2)
    conversation.hear(Side.CLIENT, b"def", 3)
    conversation.close(4)
    assert [each.question for each in conversation.exchanges()] == [OpaqueBytes(6)]
    assert conversation.counters["skipped"] == 0


def test_it_cannot_be_said_again() -> None:
    with pytest.raises(TypeError, match="not understood"):
        OpaqueCodec(CONNECTION).encode(Side.CLIENT, Chunk(1))


def test_nothing_is_ever_under_way() -> None:
    """A connection that may live for days must not hold back what others have finished."""
    conversation = Conversation(CONNECTION, [OpaqueCodec])
    conversation.hear(Side.CLIENT, b"abc", 1)
    assert conversation.under_way is None
