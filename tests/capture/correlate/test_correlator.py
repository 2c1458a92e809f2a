from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from tests.capture.correlate.told import QUIET, Told, accounted

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Flow, Outside

Traffic: TypeAlias = Any
PARENT = "00-{:032x}-00f067aa0ba902b7-01"


def traced(number: int) -> tuple[tuple[str, str], ...]:
    return (("traceparent", PARENT.format(number)),)


def commented(number: int) -> str:
    return f"SELECT 1 /*traceparent='{PARENT.format(number)}'*/"


# -- timing


def test_a_lone_request_that_works_on_is_followed(traffic: Traffic) -> None:
    """Each call of a background task may be followed by another."""
    entry, first, second = traffic.entry(0, 50), traffic.sql(120, 180), traffic.http(250, 300)
    told = Told([entry, first, second])
    assert told.calls(entry) == [first.connection.id, second.connection.id]
    assert told.problem(entry) == ""


def test_a_scheduler_that_asks_the_same_does_not_take_a_request_s_call(traffic: Traffic) -> None:
    """Of requests that nobody knows it cannot be said that they do without it."""
    pings = [traffic.sql(at, at + 1) for at in (0, 300, 600)]
    one, other, call = traffic.entry(1000, 1050), traffic.entry(1010, 1060), traffic.sql(1020, 1030)
    told = Told([*pings, one, other, call])
    assert told.where(call) is None
    assert told.problem(one).startswith("ambiguous")
    assert told.problem(other).startswith("ambiguous")


def test_a_lone_request_is_not_followed_for_ever(traffic: Traffic) -> None:
    """A scheduler may be asking all the time."""
    entry, calls = traffic.entry(0, 50), [traffic.sql(at, at + 10) for at in range(60, 3000, 90)]
    told = Told([entry, *calls])
    assert told.where(calls[-1]) == "background"


def test_what_a_lone_request_asks_is_its_own(traffic: Traffic) -> None:
    entry, read, write = traffic.entry(0, 50), traffic.sql(10, 20), traffic.redis(25, 30)
    told = Told([entry, write, read])
    assert told.calls(entry) == [read.connection.id, write.connection.id]
    assert told.problem(entry) == ""
    assert told.counters == {"flows.heard": 1, "flows.kept": 1, "calls.kept": 2}
    (evidence,) = told.flows[entry.connection.id].calls[0].evidence
    assert (evidence.kind, evidence.confidence) == ("alone", 0.9995)


def test_a_call_that_outlives_the_response_is_still_part_of_it(traffic: Traffic) -> None:
    entry, task = traffic.entry(0, 50), traffic.sql(149, 400)
    assert Told([entry, task]).calls(entry) == [task.connection.id]


def test_what_begins_after_the_quiet_time_is_background(traffic: Traffic) -> None:
    entry, ping, before = traffic.entry(10, 50), traffic.sql(150.1, 151), traffic.sql(1, 2)
    told = Told([entry, ping, before])
    assert told.where(ping) == told.where(before) == "background"
    assert told.problem(entry) == ""


def test_a_call_during_two_requests_makes_both_ambiguous(traffic: Traffic) -> None:
    first, second, call = traffic.entry(0, 50), traffic.entry(10, 60), traffic.sql(20, 30, "SELECT 'secret'")
    told = Told([first, second, call])
    for entry in (first, second):
        assert told.calls(entry) == []
        assert told.problem(entry).startswith("ambiguous: db SELECT at +")
        assert all(flow.id in told.problem(entry) for flow in told.flows.values())
        assert "secret" not in told.problem(entry)
    assert told.counters == {"flows.heard": 2, "flows.ambiguous": 2, "calls.ambiguous": 1}


def test_a_call_soon_after_a_response_and_in_the_next_request_is_in_doubt(traffic: Traffic) -> None:
    first, second, call = traffic.entry(0, 50), traffic.entry(60, 90), traffic.sql(70, 80)
    told = Told([first, second, call])
    assert "ambiguous" in told.problem(first)
    assert "ambiguous" in told.problem(second)


