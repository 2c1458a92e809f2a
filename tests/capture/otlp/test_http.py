from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from flowtape.capture.exchange import Address
from flowtape.capture.otlp.http import HttpListener
from flowtape.capture.otlp.intake import Intake
from flowtape.capture.span import Span

pytestmark = pytest.mark.agent

Exporter = Any
T = TypeVar("T")
LIMIT = 30
PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json; charset=utf-8"}


def talk(
    conversation: Callable[[httpx.AsyncClient, int], Awaitable[T]], **limits: Any
) -> tuple[T, Counter[str], list[Span]]:
    """What a client gets from a listener; the intake's counters; the spans."""
    counters: Counter[str] = Counter()
    heard: list[Span] = []

    async def main() -> T:
        intake = Intake(counters, **limits)
        intake.open(heard.extend)
        listener = HttpListener(intake, Address("127.0.0.1", 0))
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.port}", timeout=LIMIT) as client:
                found = await conversation(client, listener.port)
            assert intake.reserve(intake._max_waiting), "bytes in hand were not given back"
            return found
        finally:
            await listener.close()
            intake.close()

    return asyncio.run(asyncio.wait_for(main(), LIMIT)), +counters, heard


def post(path: str = "/v1/traces", **request: Any) -> Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]:
    return lambda client, _: client.post(path, **request)


@pytest.mark.parametrize("packed", [False, True])
def test_protobuf_is_taken_packed_or_not(exporter: Exporter, *, packed: bool) -> None:
    body = exporter.protobuf(exporter.span(1), exporter.span(2))
    headers = PROTOBUF | ({"Content-Encoding": "gzip"} if packed else {})
    answer, counters, heard = talk(post(content=gzip.compress(body) if packed else body, headers=headers))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == "application/x-protobuf"
    assert len(heard) == counters["spans.taken"] == 2


def test_json_is_taken_and_answered_in_json(exporter: Exporter) -> None:
    answer, _, heard = talk(post(content=json.dumps(exporter.request(exporter.span())), headers=JSON))
    assert (answer.status_code, answer.json(), len(heard)) == (200, {}, 1)


def test_what_was_rejected_is_told_as_partial_success(exporter: Exporter) -> None:
    spans = (exporter.span(1), exporter.span(2, startTimeUnixNano="0"))
    answer, _, heard = talk(post(content=exporter.protobuf(*spans), headers=PROTOBUF))
    assert ExportTraceServiceResponse.FromString(answer.content).partial_success.rejected_spans == 1
    assert answer.status_code == len(heard) * 200 == 200
    answer, _, _ = talk(post(content=json.dumps(exporter.request(*spans)), headers=JSON))
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"


@pytest.mark.parametrize(
    ("headers", "body", "status", "counter"),
    [
        (JSON, b"{", 400, "malformed"),
        (PROTOBUF, b"\xff\xff", 400, "malformed"),
        (PROTOBUF | {"Content-Encoding": "gzip"}, b"not packed", 400, "malformed"),
        (PROTOBUF | {"Content-Encoding": "snappy"}, b"", 200, "taken"),
        ({"Content-Type": "text/plain"}, b"hello", 415, "unsupported"),
        ({}, b"hello", 415, "unsupported"),
    ],
)
def test_what_is_not_understood_is_answered_and_counted(
    headers: dict[str, str], body: bytes, status: int, counter: str
) -> None:
    answer, counters, heard = talk(post(content=body, headers=headers))
    assert (answer.status_code, counters, heard) == (status, {f"requests.{counter}": 1}, [])
    if status == 400 and headers is JSON:
        assert answer.json()["code"] == 3


def test_what_is_too_large_is_refused_before_it_is_read_and_while_it_comes() -> None:
    async def pieces() -> Any:
        for _ in range(20):
            yield bytes(100)

    async def both(client: httpx.AsyncClient, _: int) -> list[int]:
        told = await client.post("/v1/traces", content=bytes(1001), headers=PROTOBUF)
        chunked = await client.post("/v1/traces", content=pieces(), headers=PROTOBUF)
        return [told.status_code, chunked.status_code]

    statuses, counters, _ = talk(both, max_request=1000)
    assert statuses == [413, 413]
    assert counters == {"requests.too_large": 2}


def test_what_comes_while_too_much_is_in_hand_is_asked_to_come_again() -> None:
    answer, counters, _ = talk(post(content=bytes(200), headers=PROTOBUF), max_waiting=100)
    assert (answer.status_code, answer.headers["Retry-After"], counters) == (429, "5", {"requests.too_many": 1})


def test_metrics_and_logs_are_answered_so_that_no_exporter_complains() -> None:
    async def both(client: httpx.AsyncClient, _: int) -> list[int]:
        return [
            (await client.post(path, content=b"x", headers=PROTOBUF)).status_code
            for path in ("/v1/metrics", "/v1/logs")
        ]

    assert talk(both)[:2] == ([200, 200], {"requests.other": 2})


def test_other_paths_and_methods_are_none() -> None:
    async def both(client: httpx.AsyncClient, _: int) -> list[int]:
        return [(await client.get("/v1/traces")).status_code, (await client.post("/v1/spans")).status_code]

    assert talk(both)[0] == [405, 404]


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: many\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
    ],
)
def test_no_stranger_keeps_others_from_being_taken(exporter: Exporter, said: bytes) -> None:
    async def after(client: httpx.AsyncClient, port: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        writer.write_eof()
        with contextlib.suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), LIMIT)
        writer.close()
        return (
            await client.post("/v1/traces", content=exporter.protobuf(exporter.span()), headers=PROTOBUF)
        ).status_code

    status, counters, heard = talk(after)
    assert (status, len(heard), counters["requests.taken"]) == (200, 1, 1)
