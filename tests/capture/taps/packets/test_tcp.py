from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.taps.packets.by_hand import MILLISECOND, Ear, Line

from flowtape.capture.taps.packets import tcp
from flowtape.capture.taps.packets.link import ACK, FIN, RST, SYN


class Part(NamedTuple):
    """One segment of a dialogue: what is said, and how much of the other side its speaker has heard."""

    side: str
    place: int
    data: bytes
    heard: int


JITTER = 12
"""How far packets are out of their order, in packets."""
Turn = tuple[str, bytes]
turns = st.lists(
    st.tuples(st.sampled_from(["client", "server"]), st.binary(min_size=1, max_size=60)), min_size=1, max_size=10
)
starts = st.tuples(*[st.one_of(st.integers(2**32 - 200, 2**32 - 1), st.integers(0, 2**32 - 1))] * 2)


def parts_of(dialogue: list[Turn], cuts: st.DataObject) -> list[Part]:
    """A dialogue in segments of any size."""
    said = {"client": 0, "server": 0}
    parts = []
    for side, data in dialogue:
        heard = said["server" if side == "client" else "client"]
        at = 0
        while at < len(data):
            size = cuts.draw(st.integers(1, len(data) - at))
            parts.append(Part(side, said[side] + at, data[at : at + size], heard))
            at += size
        said[side] += len(data)
    return parts


def merged(told: list[tuple[str, bytes | int | None]]) -> list[Turn]:
    """What was told, in runs of one side, a lost byte as `?`."""
    runs: list[Turn] = []
    for side, what in told:
        if what is None:
            continue
        data = what if isinstance(what, bytes) else b"?" * -what
        if runs and runs[-1][0] == side:
            runs[-1] = (side, runs[-1][1] + data)
        else:
            runs.append((side, data))
    return runs


def runs_of(dialogue: list[Turn]) -> list[Turn]:
    return merged([(side, data) for side, data in dialogue])


def say(line: Line, part: Part) -> str:
    return line.say(part.side, part.place, part.data, heard=part.heard)


def total(dialogue: list[Turn], side: str) -> int:
    return sum(len(data) for who, data in dialogue if who == side)


def part_ways(line: Line, dialogue: list[Turn]) -> None:
    client, server = total(dialogue, "client"), total(dialogue, "server")
    line.say("client", client, heard=server, flags=FIN)
    line.say("server", server, heard=client + 1, flags=FIN)
    line.say("client", client + 1, heard=server + 1)


@given(turns, starts, st.data())
def test_any_segmentation_order_repetition_and_overlap_tells_the_same(
    dialogue: list[Turn], isns: tuple[int, int], data: st.DataObject
) -> None:
    """Sequence numbers that wrap around among them."""
    line = Line(*isns)
    sent = list(enumerate(parts_of(dialogue, data)))
    order = [(index + data.draw(st.integers(0, JITTER)), part) for index, part in sent]
    for index, part in data.draw(st.lists(st.sampled_from(sent), max_size=5)):
        # Sent again, with some of what was before it.
        start = max(0, part.place - data.draw(st.integers(0, 10)))
        said = b"".join(text for side, text in dialogue if side == part.side)
        again = part._replace(place=start, data=said[start : part.place + len(part.data)])
        order.append((index + JITTER + data.draw(st.integers(1, JITTER)), again))
    heard = [part for _, part in sorted(order, key=lambda item: item[0])]
    line.shake_hands()
    for part in heard:
        say(line, part)
    part_ways(line, dialogue)
    assert merged(line.ear.told) == runs_of(dialogue), "each byte once, and each question before its answer"
    assert line.assembly.closed
    assert line.ear.closed == "the connection was closed"
    assert line.ear.times == sorted(line.ear.times)
    assert line.account.counters["bytes.missing"] == 0
    assert line.balance() == (sum(len(part.data) for part in heard), 0)


@given(turns, starts, st.data())
def test_a_dropped_segment_is_one_loss_of_its_size_at_its_place(
    dialogue: list[Turn], isns: tuple[int, int], data: st.DataObject
) -> None:
    line = Line(*isns)
    parts = parts_of(dialogue, data)
    dropped = data.draw(st.sampled_from(parts))
    line.shake_hands()
    for part in parts:
        if part is not dropped:
            say(line, part)
    part_ways(line, dialogue)
    line.assembly.tick(line.now + tcp.REORDER_TIME)
    assert line.ear.losses(dropped.side) == [(dropped.place, len(dropped.data))]
    assert line.ear.losses("server" if dropped.side == "client" else "client") == []
    expected, said = [], {"client": 0, "server": 0}
    for side, text in dialogue:
        place, said[side] = said[side], said[side] + len(text)
        if side == dropped.side and place <= dropped.place < place + len(text):
            at = dropped.place - place
            text = text[:at] + b"?" * len(dropped.data) + text[at + len(dropped.data) :]  # noqa: PLW2901
        expected.append((side, text))
    assert merged(line.ear.told) == runs_of(expected)
    assert line.account.counters["bytes.missing"] == len(dropped.data)
    assert line.balance() == (sum(len(part.data) for part in parts if part is not dropped), 0)


