"""Deciding what a suite says: which module and test each chosen flow becomes, and what its docstring tells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flowtape.capture import sql
from flowtape.capture.configuration import Dependency
from flowtape.capture.exchange import SqlStatement
from flowtape.capture.flow import Flow
from flowtape.replay.flowfile import Case, RecordedCall
from flowtape.testgen.case import case_of
from flowtape.testgen.endpoint import module_name
from flowtape.testgen.name import names
from flowtape.testgen.select import Behaviour

UNSPEAKABLE = re.compile(r"[^A-Za-z0-9_./{}~-]")


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """One test: `name` is its own within its module, and its flow file's."""

    module: str
    method: str
    path: str
    name: str
    case: Case

    @property
    def function(self) -> str:
        return f"test_{self.module}_{self.name}"

    @property
    def flow_file(self) -> str:
        """Relative to the suite's folder."""
        return f"{self.module}/{self.name}.yaml"

    @property
    def docstring(self) -> str:
        """`201; 3 reads, 2 writes, 1 charge. Captured 2026-11-20 10:11 UTC from shop 1.4.2.`"""
        at = datetime.fromtimestamp(self.case.captured.at / 1e9, UTC)
        told = [str(self.case.response.status), *([counted] if (counted := count(self.case.calls)) else [])]
        service = speakable(self.case.captured.service)
        return f"{'; '.join(told)}. Captured {at:%Y-%m-%d %H:%M} UTC{' from ' if service else ''}{service}."


def plan(
    chosen: Mapping[Behaviour, Sequence[Flow]],
    dependencies: Mapping[str, Dependency],
    taken: Iterable[tuple[str, str]] = (),
) -> list[PlannedTest]:
    """A test for each chosen flow, in a stable order. `taken` are the (module, name) pairs that the suite has already."""
    used = set(taken)
    modules: dict[str, list[tuple[Behaviour, list[Case]]]] = {}
    for behaviour, flows in sorted(chosen.items(), key=lambda item: _order(*item)):
        cases = [case_of(flow, dependencies) for flow in flows]
        modules.setdefault(module_name(behaviour.method, behaviour.path), []).append((behaviour, cases))
    planned = []
    for module, groups in sorted(modules.items()):
        named = names([cases for _, cases in groups], {name for other, name in used if other == module})
        for (behaviour, cases), words in zip(groups, named, strict=True):
            planned += [
                PlannedTest(module, speakable(behaviour.method), speakable(behaviour.path), word, case)
                for word, case in zip(words, cases, strict=True)
            ]
    return planned


def with_case(test: PlannedTest, case: Case) -> PlannedTest:
    return replace(test, case=case)


def _order(behaviour: Behaviour, flows: Sequence[Flow]) -> tuple[object, ...]:
    return (behaviour.path, behaviour.method, behaviour.status, flows[0].entry.started)


def count(calls: Iterable[RecordedCall]) -> str:
    """`3 db reads, 2 db writes, 1 payments call`."""
    tally: Counter[tuple[str, str]] = Counter()
    for call in calls:
        kind = "call"
        if isinstance(call.question, SqlStatement):
            kind = {"read": "read", "write": "write"}.get(sql.read(call.question.text).kind, "statement")
        tally[call.dependency, kind] += 1
    return ", ".join(f"{n} {speakable(name)} {kind}{'s' if n > 1 else ''}" for (name, kind), n in tally.items())


def speakable(text: str) -> str:
    """Captured text for a docstring: nothing that Python, a terminal or a reader could take for more than words."""
    return " ".join(UNSPEAKABLE.sub("?", part) for part in text.split())
