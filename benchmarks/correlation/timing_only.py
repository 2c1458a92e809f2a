"""Traces of two applications without any payload: how far timing and grammar go alone.

What the connection tells flowtape is not asked: that a service's call is the request that another service got. An edge is one
within a service, from a request to a call that it made; the published figures count those. In the Node.js traces, which hold the
receiving side alone, it is one from a request to the requests that it caused.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figure import Figure

from flowtape.capture.correlate.timing import Span, Timing
from flowtape.capture.correlate.unravel import Owned, refine

HERE = Path(__file__).parent / "traces"
LOADS = (25, 50, 75, 100, 125, 150)
THRESHOLD = 0.999
PUBLISHED = {"hotel_25": 1.0, "hotel_75": 0.996, "hotel_100": 0.975, "hotel_150": 0.98}
"""TraceWeaver's own share of traces whose every edge is right, with its authors' code."""
ONE_CLOCK = ("hotel_150",)
"""Where the services' clocks agree, so that a span lies within the span of another service that caused it, and that edge can be
estimated too.
"""

Edges = dict[int, Owned]
"""Of a span its parent, by their indices, and how sure that is."""


@dataclass(frozen=True, slots=True)
class Traces:
    """`spans` are all that an estimator sees; `parents` is the truth: the index of each span's parent, None for a root.

    `known` are the spans whose parent the connection tells: it was sent by another service, which was heard sending it.
    """

    spans: Sequence[Span]
    names: Sequence[str]
    parents: Sequence[int | None]
    known: frozenset[int]


def run() -> Iterator[Figure]:
    for application in ("hotel", "node"):
        for load in LOADS:
            name = f"{application}_{load}"
            yield from figures(
                f"correlation.{name}", read(HERE / f"{name}.csv.gz"), PUBLISHED.get(name), one_clock=name in ONE_CLOCK
            )


def read(path: Path) -> Traces:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    places = {(row["trace"], row["span"]): at for at, row in enumerate(rows)}
    parents = [places.get((row["trace"], row["parent"])) for row in rows]
    spans = [
        Span(
            f"{row['kind']} {row['service']} {row['operation']}",
            start := int(row["start_us"]),
            start + int(row["duration_us"]),
        )
        for row in rows
    ]
    both_sides = any(row["kind"] == "client" and row["parent"] for row in rows)
    known = frozenset(
        at
        for at, parent in enumerate(parents)
        if both_sides and parent is not None and rows[at]["service"] != rows[parent]["service"]
    )
    return Traces(spans, [row["trace"] for row in rows], parents, known)


def figures(name: str, traces: Traces, published: float | None, *, one_clock: bool) -> Iterator[Figure]:
    edges = estimate(traces.spans, traces.known)
    right, sure = judged(traces, edges, traces.known)
    fcfs, _ = judged(traces, first_come_first_served(traces.spans), traces.known)
    rivals = {"first come first served": share(fcfs)}
    if published is not None:
        rivals["TraceWeaver, as published"] = published
    yield Figure(f"{name}.right", share(right), "share", "higher", rivals)
    kept = [right[trace] for trace, confidence in sure.items() if confidence >= THRESHOLD]
    yield Figure(f"{name}.precision", sum(kept) / max(1, len(kept)), "share", "higher", {"all kept": share(right)})
    yield Figure(f"{name}.kept", len(kept) / len(right), "share", "higher", {"all kept": 1.0})
    if one_clock:
        every, _ = judged(traces, estimate(traces.spans), frozenset())
        naive, _ = judged(traces, first_come_first_served(traces.spans), frozenset())
        yield Figure(
            f"{name}.right_without_connections",
            share(every),
            "share",
            "higher",
            {"first come first served": share(naive)},
        )


def share(right: Mapping[str, bool]) -> float:
    return sum(right.values()) / len(right)


def judged(traces: Traces, edges: Edges, known: frozenset[int]) -> tuple[dict[str, bool], dict[str, float]]:
    """For each trace whether each of its edges is right, and the confidence of the least sure of them."""
    right: dict[str, bool] = {}
    sure: dict[str, float] = {}
    for at, parent in enumerate(traces.parents):
        if parent is None or at in known:
            continue
        trace, found = traces.names[at], edges.get(at)
        right[trace] = right.get(trace, True) and found is not None and found.parent == parent
        sure[trace] = min(sure.get(trace, 1.0), 0.0 if found is None else found.confidence)
    return right, sure


# -- estimating


def estimate(spans: Sequence[Span], known: frozenset[int] = frozenset()) -> Edges:
    """Learn from the traces that were alone which kind of span causes which, and give each span its parent but for the known."""
    by_kind = _by_kind(spans)
    alone = _alone(spans, by_kind)
    settled = {spans[at].kind for at in known}
    causes = {kind: cause for kind, cause in topology(spans, alone).items() if kind not in settled}
    unit = 1000.0 if all(span.started % 1000 == 0 for span in spans) else 1.0
    edges: Edges = {}
    for cause in sorted(set(causes.values())):
        caused = [kind for kind, by in causes.items() if by == cause]
        timing = Timing(unit)
        timing.learn((spans[trace[cause]], [spans[trace[kind]] for kind in caused]) for trace in alone)
        parents, children = by_kind[cause], [at for kind in caused for at in by_kind[kind]]
        owned = refine(timing, [spans[at] for at in parents], [spans[at] for at in children])
        for child, owner in zip(children, owned, strict=True):
            if owner is not None:
                edges[child] = Owned(parents[owner.parent], owner.confidence)
    return edges


def topology(spans: Sequence[Span], alone: Sequence[Mapping[str, int]]) -> dict[str, str]:
    """For each kind of span the kind that causes it: of those that always contained it the one that takes the shortest."""
    length = Counter[str]()
    for trace in alone:
        length.update({kind: round(spans[at].ended - spans[at].started) for kind, at in trace.items()})
    found = {}
    for kind in alone[0]:
        around = [
            other
            for other in alone[0]
            if other != kind and all(_contains(spans[trace[other]], spans[trace[kind]]) for trace in alone)
        ]
        if around:
            found[kind] = min(around, key=lambda other: length[other])
    return found


def _contains(outer: Span, inner: Span) -> bool:
    return outer.started <= inner.started and inner.ended <= outer.ended


def _by_kind(spans: Sequence[Span]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for at in sorted(range(len(spans)), key=lambda at: spans[at].started):
        found[spans[at].kind].append(at)
    return found


def _alone(spans: Sequence[Span], by_kind: Mapping[str, Sequence[int]]) -> list[dict[str, int]]:
    """The traces that no other overlapped, as indices by kind. The outermost kind of span is the one that takes longest."""
    outermost = max(by_kind, key=lambda kind: sum(spans[at].ended - spans[at].started for at in by_kind[kind]))
    found, busy_until = [], 0.0
    roots = [*by_kind[outermost]]
    for root, following in zip(roots, [*roots[1:], None], strict=True):
        ended = spans[root].ended
        if spans[root].started > busy_until and (following is None or spans[following].started > ended):
            inside = [at for at, span in enumerate(spans) if _contains(spans[root], span)]
            trace = {spans[at].kind: at for at in inside}
            if len(trace) == len(inside) == len(by_kind):
                found.append(trace)
        busy_until = max(busy_until, ended)
    return found


def first_come_first_served(spans: Sequence[Span]) -> Edges:
    """The nth span of a kind has the nth of the kind that causes it: the rival."""
    by_kind = _by_kind(spans)
    causes = topology(spans, _alone(spans, by_kind))
    return {
        child: Owned(parent, 1.0)
        for kind, cause in causes.items()
        for child, parent in zip(by_kind[kind], by_kind[cause], strict=False)
    }