@given(turns, starts, st.data())
def test_whatever_is_dropped_each_byte_is_told_or_lost_once(
    dialogue: list[Turn], isns: tuple[int, int], data: st.DataObject
) -> None:
    line = Line(*isns)
    parts = parts_of(dialogue, data)
    line.shake_hands()
    kept = [part for part in parts if data.draw(st.booleans())]
    for part in kept:
        say(line, part)
    part_ways(line, dialogue)
    line.finish()
    for ear in line.ears:
        for side in ("client", "server"):
            said = b"".join(text for who, text in dialogue if who == side)
            heard = ear.heard(side)
            assert len(heard) == len(said)
            assert all(byte in (told, ord("?")) for told, byte in zip(said, heard, strict=True))
    assert line.balance() == (sum(len(part.data) for part in kept), 0)


def test_a_question_is_told_before_its_answer_though_its_packet_came_later() -> None:
    line = Line()
    line.shake_hands()
    line.say("server", 0, b"answer", heard=8)
    assert line.ears == []
    line.say("client", 0, b"question")
    assert line.ear.told == [("client", b"question"), ("server", b"answer")]


def test_a_lost_question_is_told_as_lost_before_its_answer() -> None:
    line = Line()
    line.shake_hands()
    line.say("server", 0, b"answer", heard=8)
    line.assembly.tick(line.now + tcp.REORDER_TIME - 1)
    assert line.ears == []
    assert line.assembly.waiting
    line.assembly.tick(line.now + tcp.REORDER_TIME)
    assert line.ear.told == [("client", -8), ("server", b"answer")]
    assert not line.assembly.waiting


def test_what_was_lost_is_given_up_after_enough_packets_too() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 3, b"tail")
    line.say("server", 0, heard=7, after=0)
    for _ in range(tcp.REORDER_PACKETS - 1):
        line.say("server", 0, heard=7, after=0)
        assert line.ears == []
    line.say("server", 0, heard=7, after=0)
    assert line.ear.told == [("client", -3), ("client", b"tail")]


def test_what_the_network_lost_is_waited_for_until_it_comes_again() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 3, b"tail")
    for _ in range(2 * tcp.REORDER_PACKETS):
        line.say("server", 0, heard=0)
    line.say("client", 0, b"the", after=tcp.PATIENCE - 200 * MILLISECOND)
    assert line.ear.told == [("client", b"the"), ("client", b"tail")]


def test_what_never_comes_again_is_given_up_at_last() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 3, b"tail")
    line.assembly.tick(line.now + tcp.PATIENCE)
    assert line.ear.told == [("client", -3), ("client", b"tail")]
    assert line.say("client", 0, b"the") == tcp.DUPLICATE


def test_the_end_of_an_answer_that_was_only_acknowledged_is_lost() -> None:
    line = Line()
    line.shake_hands()
    line.say("server", 0, b"answ")
    line.say("client", 0, heard=6)
    line.say("client", 0, b"next", heard=6, after=2 * tcp.REORDER_TIME)
    assert line.ear.told == [("server", b"answ"), ("server", -2), ("client", b"next")]


def test_a_segment_sent_again_after_its_answer_does_not_tie_a_knot() -> None:
    """The capture lost the question; the client sends it again, having heard the answer by then."""
    line = Line()
    line.shake_hands()
    line.say("server", 0, b"answer", heard=8)
    line.say("client", 0, b"question", heard=6)
    assert line.ear.told == [("client", b"question"), ("server", b"answer")]


def test_a_packet_cut_by_the_capture_is_a_loss_of_what_is_missing() -> None:
    line = Line()
    line.shake_hands()
    assert line.say("client", 0, b"GET /", length=100) == tcp.TRUNCATED
    line.say("client", 100, b"next")
    assert line.ear.told == [("client", b"GET /"), ("client", -95), ("client", b"next")]


def test_a_packet_of_which_nothing_was_captured_is_a_loss() -> None:
    line = Line()
    line.shake_hands()
    assert line.say("client", 0, b"", length=100) == tcp.TRUNCATED
    assert line.ear.told == [("client", -100)]