def test_requests_side_by_side_that_ask_nothing_are_kept(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 50), traffic.entry(10, 60)
    assert Told([first, second]).counters == {"flows.heard": 2, "flows.kept": 2}


def test_the_calls_of_the_part_in_which_a_request_was_alone_do_not_save_it(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 400), traffic.entry(200, 300)
    alone, doubt = traffic.sql(10, 20), traffic.sql(250, 260)
    told = Told([first, second, alone, doubt])
    assert told.calls(first) == [alone.connection.id]
    assert "ambiguous" in told.problem(first)
    assert told.counters["calls.left_out"] == 1


# -- session traffic


def test_session_traffic_is_never_in_doubt(traffic: Traffic) -> None:
    first, second, session = traffic.entry(0, 50), traffic.entry(10, 60), traffic.session(20, 30)
    told = Told([first, second, session])
    assert told.where(session) == "session"
    assert told.counters["flows.kept"] == 2


# -- trace context


def test_a_trace_id_wins_over_timing(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 50, traced(1)), traffic.entry(10, 60, traced(2))
    mine, yours = traffic.http(20, 30, traced(1)), traffic.sql(21, 31, commented(2))
    told = Told([first, second, mine, yours])
    assert (told.calls(first), told.calls(second)) == ([mine.connection.id], [yours.connection.id])
    assert told.counters["flows.kept"] == 2
    (evidence,) = told.flows[first.connection.id].calls[0].evidence
    assert (evidence.kind, evidence.confidence) == ("trace context", 1.0)


def test_the_id_that_the_service_gives_in_its_response_counts(traffic: Traffic) -> None:
    first = traffic.entry(0, 50, answer=(("X-Request-ID", "0123456789abcdef"),))
    second = traffic.entry(10, 60)
    call = traffic.http(20, 30, (("x-correlation-id", "0123456789abcdef"),))
    told = Told([first, second, call])
    assert told.calls(first) == [call.connection.id]
    assert told.problem(second) == ""


def test_two_requests_of_one_trace_share_its_doubt(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 50, traced(1)), traffic.entry(10, 60, traced(1))
    third = traffic.entry(12, 60, traced(3))
    told = Told([first, second, third, traffic.sql(20, 30, commented(1))])
    assert "ambiguous" in told.problem(first)
    assert "ambiguous" in told.problem(second)
    assert told.problem(third) == ""


def test_of_two_requests_of_one_trace_the_one_in_flight_asked(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 50, traced(1)), traffic.entry(300, 360, traced(1))
    call = traffic.sql(320, 330, commented(1))
    told = Told([first, second, call])
    assert told.calls(second) == [call.connection.id]


def test_a_foreign_trace_id_makes_no_traced_flow_ambiguous(traffic: Traffic) -> None:
    """Once calls to that dependency have been seen to carry their requests' ids."""
    known, its = traffic.entry(0, 10, traced(9)), traffic.sql(1, 2, commented(9))
    first, second = traffic.entry(1000, 1050, traced(1)), traffic.entry(1010, 1060, traced(2))
    job = traffic.sql(1020, 1030, commented(77))
    told = Told([known, its, first, second, job])
    assert told.where(job) == "background"
    assert told.counters["flows.kept"] == 3


def test_a_new_trace_id_is_no_proof_where_the_service_may_begin_traces_itself(traffic: Traffic) -> None:
    entry, call = traffic.entry(0, 50, traced(1)), traffic.sql(20, 30, commented(5))
    assert Told([entry, call]).calls(entry) == [call.connection.id]
    untraced, other = traffic.entry(0, 50), traffic.entry(0, 50, traced(1))
    its = traffic.sql(1, 2, commented(1))
    told = Told([untraced, other, its, traffic.sql(20, 30, commented(5))])
    assert told.problem(other) == ""
    assert len(told.calls(untraced)) == 1


