"""One request that waits, and the calls that it may have made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flowtape.capture.correlate.explanation import Candidate, Explanation
from flowtape.capture.correlate.grammar import Grammar, Path
from flowtape.capture.correlate.open_flow import OpenFlow
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.correlate.waiting import Unit, Waiting, Way
from flowtape.capture.exchange import HttpRequest, SqlResult
from flowtape.capture.flow import Call, Evidence


def waiting(traffic: Any, name: str = "f", target: str = "/a") -> Waiting:
    entry = replace(traffic.entry(0, 10), question=HttpRequest("GET", target))
    return Waiting(OpenFlow(name, entry, entry.ended, 1), Saying(entry))


def unit(traffic: Any, number: int, flows: Sequence[Waiting]) -> Unit:
    call = Candidate(traffic.sql(1, 2))
    call.unit = number
    found = Unit(number, (call,), tuple(flows), 1)
    for one in flows:
        one.units.append(found)
    return found


def way(*units: Unit) -> Way:
    calls = tuple(call for one in units for call in one.calls)
    explanation = Explanation(Path(tuple((call.kind, 0) for call in calls)), calls)
    return Way(explanation, frozenset(one.number for one in units), explanation.content)


def test_a_way_is_open_until_one_of_its_units_is_another_s(traffic: Any) -> None:
    mine, yours = waiting(traffic), waiting(traffic, "g")
    units = [unit(traffic, number, [mine, yours]) for number in (1, 2)]
    mine.ways = [way(units[0]), way(units[1])]
    assert mine.open_ways() == mine.ways
    units[0].owner = yours
    assert mine.open_ways() == mine.ways[1:]
    units[1].owner = mine
    assert mine.open_ways() == mine.ways[1:]


def test_reopened_it_owns_nothing_and_claims_nothing(traffic: Any) -> None:
    one = waiting(traffic)
    won, other = unit(traffic, 1, [one]), unit(traffic, 2, [one])
    one.kept, one.confidence, one.won, one.ways, one.too_many = True, 0.9995, [won], [way(won)], True
    one.risk = 0.0001
    won.owner = one
    for each in (won, other):
        each.claimants.append(one)
    one.reopen()
    fresh = waiting(traffic)
    assert vars(one) == {**vars(fresh), "flow": one.flow, "request": one.request, "units": [won, other]}
    assert not any((won.owner, won.claimants, other.claimants))


def test_near_are_those_that_share_units_and_none_is_once_it_is_closed(traffic: Any) -> None:
    one, other, far = (waiting(traffic, name) for name in "fgh")
    unit(traffic, 1, [one, other])
    unit(traffic, 2, [other, far])
    assert one.near == (other,)
    assert other.near == (one, far)
    one.close()
    assert one.settled
    assert not one.near


def test_what_was_learned_from_it_and_its_like_beside_it_is_counted(traffic: Any) -> None:
    grammar = Grammar()
    path = grammar.learn(Saying(traffic.entry(0, 10)), [])
    elsewhere = grammar.learn(Saying(replace(traffic.entry(0, 10), question=HttpRequest("GET", "/b"))), [])
    one, like, unlike, untaught = waiting(traffic), waiting(traffic), waiting(traffic, target="/b"), waiting(traffic)
    unit(traffic, 1, [one, like, unlike, untaught])
    for each, lesson in ((one, path), (like, path), (unlike, elsewhere), (untaught, None)):
        each.endpoint, each.lesson = grammar.of(each.request), lesson
    assert one.lessons() == {path: 2}
    assert unlike.lessons() == {elsewhere: 1}


def test_a_request_is_marked_where_all_its_known_calls_carry_its_id(traffic: Any) -> None:
    one = waiting(traffic)
    assert not one.is_marked
    one.flow.calls = [Call(traffic.sql(1, 2), (Evidence("trace context", "", 1.0),))]
    assert one.is_marked
    one.flow.calls.append(Call(traffic.sql(2, 3), (Evidence("alone", "", 0.9),)))
    assert not one.is_marked


def test_doubts_name_the_calls_that_are_contested(traffic: Any) -> None:
    mine, yours = waiting(traffic), waiting(traffic, "g")
    units = [unit(traffic, number, [mine, yours]) for number in (1, 2)]
    mine.ways = [way(units[1])]
    assert mine.contested() == [units[1]]
    (doubt,) = mine.doubts(0.999)
    assert "may belong to" in doubt
    mine.kept, mine.confidence = True, 0.9985
    assert mine.doubts(0.999) == ["too little is known of its endpoint: 0.9985 sure"]
    mine.risk = 0.001
    assert mine.doubts(0.999) == ["other calls explain it nearly as well: 0.9985 sure"]
    assert mine.doubts(0.998) == []


def alternatives(traffic: Any, gaps: Sequence[float]) -> tuple[Waiting, list[Way]]:
    """A request of 100 ms with a way for each of `gaps`, by a call that began after so many, of a path whose calls begin after 20."""
    asked = replace(traffic.entry(0, 100), question=HttpRequest("GET", "/a"))
    one = Waiting(OpenFlow("f", asked, asked.ended, 1), Saying(asked))
    path = Path(((Saying(traffic.sql(0, 1)).kind, 0),))
    for _ in range(20):
        path.learn(one.request, [Saying(traffic.sql(20, 80))])
    units = []
    for number, gap in enumerate(gaps, 1):
        call = Candidate(replace(traffic.sql(gap, 80), answer=SqlResult(tag=f"SELECT {number}")))
        call.unit = number
        units.append(Unit(number, (call,), (one,), 1))
    return one, [Way(found := Explanation(path, each.calls), frozenset({each.number}), found.content) for each in units]


def test_the_likeliest_way_is_the_one_with_the_usual_gaps(traffic: Any) -> None:
    one, ways = alternatives(traffic, [1, 21, 70])
    best, much = one.likeliest(ways)
    _, less = one.likeliest([ways[1], ways[2]])
    assert best is ways[1]
    assert 0 < less < much < 0.5


def test_ways_that_say_the_same_are_no_risk_to_each_other(traffic: Any) -> None:
    one, (way, _) = alternatives(traffic, [20, 70])
    assert one.likeliest([way, replace(way, units=frozenset({7}))]) == (way, 0)


def test_none_is_the_likeliest_while_too_little_is_known_of_one(traffic: Any) -> None:
    one, ways = alternatives(traffic, [20, 70])
    fresh = Explanation(Path(ways[1].explanation.path.key), ways[1].explanation.calls)
    assert one.likeliest([ways[0], replace(ways[1], explanation=fresh)]) == (None, 1)


def test_a_way_that_is_taken_more_often_is_likelier(traffic: Any) -> None:
    one, ways = alternatives(traffic, [20, 20])
    rare, often = (Explanation(Path(way.explanation.path.key), way.explanation.calls) for way in ways)
    rare.path.gaps = often.path.gaps = ways[0].explanation.path.gaps
    rare.path.seen, often.path.seen = 2, 50
    ways = [replace(way, explanation=found) for way, found in zip(ways, (rare, often), strict=True)]
    assert one.likeliest(ways)[0] is ways[1]


def test_evidence_says_that_others_would_explain_it_too(traffic: Any) -> None:
    one, ways = alternatives(traffic, [20, 70])
    one.taken, one.confidence, one.risk = ways[0].explanation, 0.9992, 1 / 2001
    (call,) = ways[0].explanation.calls
    grammar, timing = one.evidence(call)
    assert (grammar.kind, timing.kind, timing.confidence) == ("grammar", "timing", 0.9992)
    assert "other calls explain the request too" in grammar.detail
    assert timing.detail == "2,000 times likelier than others by the gaps between calls"
    one.risk = 0
    (alone,) = one.evidence(call)
    assert "no other calls explain the request" in alone.detail
