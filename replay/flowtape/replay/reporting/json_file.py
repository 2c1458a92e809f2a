"""`--flowtape-json FILE`: the verdicts for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flowtape.replay.reporting.entry import Entry
from flowtape.replay.reporting.summary import counts

VERSION = 1


def written(entries: Sequence[Entry]) -> str:
    """ASCII alone: lone surrogates and control characters of captured text are escaped."""
    return json.dumps({"flowtape": VERSION, "verdicts": counts(entries), "flows": entries}, indent=1) + "\n"
