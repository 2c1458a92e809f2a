"""Requests as exporters make them."""

from __future__ import annotations

from typing import Any

import pytest

MS = 1_000_000
BASE = 1_790_000_000_000 * MS


class Exporter:
    """Makes ExportTraceServiceRequests of one span or a few, as JSON values and as protobuf."""

    def span(self, number: int = 1, **fields: Any) -> dict[str, Any]:
        return {
            "traceId": f"{number:032x}",
            "spanId": f"{number:016x}",
            "parentSpanId": "",
            "name": "SELECT",
            "kind": 3,
            "startTimeUnixNano": str(BASE),
            "endTimeUnixNano": str(BASE + MS),
            "attributes": [
                {"key": "db.system", "value": {"stringValue": "postgresql"}},
                {"key": "net.peer.port", "value": {"intValue": "5432"}},
                {"key": "thread.name", "value": {"stringValue": "kept by nobody"}},
            ],
            "status": {},
        } | fields

    def request(self, *spans: dict[str, Any]) -> dict[str, Any]:
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
        scope = {"name": "opentelemetry.instrumentation.psycopg"}
        return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": list(spans)}]}]}

    def protobuf(self, *spans: dict[str, Any]) -> bytes:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        request = ExportTraceServiceRequest()
        (resource,) = [request.resource_spans.add()]
        resource.resource.attributes.add(key="service.name").value.string_value = "shop"
        scope = resource.scope_spans.add()
        scope.scope.name = "opentelemetry.instrumentation.psycopg"
        for one in spans:
            span = scope.spans.add(
                trace_id=bytes.fromhex(one["traceId"]),
                span_id=bytes.fromhex(one["spanId"]),
                parent_span_id=bytes.fromhex(one["parentSpanId"]),
                name=one["name"],
                kind=one["kind"],
                start_time_unix_nano=int(one["startTimeUnixNano"]),
                end_time_unix_nano=int(one["endTimeUnixNano"]),
            )
            span.status.code = one["status"].get("code", 0)
            for pair in one["attributes"]:
                value = span.attributes.add(key=pair["key"]).value
                if "stringValue" in pair["value"]:
                    value.string_value = pair["value"]["stringValue"]
                else:
                    value.int_value = int(pair["value"]["intValue"])
        return bytes(request.SerializeToString())


@pytest.fixture(scope="session")
def exporter() -> Exporter:
    return Exporter()
