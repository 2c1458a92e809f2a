"""The shop as it is, beneath the oracle: `uvicorn benchmarks.correlation.shop:app`."""

from __future__ import annotations

import os

from benchmarks.correlation import levels
from benchmarks.correlation.oracle import Oracle


def _context() -> None:
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor

    FastAPIInstrumentor().instrument()
    HTTPXClientInstrumentor().instrument()
    PsycopgInstrumentor().instrument(enable_commenter=True)


levels.given(_context)

from samples.shop.app import app as shop  # noqa: E402 - it is instrumented while it is imported

_oracle = Oracle(os.environ["CORRELATION_ORACLE"])
_oracle.hook_psycopg_pool()
_oracle.hook_redis()
_oracle.hook_httpx()
app = _oracle.asgi(shop)
