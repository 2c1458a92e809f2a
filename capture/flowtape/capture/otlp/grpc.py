"""OTLP by gRPC: TraceService.Export, and its like for metrics and logs, which are passed on (by HTTP, which takes the same bytes)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio

from flowtape.capture.exchange import Address, Headers
from flowtape.capture.otlp.forward import Request
from flowtape.capture.otlp.http import TRACES, partial_success
from flowtape.capture.otlp.intake import Intake

SERVICES: Final = {
    "opentelemetry.proto.collector.trace.v1.TraceService": TRACES,
    "opentelemetry.proto.collector.metrics.v1.MetricsService": "/v1/metrics",
    "opentelemetry.proto.collector.logs.v1.LogsService": "/v1/logs",
}
CODES: Final = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
}
STOP_SECONDS: Final = 0.5


class GrpcListener:
    """`await start()` listens at `address`; `port` is the one that it has then. Raises OSError if it cannot."""

    def __init__(self, intake: Intake, address: Address) -> None:
        self._intake = intake
        self._address = address
        # Requests longer than this gRPC itself refuses, packed or unpacked.
        options = [("grpc.max_receive_message_length", intake.max_request), ("grpc.so_reuseport", 0)]
        self._server = grpc.aio.server(options=options)
        for service, path in SERVICES.items():
            handler = grpc.unary_unary_rpc_method_handler(self._export(path))
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": handler}),))
        self.port = 0

    async def start(self) -> None:
        host = "[::]" if self._address.host == "*" else self._address.host
        where = f"[{host}]" if ":" in host and not host.startswith("[") else host
        try:
            self.port = self._server.add_insecure_port(f"{where}:{self._address.port}")
        except RuntimeError as error:
            raise OSError(f"{self._address} cannot be listened at") from error
        await self._server.start()

    async def close(self) -> None:
        await self._server.stop(STOP_SECONDS)

    def _export(self, path: str) -> Callable[[bytes, Any], Awaitable[bytes]]:
        async def export(body: bytes, context: Any) -> bytes:
            request = Request(path, _headers(context.invocation_metadata()), body)
            if path != TRACES:
                self._intake.pass_on(request)
                return b""
            if not self._intake.reserve(len(body)):
                outcome = self._intake.refuse(429)
            else:
                try:
                    outcome = await self._intake.take(request, "protobuf")
                finally:
                    self._intake.release(len(body))
            if outcome.status != 200:
                await context.abort(CODES[outcome.status], outcome.message)
            return partial_success(outcome)

        return export


def _headers(metadata: Any) -> Headers:
    """What the exporter was told to send along, as fields of HTTP; the body is plain protobuf by now."""
    sent = [(key, value) for key, value in metadata or () if isinstance(value, str)]
    kept = [(key, value) for key, value in sent if key not in ("content-type", "content-encoding")]
    return (*kept, ("content-type", "application/x-protobuf"))
