"""What a statement does, by its words: read, write, transaction, session, other."""

from __future__ import annotations

from typing import Literal, TypeAlias

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
_WRITING_FUNCTIONS = frozenset(
    [
        "nextval",
        "setval",
        "pg_notify",
        "lo_create",
        "lo_creat",
        "lo_import",
        "lo_unlink",
        "lo_put",
        "lo_from_bytea",
        "lowrite",
        "pg_logical_emit_message",
        "dblink_exec",
    ]
)
_SESSION_FUNCTIONS = frozenset(
    [
        "set_config",
        "pg_advisory_unlock_all",
        "pg_advisory_lock",
        "pg_advisory_unlock",
        "pg_advisory_lock_shared",
        "pg_advisory_unlock_shared",
        "pg_try_advisory_lock",
        "pg_try_advisory_lock_shared",
        "pg_cancel_backend",
        "pg_terminate_backend",
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
    if first in _TRANSACTION or (first == "prepare" and second == "transaction"):
        return "transaction"
    if first in _SESSION or (first == "set" and second == "transaction"):
        return "session"
    if first == "copy":
        return "write" if _copies_in(words) else "read"
    if first in _READ or first == "with":
        return _of_query(words, first)
    return "write" if first in _WRITE else "other"


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
        calls = at + 1 < len(words) and words[at + 1].text == "("
        if (word, after) in {("insert", "into"), ("delete", "from"), ("merge", "into")} or _updates(text, at):
            return "write" if first != "explain" or "analyze" in text[:6] else "read"
        if (calls and word in _WRITING_FUNCTIONS) or (word == "into" and first in {"select", "with"}):
            return "write"
        if calls and word in _SESSION_FUNCTIONS:
            found = "session"
    return found


def _updates(text: list[str], at: int) -> bool:
    """UPDATE as a statement: not FOR [NO KEY] UPDATE, not a column of that name."""
    if text[at] != "update" or at + 1 >= len(text) or "set" not in text[at + 1 : at + 8]:
        return False
    return text[at - 1] not in {"for", "key"}
