from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc
import grpc.aio
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from flowtape.capture.exchange import Address
from flowtape.capture.otlp.forward import Request
from flowtape.capture.otlp.grpc import GrpcListener
from flowtape.capture.otlp.intake import Intake
from flowtape.capture.span import Span

pytestmark = pytest.mark.agent

Exporter = Any
T = TypeVar("T")
LIMIT = 30
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"


class Kept:
    """In the place of Forward."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def put(self, request: Request) -> None:
        self.requests.append(request)


def talk(
    conversation: Callable[[Any], Awaitable[T]], **limits: int
) -> tuple[T, Counter[str], list[Span], list[Request]]:
    counters: Counter[str] = Counter()
    heard: list[Span] = []
    kept = Kept()

    async def main() -> T:
        intake = Intake(counters, kept, **limits)  # type: ignore[arg-type]
        intake.open(heard.extend)
        listener = GrpcListener(intake, Address("127.0.0.1", 0))
        await listener.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{listener.port}") as channel:
                found = await conversation(channel)
            assert intake.reserve(intake._max_waiting), "bytes in hand were not given back"
            return found
        finally:
            await listener.close()
            intake.close()

    return asyncio.run(asyncio.wait_for(main(), LIMIT)), +counters, heard, kept.requests


async def export(channel: Any, body: bytes, method: str = EXPORT, **settings: Any) -> Any:
    """The answer's bytes, or the status code."""
    try:
        return await channel.unary_unary(method)(body, timeout=LIMIT, **settings)
    except grpc.aio.AioRpcError as error:
        return error.code()


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_spans_are_taken_packed_or_not_and_passed_on_with_their_metadata(exporter: Exporter, compression: Any) -> None:
    body = exporter.protobuf(*(exporter.span(number) for number in range(1, 30)))
    answer, counters, heard, kept = talk(
        lambda channel: export(channel, body, compression=compression, metadata=(("api-key", "mine"),))
    )
    assert answer == b""
    assert len(heard) == counters["spans.taken"] == 29
    (request,) = kept
    assert (request.path, request.body) == ("/v1/traces", body)
    assert ("api-key", "mine") in request.headers
    assert ("content-type", "application/x-protobuf") in request.headers


def test_what_was_rejected_is_told_as_partial_success(exporter: Exporter) -> None:
    body = exporter.protobuf(exporter.span(1), exporter.span(2, startTimeUnixNano="0"))
    answer, *_ = talk(lambda channel: export(channel, body))
    assert ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans == 1


def test_what_is_not_understood_or_too_much_is_answered(exporter: Exporter) -> None:
    assert talk(lambda channel: export(channel, b"\xff\xff"))[:2] == (
        grpc.StatusCode.INVALID_ARGUMENT,
        {"requests.malformed": 1},
    )
    body = exporter.protobuf(*(exporter.span(number) for number in range(1, 30)))
    assert talk(lambda channel: export(channel, body), max_waiting=100)[:2] == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        {"requests.too_many": 1},
    )
    for compression in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
        code = talk(lambda channel: export(channel, bytes(100_000), compression=compression), max_request=50_000)[0]  # noqa: B023
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_metrics_are_passed_on_and_other_services_are_none() -> None:
    answer, counters, _, (request,) = talk(lambda channel: export(channel, b"metrics", METRICS))
    assert (answer, counters, request.path, request.body) == (b"", {"requests.other": 1}, "/v1/metrics", b"metrics")
    assert talk(lambda channel: export(channel, b"", "/a.Stranger/Export"))[0] is grpc.StatusCode.UNIMPLEMENTED


def test_an_address_that_is_taken_is_an_error() -> None:
    async def twice() -> None:
        intake = Intake(Counter())
        first = GrpcListener(intake, Address("127.0.0.1", 0))
        await first.start()
        second = GrpcListener(intake, Address("127.0.0.1", first.port))
        try:
            with pytest.raises(OSError, match="cannot be listened at"):
                await second.start()
        finally:
            await first.close()
            await second.close()
            intake.close()

    asyncio.run(asyncio.wait_for(twice(), LIMIT))
