"""What a connection's start-up is called as an exchange, and what it asks for."""

from __future__ import annotations

import re

STARTUP = "-- startup"
"""The text of the exchange that stands for a connection's start-up."""


def startup_options(options: str) -> list[tuple[str, str]]:
    """`-c name=value` and `--name=value` of the start-up parameter "options"."""
    found = re.findall(r"(?:-c\s*|--)([\w.]+)=((?:\\.|[^\\\s])*)", options)
    return [(name, re.sub(r"\\(.)", r"\1", value)) for name, value in found]
