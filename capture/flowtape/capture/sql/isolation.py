"""A transaction's mode: isolation level, READ ONLY, DEFERRABLE (PostgreSQL, SET TRANSACTION), in one way of writing it.

A mode is a text: "" is what a server does unless told otherwise (read committed, read write); else "serializable",
"repeatable read, read only", "serializable, read only, deferrable".
"""

from __future__ import annotations

import re
from functools import lru_cache

from flowtape.capture.sql.scan import Kind, tokens

LEVELS = ("serializable", "repeatable read", "read uncommitted")
"""Read committed is the default."""

_BEGINS = re.compile(r"(?:begin|start transaction)\b")
_CHARACTERISTICS = re.compile(r"set session characteristics as transaction\b")
_SET = re.compile(r"set (?:local )?transaction\b(?! snapshot)")
_SETTING = re.compile(
    r"set (?P<local>local )?(?:session )?(?P<scope>default_)?transaction_(?P<name>isolation|read_only|deferrable) (?:=|to) (?P<value>.+)"
)
_TRUE = frozenset({"on", "true", "yes", "1", "t"})


def mode(level: str = "", *, read_only: bool = False, deferrable: bool = False) -> str:
    """DEFERRABLE means something only to a transaction that is SERIALIZABLE and READ ONLY."""
    level = level if level in LEVELS else ""
    deferrable = deferrable and read_only and level == "serializable"
    words = {level: bool(level), "read only": read_only, "deferrable": deferrable}
    return ", ".join(word for word, said in words.items() if said)


def is_mode(text: str) -> bool:
    return text == _changed("", text)


def begun(text: str, default: str) -> str:
    """The mode of the transaction that `text`, BEGIN or START TRANSACTION, begins on a session whose own is `default`."""
    return _changed(default, _plain(text))


def set_in(text: str, now: str) -> str | None:
    """The mode of the open transaction after `text`, None if that says nothing of it."""
    plain = _plain(text)
    if _SET.match(plain):
        return _changed(now, plain)
    found = _SETTING.fullmatch(plain)
    return _with(now, found["name"], found["value"]) if found and not found["scope"] else None


def set_for(text: str, default: str) -> str | None:
    """The mode of the session's further transactions after `text`, None if that says nothing of it."""
    plain = _plain(text)
    if _CHARACTERISTICS.match(plain):
        return _changed(default, plain)
    if re.match(r"(?:reset (?:all\b|default_transaction_)|discard all\b)", plain):
        return ""
    found = _SETTING.fullmatch(plain)
    return _with(default, found["name"], found["value"]) if found and found["scope"] and not found["local"] else None


def of_settings(settings: dict[str, str]) -> str:
    """The mode that a session starts with, from what its client asked for at the start (`default_transaction_…`)."""
    found = ""
    for name, value in settings.items():
        if name.lower().startswith("default_transaction_"):
            found = _with(found, name.lower().removeprefix("default_transaction_"), value.lower())
    return found


@lru_cache(maxsize=512)
def _plain(text: str) -> str:
    """In lower case, with single spaces and without comments and quotes."""
    if len(text) > 300:
        return ""
    kept = [token.text.lower() for token in tokens(text) if token.kind is not Kind.REST and token.text != ";"]
    return " ".join(kept)


@lru_cache(maxsize=512)
def _changed(before: str, text: str) -> str:
    """`before` with what `text` says."""
    level = re.search(r"serializable|repeatable read|read uncommitted|read committed", text)
    access = re.findall(r"\bread (only|write)\b", text)
    deferrable = re.findall(r"(\bnot )?\bdeferrable\b", text)
    return mode(
        level[0] if level else before.split(", ", maxsplit=1)[0],
        read_only=access[-1] == "only" if access else "read only" in before,
        deferrable=not deferrable[-1] if deferrable else "deferrable" in before,
    )


def _with(before: str, name: str, value: str) -> str:
    if name == "isolation":
        return _changed(before, "read committed" if value == "default" else value)
    word = {"read_only": ("read only", "read write"), "deferrable": ("deferrable", "not deferrable")}.get(name)
    return before if word is None else _changed(before, word[value not in _TRUE])
