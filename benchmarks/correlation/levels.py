"""What a service does to help: `spans` is done from outside, by `opentelemetry-instrument`; `context` here; `nothing` by nobody.

With `context` OpenTelemetry's own instrumentation carries the caller's trace on: in a header to HTTP, in sqlcommenter's comments
to PostgreSQL. Nothing carries it to Redis. No span is exported.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

Help: TypeAlias = Literal["spans", "context", "nothing"]
LEVELS: tuple[Help, ...] = get_args(Help)
VARIABLE = "CORRELATION_HELP"


def given(context: Callable[[], None]) -> None:
    """Call `context` if that is the help that the environment asks for."""
    if os.environ[VARIABLE] == "context":
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.trace import set_tracer_provider

        set_tracer_provider(TracerProvider())
        context()
