"""From exchanges to flows: collects the evidence and decides, once the watermark has passed, and never by a guess."""

from __future__ import annotations

import dataclasses
import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from flowtape.capture.correlate import alone
from flowtape.capture.correlate.explanation import Candidate
from flowtape.capture.correlate.grammar import FEW, Grammar, Path
from flowtape.capture.correlate.lifetime import LONGEST_QUIET, Lifetimes, over
from flowtape.capture.correlate.marks import SPACES, Mark, MarkSource, ask, traced
from flowtape.capture.correlate.open_flow import MAX_NOTES, OpenFlow, Windows, candidates, flow_id
from flowtape.capture.correlate.probation import Probation
from flowtape.capture.correlate.reasons import count, plain, remedies
from flowtape.capture.correlate.remembered import Remembered
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.correlate.trace_context import TraceContext
from flowtape.capture.correlate.transaction import Placed, Transaction
from flowtape.capture.correlate.undecided import LEARNED, Settled, Undecided
from flowtape.capture.correlate.waiting import Unit
from flowtape.capture.correlate.weight import weight
from flowtape.capture.exchange import Exchange, OpaqueBytes
from flowtape.capture.flow import Call, Evidence, Flow, Outside

Decided: TypeAlias = Flow | Outside

QUIET_NS: Final = 100_000_000
OPEN_NS: Final = 30_000_000_000
CAPACITY: Final = 256 * 1024 * 1024
FOREVER: Final = 1 << 63
THRESHOLD: Final = 0.999


