from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.codec import Side
from flowtape.capture.taps.packets.half import PIECE_COST, Account, Half, Piece

START = 1000


def half_at(sequence: int = START) -> Half:
    half = Half(Side.CLIENT, Account())
    half.expect(sequence)
    return half


def piece(half: Half, place: int, data: bytes, at: int = 0) -> Piece:
    return Piece(half.next + place, half.next + place + len(data), data, -1, at)


def test_of_two_pieces_that_claim_the_same_bytes_the_first_one_wins() -> None:
    half = half_at()
    assert half.insert(piece(half, 2, b"cd"))
    assert half.insert(piece(half, 1, b"BCDE"))
    assert [held.data for held in half.queue] == [b"B", b"cd", b"E"]
    assert half.account.counters["bytes.duplicate"] == 2


def test_a_piece_that_says_nothing_new_is_refused() -> None:
    half = half_at()
    half.insert(piece(half, 1, b"bcd"))
    assert not half.insert(piece(half, 2, b"cd"))
    assert not half.insert(piece(half, -3, b"xyz"))
    assert half.account.counters["bytes.duplicate"] == 5


@given(st.lists(st.tuples(st.integers(-10, 60), st.integers(1, 20)), max_size=25))
def test_held_pieces_are_in_order_and_never_overlap(parts: list[tuple[int, int]]) -> None:
    half = half_at()
    first: dict[int, int] = {}
    for number, (place, size) in enumerate(parts):
        new = any(index not in first for index in range(max(0, place), place + size))
        assert half.insert(piece(half, place, bytes([number]) * size)) == new
        for index in range(max(0, place), place + size):
            first.setdefault(index, number)
    held = {part.start - half.next + index: byte for part in half.queue for index, byte in enumerate(part.data)}
    assert held == first
    assert [part.start for part in half.queue] == sorted(part.start for part in half.queue)
    assert half.held == half.account.held == sum(len(part.data) + PIECE_COST for part in half.queue)
    half.discard()
    assert half.held == half.account.held == 0
    counters = half.account.counters
    assert counters["bytes.duplicate"] + counters["bytes.ignored"] == sum(size for _, size in parts)


@given(st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1))
def test_places_go_on_where_sequence_numbers_wrap_around(start: int, distance: int) -> None:
    half = half_at(start)
    assert half.place((start + distance) % 2**32) - half.next == distance
    assert half.next + distance > 0


def test_a_hole_is_proven_once_the_receiver_has_acknowledged_beyond_it() -> None:
    half = half_at()
    half.insert(piece(half, 3, b"def"))
    hole = half.look(10, 1)
    assert hole is not None
    assert (hole.end - hole.start, hole.proven, hole.at) == (3, False, 10)
    half.acked = half.next + 6
    hole = half.look(20, 2)
    assert hole is not None
    assert (hole.end - hole.start, hole.proven, hole.at) == (3, True, 20), "it is waited for anew"
    hole = half.look(30, 3)
    assert hole is not None
    assert hole.at == 20
    half.insert(piece(half, 0, b"abc"))
    assert half.look(40, 4) is None


def test_bytes_that_nobody_heard_are_missing_up_to_what_was_acknowledged() -> None:
    half = half_at()
    half.acked = half.next + 5
    hole = half.look(0, 0)
    assert hole is not None
    assert (hole.end - hole.start, hole.proven) == (5, True)