def test_a_connection_joined_in_the_middle_says_so() -> None:
    line = Line()
    line.say("client", 500, b"hello", heard=900)
    line.say("server", 900, b"hi", heard=505)
    assert line.ear.joined
    assert line.ear.told == [("client", b"hello"), ("server", b"hi")]
    assert line.assembly.client.next >= 0


@pytest.mark.parametrize("first", ["client", "server"])
def test_one_whose_beginning_is_in_doubt_counts_as_joined(first: str) -> None:
    line = Line()
    if first == "client":
        line.say("client", 0, heard=None, flags=SYN)
    line.say("client", 0, b"hello")
    assert line.ear.joined


def test_the_servers_syn_tells_where_both_begin() -> None:
    line = Line()
    line.say("server", 0, heard=0, flags=SYN)
    line.say("client", 0)
    line.say("client", 0, b"hello")
    assert not line.ear.joined
    assert line.ear.told == [("client", b"hello")]


def test_a_server_that_speaks_first() -> None:
    line = Line()
    line.shake_hands()
    line.say("server", 0, b"220 hello")
    assert line.ear.told == [("server", b"220 hello")]
    assert not line.ear.joined


def test_data_that_come_with_the_syn_are_told() -> None:
    line = Line()
    line.say("client", 0, b"GET", heard=None, flags=SYN)
    line.say("server", 0, heard=3, flags=SYN)
    line.say("client", 3, b" /")
    assert line.ear.heard("client") == b"GET /"


def test_half_closed_connections_go_on_in_the_other_direction() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 0, b"all of it", flags=FIN)
    line.say("server", 0, b"the answer", heard=10)
    line.say("server", 10, b", and more", heard=10, flags=FIN)
    assert line.ear.told == [
        ("client", b"all of it"),
        ("client", None),
        ("server", b"the answer"),
        ("server", b", and more"),
        ("server", None),
    ]
    assert line.assembly.closed


def test_a_fin_waits_for_the_bytes_before_it() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 5, flags=FIN)
    line.say("client", 0, b"hello")
    assert line.ear.told == [("client", b"hello"), ("client", None)]


def test_nothing_is_told_after_a_fin() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 0, b"hello", flags=FIN)
    line.say("client", 6, b"injected")
    line.say("server", 0, b"hi", heard=9999)
    assert line.ear.told == [("client", b"hello"), ("client", None), ("server", b"hi")]
    assert line.balance() == (15, 0)


def test_what_was_said_beyond_a_fin_is_not_held() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 6, b"injected")
    line.say("client", 0, b"hello", flags=FIN)
    assert line.ear.told == [("client", b"hello"), ("client", None)]
    assert line.balance() == (13, 0)


def test_a_reset_ends_both_directions() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 0, b"question")
    line.say("server", 6, b"tail", heard=8)
    assert line.say("server", 10, heard=8, flags=RST) == tcp.CONTROL
    assert line.ear.closed == "the server reset the connection"
    assert line.ear.told == [("client", b"question"), ("server", -6), ("server", b"tail")]
    assert line.say("client", 8, b"more") == tcp.AFTER_CLOSE
    assert line.balance() == (16, 0)


def test_a_reset_out_of_any_window_is_a_stray() -> None:
    line = Line()
    line.shake_hands()
    assert line.say("server", 2**30, heard=None, flags=RST) == tcp.STRAY
    assert not line.assembly.closed


def test_keep_alive_and_window_probes_say_nothing_new() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 0, b"hello")
    assert line.say("client", 4, b"\0") == tcp.DUPLICATE
    assert line.say("client", 4) == tcp.ACK_ONLY
    assert line.say("server", 0, heard=5) == tcp.ACK_ONLY
    line.say("client", 5, b" world")
    assert line.ear.heard("client") == b"hello world"


def test_a_syn_sent_again_is_the_same_connection_and_another_one_is_not() -> None:
    line = Line()
    line.shake_hands()
    client, server = line.assembly.client, line.assembly.server
    syn = line.segment("client", 0, heard=None, flags=SYN)
    assert not line.assembly.renewed_by(client, syn)
    assert line.assembly.renewed_by(client, syn._replace(sequence=syn.sequence + 77))
    assert not line.assembly.renewed_by(server, line.segment("server", 0, flags=SYN))
    line.say("client", 0, heard=None, flags=SYN)
    line.say("client", 0, b"hello")
    assert line.ear.told == [("client", b"hello")]


