"""What is held is looked at again when there is a reason to."""

from __future__ import annotations

from typing import Any

from flowtape.capture.correlate.held import MAX_LOOKS, Held
from flowtape.capture.correlate.open_flow import OpenFlow
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.correlate.waiting import Waiting


def waiting(traffic: Any) -> Waiting:
    entry = traffic.entry(0, 10)
    return Waiting(OpenFlow("f", entry, entry.ended, 1), Saying(entry))


def test_one_is_called_once_when_more_is_known_of_an_endpoint_that_it_waits_for(traffic: Any) -> None:
    held, one, other = Held(), waiting(traffic), waiting(traffic)
    held.add(one, ["a", "b", "a"])
    held.add(other, ["c"])
    assert held.called() == []
    held.call_those_of(["b", "nobody's"])
    assert held.called() == [one]
    assert held.called() == []


def test_one_is_called_when_something_near_it_was_decided_but_not_for_ever(traffic: Any) -> None:
    held, one = Held(), waiting(traffic)
    held.add(one, ["a"])
    for _ in range(MAX_LOOKS):
        held.call(one)
        assert held.called() == [one]
        one.looks += 1
    held.call(one)
    held.call_those_of(["a"])
    assert held.called() == []


def test_what_is_not_held_is_not_called(traffic: Any) -> None:
    held, one = Held(), waiting(traffic)
    held.call(one)
    held.add(one, ["a"])
    held.call(one)
    held.discard(one)
    held.call_those_of(["a"])
    assert held.called() == []
    assert one not in held


def test_added_again_it_waits_for_what_it_was_added_for_last(traffic: Any) -> None:
    held, one = Held(), waiting(traffic)
    held.add(one, ["a"])
    held.add(one, ["b"])
    held.call_those_of(["a"])
    assert held.called() == []
    held.call_those_of(["b"])
    assert held.called() == [one]


def test_the_oldest_are_given_up_first(traffic: Any) -> None:
    held = Held()
    ones = [waiting(traffic) for _ in range(5)]
    for one in ones:
        held.add(one, ["a"])
    assert held.over(3) == ones[:2]
    assert held.over(5) == []
    assert held.over(0) == ones
