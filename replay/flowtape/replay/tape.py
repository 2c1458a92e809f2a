"""The tape: the recorded calls that one test may use, with their order and lifetimes, and a note of all that was asked.

A recorded call of the flow is used once, in its order among equal ones. What the session holds is answered at any time. A read
that is repeated is answered again as long as nothing was written between; a write that is repeated is an extra effect. Anything
else is a miss: answered with an error, explained, never guessed.
"""

from __future__ import annotations

import threading
from collections import ChainMap, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flowtape.capture import sql
from flowtape.capture.exchange import Answer, Question, SqlResult, SqlStatement, Value
from flowtape.capture.sql.canonical import NO_TABLES, Tables
from flowtape.replay.effects import Effect, Effects
from flowtape.replay.flowfile import Case, RecordedCall, Session
from flowtape.replay.index import Index, Recorded, indexed
from flowtape.replay.lifetimes import Lifetimes
from flowtape.replay.match import Asked, asked, without_list
from flowtape.replay.nearest import Candidate, explain, shown
from flowtape.replay.order import Order
from flowtape.replay.rules.lists import is_list, match_list
from flowtape.replay.rules.many_keys import joined, parts
from flowtape.replay.rules.readings import answer_to, asked_otherwise, readings
from flowtape.replay.rules.shape import shape_of
from flowtape.replay.rules.tables import known_tables
from flowtape.replay.shapes import NO_SECRETS, Secrets
from flowtape.replay.source import Miss, Shape
from flowtape.replay.unordered.orders import Orders
from flowtape.replay.variables import Variables


@dataclass(slots=True)
class Observed:
    """Something that was asked. `recorded` is the index of the call that answered it, -1 for the session's, None for a miss;
    `again` says that this call had answered before.

    Of the `transaction` that it was asked in, `isolation` is the mode and `ended` how much had been asked when it ended. `note` says what is to be said of it: the miss's explanation, that it was asked again, or what a learning tape let through.
    """

    dependency: str
    question: Question
    asked: Asked
    recorded: int | None
    transaction: str = ""
    committed: bool | None = None
    isolation: str = ""
    ended: int | None = None
    again: bool = False
    note: str = ""
    learned: bool = False


