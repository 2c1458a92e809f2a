"""The common practice, as the rival: replay against mocks that answer by the question alone, then compare the responses.

Everything that looks like a time is left out of the comparison, and so is every value that was learned to differ from run to run
(which is more than the common practice does: it would call those a difference). What the service did is not looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.regressions.judge import pytest
from benchmarks.regressions.patch import Patch, PatchError, copy

from flowtape.capture.exchange import HttpResponse
from flowtape.replay.flowfile import Case, load

IGNORED_HEADERS = frozenset({"date", "server", "content-length", "connection", "etag", "expires", "last-modified"})
TIME = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?"
    r"|\d\d\.\d\d\.\d{4}|\d\d:\d\d(:\d\d)?( [A-Z+-][A-Z\d]{1,4})?|\w{3}, \d\d \w{3} \d{4}"
)
TIME_NAME = re.compile(r"(_at|_on|time|date|expires|created|updated|timestamp)$", re.IGNORECASE)
VARIABLE = re.compile(r"\$\{?\w+\}?")
Comparable = tuple[int, tuple[tuple[str, str], ...], Any]


def alarms(patch: Patch, root: Path) -> bool:
    """Whether any response of the changed service differs. Raises PatchError where the service cannot be started."""
    suite = copy(patch.service, root)
    patch.apply(root)
    observed = root / "observed"
    pytest(root, str(suite), f"--flowtape-observe={observed}")
    found = sorted(observed.glob("*.json"))
    if not found:
        raise PatchError(f"{patch.title}: nothing was observed")
    return any(differs(json.loads(path.read_text()), suite, root) for path in found)


def differs(observation: dict[str, Any], suite: Path, root: Path) -> bool:
    """Whether the response in one observation is another than its flow file's."""
    recorded = load(suite / observation["flow"])
    path = root / "observed.yaml"
    path.write_text(observation["observed"], encoding="utf-8")
    cassette = path.with_suffix(".http.yaml")
    cassette.unlink(missing_ok=True)
    if observation["cassette"]:
        cassette.write_text(observation["cassette"], encoding="utf-8")
    return comparable(recorded) != comparable(load(path), observation["bound"].values())


def comparable(case: Case, varying: Iterable[str] = ()) -> Comparable:
    """The response without what looks like a time, and without the values that vary from run to run."""
    response = case.response
    assert isinstance(response, HttpResponse)
    longest_first = sorted((each for each in varying if each), key=len, reverse=True)

    def constant(text: str) -> str:
        for each in longest_first:
            text = text.replace(each, "$varying")
        return text

    headers = sorted(
        (name.lower(), plain(constant(value)))
        for name, value in response.headers
        if name.lower() not in IGNORED_HEADERS
    )
    text = constant(response.body.decode("utf-8", "replace"))
    try:
        return response.status, tuple(headers), timeless(json.loads(text))
    except ValueError:
        return response.status, tuple(headers), plain(text)


def timeless(value: Any, name: str = "") -> Any:
    """JSON without what looks like a time, by its name or by its value."""
    if isinstance(value, dict):
        return {key: timeless(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [timeless(each, name) for each in value]
    if TIME_NAME.search(name):
        return "a time"
    return plain(value) if isinstance(value, str) else value


def plain(text: str) -> str:
    return VARIABLE.sub("a variable", TIME.sub("a time", text))
