from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from typing import Any

import pytest

from flowtape.capture.otlp.forward import Request
from flowtape.capture.otlp.intake import Intake, Outcome
from flowtape.capture.span import Span

pytestmark = pytest.mark.agent

Exporter = Any


def take(intake: Intake, *requests: Request, encoding: Any = "json") -> tuple[list[Outcome], list[Span]]:
    heard: list[Span] = []

    async def taken() -> list[Outcome]:
        intake.open(heard.extend)
        try:
            return [await intake.take(request, encoding) for request in requests]
        finally:
            intake.close()

    return asyncio.run(taken()), heard


def request(exporter: Exporter, *spans: Any) -> Request:
    return Request("/v1/traces", (), json.dumps(exporter.request(*spans)).encode())


def test_spans_are_handed_on_and_counted(exporter: Exporter) -> None:
    intake = Intake(Counter())
    (outcome,), heard = take(intake, request(exporter, exporter.span(1), exporter.span(2, spanId="")))
    assert outcome == Outcome(200, "spans without a valid id or time", 1)
    assert [span.id for span in heard] == [f"{1:016x}"]
    assert intake.counters == {"requests.taken": 1, "spans.taken": 1, "spans.rejected": 1}


def test_what_is_malformed_is_told_so_and_the_next_request_is_taken(exporter: Exporter) -> None:
    intake = Intake(Counter())
    outcomes, heard = take(intake, Request("/v1/traces", (), b"{"), request(exporter, exporter.span()))
    assert [outcome.status for outcome in outcomes] == [400, 200]
    assert len(heard) == 1
    assert intake.counters["requests.malformed"] == 1


def test_what_unpacks_to_more_than_a_request_may_have_is_malformed() -> None:
    bomb = Request("/v1/traces", (("Content-Encoding", "gzip"),), gzip.compress(bytes(1 << 20)))
    (outcome,), _ = take(Intake(Counter(), max_request=1 << 16), bomb)
    assert outcome.status == 400
    assert "longer than 65536 bytes" in outcome.message


def test_so_many_bytes_are_in_hand_at_once_and_no_more() -> None:
    intake = Intake(Counter(), max_waiting=100)
    assert intake.reserve(60)
    assert not intake.reserve(60)
    intake.release(60)
    assert intake.reserve(100)
    assert intake.refuse(429).status == 429
    assert intake.counters == {"requests.too_many": 1}
    intake.close()


def test_metrics_and_logs_are_counted_by_themselves() -> None:
    intake = Intake(Counter())
    intake.pass_on(Request("/v1/metrics", (), b""))
    assert intake.counters == {"requests.other": 1}
    intake.close()