class Tape:
    """Implements `Source`, and is safe to use from several threads.

    `at` is the clock of the run, nanoseconds since the epoch; `secrets` are what the service signs with. A `learning` tape answers a
    question whose arguments alone are new with the first unused call of that fingerprint, and notes it.
    """

    def __init__(
        self,
        case: Case,
        session: Session,
        *,
        at: int | None = None,
        learning: bool = False,
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        self.case = case
        self.session = session
        self.learning = learning
        self.observed: list[Observed] = []
        self.variables = Variables(case.variables, case.captured.at if at is None else at, case.request, secrets)
        self._lock = threading.RLock()
        self._flow, self._session = Index(), indexed(session)
        self._readings: Index | None = None
        self._tables: Mapping[str, Tables] | None = None
        self._lifetimes = Lifetimes()
        self._open: dict[tuple[str, str], list[Observed]] = defaultdict(list)
        """What was asked in a transaction that is open, by dependency and connection."""
        self._ended = 0
        self._orders = Orders(case, self.variables.names)
        self.recorded = [self._place(index, call) for index, call in enumerate(case.calls)]
        self._order = Order(self.recorded)

    def _place(self, index: int, call: RecordedCall) -> Recorded:
        meaning = self._orders.meaning(call.dependency, call.question)
        names = self.variables.names
        recorded = Recorded(index, call, meaning, {name: value for name, value in meaning.arguments if names(value)})
        self._flow.add(recorded)
        return recorded

    # -- Source

    def ask(
        self, dependency: str, question: Question, transaction: str = "", otherwise: Answer | None = None
    ) -> Answer | Miss:
        meaning = self._orders.meaning(dependency, question)
        with self._lock:
            answer, seen = self._answer(dependency, question, meaning, otherwise)
            if meaning.effect:
                self._lifetimes.wrote(dependency)
            if transaction:
                seen.transaction = f"{transaction} {self._ended}"
                self._open[dependency, transaction].append(seen)
            self.observed.append(seen)
            return answer

    def shape(self, dependency: str, text: str) -> Shape | Miss:
        statement = sql.read(text)
        with self._lock:
            place = (dependency, statement.fingerprint)
            call = self._flow.shapes.get(place) or self._session.shapes.get(place)
            if call is None and (other := without_list(SqlStatement(text), self._known(dependency))):
                call = self._other_readings().shapes.get((dependency, other.fingerprint))
            shape = None if call is None else shape_of(call, text, self._known(dependency))
            if shape is None:
                # Not a miss yet: a server that cannot answer by itself goes on to ask.
                return Miss(explain(dependency, asked(SqlStatement(text)), self._candidates(asked(SqlStatement(text)))))
            return shape

    def answers(self, dependency: str, text: str) -> Sequence[SqlResult]:
        fingerprint = sql.read(text).fingerprint
        return [
            call.answer
            for call in (*self.case.calls, *self.session.calls)
            if call.dependency == dependency
            and isinstance(call.question, SqlStatement)
            and isinstance(call.answer, SqlResult)
            and sql.read(call.question.text).fingerprint == fingerprint
        ]

    def transaction_ended(self, dependency: str, connection: str, *, committed: bool, isolation: str = "") -> None:
        with self._lock:
            for seen in self._open.pop((dependency, connection), ()):
                seen.committed, seen.isolation, seen.ended = committed, isolation, len(self.observed)
            self._ended += 1

    # -- answering

    def _answer(
        self, dependency: str, question: Question, meaning: Asked, otherwise: Answer | None
    ) -> tuple[Answer | Miss, Observed]:
        found = self._take(dependency, meaning)
        if found is not None:
            if not meaning.effect:
                self._lifetimes.read(dependency, meaning, found)
            return self._use(found, dependency, question, meaning)
        for row in self._session.find(dependency, meaning):
            for recorded in row:
                if recorded.call.answer is not None:
                    return recorded.call.answer, Observed(dependency, question, meaning, -1)
        if found_otherwise := (
            self._again(dependency, question, meaning)
            or self._read_otherwise(dependency, question, meaning)
            or self._put_together(dependency, question, meaning)
        ):
            return found_otherwise
        if otherwise is not None:
            return otherwise, Observed(dependency, question, meaning, -1)
        if self.learning and (near := self._learn(dependency, meaning)):
            answer, seen = self._use(near, dependency, question, meaning)
            seen.learned = True
            return answer, seen
        note = "\n".join(
            [explain(dependency, meaning, self._candidates(meaning)), *self._out_of_order(dependency, meaning)]
        )
        return Miss(note), Observed(dependency, question, meaning, None, note=note)

    def _take(self, dependency: str, meaning: Asked, besides: Collection[int] = ()) -> Recorded | None:
        """The first unused recorded call that is this question, and is none of `besides`; its variables are bound."""
        observed = dict(meaning.arguments)
        for row in self._flow.find(dependency, meaning):
            while row and row[0].used:  # so that thousands of equal calls are not looked through for each of them
                row.popleft()
            for recorded in row:
                if recorded.used or id(recorded) in besides or self._stale(recorded):
                    continue
                if self._unify(recorded, observed):
                    return recorded
        return None

    def _stale(self, recorded: Recorded) -> bool:
        """Whether this read's answer is from before a write that has happened, or from after one that has not."""
        return not recorded.asked.effect and self._order.in_the_way(recorded) is not None

    def _out_of_order(self, dependency: str, meaning: Asked) -> Iterator[str]:
        """Why a read that is recorded has no answer now."""
        for row in self._flow.find(dependency, meaning):
            for recorded in row:
                write = None if recorded.used or meaning.effect else self._order.in_the_way(recorded)
                if write is not None:
                    when = "after" if write.index < recorded.index else "before"
                    yield f"            the record's answer is from {when} {shown(self._rendered(write))}"
                    return

    def _unify(self, recorded: Recorded, observed: dict[str, Value]) -> bool:
        if not recorded.open:
            return True
        new: dict[str, str] = {}
        bound = ChainMap(new, self.variables.bound)
        for name, template in recorded.open.items():
            seen, match = observed.get(name), self.variables.match
            listed = is_list(name, template)
            found = match_list(str(template), seen, bound, match) if listed else match(template, seen, bound)
            if found is None:
                return False
            new |= found
        self.variables.bound |= new
        return True

    def _use(
        self, recorded: Recorded, dependency: str, question: Question, meaning: Asked
    ) -> tuple[Answer | Miss, Observed]:
        recorded.use(meaning.arguments)
        if meaning.effect:
            self._order.used(recorded)
        seen = Observed(dependency, question, meaning, recorded.index)
        if recorded.call.answer is None:
            seen.note = "the record holds no answer to this call: in production it got none"
            return Miss(seen.note), seen
        return self._answer_of(recorded, recorded.call.answer, question), seen

    def _answer_of(self, recorded: Recorded, answer: Answer, question: Question) -> Answer:
        """The answer with this run's values, and what belongs to one item of a list in the order of that list."""
        answer = self._orders.answer(recorded.call.dependency, recorded.call.question, question, answer)
        return self.variables.answer(answer)

    def _other_readings(self) -> Index:
        """Made when first looked for: most runs ask what was recorded."""
        if self._readings is None:
            self._readings = Index()
            for recorded in self.recorded:
                for reading in readings(recorded, self.variables.names, self._known(recorded.call.dependency)):
                    self._readings.add(reading)
        return self._readings

    def _known(self, dependency: str) -> Tables:
        """The tables whose columns the record tells."""
        if self._tables is None:
            self._tables = known_tables((*self.case.calls, *self.session.calls))
        return self._tables.get(dependency, NO_TABLES)

    def _read_otherwise(
        self, dependency: str, question: Question, meaning: Asked
    ) -> tuple[Answer | Miss, Observed] | None:
        """The answer out of a call that was recorded as another question."""
        other = asked_otherwise(question, meaning, self._known(dependency))
        found = None if other is None else self._take_reading(dependency, question, other)
        if found is None or other is None:
            return None
        return self._use_reading(*found, Observed(dependency, question, meaning, found[0].index), other)

    def _take_reading(
        self, dependency: str, question: Question, other: Asked, besides: Collection[int] = ()
    ) -> tuple[Recorded, Answer] | None:
        arguments = dict(other.arguments)
        for row in self._other_readings().find(dependency, other):
            for reading in row:
                if reading.used or id(reading) in besides:
                    continue
                if (answer := answer_to(reading, question, self._known(dependency))) is None:
                    continue
                if not self._stale(reading) and self._unify(reading, arguments):
                    return reading, answer
        return None

    def _put_together(
        self, dependency: str, question: Question, meaning: Asked
    ) -> tuple[Answer | Miss, Observed] | None:
        """The answer made of those to several recorded calls, all of them or none."""
        bound = dict(self.variables.bound)
        found: dict[int, tuple[Recorded, Asked]] = {}
        answers: list[Answer | None] = []
        for part in parts(question):
            asked_part = asked(part)
            each = self._one_part(dependency, part, asked_part, found)
            answers.append(None if each is None else answer_to(each, part, self._known(dependency)))
            if each is None:
                break
            found[id(each)] = each, asked_part
        reply = joined(answers) if answers else None
        if reply is None:
            self.variables.bound = bound
            return None
        for each, asked_part in found.values():
            each.use(asked_part.arguments)
            self._lifetimes.read(dependency, asked_part, each)
        first = next(iter(found.values()))[0]
        return self.variables.answer(reply), Observed(dependency, question, meaning, first.index)

    def _one_part(self, dependency: str, part: Question, meaning: Asked, besides: Collection[int]) -> Recorded | None:
        if found := self._take(dependency, meaning, besides):
            return found
        if reading := self._take_reading(dependency, part, meaning, besides):
            return reading[0]
        return self._lifetimes.again(dependency, meaning)

    def _use_reading(
        self, reading: Recorded, answer: Answer, seen: Observed, other: Asked
    ) -> tuple[Answer | Miss, Observed]:
        assert reading.whole is not None
        reading.use(other.arguments)
        if seen.asked.effect:
            self._order.used(reading.whole)
            # However it is put and whatever it returns, it changes what was recorded.
            seen.asked = self._rendered(reading.whole)
            reading.use(seen.asked.arguments)
        else:
            self._lifetimes.read(seen.dependency, seen.asked, reading)
        return self.variables.answer(answer), seen

    def _again(self, dependency: str, question: Question, meaning: Asked) -> tuple[Answer, Observed] | None:
        """The last answer to a read, if nothing was written since."""
        recorded = self._lifetimes.again(dependency, meaning)
        answer = None if recorded is None else answer_to(recorded, question, self._known(dependency))
        if recorded is None or answer is None:
            return None
        seen = Observed(dependency, question, meaning, recorded.index, again=True)
        seen.note = "asked again, with nothing written between"
        return self._answer_of(recorded, answer, question), seen

    def _learn(self, dependency: str, meaning: Asked) -> Recorded | None:
        alike = self._flow.by_fingerprint.get((dependency, meaning.protocol, meaning.fingerprint), [])
        if meaning.protocol == "http":  # of which the fingerprint does not hold the path
            alike = [each for each in alike if each.asked.subject == meaning.subject]
        return next((each for each in alike if not each.used and not self._stale(each)), None)

    def _candidates(self, meaning: Asked) -> list[Candidate]:
        """The recorded calls to explain a miss by: a variable that `meaning` could bind is no difference."""
        observed = dict(meaning.arguments)
        found = []
        for each in self.recorded:
            shown = self._rendered(each)
            fits = {
                name: observed[name]
                for name, value in each.open.items()
                if name in observed and self.variables.match(value, observed[name]) is not None
            }
            if fits:
                shown = replace(
                    shown, arguments=tuple((name, fits.get(name, value)) for name, value in shown.arguments)
                )
            found.append(Candidate(each.call.dependency, shown, each.used))
        return found

    # -- what came of it

    def swapped(self, places: Mapping[int, int]) -> list[tuple[Recorded, Recorded]]:
        """See `Order.swapped`."""
        return self._order.swapped(places)

    def _rendered(self, recorded: Recorded) -> Asked:
        """The recorded question as this run should have asked it."""
        if not recorded.open:
            return recorded.asked
        value = self.variables.value
        arguments = tuple((name, value(each)) for name, each in recorded.asked.arguments)
        return replace(recorded.asked, arguments=arguments, words=self.variables.render(recorded.asked.words))

    @property
    def misses(self) -> list[Observed]:
        """What the record does not hold, each once."""
        with self._lock:
            found = {seen.note: seen for seen in self.observed if seen.recorded is None}
        return list(found.values())

    def effects(self) -> Effects:
        """What was changed, in the order in which it was asked."""
        with self._lock:
            return Effects(
                [
                    Effect(seen.dependency, seen.asked, seen.transaction, self._committed(seen))
                    for seen in self.observed
                    if seen.asked.effect and seen.recorded != -1
                ]
            )

    def _committed(self, seen: Observed) -> bool | None:
        """A statement that fails outside of a transaction is undone as surely as one that fails within."""
        if seen.transaction or seen.recorded is None:
            return seen.committed
        answer = self.recorded[seen.recorded].call.answer
        return False if isinstance(answer, SqlResult) and answer.error else seen.committed

    def recorded_effects(self) -> Effects:
        """What was recorded as changed, with this run's values for the variables."""
        with self._lock:
            return Effects([self._recorded_effect(each) for each in self.recorded if each.asked.effect])

    def _recorded_effect(self, recorded: Recorded) -> Effect:
        call = recorded.call
        if recorded.open and recorded.observed is not None and not self.learning:
            words = self.variables.render(recorded.asked.words)
            meaning = replace(recorded.asked, arguments=recorded.observed, words=words)  # unified when it was asked
        else:
            meaning = self._rendered(recorded)
        number = "" if call.transaction is None else str(call.transaction)
        return Effect(call.dependency, meaning, number, call.committed)

    def could_learn(self, miss: Observed) -> bool:
        """Whether a learning tape would answer this missed effect: one with other arguments is recorded and still unused."""
        with self._lock:
            return miss.asked.effect and self._learn(miss.dependency, miss.asked) is not None

    def settled(self) -> bool:
        """Whether nothing is still to come: every recorded effect was asked for and every transaction has ended."""
        with self._lock:
            asked_for = all(each.used for each in self.recorded if each.asked.effect)
            return asked_for and not self._open

    def never_asked(self) -> list[RecordedCall]:
        """The recorded reads that nobody asked: worth a note, no more."""
        with self._lock:
            return [
                each.call for each in self.recorded if not each.used and not each.asked.effect and not each.asked.lock
            ]
