from __future__ import annotations

from flowtape.capture.correlate.rules import CONSTANT, REQUEST, Index, Rules, Source


def learned(*flows: tuple[dict[str, set[str]], dict[str, set[str]]]) -> Rules:
    rules = Rules()
    for request, call in flows:
        index = Index()
        index.add(REQUEST, request, answer=False)
        rules.learn(call, index)
    return rules


def may_be(rules: Rules, request: dict[str, set[str]], call: dict[str, set[str]]) -> bool:
    def look(source: Source) -> set[str] | None:
        return request.get(source[2])

    return rules.hold(call, look)


def test_a_value_comes_from_where_it_always_came_from() -> None:
    rules = learned(({"id": {"1"}, "page": {"1"}}, {"0": {"1"}}), ({"id": {"2"}, "page": {"1"}}, {"0": {"2"}}))
    assert may_be(rules, {"id": {"7"}, "page": {"3"}}, {"0": {"7"}})
    assert not may_be(rules, {"id": {"7"}, "page": {"3"}}, {"0": {"3"}})


def test_while_two_sources_are_left_either_will_do() -> None:
    rules = learned(({"id": {"1"}, "page": {"1"}}, {"0": {"1"}}))
    assert may_be(rules, {"id": {"7"}, "page": {"3"}}, {"0": {"3"}})
    assert not may_be(rules, {"id": {"7"}, "page": {"3"}}, {"0": {"9"}})


def test_a_source_that_is_not_there_says_nothing() -> None:
    rules = learned(({"limit": {"5"}}, {"0": {"5"}}))
    assert may_be(rules, {}, {"0": {"10"}})


def test_a_value_of_a_list_may_be_any_of_it_and_a_list_all_of_it() -> None:
    one_of = learned(({"ids": {"1", "2"}}, {"0": {"2"}}), ({"ids": {"3"}}, {"0": {"3"}}))
    assert may_be(one_of, {"ids": {"7", "8"}}, {"0": {"8"}})
    all_of = learned(({"ids": {"1", "2"}}, {"0": {"1", "2"}}))
    assert may_be(all_of, {"ids": {"7", "8"}}, {"0": {"7", "8"}})
    assert not may_be(all_of, {"ids": {"7", "8"}}, {"0": {"7"}})


def test_a_fresh_value_may_be_anything_and_a_constant_only_itself() -> None:
    fresh = learned(*(({}, {"0": {str(number)}}) for number in range(CONSTANT)))
    assert may_be(fresh, {}, {"0": {"new"}})
    constant = learned(*(({}, {"0": {"paid"}}) for _ in range(CONSTANT)))
    assert may_be(constant, {}, {"0": {"paid"}})
    assert not may_be(constant, {}, {"0": {"new"}})
    assert may_be(learned(({}, {"0": {"paid"}})), {}, {"0": {"new"}})