def test_a_call_that_carries_the_id_of_a_flow_long_decided_is_late_and_harms_no_other(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 50, traced(1)), traffic.entry(1000, 1050)
    told = Told([first, second, traffic.sql(1010, 1020, commented(1))])
    assert told.counters == {"flows.heard": 2, "flows.kept": 2, "late": 1}


# -- transactions


def test_a_commit_after_the_response_and_during_the_next_request_is_the_firsts(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 50), traffic.entry(60, 300)
    begin, insert = traffic.sql(5, 6, "BEGIN", tx="t"), traffic.sql(8, 9, "INSERT", tx="t")
    commit = traffic.sql(250, 251, "COMMIT", tx="t", state="idle")
    told = Told([first, second, begin, insert, commit])
    assert told.calls(first) == [begin.connection.id, insert.connection.id, commit.connection.id]
    assert told.calls(second) == []
    assert told.counters["flows.kept"] == 2
    assert told.flows[first.connection.id].calls[1].evidence[0].kind == "transaction"


def test_one_traced_statement_tells_whose_the_transaction_is(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 50, traced(1)), traffic.entry(1, 60, traced(2))
    statements = [
        traffic.sql(5, 6, "BEGIN", tx="t"),
        traffic.sql(8, 9, commented(2), tx="t"),
        traffic.sql(20, 21, "COMMIT", tx="t", state="idle"),
    ]
    told = Told([first, second, *statements])
    assert told.calls(second) == [statement.connection.id for statement in statements]
    assert told.problem(first) == told.problem(second) == ""


def test_a_transaction_begun_in_doubt_stays_in_doubt(traffic: Traffic) -> None:
    """Even if but one of the two is left when it ends: it may be the other's late commit."""
    first, second = traffic.entry(0, 50), traffic.entry(10, 400)
    begin, end = traffic.sql(20, 21, "BEGIN", tx="t"), traffic.sql(300, 301, "COMMIT", tx="t", state="idle")
    told = Told([first, second, begin, end])
    assert "ambiguous" in told.problem(first)
    assert "ambiguous" in told.problem(second)
    assert told.counters["calls.ambiguous"] == 2


def test_a_connection_handed_on_in_the_midst_of_a_transaction_is_not_believed(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 50), traffic.entry(1000, 1050)
    begin, work = traffic.sql(5, 6, "SELECT", tx="t"), traffic.sql(1010, 1020, "INSERT", tx="t")
    told = Told([first, second, begin, work, traffic.sql(1030, 1031, "COMMIT", tx="t", state="idle")])
    assert "ambiguous" in told.problem(first)
    assert "ambiguous" in told.problem(second)


def test_a_transaction_of_no_request_makes_those_it_overlaps_ambiguous(traffic: Traffic) -> None:
    entry = traffic.entry(100, 150)
    begin, work = traffic.sql(5, 6, "BEGIN", tx="t"), traffic.sql(110, 120, "INSERT", tx="t")
    end = traffic.sql(140, 141, "COMMIT", tx="t", state="idle")
    told = Told([entry, begin, work, end])
    assert "may be part of" in told.problem(entry)
    assert told.where(begin) == told.where(end) == "background"


def test_a_transaction_in_which_nothing_was_asked_is_nobody_s_and_doubts_nobody(traffic: Traffic) -> None:
    """A driver looks up types on a new connection while others are served."""
    entries = [traffic.entry(0, 50), traffic.entry(1, 51)]
    lookup = [
        traffic.sql(10, 11, "BEGIN", tx="t", state="active"),
        replace(traffic.sql(12, 13, "SELECT oid FROM pg_type", tx="t"), session=True),
        traffic.sql(14, 15, "ROLLBACK", tx="t", state="idle"),
    ]
    told = Told([*entries, *lookup])
    assert [told.problem(entry) for entry in entries] == ["", ""]
    asked = [
        traffic.sql(10, 11, "BEGIN", tx="t", state="active"),
        traffic.sql(12, 13, tx="t"),
        traffic.sql(14, 15, "ROLLBACK", tx="t", state="idle"),
    ]
    told = Told([*entries, *asked])
    assert all("may belong to any of 2 flows" in told.problem(entry) for entry in entries)


