from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from flowtape.capture.correlate.grammar import (
    FORGOTTEN,
    MAX_CALLS,
    MAX_ENDPOINTS,
    Endpoint,
    Grammar,
    Path,
    key_of,
    ordered,
)
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.exchange import HttpRequest, SqlStatement


def request(traffic: Any, target: str = "/a/1") -> Saying:
    return Saying(replace(traffic.entry(0, 100), question=HttpRequest("GET", target)))


def test_an_endpoint_is_known_once_a_flow_of_it_was_certain(traffic: Any) -> None:
    grammar = Grammar()
    assert grammar.of(request(traffic)) is None
    grammar.miss(request(traffic))
    assert grammar.of(request(traffic)) is None
    grammar.learn(request(traffic), [Saying(traffic.sql(1, 2))])
    found = grammar.of(request(traffic, "/a/2"))
    assert found is not None
    assert [len(path.steps) for path in found.paths.values()] == [1]


def test_what_is_new_becomes_less_likely_and_what_cannot_be_told_more(traffic: Any) -> None:
    grammar = Grammar()
    novelty = []
    for _ in range(30):
        grammar.learn(request(traffic), [Saying(traffic.sql(1, 2))])
        found = grammar.of(request(traffic))
        assert found is not None
        novelty.append(found.novelty(Counter()))
    assert novelty == sorted(novelty, reverse=True)
    grammar.miss(request(traffic))
    assert found is not None
    assert found.novelty(Counter()) > novelty[-1]


def test_calls_at_once_are_one_path_in_either_order(traffic: Any) -> None:
    sql, redis, later = (2, 30), (1, 20), traffic.sql(40, 50)
    one = [Saying(traffic.sql(*sql)), Saying(traffic.redis(*redis)), Saying(later)]
    other = [Saying(traffic.sql(*redis)), Saying(traffic.redis(*sql)), Saying(later)]
    assert key_of(ordered(one)) == key_of(ordered(other))
    in_turn = [Saying(traffic.sql(1, 2)), Saying(traffic.redis(3, 4))]
    assert key_of(ordered(in_turn)) != key_of(ordered([Saying(traffic.redis(1, 2)), Saying(traffic.sql(3, 4))]))


def side_by_side(traffic: Any, *times: tuple[str, float]) -> list[Saying]:
    """Two statements a transaction, in this order, each for one unit of time."""
    texts = {"a": ("SELECT v", "SELECT w"), "b": ("SELECT v", "SELECT w"), "c": ("SELECT x", "SELECT y")}
    left = {name: list(said) for name, said in texts.items()}
    return [Saying(traffic.sql(at, at + 1, left[name].pop(0), tx=name)) for name, at in times]


def test_transactions_side_by_side_are_one_path_however_they_interleave(traffic: Any) -> None:
    ways = [
        (("a", 1), ("b", 2.5), ("a", 4), ("c", 5.5), ("b", 7), ("c", 8.5)),
        (("c", 1), ("b", 1.1), ("a", 1.2), ("a", 3), ("b", 3.1), ("c", 3.2)),
        (("b", 1), ("c", 1.5), ("a", 2), ("c", 3), ("b", 4.5), ("a", 6)),
    ]
    calls = [ordered(side_by_side(traffic, *way)) for way in ways]
    assert len({key_of(each) for each in calls}) == 1
    assert [call.exchange.transaction for call in calls[0]] == ["a", "a", "b", "b", "c", "c"]
    one_by_one = [("c", 1.0), ("c", 2.0), ("a", 3.0), ("a", 4.0), ("b", 5.0), ("b", 6.0)]
    assert key_of(ordered(side_by_side(traffic, *one_by_one))) != key_of(calls[0])


def test_a_call_inside_of_a_transaction_stays_where_it_was(traffic: Any) -> None:
    calls = [traffic.sql(1, 2, tx="a"), traffic.redis(3, 4), traffic.sql(5, 6, tx="a")]
    assert [call.exchange for call in ordered(list(map(Saying, calls)))] == calls


def test_what_begins_the_same_twice_began_first_where_it_stands_first(traffic: Any) -> None:
    calls = side_by_side(traffic, ("a", 1), ("b", 1.5), ("a", 3), ("b", 3.5), ("c", 6), ("c", 7))
    path, thrice = Path(key_of(ordered(calls))), Path(key_of([Saying(traffic.sql(at, at + 1)) for at in (1, 3, 5)]))
    assert (path.twins, path.to_come) == ({2: 0}, {0: 1})
    assert (thrice.twins, thrice.to_come) == ({1: 0, 2: 1}, {0: 2, 1: 1})


