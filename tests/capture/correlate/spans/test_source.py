from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.correlate.marks import Mark
from flowtape.capture.correlate.spans.peers import Peers
from flowtape.capture.correlate.spans.source import DOUBT, EXACT, Spans
from flowtape.capture.correlate.trace_context import TraceContext
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Flow, Outside
from flowtape.capture.span import Span

from .conftest import PEERS

QUIET = 40_000_000


def source(service: Any, exchanges: list[Exchange], spans: list[Span], **settings: Any) -> Spans:
    found = Spans(service.peers, **settings)
    for exchange in sorted(exchanges, key=lambda one: one.ended):
        found.hear(exchange)
    found.take(spans)
    return found


def flows(service: Any, exchanges: list[Exchange], spans: list[Span]) -> dict[str, Flow]:
    """By the entry's connection, what a correlator makes of it."""
    told = source(service, exchanges, spans)
    correlator = Correlator("shop", "1", QUIET, sources=(TraceContext(), told))
    for exchange in exchanges:
        correlator.take(exchange)
    return {one.entry.connection.id: one for one in correlator.close(whole=True) if isinstance(one, Flow)}


def calls(flow: Flow) -> list[Any]:
    return [call.exchange.connection.id for call in flow.calls]


def test_concurrent_requests_that_are_alike_each_get_their_own_calls(service: Any) -> None:
    """Same target, same statement, same command; only the spans tell."""
    entries = [service.entry(number, 90, port=41_000 + number) for number in range(8)]
    asked = [[service.sql(10 + number, 40, on=f"db{number}"), service.redis(50 + number, 70)] for number in range(8)]
    spans = []
    for number in range(8):
        first = 100 * number
        spans.append(service.asks_sql(first + 2, 9.5 + number, 41 + number, parent=first + 1))
        spans.append(service.asks_redis(first + 3, 49.5 + number, 71 + number, parent=first + 1))
        spans.append(service.server(first + 1, 8 + number / 10, 89, port=41_000 + number))
    found = flows(service, [*entries, *(one for pair in asked for one in pair)], spans)
    for entry, pair in zip(entries, asked, strict=True):
        flow = found[entry.connection.id]
        assert (flow.problem, calls(flow)) == ("", [one.connection.id for one in pair])
        assert all(call.evidence == (EXACT,) for call in flow.calls)


def test_spans_in_any_order_and_twice_say_the_same(service: Any) -> None:
    entry, call = service.entry(0, 50), service.sql(10, 20)
    spans = [service.server(1, 1, 49), service.asks_sql(2, 9, 21, parent=1)]
    for order in (spans, spans[::-1], [*spans, *spans]):
        told = source(service, [entry, call], order)
        assert (
            told.marks(entry)
            == told.marks(call)
            == {Mark("span", f"{1:016x}"): EXACT, Mark("trace", f"{1:032x}"): EXACT}
        )
    assert told.counters["spans.duplicate"] == 2


def test_every_span_ends_in_one_counter(service: Any) -> None:
    entry, call = service.entry(0, 50), service.sql(10, 20)
    spans = [
        service.server(1, 1, 49),
        service.asks_sql(2, 9, 21, parent=1),
        service.asks_sql(2, 9, 21, parent=1),
        service.span(3, 2, 3, {}, kind="internal", parent=1),
        service.asks_redis(4, 30, 31, parent=1),
    ]
    told = source(service, [entry, call], spans)
    told.marks(entry)
    told.marks(call)
    told.take([service.asks_sql(5, 1, 2, trace=1, parent=1)])
    told.marks(service.entry(100, 110))
    told.take([service.asks_sql(6, 40, 45, parent=1)])
    told.advance(service.at(1_000_000))
    assert told.counters == {
        "spans.tied": 2,
        "spans.duplicate": 1,
        "spans.inner": 1,
        "spans.untied": 1,
        "spans.late": 2,
        "requests.tied": 1,
    }


def test_a_request_without_a_header_gets_its_trace_from_its_span(service: Any) -> None:
    entry = service.entry(0, 50)
    charge = service.http(10, 20, headers=(("traceparent", f"00-{1:032x}-{2:016x}-01"),))
    found = flows(service, [entry, charge, service.entry(5, 45, port=40_001)], [service.server(1, 1, 49)])
    assert calls(found[entry.connection.id]) == [charge.connection.id]


def test_a_call_that_names_its_span_needs_no_fitting(service: Any) -> None:
    """Its times are another machine's."""
    entry = service.entry(0, 50)
    charge = service.http(10, 20, headers=(("traceparent", f"00-{1:032x}-{2:016x}-01"),))
    told = source(service, [entry, charge], [service.server(1, 1, 49), service.asks_http(2, 800, 900, parent=1)])
    assert Mark("span", f"{1:016x}") in told.marks(charge)


