"""What a suite holds already: generating again adds to it and takes nothing away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from flowtape.capture.configuration import Dependency
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Outside
from flowtape.replay.flowfile import RecordedCall, Session, load, load_session
from flowtape.replay.suite import SESSION_FILE
from flowtape.testgen.case import origin
from flowtape.testgen.select import Behaviour, of
from flowtape.testgen.tidy import tidy_answer, tidy_question


@dataclass(frozen=True, slots=True)
class Present:
    """`flows` are the ids of the flows that have a test, `names` the (module, name) pairs in use, `modules` the test modules'
    texts by file name.
    """

    flows: frozenset[str] = frozenset()
    behaviours: Counter[Behaviour] = field(default_factory=Counter)
    names: frozenset[tuple[str, str]] = frozenset()
    modules: dict[str, str] = field(default_factory=dict)
    session: Session = field(default_factory=Session)


def present(folder: Path) -> Present:
    """Read the suite in `folder`. Raises FlowFileError for a flow file that cannot be read, rather than write over it."""
    flows: set[str] = set()
    behaviours: Counter[Behaviour] = Counter()
    names: set[tuple[str, str]] = set()
    for path in sorted(folder.glob("[!.]*/*.yaml")):
        if path.name.endswith(".http.yaml"):
            continue
        case = load(path)
        flows.add(case.captured.id)
        names.add((path.parent.name, path.stem))
        behaviours[of(case.request, case.response, [(call.dependency, call.question) for call in case.calls])] += 1
    modules = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("test_*.py"))}
    session = folder / SESSION_FILE
    known = load_session(session) if session.exists() else Session()
    return Present(frozenset(flows - {""}), behaviours, frozenset(names), modules, known)


def session(known: Session, outside: Iterable[Outside], dependencies: dict[str, Dependency]) -> Session:
    """`known` and what was heard outside of flows, each question once, in a stable order."""
    found = {(call.dependency, call.question): call for call in known.calls}
    for one in outside:
        exchange = one.exchange
        name = exchange.connection.dependency or ""
        if exchange.incomplete or exchange.answer is None or name not in dependencies:
            continue
        call = _call(exchange, name, dependencies)
        found.setdefault((name, call.question), call)
    return Session(tuple(sorted(found.values(), key=lambda call: (call.dependency, repr(call.question)))))


def _call(exchange: Exchange, name: str, dependencies: dict[str, Dependency]) -> RecordedCall:
    return RecordedCall(
        dependency=name,
        question=tidy_question(exchange.question),
        answer=tidy_answer(exchange.answer),
        origin=origin(exchange, dependencies),
    )
