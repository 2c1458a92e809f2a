"""What is of one kind (the same question to the same dependency), and who of it belongs to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from flowtape.capture.correlate.spans.ancestry import Ancestry, Owner
from flowtape.capture.correlate.spans.assignment import Possible, assign
from flowtape.capture.correlate.spans.reading import OTHERS_SLACK_NS, Claim, Heard, serves, stands_for

LOOK_NS: Final = 1_000_000_000
"""So far it is looked for a moment at which no call was under way, to cut there."""

Vote: TypeAlias = tuple[tuple[Owner, ...], bool]
"""What one instrumentation says: whose a call may be, and whether that is all there is to it."""


@dataclass(slots=True)
class Group:
    """Exchanges, and claims by the instrumentation that made them: each sees an exchange once, two may see it both."""

    heard: list[Heard] = field(default_factory=list)
    claims: dict[str, list[Claim]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.heard or self.claims)

    def claim(self, claim: Claim) -> None:
        self.claims.setdefault(claim.span.scope, []).append(claim)

    def solve_requests(self, upto: int) -> Counter[str]:
        """Tie each request that was over by `upto` to its server span. Returns what became of spans."""
        self._sort()
        may_be: dict[int, list[Claim]] = {}
        sure: set[int] = set()
        for claims in self.claims.values():
            found = assign(self.heard, claims, serves, slack=2 * OTHERS_SLACK_NS)
            for claim, possible in zip(claims, found, strict=True):
                for entry in possible.partners:
                    may_be.setdefault(id(entry), []).append(claim)
                if len(possible.partners) == 1 and not possible.free:
                    sure.add(id(claim))
        used: dict[int, str] = {}
        for entry in self.heard:
            if entry.end > upto:
                continue
            entry.solved = True
            entry.said_whole = None
            candidates = may_be.get(id(entry), [])
            exact = [claim for claim in candidates if id(claim) in sure]
            entry.owners = _distinct(Owner(one.span.trace, one.span.id) for one in exact or candidates)
            for claim in candidates:
                used[id(claim)] = "tied" if id(claim) in sure else "doubtful"
        return self._settle(used)

    def solve_calls(self, upto: int, ancestry: Ancestry, late: int) -> Counter[str]:
        """Tie each call that began by `upto`, or a little later, to client spans. Returns what became of spans."""
        self._sort()
        calls = [one for one in self.heard if one.leader is None and one.start <= upto + LOOK_NS]
        answers = {scope: assign(claims, calls, stands_for(late)) for scope, claims in self.claims.items()}
        for found in answers.values():
            interchange(calls, found, stands_for(late))
        end = max((_cut(calls, found, upto) for found in answers.values()), default=upto)
        used: dict[int, str] = {}
        for found in answers.values():
            for call, possible in zip(calls, found, strict=True):
                if call.start <= end:
                    sure = len(possible.partners) == 1 and not possible.free
                    for claim in possible.partners:
                        used[id(claim)] = "tied" if sure else "doubtful"
                    if sure:
                        call.claim(possible.partners[0])
        for found in answers.values():
            companions = _companions(calls, found)
            for call, possible in zip(calls, found, strict=True):
                if possible.partners:
                    call.votes.append(_vote(possible, ancestry, alone=companions[id(call)]))
        for call in calls:
            if call.start <= end:
                call.solved = True
                call.owners = agreed(call.votes)
                call.said_whole = None
            call.votes.clear()
        return self._settle(used)

    def forget(self, before: int) -> int:
        """What was over by then; returns how many claims that were."""
        self.heard = [one for one in self.heard if not one.solved and one.end >= before]
        number = sum(map(len, self.claims.values()))
        self._keep({id(one) for claims in self.claims.values() for one in claims if one.end >= before})
        return number - sum(map(len, self.claims.values()))

    def _settle(self, used: dict[int, str]) -> Counter[str]:
        self.heard = [one for one in self.heard if not one.solved]
        self._keep({id(one) for claims in self.claims.values() for one in claims} - set(used))
        return Counter(used.values())

    def _keep(self, kept: set[int]) -> None:
        for scope, claims in list(self.claims.items()):
            self.claims[scope] = [one for one in claims if id(one) in kept]
            if not self.claims[scope]:
                del self.claims[scope]

    def _sort(self) -> None:
        self.heard.sort(key=_start)
        for claims in self.claims.values():
            claims.sort(key=_start)


def interchange(
    calls: Sequence[Heard],
    found: Sequence[Possible[Claim]],
    fits: Callable[[Claim, Heard], bool],
) -> None:
    """Calls equal in question and answer that only fit each other's spans are given those in order: changed about, nothing would be."""
    doubtful: dict[tuple[int, ...], list[int]] = {}
    for number, possible in enumerate(found):
        if len(possible.partners) > 1 and not possible.free:
            doubtful.setdefault(tuple(sorted(id(claim) for claim in possible.partners)), []).append(number)
    for partners, numbers in doubtful.items():
        if len(partners) != len(numbers) or any(
            calls[one].said_whole != calls[numbers[0]].said_whole for one in numbers[1:]
        ):
            continue
        ordered = sorted(found[numbers[0]].partners, key=_start)
        if all(fits(claim, calls[number]) for claim, number in zip(ordered, numbers, strict=True)):
            for claim, number in zip(ordered, numbers, strict=True):
                found[number].partners = [claim]


def agreed(votes: Sequence[Vote]) -> tuple[Owner, ...]:
    """One owner where all that are sure say so and nobody contradicts; several where they are in doubt; none where nobody knows."""
    told = [set(owners) for owners, whole in votes if whole]
    if not told:
        return ()
    common = set.intersection(*told)
    return tuple(sorted(common, key=lambda owner: (owner.trace, owner.span)))


def _cut(calls: Sequence[Heard], found: Sequence[Possible[Claim]], upto: int) -> int:
    """The first moment from `upto` on at which no call was under way."""
    after = (call.start for call, one in zip(calls, found, strict=True) if call.start >= upto and one.clean)
    return next(after, upto)


def _vote(possible: Possible[Claim], ancestry: Ancestry, *, alone: bool) -> Vote:
    known = (ancestry.owner(one.span.trace, one.span.id) for one in possible.partners)
    owners = _distinct(owner for owner in known if owner is not None)
    if len(owners) > 1 and len({owner.trace for owner in owners}) == 1 and not all(owner.whole for owner in owners):
        owners = (Owner(owners[0].trace, "", whole=False),)
    return owners, not possible.free or (alone and len(owners) == 1)


def _companions(calls: Sequence[Heard], found: Sequence[Possible[Claim]]) -> dict[int, bool]:
    """Of each call whether all that compete with it for a span are on its connection: one statement run many times (executemany)."""
    connections: dict[int, set[str]] = {}
    for call, possible in zip(calls, found, strict=True):
        for claim in possible.partners:
            connections.setdefault(id(claim), set()).add(call.connection)
    return {
        id(call): all(connections[id(claim)] == {call.connection} for claim in possible.partners)
        for call, possible in zip(calls, found, strict=True)
    }


def _distinct(owners: Iterable[Owner]) -> tuple[Owner, ...]:
    return tuple(dict.fromkeys(owners))


def _start(one: Heard | Claim) -> int:
    return one.start
