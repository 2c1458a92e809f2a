"""The service's spans as a source of marks: exchanges and spans come in any order, and what is certain of them is told when asked."""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from flowtape.capture.correlate.marks import Mark
from flowtape.capture.correlate.spans.ancestry import Ancestry, Owner
from flowtape.capture.correlate.spans.group import LOOK_NS, Group
from flowtape.capture.correlate.spans.peers import Peers
from flowtape.capture.correlate.spans.reading import Heard, Kind, claim, heard, of_exchange, of_span
from flowtape.capture.exchange import Exchange, SqlStatement
from flowtape.capture.flow import Evidence
from flowtape.capture.span import Span

WAIT_NS: Final = 10_000_000_000
SLICE_NS: Final = 250_000_000
"""What is solved at once, beyond what was asked about."""
KEEP_NS: Final = 60_000_000_000
"""A span is known to its descendants for so long."""
MAX_SPANS: Final = 300_000
MAX_BESIDE: Final = 20
EXACT: Final = Evidence("span", "a span of its request's stands for it", 1.0)
DOUBT: Final = Evidence("span", "spans of several requests may stand for it", 0.5)


@dataclass(slots=True)
class _Dialogue:
    """A database connection: what was asked last, and what was prepared and not run yet, with all that came since."""

    last: Heard | None = None
    prepared: Heard | None = None
    since: list[Heard] = field(default_factory=list)


