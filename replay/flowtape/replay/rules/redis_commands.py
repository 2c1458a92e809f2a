"""Redis commands that say the same in other words, and are answered the same: one small function for each family.

Each takes a command's name in upper case and its arguments, and gives them in one way of writing, each argument with its name; None
where the command is none of its own or is written in a way that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from flowtape.replay.rules.lists import list_name

Named: TypeAlias = tuple[str, list[tuple[str, str]], dict[str, list[str]]]
"""The command, its arguments by name, and those of them that are lists in which order and repetition do not matter."""


def canonical(command: str, rest: Sequence[str]) -> Named:
    rule = _RULES.get(command)
    found = rule(command, rest) if rule is not None else None
    return found or (command, _numbered(rest), {})


def _numbered(rest: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"argument {index}", word) for index, word in enumerate(rest, 1)]


def counting(command: str, rest: Sequence[str]) -> Named | None:
    """`INCR k` is `INCRBY k 1`, `DECR k` is `INCRBY k -1`, `DECRBY k 2` is `INCRBY k -2`."""
    by = rest[1] if len(rest) == 2 else "1"
    if len(rest) != (2 if command.endswith("BY") else 1) or (command == "DECRBY" and not by.isdecimal()):
        return None
    signed = f"-{by}" if command.startswith("DECR") and by != "0" else by
    return "INCRBY", _numbered([rest[0], signed]), {}


_MILLISECONDS = {"EX": ("PX", 1000), "EXAT": ("PXAT", 1000), "PX": ("PX", 1), "PXAT": ("PXAT", 1)}


def _expiry(unit: str, number: str) -> tuple[str, str]:
    """In milliseconds, where it is a number."""
    to, factor = _MILLISECONDS[unit]
    return (to, str(int(number) * factor)) if number.isdecimal() and len(number) < 20 else (unit, number)


def setting(command: str, rest: Sequence[str]) -> Named | None:
    """`SETEX k 60 v` is `SET k v EX 60`, and that is `SET k v PX 60000`; the order of SET's options does not matter."""
    if command in ("SETEX", "PSETEX"):
        if len(rest) != 3:
            return None
        rest = [rest[0], rest[2], "EX" if command == "SETEX" else "PX", rest[1]]
    if len(rest) < 2:
        return None
    options: dict[str, str] = {}
    words = iter(rest[2:])
    for word in words:
        name = word.upper()
        number = next(words, None) if name in _MILLISECONDS else ""
        if (
            number is None
            or name in options
            or (name not in _MILLISECONDS and name not in ("NX", "XX", "GET", "KEEPTTL"))
        ):
            return None
        name, number = _expiry(name, number) if number else (name, "")
        options[name] = number
    return "SET", [*_numbered(rest[:2]), *sorted(options.items())], {}


def expiring(command: str, rest: Sequence[str]) -> Named | None:
    """`EXPIRE k 60` is `PEXPIRE k 60000`."""
    if len(rest) < 2 or not rest[1].isdecimal() or len(rest[1]) > 20:
        return None
    times = rest[1] if command.startswith("P") else str(int(rest[1]) * 1000)
    name = command if command.startswith("P") else f"P{command}"
    return name, _numbered([rest[0], times, *map(str.upper, rest[2:])]), {}


def removing(_: str, rest: Sequence[str]) -> Named | None:
    """`UNLINK` is `DEL`, of keys in any order."""
    if len(rest) < 2:
        return "DEL", _numbered(rest), {}
    return "DEL", [], {list_name("key"): list(rest)}


def members(command: str, rest: Sequence[str]) -> Named | None:
    """The members that are put into a set or taken out, in any order."""
    return (command, _numbered(rest[:1]), {list_name("member"): list(rest[1:])}) if len(rest) > 2 else None


SEPARATOR = " = "


def fields(command: str, rest: Sequence[str]) -> Named | None:
    """`HSET k a 1 b 2` and `MSET a 1 b 2` with their pairs in any order, if no field is given twice."""
    first = list(rest[:1]) if command == "HSET" else []
    pairs = rest[len(first) :]
    names = pairs[::2]
    if len(pairs) % 2 or len(pairs) < 4 or len(set(names)) < len(names) or any(SEPARATOR in name for name in names):
        return None
    listed = [f"{name}{SEPARATOR}{text}" for name, text in zip(names, pairs[1::2], strict=True)]
    return command, _numbered(first), {list_name("field"): listed}


Rule: TypeAlias = Callable[[str, Sequence[str]], Named | None]
_RULES: dict[str, Rule] = {
    **dict.fromkeys(["INCR", "DECR", "INCRBY", "DECRBY"], counting),
    **dict.fromkeys(["SET", "SETEX", "PSETEX"], setting),
    **dict.fromkeys(["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"], expiring),
    **dict.fromkeys(["DEL", "UNLINK"], removing),
    **dict.fromkeys(["SADD", "SREM"], members),
    **dict.fromkeys(["HSET", "MSET"], fields),
}