def test_a_transaction_of_which_only_the_end_was_heard_is_not_believed(traffic: Traffic) -> None:
    """Its beginning may have been another's, and was lost."""
    entry = traffic.entry(100, 150)
    told = Told([entry, traffic.sql(110, 111, "COMMIT", tx="t", state="idle")])
    assert "may be part of" in told.problem(entry)


def test_a_multi_is_one_owner_s(traffic: Traffic) -> None:
    first, second = traffic.entry(0, 50), traffic.entry(60, 90)
    block = [traffic.redis(10, 11, b"MULTI", tx="m"), traffic.redis(12, 80, b"SET", tx="m")]
    end = traffic.redis(65, 80, b"exec", tx="m")
    told = Told([first, second, *block, end])
    assert len(told.calls(first)) == 3
    assert told.problem(second) == ""


def test_a_flow_waits_for_its_transaction(traffic: Traffic) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"  # so that nothing else is waited for
    correlator = Correlator("shop", "1", QUIET)
    correlator.take(traffic.entry(0, 50, (("traceparent", trace),)))
    correlator.take(traffic.sql(5, 6, f"BEGIN /*traceparent='{trace}'*/", tx="t"))
    assert correlator.advance(traffic.at(1000)) == []
    correlator.take(traffic.sql(2000, 2001, "COMMIT", tx="t", state="idle"))
    (flow,) = correlator.advance(traffic.at(3000))
    assert isinstance(flow, Flow)
    assert (len(flow.calls), flow.problem) == (2, "")


def test_a_transaction_that_stays_open_makes_its_flow_incomplete_in_time(traffic: Traffic) -> None:
    correlator = Correlator("shop", "1", QUIET, open_ns=30_000_000_000)
    correlator.take(traffic.entry(0, 50))
    correlator.take(traffic.sql(5, 6, "BEGIN", tx="t"))
    (flow,) = correlator.advance(traffic.at(30_006))
    assert isinstance(flow, Flow)
    assert flow.problem == "incomplete: a transaction was still open after 30 s"
    correlator.take(traffic.entry(40_000, 40_050))
    correlator.take(traffic.sql(40_010, 40_020, "INSERT", tx="t"))
    (flow,) = correlator.advance(traffic.at(50_000))
    assert isinstance(flow, Flow)
    assert "ambiguous" in flow.problem
    assert accounted(correlator) == 4


# -- what was not heard whole


@pytest.mark.parametrize(
    ("changes", "about"),
    [({"incomplete": "7 bytes are missing"}, "7 bytes are missing"), ({"answer": None}, "no")],
)
def test_what_is_incomplete_makes_its_flow_incomplete(traffic: Traffic, changes: Any, about: str) -> None:
    entry, call = traffic.entry(0, 50), traffic.sql(10, 20)
    told = Told([entry, replace(call, **changes)])
    assert told.problem(entry).startswith("incomplete: a call to db: ")
    assert about in told.problem(entry)
    assert told.counters == {"flows.heard": 1, "flows.incomplete": 1, "calls.left_out": 1}
    told = Told([replace(entry, **changes), call])
    assert told.problem(entry).startswith("incomplete: the request: ")


def test_a_reason_shows_nothing_of_what_was_captured(traffic: Traffic) -> None:
    entry, call = traffic.entry(0, 50), traffic.sql(10, 20)
    broken = replace(call, incomplete="expected 'Z', not b'ana@example.com\\'s \\x00 card' at \"4111\"")
    told = Told([entry, broken])
    for text in (told.problem(entry), *told.correlator.reasons):
        assert "ana" not in text
        assert "4111" not in text
    assert told.flows[entry.connection.id].calls[0].exchange.incomplete == "expected …, not … at …"


