from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from flowtape.capture.correlate.explanation import MAX_FOUND, Candidate, Explanation, TooManyError, explanations
from flowtape.capture.correlate.grammar import Grammar
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.exchange import Exchange, HttpRequest, HttpResponse, SqlStatement


def asked(traffic: Any, about: str, said: str = "", at: float = 0) -> Saying:
    body = json.dumps({"said": said} if said else {}).encode()
    entry = traffic.entry(at, at + 100)
    return Saying(replace(entry, question=HttpRequest("GET", f"/a/{about}"), answer=HttpResponse(200, body=body)))


def select(traffic: Any, about: str, at: float = 10, tx: str = "") -> Candidate:
    call = traffic.sql(at, at + 5, tx=tx)
    return Candidate(replace(call, question=SqlStatement("SELECT a FROM t WHERE b = $1", (about,))))


def drop(traffic: Any, about: str, at: float = 20) -> Candidate:
    return Candidate(traffic.redis(at, at + 5, b"DEL", f"a:{about}".encode()))


@pytest.fixture(scope="module")
def grammar(traffic: Any) -> Grammar:
    """GET /a/N reads N in the database, then drops it from the cache."""
    found = Grammar()
    for number in range(100, 120):
        found.learn(asked(traffic, str(number)), [select(traffic, str(number)), drop(traffic, str(number))])
    return found


def explained(
    grammar: Grammar, request: Saying, calls: Sequence[Candidate], fixed: Sequence[Candidate] = ()
) -> list[Explanation]:
    endpoint = grammar.of(request)
    assert endpoint is not None
    pool: dict[str, list[Candidate]] = {}
    for call in sorted((*calls, *fixed), key=lambda one: one.exchange.started):
        pool.setdefault(call.kind, []).append(call)
    return explanations(endpoint, request, request.exchange.ended + 100_000_000, pool, fixed, without=Counter())


def test_calls_that_hold_the_requests_values_explain_it(traffic: Any, grammar: Grammar) -> None:
    mine, yours = [select(traffic, "7"), drop(traffic, "7")], [select(traffic, "8"), drop(traffic, "8")]
    (found,) = explained(grammar, asked(traffic, "7"), [*yours, *mine])
    assert list(found.calls) == mine


def test_a_request_is_explained_wholly_or_not_at_all(traffic: Any, grammar: Grammar) -> None:
    assert explained(grammar, asked(traffic, "7"), [select(traffic, "7"), drop(traffic, "8")]) == []
    assert explained(grammar, asked(traffic, "7"), [select(traffic, "7")]) == []


@pytest.mark.parametrize(("select_at", "drop_at"), [(20, 5), (20, 22), (-3, 20), (10, 150)])
def test_a_step_comes_when_it_always_came(traffic: Any, grammar: Grammar, select_at: float, drop_at: float) -> None:
    """After what it always waited for, and within the time of its request."""
    calls = [select(traffic, "7", select_at), drop(traffic, "7", drop_at)]
    assert explained(grammar, asked(traffic, "7"), calls) == []


def test_calls_that_are_known_to_be_the_requests_are_in_each_explanation(traffic: Any, grammar: Grammar) -> None:
    exact = select(traffic, "9")
    found = explained(grammar, asked(traffic, "7"), [select(traffic, "7"), drop(traffic, "7")], [exact])
    assert found == []
    exact = select(traffic, "7", 12)
    found = explained(grammar, asked(traffic, "7"), [select(traffic, "7"), drop(traffic, "7")], [exact])
    assert [exact in way.calls for way in found] == [True]


def test_those_between_which_it_makes_no_difference_have_one_content(traffic: Any, grammar: Grammar) -> None:
    calls = [select(traffic, "7"), select(traffic, "7", 11), drop(traffic, "7")]
    found = explained(grammar, asked(traffic, "7"), calls)
    assert len(found) == 2
    assert len({way.content for way in found}) == 1


def test_a_transaction_is_taken_whole(traffic: Any, grammar: Grammar) -> None:
    learned = Grammar()
    for number in range(100, 110):
        calls = [select(traffic, str(number), 10, "t"), select(traffic, str(number), 20, "t")]
        learned.learn(asked(traffic, str(number)), calls)
    whole = [select(traffic, "7", at, "t7") for at in (10, 20)]
    more = [select(traffic, "7", at, "t8") for at in (10, 20, 30)]
    for calls in (whole, more):
        for call in calls:
            call.together = len(calls)
    (found,) = explained(learned, asked(traffic, "7"), [*more, *whole])
    assert list(found.calls) == whole


def test_calls_that_are_alike_are_not_tried_in_each_order(traffic: Any) -> None:
    """Twelve at once would be 479,001,600 ways."""
    learned = Grammar()
    for number in range(5):
        learned.learn(asked(traffic, str(number)), [select(traffic, str(number), 10 + part / 8) for part in range(12)])
    calls = [select(traffic, "7", 10 + part / 8) for part in range(12)]
    (found,) = explained(learned, asked(traffic, "7"), calls)
    assert list(found.calls) == calls


def test_the_response_tells_answers_apart(traffic: Any) -> None:
    def answering(number: str, at: float) -> Exchange:
        call: Exchange = traffic.http(at, at + 5)
        return replace(call, answer=HttpResponse(200, body=json.dumps({"n": number}).encode()))

    learned = Grammar()
    for number in range(100, 120):
        learned.learn(asked(traffic, "1", str(number)), [Saying(answering(str(number), 10))])
    calls = [Candidate(answering(str(number), 10 + number)) for number in range(5)]
    (found,) = explained(learned, asked(traffic, "1", "3"), calls)
    assert found.calls == (calls[3],)


def test_too_many_ways_are_not_tried(traffic: Any, grammar: Grammar) -> None:
    calls = [select(traffic, "7", 10 + number / 100) for number in range(MAX_FOUND + 1)]
    with pytest.raises(TooManyError):
        explained(grammar, asked(traffic, "7"), [*calls, drop(traffic, "7")])
