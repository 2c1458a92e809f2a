from __future__ import annotations

from collections import Counter
from typing import Any

from flowtape.capture.correlate.spans.ancestry import Ancestry, Owner
from flowtape.capture.correlate.spans.group import Group, agreed
from flowtape.capture.correlate.spans.reading import Heard, claim, heard, of_exchange, of_span

FIRST, SECOND, THIRD = (Owner(f"{number:032x}", f"{number:016x}") for number in (1, 2, 3))


def test_those_who_are_sure_decide_and_nobody_may_contradict() -> None:
    assert agreed([]) == ()
    assert agreed([((FIRST,), False)]) == ()
    assert agreed([((FIRST,), True), ((SECOND,), False)]) == (FIRST,)
    assert agreed([((FIRST, SECOND), True), ((FIRST,), True)]) == (FIRST,)
    assert agreed([((FIRST,), True), ((SECOND,), True)]) == ()
    assert agreed([((SECOND, FIRST), True), ((FIRST, SECOND, THIRD), True)]) == (FIRST, SECOND)


def solved(
    service: Any, spans: list[Any], calls: list[Any], upto: float = 1000
) -> tuple[list[Heard], Counter[str], Group]:
    group, ancestry = Group(), Ancestry(1000)
    for span in spans:
        ancestry.add(span)
        for _, said in of_span(span, service.peers):
            group.claim(claim(span, said))
    for call in calls:
        read = of_exchange(call)
        assert read is not None
        group.heard.append(heard(call, *read))
    listed = list(group.heard)
    told = group.solve_calls(service.at(upto), ancestry, 0)
    return listed, told, group


def test_a_call_is_tied_and_what_was_used_is_gone(service: Any) -> None:
    (one,), told, group = solved(service, [service.asks_sql(1, 0, 9, parent=5)], [service.sql(1, 8)])
    assert [owner.span for owner in one.owners] == [f"{5:016x}"]
    assert one.claimed[0] <= service.at(0) < service.at(9) <= one.claimed[1]
    assert told == {"tied": 1}
    assert not group


def test_two_instrumentations_that_see_one_call_both_are_asked_each(service: Any) -> None:
    """SQLAlchemy's and the driver's: each sees every statement once."""
    spans = [
        service.asks_sql(1, 0, 9, parent=5, scope="sqlalchemy"),
        service.asks_sql(2, 1, 8, parent=5, scope="psycopg2"),
    ]
    (one,), told, _ = solved(service, spans, [service.sql(2, 7)])
    assert len(one.owners) == 1
    assert told == {"tied": 2}
    assert one.claimed[0] <= service.at(0) < service.at(9) <= one.claimed[1]


def test_calls_that_fit_each_other_s_spans_name_both(service: Any) -> None:
    spans = [service.asks_sql(101, 0, 9), service.asks_sql(201, 1, 9)]
    calls, told, _ = solved(service, spans, [service.sql(2, 7), service.sql(3, 8, "SELECT a FROM t WHERE id = 7")])
    assert [len(call.owners) for call in calls] == [2, 2]
    assert told == {"doubtful": 2}
    assert calls[0].claimed == (0, 0)


def test_calls_equal_in_question_and_answer_may_change_places_too(service: Any) -> None:
    """Which of the two was whose changes nothing of either request."""
    spans = [service.asks_redis(101, 0, 9), service.asks_redis(201, 1, 9)]
    calls, told, _ = solved(service, spans, [service.redis(2, 7), service.redis(3, 8)])
    assert [[owner.trace for owner in call.owners] for call in calls] == [[f"{2:032x}"], [f"{3:032x}"]]
    assert told == {"tied": 2}
    calls, told, _ = solved(service, spans, [service.redis(2, 7), service.redis(3, 8, b"GET", b"other")])
    assert told == {"doubtful": 2}


def test_two_spans_of_one_request_may_change_places(service: Any) -> None:
    """As asyncio.gather makes them."""
    spans = [service.asks_sql(101, 0, 9, parent=150), service.asks_sql(102, 1, 9, parent=150)]
    calls, _, _ = solved(service, [*spans, service.server(150, 0, 10)], [service.sql(2, 7), service.sql(3, 8)])
    assert [[owner.span for owner in call.owners] for call in calls] == [[f"{150:016x}"]] * 2


def test_spans_whose_parents_are_missing_are_their_trace_s(service: Any) -> None:
    spans = [service.asks_sql(101, 0, 9, parent=150), service.asks_sql(102, 1, 9, parent=151)]
    calls, _, _ = solved(service, spans, [service.sql(2, 7), service.sql(3, 8, "SELECT a FROM t WHERE id = 7")])
    assert [call.owners for call in calls] == [(Owner(f"{2:032x}", "", whole=False),)] * 2


def test_a_statement_run_many_times_within_one_span_is_its_request_s(service: Any) -> None:
    calls = [service.sql(number, number + 1, on="same") for number in range(1, 6)]
    told, _, _ = solved(service, [service.asks_sql(1, 0, 9, parent=5)], calls)
    assert all(len(call.owners) == 1 for call in told)


def test_one_that_has_no_span_is_not_guessed(service: Any) -> None:
    calls, told, _ = solved(
        service, [service.asks_sql(1, 0, 9)], [service.sql(1, 2), service.sql(3, 4), service.sql(20, 21)]
    )
    assert [call.owners for call in calls] == [(), (), ()]
    assert told == {"doubtful": 1}


def test_what_is_still_to_come_is_left_for_later(service: Any) -> None:
    spans = [service.asks_sql(1, 0, 9), service.asks_sql(2, 5000, 5009)]
    calls, told, group = solved(service, spans, [service.sql(1, 2), service.sql(5001, 5002)], upto=10)
    assert [call.solved for call in calls] == [True, False]
    assert told == {"tied": 1}
    assert group.forget(service.at(6000)) == 1
    assert not group


def test_requests_alike_at_once_are_told_apart_by_their_clients(service: Any) -> None:
    group = Group()
    spans = [service.server(number, 5 + number, 50, port=40_000 + number) for number in (1, 2, 3)]
    for span in spans:
        for _, said in of_span(span, service.peers):
            group.claim(claim(span, said))
    for number in (3, 1, 2):
        entry = service.entry(4 - number, 40, port=40_000 + number)
        read = of_exchange(entry)
        assert read is not None
        group.heard.append(heard(entry, *read))
    entries = list(group.heard)
    assert group.solve_requests(service.at(60)) == {"tied": 3}
    assert [[owner.span for owner in entry.owners] for entry in entries] == [[f"{one:016x}"] for one in (3, 1, 2)]


def test_requests_alike_with_no_port_to_tell_are_in_doubt(service: Any) -> None:
    group = Group()
    for number in (1, 2):
        for _, said in of_span(service.server(number, 10, 50, port=0), service.peers):
            group.claim(claim(service.server(number, 10, 50), said))
        entry = service.entry(number, 40)
        read = of_exchange(entry)
        assert read is not None
        group.heard.append(heard(entry, *read))
    entries = list(group.heard)
    assert group.solve_requests(service.at(60)) == {"doubtful": 2}
    assert [len(entry.owners) for entry in entries] == [2, 2]
