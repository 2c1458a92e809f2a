"""Effects: what a service changes outside of itself, and when two lists of them are the same.

Order matters within a transaction and nowhere else. A single statement that commits itself is the same as a transaction of that
one statement which was committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from flowtape.replay.match import Asked
from flowtape.replay.nearest import argument_differences, shown


@dataclass(frozen=True, slots=True)
class Effect:
    """`transaction` tells transactions of one run apart, "" outside of any. `committed` is None where it is not known."""

    dependency: str
    asked: Asked
    transaction: str = ""
    committed: bool | None = None

    @property
    def arguments(self) -> dict[str, str | bytes | None]:
        return dict(self.asked.arguments)

    def __str__(self) -> str:
        undone = " (rolled back)" if self.committed is False else ""
        return f"{self.dependency}: {shown(self.asked)}{undone}"


Group = tuple[bool | None, tuple[tuple[str, str, tuple[tuple[str, str | bytes | None], ...]], ...]]


class Effects(Sequence[Effect]):
    """Compares equal to Effects that change the same things."""

    def __init__(self, effects: Sequence[Effect]) -> None:
        self._effects = tuple(effects)

    @overload
    def __getitem__(self, index: int) -> Effect: ...
    @overload
    def __getitem__(self, index: slice) -> Effects: ...
    def __getitem__(self, index: int | slice) -> Effect | Effects:
        return Effects(self._effects[index]) if isinstance(index, slice) else self._effects[index]

    def __len__(self) -> int:
        return len(self._effects)

    def __iter__(self) -> Iterator[Effect]:
        return iter(self._effects)

    def __repr__(self) -> str:
        return f"Effects({[str(effect) for effect in self]})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Effects) and not differences(self, other)

    __hash__ = None  # type: ignore[assignment] # compared, never a key


def _groups(effects: Effects) -> list[list[Effect]]:
    """The effects of each transaction in their order; each other effect by itself."""
    found: dict[tuple[str, str], list[Effect]] = {}
    for index, effect in enumerate(effects):
        key = (effect.dependency, effect.transaction) if effect.transaction else ("", str(index))
        found.setdefault(key, []).append(effect)
    return list(found.values())


def _asked(group: list[Effect]) -> tuple[object, ...]:
    return tuple((effect.dependency, effect.asked.fingerprint, effect.asked.arguments) for effect in group)


def _committed(group: list[Effect]) -> bool | None:
    """None where it is not known, or where only a part was kept (a savepoint)."""
    outcomes = {True if not effect.transaction and effect.committed is None else effect.committed for effect in group}
    return outcomes.pop() if len(outcomes) == 1 else None


def differences(recorded: Effects, observed: Effects) -> list[str]:
    """What differs, a line or two each; [] if they are the same."""
    before, after = _groups(recorded), _groups(observed)
    _pair(before, after)
    lines = []
    for group in list(before):
        for other in after:
            if _asked(group) == _asked(other):
                lines.append(_outcome_line(group, other))
            elif sorted(map(repr, _asked(group))) == sorted(map(repr, _asked(other))):
                lines.append(
                    f"order     {'; '.join(map(str, other))}\n          was recorded as {'; '.join(map(str, group))}"
                )
            else:
                continue
            before.remove(group)
            after.remove(other)
            break
    return lines + _one_by_one(
        [effect for group in before for effect in group], [effect for group in after for effect in group]
    )


def _pair(before: list[list[Effect]], after: list[list[Effect]]) -> None:
    """Take away what is the same on both sides."""
    for group in list(before):
        for other in after:
            outcomes = {_committed(group), _committed(other)}
            if _asked(group) == _asked(other) and (len(outcomes) == 1 or None in outcomes):
                before.remove(group)
                after.remove(other)
                break


def _outcome_line(group: list[Effect], other: list[Effect]) -> str:
    words = {True: "committed", False: "rolled back", None: "left open"}
    return (
        f"different {other[0].dependency}: {shown(other[0].asked)}\n"
        f"          recorded as {words[_committed(group)]}, now {words[_committed(other)]}"
    )


def _one_by_one(missing: list[Effect], extra: list[Effect]) -> list[str]:
    lines: list[str] = []
    for effect in list(missing):
        same = next((other for other in extra if _asked([other]) == _asked([effect])), None)
        if same is not None:
            missing.remove(effect)
            extra.remove(same)
            if len(missing) == 0 and len(extra) == 0 and not lines:
                lines.append(f"different {effect}\n          is no longer in the same transaction as before")
    for effect in list(missing):
        alike = [
            each
            for each in extra
            if each.dependency == effect.dependency and each.asked.fingerprint == effect.asked.fingerprint
        ]
        if alike:
            other = min(alike, key=lambda each: len(argument_differences(effect.asked.arguments, each.asked.arguments)))
            missing.remove(effect)
            extra.remove(other)
            lines.append(f"different {effect.dependency}: {_words(effect)}")
            lines += [
                f"          {line}" for line in argument_differences(effect.asked.arguments, other.asked.arguments)[:8]
            ]
    lines += [f"missing   {effect}" for effect in missing]
    return lines + [f"extra     {effect}" for effect in extra]


def _words(effect: Effect) -> str:
    return effect.asked.words if len(effect.asked.words) <= 200 else effect.asked.words[:200] + "…"
