from __future__ import annotations

import struct

from tests.capture.taps.packets.by_hand import Ear

from flowtape.capture.codec import Side
from flowtape.capture.exchange import Connection
from flowtape.capture.taps.packets import table as bounds
from flowtape.capture.taps.packets.half import Account
from flowtape.capture.taps.packets.link import ends, reverse
from flowtape.capture.taps.packets.table import Table, Tracked
from flowtape.capture.taps.packets.tcp import Assembly


def tracked(number: int, *, at: int = 0, spoken: bool = False, closed: bool = False) -> Tracked:
    key = bytes(7) + b"\1" + struct.pack("!HH", number, 80)
    found = Tracked(key, Connection(str(number), *ends(key)), "http1", at)
    found.assembly = Assembly(Ear, Account())
    found.assembly.ear = Ear() if spoken else None
    found.assembly.closed = closed
    return found


def test_a_connection_is_found_by_either_direction() -> None:
    table, one = Table(), tracked(1)
    table.add(one)
    there, back = table.find(one.key), table.find(reverse(one.key))
    assert there is not None
    assert back is not None
    assert (there[0], back[0]) == (one, one)
    assert (there[1].side, back[1].side) == (Side.CLIENT, Side.SERVER)
    assert table.find(tracked(2).key) is None
    assert list(table) == [one]
    table.remove(one)
    assert len(table) == 0
    assert table.find(one.key) is None


def test_how_long_a_connection_may_be_idle_depends_on_what_it_has_said() -> None:
    table = Table()
    spoken, unspoken, closed = tracked(1, spoken=True), tracked(2), tracked(3, spoken=True, closed=True)
    for one in (spoken, unspoken, closed):
        table.add(one)
    assert table.idle(bounds.IDLE_CLOSED) == []
    assert table.idle(bounds.IDLE_CLOSED + 1) == [closed]
    assert table.idle(bounds.IDLE_UNSPOKEN + 1) == [unspoken, closed]
    assert table.idle(bounds.IDLE + 1) == [spoken, unspoken, closed]


def test_a_full_table_gives_up_first_what_matters_least() -> None:
    table = Table(limit=16)
    for number in range(8):
        table.add(tracked(number, at=number, spoken=True))
    for number in range(8, 15):
        table.add(tracked(number, at=100 + number))
    assert table.crowded() == []
    table.add(tracked(15, at=1, spoken=True, closed=True))
    assert [int(one.connection.id) for one in table.crowded()] == [15, 8]


def test_among_those_that_spoke_the_longest_idle_goes_first() -> None:
    table = Table(limit=2)
    table.add(tracked(1, at=7, spoken=True))
    table.add(tracked(2, at=5, spoken=True))
    assert [int(one.connection.id) for one in table.crowded()] == [2]
