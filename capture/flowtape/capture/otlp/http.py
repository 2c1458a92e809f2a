"""OTLP by HTTP: POST /v1/traces, and its like for metrics and logs, which are passed on."""

from __future__ import annotations

import json
from typing import Any, Final, Literal

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.web import Application, RequestHandler, stream_request_body

from flowtape.capture.exchange import Address
from flowtape.capture.otlp.forward import Request
from flowtape.capture.otlp.intake import MEDIA, Encoding, Intake, Outcome

TRACES: Final = "/v1/traces"
OTHERS: Final = r"/v1/(?:metrics|logs)"
IDLE_SECONDS: Final = 120
BODY_SECONDS: Final = 30
RETRY_SECONDS: Final = 5
CODES: Final = {400: 3, 413: 3, 415: 3, 429: 8}
"""google.rpc.Code by the status: INVALID_ARGUMENT, RESOURCE_EXHAUSTED."""


class HttpListener:
    """Listens at `address`; `port` is the one that it has, where that was 0. Raises OSError if it cannot."""

    def __init__(self, intake: Intake, address: Address) -> None:
        routes: list[Any] = [(TRACES, _Handler, {"intake": intake}), (OTHERS, _Handler, {"intake": intake})]
        application = Application(routes, log_function=lambda _: None)
        # Bodies are bounded by the handler, which answers; the server would only hang up.
        self._server = HTTPServer(
            application, idle_connection_timeout=IDLE_SECONDS, body_timeout=BODY_SECONDS, max_body_size=1 << 40
        )
        self._server.listen(address.port, "" if address.host == "*" else address.host)
        self.port: int = next(iter(self._server._sockets.values())).getsockname()[1]  # noqa: SLF001

    async def close(self) -> None:
        self._server.stop()
        await self._server.close_all_connections()


@stream_request_body
class _Handler(RequestHandler):  # type: ignore[misc, unused-ignore]
    def initialize(self, intake: Intake) -> None:
        self._intake = intake
        self._refusal: Outcome | None = None
        self._pieces: list[bytes] = []
        self._held = 0

    def prepare(self) -> None:
        length = self.request.headers.get("Content-Length", "0")
        if self.request.method == "POST" and self._encoding() is None:
            self._refuse(415)
        elif length.isdigit() and int(length) > self._intake.max_request:
            self._refuse(413)

    def data_received(self, chunk: bytes) -> None:
        """What was refused is heard out and dropped: a client that is cut off never reads why."""
        if self._refusal is not None:
            return
        if self._held + len(chunk) > self._intake.max_request:
            self._refuse(413)
        elif not self._intake.reserve(len(chunk)):
            self._refuse(429)
        else:
            self._pieces.append(chunk)
            self._held += len(chunk)

    async def post(self) -> None:
        encoding = self._encoding()
        if self._refusal is not None or encoding is None:
            self._end(self._refusal or self._intake.refuse(415))
            return
        request = Request(self.request.path, tuple(self.request.headers.get_all()), b"".join(self._pieces))
        if self.request.path == TRACES:
            self._end(await self._intake.take(request, encoding))
        else:
            self._intake.pass_on(request)
            self._end(Outcome(200))

    def _refuse(self, status: Literal[413, 415, 429]) -> None:
        self._refusal = self._intake.refuse(status)
        self._give_back()

    def on_finish(self) -> None:
        self._give_back()

    def on_connection_close(self) -> None:
        self._give_back()

    def _give_back(self) -> None:
        self._intake.release(self._held)
        self._held = 0
        self._pieces.clear()

    def _encoding(self) -> Encoding | None:
        return MEDIA.get(self.request.headers.get("Content-Type", "").split(";", 1)[0].strip().lower())

    def _end(self, outcome: Outcome) -> None:
        as_json = self._encoding() == "json"
        self.set_status(outcome.status)
        self.set_header("Content-Type", "application/json" if as_json else "application/x-protobuf")
        if outcome.status == 429:
            self.set_header("Retry-After", str(RETRY_SECONDS))
        self.finish(_json(outcome) if as_json else _protobuf(outcome))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.finish(b"")

    def set_default_headers(self) -> None:
        self._headers = HTTPHeaders({"Content-Type": "text/plain"})


def _json(outcome: Outcome) -> str:
    if outcome.status != 200:
        return json.dumps({"code": CODES[outcome.status], "message": outcome.message})
    if not outcome.rejected:
        return "{}"
    return json.dumps({"partialSuccess": {"rejectedSpans": str(outcome.rejected), "errorMessage": outcome.message}})


def _protobuf(outcome: Outcome) -> bytes:
    """ExportTraceServiceResponse, or google.rpc.Status (https://opentelemetry.io/docs/specs/otlp/#failures)."""
    message = outcome.message.encode()[:120]
    if outcome.status != 200:
        return bytes((0x08, CODES[outcome.status], 0x12, len(message))) + message
    return partial_success(outcome)


def partial_success(outcome: Outcome) -> bytes:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTracePartialSuccess,
        ExportTraceServiceResponse,
    )

    if not outcome.rejected:
        return b""
    partial = ExportTracePartialSuccess(rejected_spans=outcome.rejected, error_message=outcome.message)
    return bytes(ExportTraceServiceResponse(partial_success=partial).SerializeToString())