def test_a_call_made_long_after_the_response_is_still_its_request_s(service: Any) -> None:
    """A background task: the span of its trace says that the service was still at work."""
    entry, other, call = service.entry(0, 50), service.entry(4000, 4100, port=40_001), service.sql(4010, 4020)
    spans = [
        service.server(1, 1, 4030),
        service.asks_sql(2, 4009, 4021, parent=1),
        service.server(101, 4001, 4099, port=40_001),
    ]
    found = flows(service, [entry, other, call], spans)
    assert (calls(found[entry.connection.id]), calls(found[other.connection.id])) == ([call.connection.id], [])


def test_what_runs_within_a_span_is_that_span_s(service: Any) -> None:
    """A driver's BEGIN, and what it looks up: no span stands for it."""
    entry = service.entry(0, 50)
    asked = [
        service.sql(10, 11, "BEGIN", on="c", tx="t"),
        service.sql(12, 13, "SELECT oid FROM pg_type", on="c", tx="t"),
        service.sql(14, 15, on="c", tx="t"),
        service.sql(30, 31, "COMMIT", on="c", tx="t"),
    ]
    told = source(service, [entry, *asked], [service.server(1, 1, 49), service.asks_sql(2, 9, 20, parent=1)])
    assert [Mark("span", f"{1:016x}") in told.marks(one) for one in asked] == [True, True, True, False]


def test_what_ran_before_a_span_began_is_not_that_span_s(service: Any) -> None:
    """A connection that was begun for one and is used by another."""
    entry = service.entry(0, 50)
    asked = [service.sql(5, 6, "BEGIN", on="c", tx="t"), service.sql(14, 15, on="c", tx="t")]
    told = source(service, [entry, *asked], [service.server(1, 1, 49), service.asks_sql(2, 9, 20, parent=1)])
    assert [bool(told.marks(one)) for one in asked] == [False, True]


def test_a_begin_before_what_a_driver_asks_for_itself_is_its_request_s_too(service: Any) -> None:
    """SQLAlchemy's first connection: its questions are no calls, but their spans are the request's."""
    entry = service.entry(0, 50)
    begin = service.sql(10, 11, "BEGIN", on="c", tx="t")
    version = replace(service.sql(12, 13, "select pg_catalog.version()", on="c"), session=True)
    spans = [service.server(1, 1, 49), service.asks_sql(2, 9, 20, parent=1, text="select pg_catalog.version()")]
    told = source(service, [entry, begin, version], spans)
    assert Mark("span", f"{1:016x}") in told.marks(begin)


def test_what_was_prepared_before_it_ran_is_its_request_s(service: Any) -> None:
    """As asyncpg does: it prepares, may look types up, then runs: one span."""
    entry = service.entry(0, 50)
    asked = [
        service.sql(10, 11, on="c", describe=True),
        service.sql(12, 13, "SELECT 1", on="c"),
        service.sql(14, 15, on="c"),
    ]
    told = source(service, [entry, *asked], [service.server(1, 1, 49), service.asks_sql(2, 9, 20, parent=1)])
    assert all(Mark("span", f"{1:016x}") in told.marks(one) for one in asked)
    assert told.counters["spans.tied"] == 1


def test_a_transaction_tells_apart_what_times_do_not(service: Any) -> None:
    entries = [service.entry(0, 50), service.entry(1, 51, port=40_001)]
    alike = [
        service.sql(10, 20, "SELECT a FROM t WHERE id = 1", on="a", tx="a"),
        service.sql(10.5, 20, "SELECT a FROM t WHERE id = 2", on="b", tx="b"),
    ]
    unlike = [
        service.sql(30, 31, "SELECT 1 FROM a", on="a", tx="a"),
        service.sql(30, 31, "SELECT 1 FROM b", on="b", tx="b"),
    ]
    spans = [
        service.server(1, 1, 49),
        service.server(101, 2, 50, port=40_001),
        service.asks_sql(2, 9, 21, parent=1),
        service.asks_sql(102, 9, 21, parent=101),
        service.asks_sql(3, 29, 32, parent=1, text="SELECT 1 FROM a"),
        service.asks_sql(103, 29, 32, parent=101, text="SELECT 1 FROM b"),
    ]
    told = source(service, [*entries, *alike, *unlike], spans)
    for entry in entries:
        told.marks(entry)
    assert [Mark("span", f"{number:016x}") in told.marks(one) for one, number in zip(alike, (1, 101), strict=True)] == [
        True,
        True,
    ]


