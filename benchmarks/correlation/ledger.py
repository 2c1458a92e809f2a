"""The ledger as it is, beneath the oracle: `gunicorn benchmarks.correlation.ledger:app`."""

from __future__ import annotations

import os

from benchmarks.correlation import levels
from benchmarks.correlation.oracle import Oracle


def _context() -> None:
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.instrumentation.psycopg2 import Psycopg2Instrumentor
    from opentelemetry.instrumentation.requests import RequestsInstrumentor

    FlaskInstrumentor().instrument()
    RequestsInstrumentor().instrument()
    Psycopg2Instrumentor().instrument(enable_commenter=True)


levels.given(_context)

from samples.ledger.app import app as ledger  # noqa: E402 - it is instrumented while it is imported

_oracle = Oracle(os.environ["CORRELATION_ORACLE"])
_oracle.hook_sqlalchemy()
_oracle.hook_http_client()
app = _oracle.wsgi(ledger)