def test_a_servers_syn_that_is_heard_late_is_its_own() -> None:
    line = Line()
    line.say("client", 0, heard=None, flags=SYN)
    line.say("client", 0)
    syn = line.segment("server", 0, flags=SYN)
    assert not line.assembly.renewed_by(line.assembly.server, syn)
    assert line.assembly.renewed_by(line.assembly.server, syn._replace(sequence=syn.sequence + 1_000_000_000))


def test_an_answer_is_never_told_to_a_question_of_which_its_own_part_was_skipped() -> None:
    """The second question is heard first, and then the rest: what it acknowledges is the first one's answer."""
    line = Line()
    line.say("client", 0, heard=None, flags=SYN)
    line.say("client", 3, b"two", heard=3)
    line.say("client", 0, b"one")
    line.say("server", 0, b"1st", heard=3)
    line.say("server", 3, b"2nd", heard=6)
    assert line.ear.joined
    assert line.ear.told == [("client", b"two"), ("server", b"2nd")]


def test_a_late_handshake_still_tells_the_whole() -> None:
    line = Line(client_isn=2**32 - 3, server_isn=2**32 - 2)
    line.say("client", 0, heard=None, flags=SYN)
    line.say("client", 3, heard=3)
    line.say("server", 0, heard=0, flags=SYN)
    line.say("server", 0, b"1st", heard=3)
    line.say("client", 0, b"one")
    assert not line.ear.joined
    assert line.ear.told == [("client", b"one"), ("server", b"1st")]


def test_strays_in_a_row_mean_that_the_connection_went_on_unheard() -> None:
    line = Line()
    line.shake_hands()
    for _ in range(tcp.STRAYS - 1):
        assert line.say("client", 2**28, b"far") == tcp.STRAY
    line.say("client", 0, b"near")
    assert line.say("client", 2**28, b"far") == tcp.STRAY
    assert not line.assembly.lost_track
    for _ in range(tcp.STRAYS - 1):
        line.say("server", 0, b"x", heard=2**28)
    assert line.assembly.lost_track
    assert line.ear.heard("client") == b"near"
    assert line.balance() == (4 + 3 * tcp.STRAYS + tcp.STRAYS - 1, 0)


def test_an_acknowledgement_of_what_was_never_sent_is_no_evidence() -> None:
    line = Line()
    line.shake_hands()
    line.say("server", 0, heard=2**31 - 5)
    line.assembly.tick(line.now + tcp.PATIENCE)
    line.say("client", 0, b"hello")
    assert line.ear.told == [("client", b"hello")]


def test_a_hole_that_is_never_filled_holds_no_more_than_the_limit() -> None:
    line = Line()
    line.shake_hands()
    most, data = 0, bytes(1000)
    for index in range(2 * tcp.MAX_HELD // len(data)):
        line.say("client", 1 + index * (len(data) + 1), data, after=0)
        most = max(most, line.account.held)
    assert most <= tcp.MAX_HELD + 2000
    assert line.ear.losses("client")[0] == (0, 1)
    line.finish()
    assert line.account.held == 0


def test_all_connections_together_hold_no_more_than_the_limit() -> None:
    lines = [Line() for _ in range(30)]
    account = lines[0].account
    data = bytes(60_000)
    for line in lines:
        line.account = account
        line.assembly = tcp.Assembly(line._begin, account)
        line.shake_hands()
    most = 0
    for index in range(60):
        for line in lines:
            line.say("client", 1 + index * (len(data) + 1), data, after=0)
            most = max(most, account.held)
    assert most <= tcp.MAX_HELD_IN_ALL + 100_000
    for line in lines:
        line.finish()
    assert account.held == 0


def test_many_tiny_pieces_count_for_what_they_cost() -> None:
    line = Line()
    line.shake_hands()
    for index in range(30_000):
        line.say("client", 1 + 2 * index, b"x", after=0)
    assert len(line.assembly.client.queue) <= tcp.MAX_HELD // 200 + 1


def test_pieces_that_wait_are_dated() -> None:
    line = Line()
    line.shake_hands()
    assert line.assembly.oldest is None
    line.say("client", 5, b"later")
    noted = line.now
    line.say("client", 20, b"later still")
    assert line.assembly.oldest == noted
    line.finish()
    assert line.assembly.oldest is None


def test_an_ear_is_made_when_there_is_first_something_to_tell() -> None:
    line = Line()
    line.shake_hands()
    line.say("client", 0, flags=FIN)
    line.say("server", 0, heard=1, flags=FIN | ACK)
    assert line.assembly.closed
    assert line.ears == []
    assert isinstance(Line()._begin(joined=False), Ear)