def test_unread_traffic_makes_what_it_overlaps_incomplete_and_nothing_else(traffic: Traffic) -> None:
    before, during, after = traffic.entry(0, 50), traffic.entry(400, 450), traffic.entry(900, 950)
    told = Told([before, during, after, traffic.opaque(500, 700)])
    assert [told.problem(entry)[:36] for entry in (before, during, after)] == [
        "",
        "incomplete: unread traffic with db: ",
        "",
    ]


def test_an_unread_request_spoils_what_its_calls_might_seem_to_belong_to(traffic: Traffic) -> None:
    unread = replace(traffic.opaque(0, 50), connection=traffic.entry(0, 1).connection)
    during, soon, later = traffic.entry(10, 20), traffic.entry(140, 145), traffic.entry(700, 750)
    told = Told([unread, during, soon, later, traffic.sql(144, 145)])
    assert told.problem(during) == told.problem(soon) == "incomplete: unread traffic to the service: not understood"
    assert told.problem(later) == ""
    assert told.counters["flows.heard"] == 3


def test_a_gap_makes_what_it_overlaps_incomplete_whether_heard_before_or_after(traffic: Traffic) -> None:
    correlator = Correlator("shop", "1", QUIET)
    correlator.take(traffic.entry(0, 50))
    correlator.missed(traffic.at(120), traffic.at(130), "the agent was too slow", request=False)
    correlator.take(traffic.entry(130, 200))
    correlator.take(traffic.entry(131, 200))
    problems = [flow.problem for flow in correlator.advance(traffic.at(900)) if isinstance(flow, Flow)]
    assert problems == ["incomplete: the agent was too slow"] * 2 + [""]


def test_a_gap_is_noticed_by_a_window_that_grows_into_it(traffic: Traffic) -> None:
    correlator = Correlator("shop", "1", QUIET)
    entry, call = traffic.entry(0, 50), traffic.sql(55, 120)
    correlator.missed(traffic.at(170), traffic.at(180), "the agent was too slow", request=False)
    for one in (entry, call):
        correlator.take(one)
    (flow,) = correlator.close(whole=True)
    assert isinstance(flow, Flow)
    assert flow.problem == "incomplete: the agent was too slow"


def test_a_busy_service_is_waited_for_as_long_as_it_took_before(traffic: Traffic) -> None:
    """Its background task begins three times as long after the response as that took; others come while it waits."""

    def served(at: float, took: float) -> tuple[Exchange, Exchange]:
        return traffic.entry(at, at + took), traffic.sql(at + 4 * took, at + 4 * took + 1)

    lessons = [served(1000 * number, 20) for number in range(5)]
    slow, task = served(10_000, 60)
    alone = Told([*itertools.chain.from_iterable(lessons), slow, task])
    assert (alone.calls(slow), alone.where(task)) == ([], "background")
    other = traffic.entry(10_050, 10_055)
    busy = Told([*itertools.chain.from_iterable(lessons), slow, task, other])
    assert busy.where(task) is None
    assert (busy.problem(slow), busy.calls(slow)) == ("", [task.connection.id])


@pytest.mark.parametrize("usual", [True, False])
def test_what_a_busy_service_asks_so_late_may_be_nobody_s(traffic: Traffic, usual: bool) -> None:
    lessons = [(traffic.entry(1000 * n, 1000 * n + 20), traffic.sql(1000 * n + 80, 1000 * n + 81)) for n in range(5)]
    slow, other = traffic.entry(10_000, 10_060), traffic.entry(10_050, 10_055)
    task = traffic.sql(10_158, 10_159) if usual else traffic.http(10_158, 10_159)
    job = traffic.redis(10_300, 10_301, b"GET", b"jobs")
    busy = Told([*itertools.chain.from_iterable(lessons), slow, other, task, job])
    assert busy.problem(slow).startswith("ambiguous")


