"""Why something was left out, in words that hold nothing of what was captured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set as AbstractSet
from typing import Final

from flowtape.capture.exchange import Exchange, HttpRequest, OpaqueBytes, RedisCommand, SqlStatement

MAX_REASON: Final = 160
MAX_REASONS: Final = 100
"""So many different reasons are counted one by one; what comes after that counts as OTHER."""
CARRYING: Final = frozenset({"http1", "http2", "postgresql"})
"""Protocols whose questions can carry a trace context."""
OTHER: Final = "another reason"
_QUOTED = re.compile(r"b?'(?:[^'\\]|\\.)*'?|b?\"(?:[^\"\\]|\\.)*\"?|`[^`]*`?")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e‘’“”…–—→]")
_VERB = re.compile(r"[A-Za-z]{1,12}\b")


def plain(reason: str) -> str:
    """`reason` less whatever it quotes: a decoder's message may show the bytes at which it stopped."""
    return _UNPRINTABLE.sub(" ", _QUOTED.sub("…", reason))[:MAX_REASON]


def count(reasons: Counter[str], reason: str) -> None:
    """Count `reason` among its like: with any number in it, and not over MAX_REASONS kinds."""
    kind = re.sub(r"\d+(?:\.\d+)?", "N", reason)
    reasons[kind if kind in reasons or len(reasons) < MAX_REASONS else OTHER] += 1


def remedies(doubted: AbstractSet[str], *, at_once: bool) -> list[str]:
    """The changes each of which alone would have told whose the calls are, by the protocols of those that were `doubted`, and whether
    another request was in flight (or had only just been answered).
    """
    found = ["spans"]
    if doubted <= CARRYING:
        found.append("comments")
    if doubted:
        found.append("fewer at once" if at_once else "pauses")
    return found


def call_name(exchange: Exchange, since: int) -> str:
    """A call by its dependency, its verb and when it started: "db SELECT at +1.2 ms"."""
    at = (exchange.started - since) / 1e6
    return f"{exchange.connection.dependency} {_verb(exchange)} at {at:+.1f} ms"


def _verb(exchange: Exchange) -> str:
    match exchange.question:
        case HttpRequest(method=text) | SqlStatement(text=text):
            found = _VERB.match(text.lstrip("( \t\r\n"))
        case RedisCommand(arguments=arguments):
            found = _VERB.match(arguments[0][:16].decode("latin-1") if arguments else "")
        case OpaqueBytes():
            found = None
    return found[0].upper() if found else exchange.protocol