class Spans:
    """A source of marks (flowtape.capture.correlate.marks.MarkSource). Not thread-safe.

    `counters`: each span is in one of spans.duplicate, spans.over_limit, spans.late (what it could be tied to was decided),
    spans.inner (it stands for no exchange of ours), and spans.tied, spans.doubtful or spans.untied; those not told yet are waiting. A
    pipeline's span counts once for each command. requests.tied, requests.doubtful, requests.sampled_out and requests.without_span are
    the requests.
    """

    def __init__(self, peers: Peers, wait_ns: int = WAIT_NS, *, limit: int = MAX_SPANS) -> None:
        self.counters: Counter[str] = Counter()
        self.patience_ns = wait_ns
        self.behind = 0
        """How many more requests were heard than server spans came."""
        self._peers = peers
        self._ancestry = Ancestry(limit)
        self._groups: dict[Kind, Group] = {}
        self._transactions: dict[str, list[Heard]] = {}
        self._dialogues: dict[str, _Dialogue] = {}
        self._asked_for: dict[tuple[str, int, int], deque[Heard]] = {}
        self._asked = 0
        self._latest: Owner | None = None
        self._pruned = 0

    # -- what comes in

    def take(self, spans: Iterable[Span]) -> None:
        for span in spans:
            if self._ancestry.full:
                self.counters["spans.over_limit"] += 1
            elif not self._ancestry.add(span):
                self.counters["spans.duplicate"] += 1
            else:
                self.behind -= span.kind == "server"
                self._claim(span)

    def _claim(self, span: Span) -> None:
        readings = list(of_span(span, self._peers)) if span.kind in ("client", "server", "producer") else []
        if not readings:
            self.counters["spans.inner"] += 1
        elif span.ended < self._asked:
            self.counters["spans.late"] += 1
        else:
            for kind, said in readings:
                self._groups.setdefault(kind, Group()).claim(claim(span, said))

    def hear(self, exchange: Exchange) -> None:
        """Before the correlator takes it."""
        read = of_exchange(exchange)
        if read is None:
            return
        kind, said = read
        self.behind += kind[0] is None
        if kind[0] is None and not self._peers.entry_ports:
            said = said.without_port()
        found = heard(exchange, kind, said)
        if isinstance(exchange.question, SqlStatement):
            self._follow(found, describe=exchange.question.describe)
        self._groups.setdefault(kind, Group()).heard.append(found)
        if not exchange.session:  # nobody will ask whose that is, but it may say whose what is around it is
            self._asked_for.setdefault(_key(exchange), deque()).append(found)
            if exchange.transaction:
                found.transaction = exchange.transaction
                self._transactions.setdefault(exchange.transaction, []).append(found)

    def _follow(self, found: Heard, *, describe: bool) -> None:
        dialogue = self._dialogues.setdefault(found.connection, _Dialogue())
        last = dialogue.last
        if last is not None:
            last.following = found
        if last is not None and last.kind != found.kind and found.start >= last.end:
            last.before = found.start
        dialogue.last = found
        if describe:
            dialogue.prepared, dialogue.since = found, [found]
        elif dialogue.prepared is not None and dialogue.prepared.kind == found.kind:
            found.start = dialogue.prepared.start
            for one in dialogue.since:
                one.leader = found
            dialogue.prepared, dialogue.since = None, []
        elif dialogue.prepared is not None:
            dialogue.since.append(found)

    # -- what is told

    def marks(self, exchange: Exchange) -> dict[Mark, Evidence]:
        """The request's span and trace, for its entry and its calls; those of several requests where it is in doubt."""
        self._asked = max(self._asked, exchange.started)
        waiting = self._asked_for.get(_key(exchange))
        if not waiting:
            return {}
        found = waiting.popleft()
        if not waiting:
            del self._asked_for[_key(exchange)]
        owners = self._owners(found)
        if exchange.connection.dependency is None:
            self._count_request(found, owners)
            self._latest = owners[0] if len(owners) == 1 else None
            return dict.fromkeys(_marks(owners[0]), EXACT) if len(owners) == 1 else {}
        if len(owners) > 1:
            owners = self._narrowed(found, owners)
        if len(owners) == 1:
            return dict.fromkeys(_marks(owners[0]), EXACT)
        named = [Mark("span", owner.span) for owner in owners if owner.span]
        return dict.fromkeys(named, DOUBT) if len(named) == len(owners) else {}

    def until(self, entry: Exchange) -> int:
        """When the last span of the request's trace ended. To be asked after its marks."""
        return self._ancestry.ended(self._latest.trace) if self._latest is not None else 0

    def _owners(self, found: Heard) -> tuple[Owner, ...]:
        """One, where it is certain; several, where it is one of them; none, where nothing is known."""
        if found.context is not None and found.kind[0] is not None:
            owner = self._ancestry.owner(found.context.trace, found.context.span)
            if owner is not None:
                return (owner,)
        leader = found.leader or found
        if not leader.solved:
            self._solve(leader)
        return leader.owners or self._owners_beside(found)

    def _owners_beside(self, found: Heard) -> tuple[Owner, ...]:
        """No span stands for it (a BEGIN, what a driver looks up), but it ran within the one that stands for what came next."""
        for following in itertools.islice(_following(found), MAX_BESIDE):
            if not following.solved:
                self._solve(following)
            if following.claimed[1]:
                return following.owners if found.within(following) else ()
        return ()

    def _narrowed(self, found: Heard, owners: tuple[Owner, ...]) -> tuple[Owner, ...]:
        """What runs in one transaction is one owner's: of several the one that the others leave."""
        told = [self._owners(one) for one in self._transactions.get(found.transaction, ()) if one is not found]
        left = set(owners).intersection(*(set(one) for one in told if one))
        return tuple(left) if len(left) == 1 else owners

    def _count_request(self, found: Heard, owners: Sequence[Owner]) -> None:
        if len(owners) == 1:
            self.counters["requests.tied"] += 1
        elif owners:
            self.counters["requests.doubtful"] += 1
        elif found.context is not None and not found.context.sampled:
            self.counters["requests.sampled_out"] += 1
        else:
            self.counters["requests.without_span"] += 1

    def advance(self, watermark: int) -> None:
        """Forget what nobody will ask about any more."""
        if watermark < self._pruned + LOOK_NS:
            return
        self._pruned = watermark
        over = max(self._asked - LOOK_NS, watermark - 10 * self.patience_ns)
        for kind, group in list(self._groups.items()):
            self.counters["spans.untied"] += group.forget(over)
            if not group:
                del self._groups[kind]
        for name in [name for name, members in self._transactions.items() if all(one.end < over for one in members)]:
            del self._transactions[name]
        for key in [key for key, waiting in self._asked_for.items() if all(one.end < over for one in waiting)]:
            del self._asked_for[key]
        for name in [name for name, one in self._dialogues.items() if one.last is not None and one.last.end < over]:
            del self._dialogues[name]
        self._ancestry.forget(over - KEEP_NS)

    def _solve(self, wanted: Heard) -> None:
        group = self._groups.setdefault(wanted.kind, Group())
        dependency = wanted.kind[0]
        if dependency is None:
            told = group.solve_requests(wanted.end + SLICE_NS)
        else:
            told = group.solve_calls(wanted.start + SLICE_NS, self._ancestry, self._peers.late(dependency))
        wanted.solved = True
        self.counters.update({f"spans.{name}": number for name, number in told.items()})


def _following(one: Heard) -> Iterator[Heard]:
    while one.following is not None:
        one = one.following
        yield one


def _marks(owner: Owner) -> Iterator[Mark]:
    if owner.span:
        yield Mark("span", owner.span)
    yield Mark("trace", owner.trace)


def _key(exchange: Exchange) -> tuple[str, int, int]:
    return exchange.connection.id, exchange.started, exchange.ended