def test_what_comes_late_is_counted_and_open_flows_are_not_trusted(traffic: Traffic) -> None:
    correlator = Correlator("shop", "1", QUIET)
    correlator.take(traffic.entry(0, 50))
    correlator.take(traffic.entry(400, 600))
    (flow,) = correlator.advance(traffic.at(500))
    assert isinstance(flow, Flow)
    assert not flow.problem
    correlator.take(traffic.sql(40, 45))
    correlator.take(traffic.entry(450, 460))
    (flow,) = correlator.advance(traffic.at(900))
    assert isinstance(flow, Flow)
    assert "late" in flow.problem
    assert correlator.counters == {"flows.heard": 2, "flows.kept": 1, "flows.incomplete": 1, "late": 2}


def test_the_end_of_a_capture_cuts_off_what_may_have_had_more_to_ask(traffic: Traffic) -> None:
    correlator = Correlator("shop", "1", QUIET)
    correlator.take(traffic.entry(0, 50))
    correlator.advance(traffic.at(140))
    (flow,) = correlator.close()
    assert isinstance(flow, Flow)
    assert "the capture ended" in flow.problem
    assert Told([traffic.entry(0, 50)]).counters["flows.kept"] == 1


def test_memory_is_bounded_when_the_watermark_stands_still(traffic: Traffic) -> None:
    correlator = Correlator("shop", "1", QUIET, capacity=100_000)
    taken = 0
    decided = []
    for number in range(300):
        for exchange in (
            traffic.entry(number * 200, number * 200 + 9),
            traffic.sql(number * 200 + 1, number * 200 + 2),
        ):
            correlator.take(exchange)
            taken += 1
            assert correlator.weight <= 100_000
        decided += correlator.advance(0)
    decided += correlator.close(whole=True)
    assert accounted(correlator) == taken
    kept = [flow for flow in decided if isinstance(flow, Flow) and not flow.problem]
    assert all(len(flow.calls) == 1 for flow in kept)
    assert correlator.counters["flows.incomplete"] > 100
    assert correlator.weight == 0


def test_requests_of_one_moment_have_ids_of_their_own(traffic: Traffic) -> None:
    entry = traffic.entry(0, 50)
    correlator = Correlator("shop", "1", QUIET)
    correlator.take(entry)
    correlator.take(entry)
    assert len({flow.id for flow in correlator.close(whole=True) if isinstance(flow, Flow)}) == 2


def test_the_end_decides_what_was_held(traffic: Traffic) -> None:
    correlator = Correlator("shop", "1", QUIET)
    correlator.take(traffic.entry(0, 50))
    correlator.take(traffic.sql(5, 6, "BEGIN", tx="t"))
    correlator.take(traffic.sql(900, 901))
    flow, outside = sorted(correlator.close(whole=True), key=lambda decided: type(decided).__name__)
    assert isinstance(flow, Flow)
    assert isinstance(outside, Outside)
    assert flow.problem == "incomplete: the capture ended in an open transaction"


def test_a_begin_after_the_window_is_its_transactions(traffic: Traffic) -> None:
    """A background task that came late: the statement carries the request's id, the BEGIN before it does not."""
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    first, second = traffic.entry(0, 10, (("traceparent", parent),)), traffic.entry(115, 300)
    begin = traffic.sql(120, 121, "BEGIN", tx="c.1", state="active")
    insert = traffic.sql(122, 123, f"INSERT INTO a VALUES (1) /*traceparent='{parent}'*/", tx="c.1", state="active")
    commit = traffic.sql(124, 125, "COMMIT", tx="c.1", state="idle")
    correlator = Correlator("shop", "1", QUIET)
    for one in (first, second, begin, insert, commit):
        correlator.take(one)
    flows = {one.entry: one for one in correlator.close(whole=True) if isinstance(one, Flow)}
    assert [flow.problem for flow in flows.values()] == ["", ""]
    assert [call.exchange for call in flows[first].calls] == [begin, insert, commit]
