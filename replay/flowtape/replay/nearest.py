"""Why the record has no answer: what was asked, the recorded call that is nearest, and what differs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from flowtape.capture.exchange import Value
from flowtape.replay.match import Argument, Asked

MAX_WORDS = 300


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recorded call. `used` says that it has been asked already."""

    dependency: str
    asked: Asked
    used: bool


def nearest(dependency: str, asked: Asked, candidates: Iterable[Candidate]) -> Candidate | None:
    """The candidate that is most like the question: same fingerprint, then verb and table, then the arguments."""
    ranked = [(_rank(dependency, asked, each), index, each) for index, each in enumerate(candidates)]
    ranked = [each for each in ranked if each[0] > (0, 0, 0)]
    return max(ranked, key=lambda each: (each[0], -each[1]))[2] if ranked else None


def _rank(dependency: str, asked: Asked, candidate: Candidate) -> tuple[int, int, int]:
    other = candidate.asked
    if other.protocol != asked.protocol or candidate.dependency != dependency:
        return (0, 0, 0)
    likeness = 4 if other.fingerprint == asked.fingerprint else 0
    likeness += 2 * (bool(other.subject) and other.subject == asked.subject) + (other.verb == asked.verb)
    same = len(set(other.arguments) & set(asked.arguments))
    return (likeness, int(not candidate.used), same) if likeness else (0, 0, 0)


def explain(dependency: str, asked: Asked, candidates: list[Candidate]) -> str:
    """A few lines for a person."""
    lines = [f"{dependency} was asked what the record does not hold:", f"  asked     {shown(asked)}"]
    near = nearest(dependency, asked, candidates)
    if near is None:
        count = sum(each.dependency == dependency for each in candidates)
        lines.append(f"  recorded  nothing like it ({count} calls to {dependency} in this flow)")
        return "\n".join(lines)
    lines.append(f"  nearest   {shown(near.asked)}")
    differences = argument_differences(near.asked.arguments, asked.arguments)
    if near.asked.fingerprint != asked.fingerprint:
        if near.asked.protocol == "sql":
            differences = _word_differences(near.asked.words, asked.words)
        elif near.asked.protocol == "redis":
            lines.append("  differs   the command or the number of its arguments is another one")
    lines += [f"  differs   {line}" for line in differences[:6]]
    if not differences and near.asked.fingerprint == asked.fingerprint:
        lines.append("  differs   in nothing, but the record holds it fewer times than it was asked")
    elif near.used:
        lines.append("            (that call was asked already)")
    return "\n".join(lines)


def _word_differences(recorded: str, observed: str) -> list[str]:
    """What two statements differ in, word by word; many differences are one."""
    before, after = (re.findall(r"\w+|[^\w\s]", text) for text in (recorded, observed))
    lines = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = " ".join(before[a:b]), " ".join(after[c:d])
        if kind == "insert":
            lines.append(f"now also `{new}`")
        elif kind == "delete":
            lines.append(f"no longer `{old}`")
        elif kind == "replace":
            lines.append(f"recorded `{old}`, now `{new}`")
    return lines if len(lines) <= 4 else ["the statement is quite another one"]


def shown(asked: Asked) -> str:
    """The question on one line, SQL with its values after it."""
    words = asked.words if len(asked.words) <= MAX_WORDS else asked.words[:MAX_WORDS] + "…"
    words = words.encode("utf-8", "replace").decode()
    if asked.protocol != "sql" or not asked.arguments:
        return words
    return f"{words}  [{', '.join(f'{name} = {literal(value)}' for name, value in asked.arguments[:12])}]"


def literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"{len(value)} bytes {value[:16].hex()}"
    text = value if len(value) <= 200 else value[:200] + "…"
    return text.encode("unicode_escape", "replace").decode() if not text.isprintable() else text


def argument_differences(recorded: tuple[Argument, ...], observed: tuple[Argument, ...]) -> list[str]:
    """One line for each argument that differs: `total: recorded 19.9, got 42`."""
    before, after = dict(recorded), dict(observed)
    lines = []
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            lines.append(f"{name}: recorded {literal(before[name])}, not asked with now")
        elif name not in before:
            lines.append(f"{name}: not recorded, got {literal(after[name])}")
        elif before[name] != after[name]:
            lines.append(f"{name}: recorded {literal(before[name])}, got {literal(after[name])}")
    return lines
