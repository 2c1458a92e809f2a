from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from flowtape.capture.correlate.spans.assignment import MAX_SEGMENT, assign


@dataclass(frozen=True)
class Interval:
    name: str
    start: int
    end: int


def fits(outer: Interval, inner: Interval) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def outer(start: int, end: int) -> Interval:
    return Interval(f"S{start}", start, end)


def inner(start: int, end: int) -> Interval:
    return Interval(f"X{start}", start, end)


def told(outers: list[Interval], inners: list[Interval]) -> dict[str, str]:
    """The outers that each inner may have, "?" if it may have none."""
    found = assign(sorted(outers, key=lambda one: one.start), inners, fits)
    return {
        one.name: "".join(sorted(partner.name for partner in possible.partners)) + "?" * possible.free
        for one, possible in zip(inners, found, strict=True)
    }


def test_each_in_its_own_is_certain() -> None:
    assert told([outer(0, 10), outer(20, 30)], [inner(1, 9), inner(21, 29)]) == {"X1": "S0", "X21": "S20"}


def test_one_that_fits_several_is_certain_where_the_others_are_needed() -> None:
    """As a service of one thread asks: each span begins, and its call goes out, before the next one begins."""
    outers = [outer(0, 50), outer(10, 60), outer(20, 70)]
    assert told(outers, [inner(1, 45), inner(11, 46), inner(21, 47)]) == {"X1": "S0", "X11": "S10", "X21": "S20"}


def test_the_ends_tell_where_the_beginnings_do_not() -> None:
    assert told([outer(0, 50), outer(1, 90)], [inner(2, 80), inner(3, 40)]) == {"X2": "S1", "X3": "S0"}


def test_two_that_fit_two_are_in_doubt() -> None:
    assert told([outer(0, 50), outer(1, 51)], [inner(2, 40), inner(3, 41)]) == {"X2": "S0S1", "X3": "S0S1"}


def test_a_circle_of_three_is_in_doubt_and_what_is_beside_it_is_not() -> None:
    outers = [outer(0, 50), outer(1, 51), outer(2, 52), outer(3, 99)]
    found = told(outers, [inner(4, 40), inner(5, 41), inner(6, 42), inner(7, 98)])
    assert found == {"X4": "S0S1S2", "X5": "S0S1S2", "X6": "S0S1S2", "X7": "S3"}


def test_a_call_of_nobody_s_is_free_and_makes_those_it_could_be_free() -> None:
    """One request is not sampled: its call has no span."""
    assert told([outer(0, 50), outer(60, 90)], [inner(1, 9), inner(20, 30), inner(61, 70), inner(95, 96)]) == {
        "X1": "S0?",
        "X20": "S0?",
        "X61": "S60",
        "X95": "?",
    }


def test_a_span_without_a_call_casts_doubt_on_what_it_was_open_with_only() -> None:
    outers = [outer(0, 15), outer(10, 60), outer(70, 95), outer(75, 98)]
    found = told(outers, [inner(11, 14), inner(71, 90), inner(76, 91)])
    assert found == {"X11": "S0S10", "X71": "S70", "X76": "S75"}


def test_too_many_at_once_are_all_in_doubt() -> None:
    count = MAX_SEGMENT + 1
    outers = [outer(number, 10 * count) for number in range(count)]
    inners = [inner(count + number, 10 * count - number) for number in range(count)]
    assert all(possible.free for possible in assign(outers, inners, fits))


def test_an_inner_may_seem_to_start_after_its_outer_s_end_by_the_clocks_difference() -> None:
    loose = assign([outer(10, 20)], [inner(21, 21)], lambda one, other: one.end + 2 >= other.start, slack=2)
    assert [one.name for one in loose[0].partners] == ["S10"]


def test_many_in_a_row_that_overlap_without_end_are_certain() -> None:
    """As a busy service asks: there is always something under way, but each call goes out right after its span begins."""
    count = 3000
    outers = [outer(10 * number, 10 * number + 500) for number in range(count)]
    inners = [inner(10 * number + 1, 10 * number + 200) for number in range(count)]
    found = assign(outers, inners, fits)
    assert [[one.name for one in possible.partners] for possible in found] == [[one.name] for one in outers]
    assert not any(possible.free for possible in found)


INTERVALS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), max_size=4)


def possible_in_some_maximum(outers: list[Interval], inners: list[Interval]) -> dict[str, set[str]]:
    """By trying all: each inner's partners in the assignments with the most pairs, "" among them for none."""
    best, found = -1, {one.name: set[str]() for one in inners}
    slots: list[Interval | None] = [*outers, *([None] * len(inners))]
    for choice in set(itertools.permutations(slots, len(inners))):
        pairs = list(zip(inners, choice, strict=True))
        if any(partner is not None and not fits(partner, one) for one, partner in pairs):
            continue
        size = sum(partner is not None for partner in choice)
        if size > best:
            best, found = size, {one.name: set() for one in inners}
        if size == best:
            for one, partner in pairs:
                found[one.name].add(partner.name if partner else "")
    return found


@settings(max_examples=60)
@given(INTERVALS, st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), max_size=3))
def test_what_is_certain_is_so_in_every_whole_assignment(
    outer_times: list[tuple[int, int]], inner_times: list[tuple[int, int]]
) -> None:
    outers = [Interval(f"S{number}", start, start + long) for number, (start, long) in enumerate(sorted(outer_times))]
    inners = [Interval(f"X{number}", start, start + long) for number, (start, long) in enumerate(sorted(inner_times))]
    truth = possible_in_some_maximum(outers, inners)
    complete = all("" not in partners for partners in truth.values()) and len(inners) == len(outers)
    for one, possible in zip(inners, assign(outers, inners, fits), strict=True):
        named = {partner.name for partner in possible.partners} | ({""} if possible.free else set())
        if complete:
            assert named == truth[one.name]
        assert {partner.name for partner in possible.partners} <= {each.name for each in outers if fits(each, one)}


@settings(max_examples=60)
@given(st.data())
def test_nothing_certain_is_wrong_where_everything_has_its_partner(data: st.DataObject) -> None:
    """Outers drawn around their inners: whatever is said to be certain is the truth."""
    drawn = data.draw(st.lists(st.tuples(*[st.integers(0, 9)] * 4), min_size=1, max_size=40))
    pairs = []
    for number, (gap, before, long, after) in enumerate(drawn):
        start = number * 3 + gap
        pairs.append(
            (
                Interval(f"{number}", start, start + before + long + after),
                Interval(f"{number}", start + before, start + before + long),
            )
        )
    outers = sorted((one for one, _ in pairs), key=lambda one: one.start)
    inners = sorted((one for _, one in pairs), key=lambda one: one.start)
    for one, possible in zip(inners, assign(outers, inners, fits), strict=True):
        assert one.name in {partner.name for partner in possible.partners}
        if not possible.free and len(possible.partners) == 1:
            assert possible.partners[0].name == one.name
