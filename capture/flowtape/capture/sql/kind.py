"""What a statement does, by its words: read, write, transaction, session, other; and whether it takes a lock."""

from __future__ import annotations

from typing import Literal, TypeAlias

from flowtape.capture.sql.functions import LOCKING, SETTING, changes, may_change
from flowtape.capture.sql.scan import Kind, Token

StatementKind: TypeAlias = Literal["read", "write", "transaction", "session", "other"]
TransactionControl: TypeAlias = Literal["begin", "commit", "rollback", "savepoint", "release", "rollback to", ""]

_TRANSACTION = frozenset(["begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"])
_SESSION = frozenset(["set", "reset", "show", "discard", "deallocate", "prepare", "listen", "unlisten", "load"])
_READ = frozenset(["select", "values", "table", "fetch", "move", "close", "declare", "explain"])
_WRITE = frozenset(
    [
        "insert",
        "update",
        "delete",
        "merge",
        "call",
        "do",
        "notify",
        "create",
        "alter",
        "drop",
        "truncate",
        "grant",
        "revoke",
        "comment",
        "refresh",
        "reindex",
        "cluster",
        "vacuum",
        "analyze",
        "analyse",
        "import",
        "security",
        "reassign",
        "lock",
        "checkpoint",
        "execute",
    ]
)


def transaction_control(words: list[Token]) -> TransactionControl:
    text = [word.text for word in words[:4] if word.kind is Kind.WORD]
    first, rest = (text[0], text[1:]) if text else ("", [])
    if first == "begin" or (first == "start" and rest[:1] == ["transaction"]):
        return "begin"
    if first in {"commit", "end"}:
        return "" if rest[:1] == ["prepared"] else "commit"
    if first in {"rollback", "abort"}:
        if "to" in rest[:2]:
            return "rollback to"
        return "" if rest[:1] == ["prepared"] else "rollback"
    if first == "savepoint":
        return "savepoint"
    return "release" if first == "release" else ""


def verb(words: list[Token]) -> str:
    """The main verb, in upper case: of `WITH …` the one after the common table expressions."""
    first = next((word.text for word in words if word.kind is Kind.WORD), "")
    if first != "with":
        return first.upper()
    depth = 0
    for word in words:
        if word.kind is Kind.OPERATOR:
            depth += {"(": 1, ")": -1}.get(word.text, 0)
        elif (
            not depth
            and word.kind is Kind.WORD
            and word.text in {"select", "insert", "update", "delete", "merge", "values"}
        ):
            return word.text.upper()
    return "WITH"


def kind(words: list[Token]) -> StatementKind:
    first = next((word.text for word in words if word.kind is Kind.WORD), "")
    second = words[1].text if len(words) > 1 else ""
    if first in {"commit", "rollback"} and second == "prepared":
        return "write"
    if first in _TRANSACTION or (first == "prepare" and second == "transaction"):
        return "transaction"
    if first in _SESSION or (first == "set" and second == "transaction"):
        return "session"
    if first == "copy":
        return "write" if _copies_in(words) else _of_query(words, first)
    if first in _READ or first == "with":
        return _of_query(words, first)
    return "write" if first in _WRITE else "other"


def locks(words: list[Token]) -> bool:
    """Whether the statement asks for locks beside what it does: rows FOR UPDATE or SHARE, an advisory lock, or the end of one."""
    text = [word.text if word.kind is Kind.WORD else "" for word in words]
    return any(
        (word == "for" and _strength(text[at + 1 : at + 4])) or (LOCKING.fullmatch(word) and _calls(words, at))
        for at, word in enumerate(text)
    )


def _strength(text: list[str]) -> bool:
    return text[:1] in (["update"], ["share"]) or text[:2] == ["key", "share"] or text == ["no", "key", "update"]


def _calls(words: list[Token], at: int) -> bool:
    return at + 1 < len(words) and words[at + 1].text == "(" and words[at + 1].kind is Kind.OPERATOR


def _copies_in(words: list[Token]) -> bool:
    depth = 0
    for word in words:
        if word.kind is Kind.OPERATOR:
            depth += {"(": 1, ")": -1}.get(word.text, 0)
        elif not depth and word.kind is Kind.WORD and word.text in {"from", "to"}:
            return word.text == "from"
    return False


def _of_query(words: list[Token], first: str) -> StatementKind:
    """A query reads, unless something within it writes: a common table expression, a function, INTO."""
    found: StatementKind = "read"
    text = [word.text if word.kind is Kind.WORD else "" for word in words]
    for at, word in enumerate(text):
        if not word:
            continue
        after = text[at + 1] if at + 1 < len(text) else ""
        if (word, after) in {("insert", "into"), ("delete", "from"), ("merge", "into")} or _updates(text, at):
            return "write" if first != "explain" or "analyze" in text[:at] else "read"
        if (word == "into" and first in {"select", "with"}) or (changes(word) and _calls(words, at)):
            return "write"
        if word in SETTING and _calls(words, at):
            found = "session"
    return "write" if found == "read" and first == "select" and _calls_the_unknown(words, text) else found


def _calls_the_unknown(words: list[Token], text: list[str]) -> bool:
    """Whether functions that are not the database's own are called in a query that has no table: for what they do."""
    called = [at for at, word in enumerate(text) if word and _calls(words, at)]
    if not any(may_change(text[at]) for at in called):
        return False
    sources = [at + 1 for at, word in enumerate(text) if word in {"from", "join"} and text[at - 1] != "distinct"]
    return all(_is_call(words, at) for at in sources)


def _is_call(words: list[Token], at: int) -> bool:
    """Whether a source at `at` is a function, with or without a schema before it."""
    while at + 2 < len(words) and words[at + 1].text == ".":
        at += 2
    return _calls(words, at)


def _updates(text: list[str], at: int) -> bool:
    """UPDATE as a statement: not FOR [NO KEY] UPDATE, not a column of that name."""
    if text[at] != "update" or at + 1 >= len(text) or "set" not in text[at + 1 : at + 8]:
        return False
    return text[at - 1] not in {"for", "key"}
