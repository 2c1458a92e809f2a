from __future__ import annotations

from collections.abc import Callable

import pytest

from flowtape.capture.exchange import (
    Answer,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)
from flowtape.capture.flow import Flow
from flowtape.testgen.timeline import answered, asked, details, moment, span


def test_a_call_is_told_in_a_line(flows: list[Flow]) -> None:
    told = [f"{asked(call.exchange.question)} → {answered(call.exchange.answer)}" for call in flows[0].calls]
    assert told == [
        "SELECT id, name FROM customers WHERE id = $1 → SELECT 2",
        "INSERT INTO t VALUES (1) → error 23505: duplicate key",
        "MGET k → [0x61ff, nil, 5]",
        "POST /charges → no answer",
    ]


def test_its_inside_is_told_in_lines(flows: list[Flow]) -> None:
    found = details(flows[0].calls[0].exchange)
    assert found[:3] == ("parameters: 42, NULL", "columns: id, name", "row: 42, Ana")
    assert details(flows[0].entry) == ('got: {"id": 7}',)


def test_times_are_told_from_the_entrys_beginning(flows: list[Flow]) -> None:
    entry, call = flows[0].entry, flows[0].calls[0].exchange
    assert span(call, entry.started) == "+1.0 ms, 2.0 ms"
    assert moment(1_763_633_472_123_456_789) == "2025-11-20 10:11:12.123"
    assert moment(1 << 90)
    assert moment(-(1 << 90))


@pytest.mark.parametrize("depth", [1, 50_000])
def test_whatever_a_stranger_wrote_is_harmless(hostile: str, harmless: Callable[[str], bool], depth: int) -> None:
    nested = Resp("bulk", hostile.encode())
    for _ in range(depth):
        nested = Resp("array", (nested,))
    questions: list[Question] = [
        HttpRequest("GET", hostile),
        SqlStatement(hostile),
        RedisCommand((hostile.encode(),)),
        OpaqueBytes(5),
    ]
    answers: list[Answer | None] = [
        HttpResponse(200, hostile),
        SqlResult(tag=hostile),
        RedisReply(nested),
        OpaqueBytes(5),
        None,
    ]
    assert all(harmless(asked(question)) for question in questions)
    assert all(harmless(answered(answer)) for answer in answers)
