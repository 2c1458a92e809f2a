"""How a flow goes about its calls, beside what they change: its locks, its transactions' modes, what comes before a COMMIT.

- A lock that was taken must be taken, in the same transaction as the writes that it protects.
- A transaction runs in the mode that was recorded: the isolation level, READ ONLY, DEFERRABLE.
- What another dependency was told outside of a transaction stays on its side of that transaction's COMMIT: a card is not
  charged for what may yet be rolled back, nor a cache told of it.
- Writes of the same thing keep their order, inside and outside of transactions (order.py says what that is).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowtape.capture.exchange import SqlStatement
from flowtape.capture.sql import isolation
from flowtape.replay.flowfile import Session
from flowtape.replay.index import Recorded
from flowtape.replay.match import Asked
from flowtape.replay.nearest import shown
from flowtape.replay.tape import Observed, Tape

PLAIN = "read committed"


def must_happen(asked: Asked) -> bool:
    """Whether it is missed when a flow no longer asks it."""
    return asked.effect or asked.lock


def answered(observed: Iterable[Observed]) -> dict[int, Observed]:
    """What each recorded call answered first, by its index."""
    found: dict[int, Observed] = {}
    for seen in observed:
        if seen.recorded is not None and seen.recorded >= 0:
            found.setdefault(seen.recorded, seen)
    return found


def differences(tape: Tape) -> list[str]:
    """What differs, a line or two each; [] if nothing does."""
    found = answered(tape.observed)
    lines = [*_locks(tape, found), *_modes(tape, found), *_commits(tape, found), *_order(tape, found)]
    return list(dict.fromkeys(lines))


def observed_conduct(tape: Tape) -> Mapping[int, Mapping[str, Any]]:
    """The fields of each recorded call that say how it was made now, to be recorded in the place of what they were."""
    found = answered(tape.observed)
    ends = _ends(tape, found)
    repeats = [seen.recorded for seen in tape.observed if seen.again]
    conduct = {}
    for index, seen in found.items():
        call = tape.recorded[index].call
        before, after = _sides(tape, seen, ends)
        conduct[index] = {
            "isolation": seen.isolation if seen.transaction else "",
            "before_commit": None if call.before_commit is None else before,
            "after_commit": None if call.after_commit is None else after,
            "budget": max(call.budget, 1 + repeats.count(index)),
        }
    return conduct


# -- locks


def _locks(tape: Tape, found: Mapping[int, Observed]) -> Iterator[str]:
    for each in tape.recorded:
        if each.asked.effect or not each.asked.lock:
            continue
        seen = found.get(each.index)
        if seen is None:
            yield f"missing   {each.call.dependency}: {shown(each.asked)} (a lock)"
        elif each.call.transaction is not None and not seen.transaction:
            yield _different(each, "its lock is held no longer: it is asked outside of any transaction")
        elif each.call.transaction is not None and seen.transaction not in _names(tape, found, each):
            yield _different(each, "its lock is no longer in the transaction of the writes that it protects")


def _names(tape: Tape, found: Mapping[int, Observed], lock: Recorded) -> set[str]:
    """The transactions of this run in which the writes of the lock's recorded transaction are, if any."""
    names = {
        found[each.index].transaction
        for each in tape.recorded
        if each.asked.effect
        and each.index in found
        and (each.call.dependency, each.call.transaction) == (lock.call.dependency, lock.call.transaction)
    }
    return names or {found[lock.index].transaction}


# -- modes


def _modes(tape: Tape, found: Mapping[int, Observed]) -> Iterator[str]:
    told = set()
    for each in tape.recorded:
        seen = found.get(each.index)
        if seen is None or (not seen.transaction and not each.call.isolation):
            continue
        recorded, now = each.call.isolation, seen.isolation
        once = (each.call.dependency, seen.transaction, recorded, now)
        if once in told:
            continue
        told.add(once)
        if recorded != now and (recorded or now not in session_modes(tape.session, each.call.dependency)):
            yield f"isolation {each.call.dependency}: recorded as {recorded or PLAIN}, now {now or PLAIN}, from {seen.asked.words[:80]}"


def session_modes(session: Session, dependency: str) -> set[str]:
    """The modes to which a dependency's recorded sessions were set as a whole."""
    found = {
        isolation.set_for(call.question.text, "")
        for call in session.calls
        if call.dependency == dependency and isinstance(call.question, SqlStatement)
    }
    return {mode for mode in found if mode}


# -- commits


def _ends(tape: Tape, found: Mapping[int, Observed]) -> dict[int, tuple[str, int]]:
    """Of each recorded transaction, the dependency, and how much had been asked when all of its writes were committed."""
    ends: dict[int, tuple[str, int]] = {}
    places = {id(seen): place for place, seen in enumerate(tape.observed)}
    for each in tape.recorded:
        if each.call.transaction is None or not each.asked.effect or each.index not in found:
            continue
        seen = found[each.index]
        if seen.transaction and not seen.committed:
            continue
        end = places[id(seen)] + 1 if seen.ended is None else seen.ended
        _, known = ends.get(each.call.transaction, ("", 0))
        ends[each.call.transaction] = each.call.dependency, max(end, known)
    return ends


def _sides(tape: Tape, seen: Observed, ends: Mapping[int, tuple[str, int]]) -> tuple[int | None, int | None]:
    """The first transaction of another dependency that was committed after `seen` was asked, and the last one before."""
    place = next(place for place, each in enumerate(tape.observed) if each is seen)
    others = sorted((end, number) for number, (dependency, end) in ends.items() if dependency != seen.dependency)
    before = [number for end, number in others if place < end]
    after = [number for end, number in others if place >= end]
    return (before[0] if before else None), (after[-1] if after else None)


def _commits(tape: Tape, found: Mapping[int, Observed]) -> Iterator[str]:
    marked = [each for each in tape.recorded if (each.call.before_commit, each.call.after_commit) != (None, None)]
    if not marked:
        return
    ends = _ends(tape, found)
    places = {id(seen): place for place, seen in enumerate(tape.observed)}
    for each in marked:
        if each.index not in found:
            continue
        place = places[id(found[each.index])]
        for number, then, now in (
            (each.call.before_commit, "before", "after"),
            (each.call.after_commit, "after", "before"),
        ):
            if number in ends and (place < ends[number][1]) != (then == "before"):
                yield f"order     {each.call.dependency}: {shown(each.asked)}\n          was asked {then} the commit of transaction {number}, now {now} it"


def _order(tape: Tape, found: Mapping[int, Observed]) -> Iterator[str]:
    places = {id(seen): place for place, seen in enumerate(tape.observed)}
    for earlier, later in tape.swapped({index: places[id(seen)] for index, seen in found.items()}):
        yield (
            f"order     {later.call.dependency}: {shown(found[later.index].asked)}\n"
            f"          was recorded after {shown(found[earlier.index].asked)}"
        )


def _different(each: Recorded, words: str) -> str:
    return f"different {each.call.dependency}: {shown(each.asked)}\n          {words}"