def test_doubt_names_those_whose_the_call_may_be_and_no_other(service: Any) -> None:
    entries = [service.entry(number, 50, port=40_000 + number) for number in range(3)]
    alike = [service.redis(10, 20), service.redis(10.5, 20, b"GET", b"other")]
    spans = [service.server(100 * number + 1, 3, 49, port=40_000 + number) for number in range(3)]
    spans += [service.asks_redis(2, 9, 21, parent=1), service.asks_redis(102, 9, 21, parent=101)]
    told = source(service, [*entries, *alike], spans)
    assert told.marks(alike[0]) == {Mark("span", f"{1:016x}"): DOUBT, Mark("span", f"{101:016x}"): DOUBT}
    found = flows(service, [*entries, *alike], spans)
    assert not found[entries[2].connection.id].problem


def test_work_of_no_request_is_no_request_s(service: Any) -> None:
    """A scheduler's span has no server span above it."""
    entry, call = service.entry(0, 50), service.redis(10, 20)
    told = source(service, [entry, call], [service.server(1, 1, 49), service.asks_redis(101, 9, 21)])
    assert told.marks(call) == {Mark("trace", f"{2:032x}"): EXACT}


def test_a_request_sampled_out_is_counted_and_left_to_other_evidence(service: Any) -> None:
    out = (("traceparent", f"00-{7:032x}-{9:016x}-00"),)
    sampled_out, silent, call = (
        service.entry(0, 50, headers=out),
        service.entry(0, 50, port=40_001),
        service.redis(10, 20),
    )
    told = source(service, [sampled_out, silent, call], [])
    assert told.marks(sampled_out) == told.marks(silent) == told.marks(call) == {}
    assert told.counters == {"requests.sampled_out": 1, "requests.without_span": 1}


def test_spans_that_come_too_late_are_counted_and_change_nothing(service: Any) -> None:
    entry, call = service.entry(0, 50), service.sql(10, 20)
    told = source(service, [entry, call], [])
    later = service.entry(100, 110)
    told.hear(later)
    assert told.marks(entry) == told.marks(call) == told.marks(later) == {}
    told.take([service.server(1, 1, 49), service.asks_sql(2, 9, 21, parent=1)])
    assert told.counters["spans.late"] == 2


def test_requests_whose_spans_are_to_come_are_known(service: Any) -> None:
    told = source(service, [service.entry(0, 50), service.entry(0, 50)], [])
    assert told.behind == 2
    told.take([service.server(1, 1, 49), service.server(2, 1, 49), service.server(2, 1, 49)])
    assert told.behind == 0


def test_so_many_spans_are_remembered_and_no_more(service: Any) -> None:
    told = source(service, [], [service.server(number, 1, 2) for number in range(1, 6)], limit=3)
    assert told.counters["spans.over_limit"] == 2


def test_all_is_forgotten_in_time(service: Any) -> None:
    """Whatever was heard and never asked about, and whatever was said and never tied."""
    exchanges = [
        service.entry(0, 50),
        service.sql(10, 20, tx="t"),
        service.sql(10, 20, "BEGIN", tx="u"),
        service.redis(1, 2),
    ]
    told = source(service, exchanges, [service.server(1, 1, 49), service.asks_redis(2, 3, 4)])
    told.advance(service.at(1_000_000))
    left = [told._groups, told._dialogues, told._asked_for, told._transactions]
    assert not any(left)
    assert not len(told._ancestry)


def test_behind_a_proxy_a_client_s_port_says_nothing(service: Any) -> None:
    entry = service.entry(0, 50, port=40_000)
    told = Spans(Peers(PEERS, entry_ports=False))
    told.hear(entry)
    told.take([service.server(1, 1, 49, port=50_000)])
    assert Mark("span", f"{1:016x}") in told.marks(entry)


def test_two_questions_of_one_moment_on_one_connection_are_two(service: Any) -> None:
    one = service.sql(10, 20, on="c")
    told = source(
        service, [one, replace(one)], [service.asks_sql(1, 9, 21, parent=5), service.asks_sql(2, 9, 21, parent=5)]
    )
    assert told.marks(one) == told.marks(replace(one)) != {}


def test_a_correlator_that_gives_calls_to_nobody_still_tells_background(service: Any) -> None:
    entry, call = service.entry(0, 50), service.redis(500, 510)
    told = source(service, [entry, call], [service.server(1, 1, 49), service.asks_redis(101, 499, 511)])
    correlator = Correlator("shop", "1", QUIET, sources=(TraceContext(), told))
    for exchange in (entry, call):
        correlator.take(exchange)
    assert [one.reason for one in correlator.close(whole=True) if isinstance(one, Outside)] == ["background"]