class Correlator:
    """Takes exchanges in any order, gives flows, and what belongs to none, as the watermark passes.

    Times are ns. `quiet_ns` is how long after a response the service may still work for it; `open_ns` how long a transaction is
    waited for; `capacity` how many bytes of undecided exchanges are held; `sources` who is asked for exact marks;
    `threshold` how sure a flow has to be.

    Each exchange ends in exactly one of `counters`: an entry in flows.kept, flows.ambiguous or flows.incomplete (flows.heard is
    their sum, and those still open); a call in calls.kept, calls.left_out (its flow was), calls.ambiguous (its owner is in doubt),
    outside.session or outside.background; either in `late`; what nobody could read in `unread`. `reasons` says why flows were left out.
    """

    def __init__(
        self,
        service: str,
        version: str,
        quiet_ns: int = QUIET_NS,
        *,
        open_ns: int = OPEN_NS,
        capacity: int = CAPACITY,
        sources: Sequence[MarkSource] = (TraceContext(),),
        threshold: float = THRESHOLD,
    ) -> None:
        self.counters: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.would_keep: Counter[str] = Counter()
        """How many of flows.ambiguous would be kept with spans, with trace context in SQL and HTTP, with fewer requests at once, with pauses between them."""
        self.weight = 0
        """Bytes of undecided exchanges, near enough."""
        self._service, self._version = service, version
        self._quiet, self._open, self._capacity = quiet_ns, open_ns, capacity
        self._sources = sources
        self._heard = 0
        """The taps' watermark."""
        self._watermark = 0
        """Up to where marks were asked for and calls were placed: the taps' less what the sources' patience holds back."""
        self._coming: list[tuple[int, int, int, Exchange | OpenFlow]] = []
        """A heap of what is not placed yet, by start; of one moment, entries first."""
        self._arrival = 0
        self._windows = Windows()
        self._lifetimes = Lifetimes(quiet_ns, open_ns)
        self._waiting: dict[OpenFlow, None] = {}
        self._marked: dict[Mark, list[OpenFlow]] = {}
        self._transactions: dict[str, Transaction] = {}
        self._gaps: list[tuple[int, int, str]] = []
        self._decided_marks = Remembered[Mark]()
        self._decided_transactions = Remembered[str]()
        self._traced: set[str | None] = set()
        self._grammar = Grammar()
        self._undecided = Undecided(self._grammar, threshold)
        self._probation = Probation()
        self._threshold = threshold
        self._decided: list[Decided] = []
        self._giving_up = False

    @property
    def keeps(self) -> int:
        """How many flows are kept, or will be unless something is heard that speaks against them."""
        return self.counters["flows.kept"] + len(self._probation)

    def take(self, exchange: Exchange) -> None:
        if exchange.incomplete:
            exchange = dataclasses.replace(exchange, incomplete=plain(exchange.incomplete))
        if exchange.started < self._watermark and not exchange.session and exchange.protocol != "unread":
            self._late(exchange)
            return
        if isinstance(exchange.question, OpaqueBytes):
            self._pass_over(exchange)
        elif exchange.connection.dependency is None and not exchange.session:
            self._begin(exchange)
        else:
            self.weight += weight(exchange)
            self._await(exchange)
        if self.weight > self._capacity:
            self._give_up()

    def missed(self, started: int, ended: int, reason: str, *, request: bool = True) -> None:
        """Something was not heard between these times: no flow whose window they touch is whole.

        If it may have been a `request`, neither is one that overlaps its quiet time: its calls would seem to be the other's.
        """
        ended = max(started, ended) + (self._quiet if request else 0)
        self._gaps.append((started, ended, reason))
        for flow in self._windows.overlapping(started, ended):
            flow.miss(reason)
        for flow in self._waiting:
            if flow.entry.started <= ended and flow.until >= started:
                flow.miss(reason)

    def advance(self, watermark: int) -> list[Decided]:
        """Decide what can be, now that all that started before `watermark` was taken."""
        self._heard = max(self._heard, watermark)
        self._place_ripe()
        for transaction in list(self._transactions.values()):
            if transaction.closed and transaction.ended < self._watermark:
                self._resolve(transaction)
            elif transaction.started + self._open < self._watermark:
                self._resolve(transaction, f"a transaction was still open after {self._open / 1e9:g} s")
        for flow in self._windows.take_past(self._watermark):
            if flow.waits_for:
                self._waiting[flow] = None
            else:
                self._ready(flow)
        self._settle_doubts()
        self._believe(self._probation.over(self._watermark))
        self._gaps = [gap for gap in self._gaps if gap[1] + self._quiet >= self._watermark]
        decided, self._decided = self._decided, []
        return decided

    def close(self, *, whole: bool = False) -> list[Decided]:
        """Decide the rest. `whole` says that nothing came after: else what may still have had calls to make is incomplete."""
        self._place_all()
        if not whole:
            for flow in self._windows:
                if flow.until >= self._heard:
                    flow.miss("the capture ended within its quiet time")
        return self._flush("the capture ended in an open transaction")

    # -- entries

    def _begin(self, entry: Exchange) -> None:
        self.counters["flows.heard"] += 1
        until = self._lifetimes.until(entry)
        flow = OpenFlow(flow_id(entry, self.counters["flows.heard"]), entry, until, weight(entry))
        self.weight += flow.weight
        if entry.incomplete or entry.answer is None:
            flow.miss(f"the request: {entry.incomplete or 'it has no response'}")
        self._miss_gaps(flow)
        self._windows.add(flow)
        self._await(flow)

    def _extend(self, flow: OpenFlow, until: int) -> None:
        """The service may be at work for it until then."""
        flow.near = max(flow.near, until)
        self._reach(flow, until)

    def _reach(self, flow: OpenFlow, until: int) -> None:
        if until > flow.until:
            flow.until = until
            self._miss_gaps(flow)

    def _miss_gaps(self, flow: OpenFlow) -> None:
        for started, ended, reason in self._gaps:
            if flow.entry.started <= ended and flow.until >= started:
                flow.miss(reason)

    def _ready(self, flow: OpenFlow) -> None:
        """All that may be `flow`'s was placed."""
        if self._undecided.concerns(flow):
            self._undecided.ready(flow)
        else:
            self._decide(flow)

    def _settle_doubts(self) -> None:
        self._settle_those(self._undecided.settle())

    def _settle_the_rest(self) -> None:
        """What is held too: once there is nothing more to learn."""
        settled = self._undecided.settle()
        while settled.looked:
            self._settle_those(settled)
            settled = self._undecided.settle()
        self._settle_those(self._undecided.give_up())

    def _settle_those(self, settled: Settled) -> None:
        for one in settled.held:
            self._let_go_of_marks(one.flow)
        for one in settled.teaching:
            request = Saying(one.flow.entry)
            calls = [*one.flow.calls_said(), *(call for unit in one.won for call in unit.calls)]
            if not self._grammar.strays(request, calls):
                one.lesson = self._grammar.learn(request, calls)
        for one in settled.final:
            for unit in one.won:
                one.flow.weight += unit.weight
                for call in unit.calls:
                    self._give(call.exchange, one.flow, one.evidence(call), one.runner_up(unit))
            if not one.kept:
                one.flow.doubted |= {call.exchange.protocol for unit in one.contested() for call in unit.calls}
            sure = one.kept and not one.flow.problem and one.confidence >= LEARNED
            one.flow.ambiguous += one.doubts(self._threshold)[:MAX_NOTES]
            self._decide(one.flow, sure=sure, path=one.lesson)
        for unit in settled.units:
            if unit.owner is None:
                self._lose(unit)
            unit.clear()

    def _lose(self, unit: Unit) -> None:
        """Nobody's for certain."""
        background = self._undecided.is_background(unit)
        for call in unit.calls:
            if background:
                self._outside(call.exchange, "background")
            else:
                self.weight -= weight(call.exchange)
                self.counters["calls.ambiguous"] += 1

    def _let_go_of_marks(self, flow: OpenFlow) -> None:
        """What comes for it from now on is late."""
        for mark in flow.marks:
            self._marked[mark].remove(flow)
            if not self._marked[mark]:
                del self._marked[mark]
            self._decided_marks.add(mark)
        flow.marks = {}

    def _decide(self, flow: OpenFlow, *, sure: bool = False, path: Path | None = None) -> None:
        """`sure` flows teach the grammar even where they are not kept, if it did not learn their `path` before."""
        self._let_go_of_marks(flow)
        request, calls = Saying(flow.entry), flow.calls_said()
        unmarked = not flow.problem and any(call.evidence[0].confidence < 1 for call in flow.calls)
        strays = self._grammar.strays(request, calls) if unmarked else []
        self._grammar.learn_strays(request, strays)
        flow.doubt_strays(strays)
        if path is None and (not flow.problem or (sure and not strays)):
            path = self._grammar.learn(request, calls)
        if unmarked and not flow.problem and path is not None and path.seen < FEW:
            self._probation.add(flow)
        else:
            self._conclude(flow)

    def _believe(self, flows: Iterable[OpenFlow]) -> None:
        """Decide those that were on probation by what is known now."""
        for flow in flows:
            flow.doubt_strays(self._grammar.strays(Saying(flow.entry), flow.calls_said(), learned=1))
            self._conclude(flow)

    def _conclude(self, flow: OpenFlow) -> None:
        self.weight -= flow.weight
        problem = flow.problem
        self.counters[f"flows.{problem.partition(':')[0] or 'kept'}"] += 1
        if flow.calls:
            self.counters["calls.left_out" if problem else "calls.kept"] += len(flow.calls)
        if flow.ambiguous and not flow.incomplete:
            self.would_keep.update(remedies(flow.doubted, at_once=flow.at_once))
        if problem:
            count(self.reasons, flow.reason)
        self._decided.append(flow.decided(self._service, self._version))

    def spoilt(self, calls: int, problem: str) -> None:
        """A flow that was decided to be kept, with so many calls, turned out to be incomplete after all."""
        self.counters["flows.kept"] -= 1
        self.counters["flows.incomplete"] += 1
        if calls:
            self.counters["calls.kept"] -= calls
            self.counters["calls.left_out"] += calls
        count(self.reasons, problem)

    # -- waiting for what is not known yet

    def _await(self, found: Exchange | OpenFlow) -> None:
        self._arrival += 1
        is_call = isinstance(found, Exchange)
        started = found.started if isinstance(found, Exchange) else found.entry.started
        heapq.heappush(self._coming, (started, is_call, self._arrival, found))

    def _place_ripe(self) -> None:
        """Place all that started before the watermark, in order, as far as every source has had its time for it."""
        patience = max((source.patience_ns for source in self._sources), default=0)
        upto = self._heard - patience
        while self._coming and self._coming[0][0] < upto:
            if patience and _ended(self._coming[0][3]) > upto:
                upto = self._coming[0][0]
                break
            self._settle(heapq.heappop(self._coming)[3])
        self._watermark = max(self._watermark, upto)

    def _place_all(self) -> None:
        while self._coming:
            self._settle(heapq.heappop(self._coming)[3])

    def _settle(self, found: Exchange | OpenFlow) -> None:
        if isinstance(found, Exchange):
            self._place(found)
            return
        found.marks = ask(self._sources, found.entry)
        for source in self._sources:
            self._extend(found, source.until(found.entry))
        known = self._grammar.of(Saying(found.entry))
        if known:
            found.tail = self._lifetimes.with_tail(found.entry, known.tail)
        busy = self._windows.overlapping(found.entry.started, found.entry.started)
        if len(busy) > 1:
            for flow in busy:
                self._reach(flow, flow.tail)
                if flow is not found and flow.entry.ended >= found.entry.started:
                    flow.at_once = found.at_once = True
        for mark in found.marks:
            self._marked.setdefault(mark, []).append(found)

    # -- calls

    def _place(self, exchange: Exchange) -> None:
        if exchange.session:
            self._outside(exchange, "session")
            if exchange.transaction in self._transactions:
                self._transactions[exchange.transaction].heard(exchange)
            return
        marks = ask(self._sources, exchange)
        exact, evidence = self._exact(exchange, marks)
        if not exact and any(mark in self._decided_marks for mark in marks):
            self._late(exchange, held=True)
            return
        if len(exact) == 1 and evidence.confidence < 1:  # it is this one's, or one's that is decided or unheard
            exact = []
        if len(exact) == 1:
            # It is still at work: what follows may be its own too.
            self._extend(exact[0], exchange.ended + self._lifetimes.quiet)
        told = exact and not exchange.transaction
        window = () if told else tuple(self._window(exchange, () if exact else marks))
        if not exact and len(window) == 1 and exchange.started <= window[0].near:
            (lone,) = window  # nobody else may be at work: what follows a little later may be its own as well
            latest = max(lone.until, lone.entry.ended + LONGEST_QUIET * self._quiet)
            self._extend(lone, min(exchange.ended + self._lifetimes.quiet, latest))
        placed = Placed(exchange, tuple(exact), window, evidence, weight(exchange))
        if exchange.transaction in self._decided_transactions and not exact:
            self._own(placed, window, evidence, doubtful=True)
        elif exchange.transaction:
            self._join(placed)
        else:
            self._own(placed, placed.exact or window, evidence)

    def _exact(self, call: Exchange, marks: Mapping[Mark, Evidence]) -> tuple[list[OpenFlow], Evidence]:
        """The flows whose ids the call carries, by the strongest kind of id; those in whose window it is, where several share it."""
        for space in SPACES:
            matching = [mark for mark in marks if mark.space == space and mark in self._marked]
            sharing = dict.fromkeys(flow for mark in matching for flow in self._marked[mark])
            begun = [flow for flow in sharing if flow.entry.started <= call.started]
            if begun:
                break
        else:
            return [], alone.EVIDENCE
        if len(begun) > 1:
            begun = [flow for flow in begun if flow.until >= call.started] or begun
        if space != "request":
            self._traced.add(call.connection.dependency)
        return begun, marks[matching[0]]

    def _window(self, call: Exchange, marks: Iterable[Mark]) -> list[OpenFlow]:
        """The flows that may have made the call by its time. One with a trace id of its own did not make a call with
        another's, to a dependency that is known to be told the request's.
        """
        found = alone.candidates(call, self._windows)
        if call.connection.dependency in self._traced and traced(marks):
            return [flow for flow in found if not traced(flow.marks)]
        return found

    def _join(self, placed: Placed) -> None:
        """Keep a statement until its transaction is over; the flows that may own it wait for that."""
        name = placed.exchange.transaction
        transaction = self._transactions.setdefault(name, Transaction(name))
        transaction.statements.append(placed)
        transaction.heard(placed.exchange)
        for flow in (*placed.exact, *placed.window):
            flow.waits_for.add(name)

    def _resolve(self, transaction: Transaction, problem: str = "") -> None:
        del self._transactions[transaction.id]
        self._decided_transactions.add(transaction.id)
        found = transaction.resolve()
        if (
            found
            and len(found[0].owners) > 1
            and not any(owned.doubtful or owned.owners != found[0].owners for owned in found)
        ):
            self._doubt([owned.call for owned in found], found[0].owners)
        else:
            for owned in found:
                self._own(owned.call, owned.owners, owned.evidence, doubtful=owned.doubtful)
        for flow in transaction.candidates:
            flow.waits_for.discard(transaction.id)
            if problem:
                flow.miss(problem)
            if flow in self._waiting and not flow.waits_for:
                del self._waiting[flow]
                self._ready(flow)

    def _own(self, placed: Placed, owners: tuple[OpenFlow, ...], evidence: Evidence, *, doubtful: bool = False) -> None:
        exchange = placed.exchange
        if not owners and self._giving_up:  # its request may not have been heard yet
            self.weight -= placed.weight
            self.counters["calls.left_out"] += 1
            return
        if not owners:
            self._outside(exchange, "background")
            return
        if doubtful:
            self.weight -= placed.weight
            self.counters["calls.ambiguous"] += 1
            whose = candidates(owners)
            for flow in owners:
                flow.doubt(exchange, whose)
        elif len(owners) > 1 or (evidence is alone.EVIDENCE and exchange.started > owners[0].near):
            self._doubt([placed], owners)
        else:
            owners[0].weight += placed.weight
            self._give(exchange, owners[0], (evidence,))

    def _doubt(self, calls: Sequence[Placed], owners: tuple[OpenFlow, ...]) -> None:
        found = [Candidate(placed.exchange) for placed in calls]
        self._undecided.doubt(found, owners, sum(placed.weight for placed in calls))

    def _give(self, exchange: Exchange, flow: OpenFlow, evidence: tuple[Evidence, ...], runner_up: str = "") -> None:
        flow.calls.append(Call(exchange, evidence, runner_up))
        if exchange.incomplete or exchange.answer is None:
            flow.miss(f"a call to {exchange.connection.dependency}: {exchange.incomplete or 'it has no answer'}")

    def _outside(self, exchange: Exchange, kind: str) -> None:
        self.weight -= weight(exchange)
        self.counters[f"outside.{kind}"] += 1
        self._decided.append(Outside(exchange, kind))
        if kind == "background":
            self._grammar.learn_outside(Saying(exchange))

    # -- what does not go as it should

    def _late(self, exchange: Exchange, *, held: bool = False) -> None:
        """It was decided without this exchange: no flow that is still open may be."""
        if held:
            self.weight -= weight(exchange)
        self.counters["late"] += 1
        if not held:
            request = exchange.connection.dependency is None
            self.missed(exchange.started, exchange.ended, "an exchange was heard too late", request=request)

    def _pass_over(self, unread: Exchange) -> None:
        """Nobody knows what was said: calls, or a request whose own calls would seem another's."""
        self.counters["unread"] += 1
        dependency = unread.connection.dependency
        who = f"with {dependency}" if dependency else "to the service"
        reason = f"unread traffic {who}: {unread.incomplete or 'opaque'}"
        self.missed(unread.started, unread.ended, reason, request=dependency is None)

    def _give_up(self) -> None:
        """Too much is undecided: decide it all, and keep none of it."""
        reason = "too much traffic was undecided at once"
        self._giving_up = True
        latest = [flow.entry.ended for flow in self._windows] + [_ended(found) for *_, found in self._coming]
        for flow in (*self._windows, *self._waiting):
            flow.miss(reason)
        end = max(latest, default=self._watermark)
        decided = self._flush(reason)
        self.missed(self._watermark, end, reason)
        self._heard = self._watermark = max(self._watermark, self._heard, end + 1)
        self._decided = decided
        self._giving_up = False

    def _flush(self, reason: str) -> list[Decided]:
        """Decide everything. Transactions that are open are cut off, for `reason`."""
        self._place_all()
        for transaction in list(self._transactions.values()):
            self._resolve(transaction, "" if transaction.closed else reason)
        for flow in self._windows.take_past(FOREVER):
            self._ready(flow)
        self._settle_the_rest()
        self._believe(self._probation.over(self._watermark, 0))
        decided, self._decided = self._decided, []
        return decided


def _ended(found: Exchange | OpenFlow) -> int:
    return over(found if isinstance(found, Exchange) else found.entry)
