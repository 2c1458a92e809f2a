"""Why flows were not admitted to a suite, ranked: the cause, how many flows it keeps out, and the change that would admit them.

What is read is the suite's quarantine.yaml, as `flowtape generate` wrote it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowtape.replay.flowfile import FlowFileError
from flowtape.testgen.causes import CAUSES, UNKNOWN

QUARANTINE_FILE = "quarantine.yaml"
SHOWN = 3


@dataclass(slots=True)
class Rank:
    """One cause. `places` are the differing places with how many flows differ there, `files` the flow files left out."""

    cause: str
    change: str
    files: list[str] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)

    @property
    def plain(self) -> dict[str, Any]:
        """JSON-ready."""
        places = dict(self.places.most_common())
        return {
            "cause": self.cause,
            "flows": len(self.files),
            "change": self.change,
            "places": places,
            "files": self.files,
        }


def is_suite(path: Path) -> bool:
    return path.is_dir() and ((path / QUARANTINE_FILE).exists() or any(path.glob("test_*.py")))


def ranked(suite: Path, flows: Collection[str] | None = None) -> list[Rank]:
    """The causes, that which keeps out most flows first; of `flows` alone, by their ids, where they are given.

    Raises FlowFileError.
    """
    found: dict[str, Rank] = {}
    for file, entry in _entries(suite / QUARANTINE_FILE).items():
        if flows is not None and entry.get("flow") not in flows:
            continue
        name = str(entry.get("cause", UNKNOWN.name))
        rank = found.setdefault(name, Rank(name, CAUSES.get(name, UNKNOWN).change))
        rank.files.append(file)
        if place := entry.get("place"):
            rank.places[str(place)] += 1
    return sorted(found.values(), key=lambda rank: (-len(rank.files), rank.cause))


def _entries(path: Path) -> Mapping[str, Mapping[str, Any]]:
    import yaml

    if not path.exists():
        return {}
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise FlowFileError(f"{path}: cannot be read: {error}") from error
    if not isinstance(data, dict) or not all(isinstance(each, dict) for each in data.values()):
        raise FlowFileError(f"{path}: flow files with their reasons are wanted; `flowtape generate` writes it anew")
    return {str(key): value for key, value in data.items()}


def lines(ranks: list[Rank]) -> list[str]:
    """For a terminal: a paragraph a cause, and first what to do first."""
    if not ranks:
        return []
    total = sum(len(rank.files) for rank in ranks)
    found = [
        f"Not admitted: {total} flows. The change that would admit most of them, {len(ranks[0].files)}: {ranks[0].change}."
    ]
    for rank in ranks:
        found.append(f"{len(rank.files):6}  {rank.cause}")
        shown = [f"{place} ({number})" if number > 1 else place for place, number in rank.places.most_common(SHOWN)]
        if len(rank.places) > SHOWN:
            shown.append("…")
        if shown:
            found.append(f"        at {', '.join(shown)}")
        found.append(f"        {rank.change}")
    return found