def test_a_transaction_is_part_of_a_path(traffic: Any) -> None:
    alone = [Saying(traffic.sql(1, 2)), Saying(traffic.sql(3, 4))]
    together = [Saying(traffic.sql(1, 2, tx="t1")), Saying(traffic.sql(3, 4, tx="t1"))]
    apart = [Saying(traffic.sql(1, 2, tx="t1")), Saying(traffic.sql(3, 4, tx="t2"))]
    assert len({key_of(calls) for calls in (alone, together, apart)}) == 3


def test_a_kind_of_call_that_comes_while_nothing_is_asked_is_background(traffic: Any) -> None:
    grammar = Grammar()
    job = Saying(traffic.sql(0, 1, "SELECT job FROM jobs"))
    for _ in range(3):
        grammar.learn_outside(job)
    assert grammar.is_background(job)
    grammar.learn(request(traffic), [job])
    assert grammar.is_background(job)
    grammar.learn(request(traffic), [job])
    assert not grammar.is_background(job)


def test_a_stray_is_what_is_too_much_in_a_path_that_is_well_known(traffic: Any) -> None:
    grammar = Grammar()
    usual = Saying(traffic.redis(1, 2))
    for _ in range(20):
        grammar.learn(request(traffic), [usual])
    job = Saying(traffic.sql(3, 4, "SELECT job FROM jobs"))
    assert grammar.strays(request(traffic), [usual]) == []
    assert grammar.strays(request(traffic), [usual, job]) == [job]
    assert grammar.strays(request(traffic), [usual, Saying(traffic.redis(3, 4))]) == []
    for _ in range(5):
        found = grammar.strays(request(traffic), [usual, job])
        grammar.learn_strays(request(traffic), found)
    assert found == []  # it belongs here after all


def test_memory_is_bounded(traffic: Any) -> None:
    grammar = Grammar()
    for number in range(MAX_ENDPOINTS + 50):
        grammar.learn(request(traffic, f"/e{number}x"), [Saying(traffic.redis(1, 2))])
    assert grammar.of(request(traffic, "/e0x")) is None
    grammar.learn(request(traffic, "/many"), [Saying(traffic.redis(at, at + 1)) for at in range(MAX_CALLS + 1)])
    assert grammar.of(request(traffic, "/many")) is None


def test_a_kind_that_comes_more_often_while_nothing_is_asked_is_a_stray_at_once(traffic: Any) -> None:
    grammar = Grammar()
    job = Saying(traffic.sql(3, 4, "SELECT job FROM jobs"))
    grammar.learn_outside(job)
    assert grammar.strays(request(traffic, "/new"), [Saying(traffic.redis(1, 2)), job]) == [job]


def test_the_longest_tail_is_in_times_of_what_the_response_took(traffic: Any) -> None:
    grammar = Grammar()
    for begins in (50, 350, 120):
        grammar.learn(request(traffic), [Saying(traffic.sql(1, 2)), Saying(traffic.sql(begins, begins + 1))])
    found = grammar.of(request(traffic))
    assert found is not None
    assert found.tail == pytest.approx(2.5)


def test_a_call_contradicts_only_paths_that_ask_its_kind_with_values_from_elsewhere(traffic: Any) -> None:
    def select(about: str) -> Saying:
        return Saying(replace(traffic.sql(1, 2), question=SqlStatement("SELECT a FROM t WHERE b = $1", (about,))))

    grammar, stranger = Grammar(), Saying(traffic.redis(1, 2))
    for number in range(30):
        grammar.learn(request(traffic, f"/a/{number}"), [select(str(number))])
    found = grammar.of(request(traffic))
    assert found is not None
    assert not found.contradicts(select("7"), request(traffic, "/a/7"), [])
    assert found.contradicts(select("8"), request(traffic, "/a/7"), [stranger])
    assert not found.contradicts(stranger, request(traffic, "/a/7"), [select("8")])


def test_a_path_that_is_not_taken_any_more_is_forgotten(traffic: Any) -> None:
    grammar = Grammar()
    old, rare, new = ([Saying(traffic.sql(1, 2, text))] for text in ("SELECT a FROM old", "SELECT b", "SELECT c"))
    grammar.learn(request(traffic), old)
    for number in range(FORGOTTEN + 1):
        assert len(known(grammar, traffic).paths) <= 3
        grammar.learn(request(traffic), rare if number % 1000 == 999 else new)
    assert {step.kind for path in known(grammar, traffic).paths.values() for step in path.steps} == {
        call.kind for call in (*rare, *new)
    }
    assert not known(grammar, traffic).asks(old[0].kind)


def known(grammar: Grammar, traffic: Any) -> Endpoint:
    found = grammar.of(request(traffic))
    assert found is not None
    return found
