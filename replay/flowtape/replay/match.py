"""When two questions are the same: what is asked (the fingerprint), of what (the arguments), and whether it changes anything.

Differences of driver and style do not count: formatting, aliases and parameter style of SQL; the order of query parameters and
of JSON keys, a client library's own headers, a multipart boundary; the case of a Redis command. Values are compared by what they
mean: `19.90` is `19.9`, `true` is `t` to a database, JSON is compared as structure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import itemgetter
from typing import Literal, TypeAlias

from flowtape.capture import sql
from flowtape.capture.exchange import HttpRequest, OpaqueBytes, Question, RedisCommand, SqlStatement, Value
from flowtape.capture.sql.canonical import NO_TABLES, Tables
from flowtape.capture.sql.fold import array_text
from flowtape.replay.bodies import Number, Tree, leaves, media_type, read
from flowtape.replay.bodies.tree import FRACTION
from flowtape.replay.rules.lists import list_name, list_value
from flowtape.replay.rules.redis_commands import canonical
from flowtape.replay.rules.targets import parameters, segments, split_target

Argument: TypeAlias = tuple[str, Value]
"""What a value is called in its question, and the value itself in one way of writing it."""

VOLATILE_HEADERS = frozenset(
    ["accept", "accept-charset", "accept-encoding", "accept-language", "b3", "baggage", "cache-control", "connection",
     "content-length", "date", "expect", "forwarded", "host", "http2-settings", "keep-alive", "newrelic", "pragma",
     "priority", "proxy-connection", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sentry-trace", "te", "traceparent", "tracestate", "transfer-encoding", "upgrade", "user-agent", "via", "x-amzn-trace-id",
     "x-b3-flags", "x-b3-parentspanid", "x-b3-sampled", "x-b3-spanid", "x-b3-traceid", "x-cloud-trace-context",
     "x-datadog-parent-id", "x-datadog-sampling-priority", "x-datadog-trace-id", "x-forwarded-for", "x-forwarded-host",
     "x-forwarded-proto", "x-request-id"]
)  # fmt: skip
"""Request headers that are not compared: they are the client library's, the route's or the tracing's."""

SECRET_HEADERS = frozenset(["api-key", "authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token"])
"""Request headers of which only the presence (and of an authorization its scheme) is compared: the secret of the test's
environment is not that of production."""

TEXTUAL = frozenset(["csv", "html", "multipart", "xml"])
"""Kinds of bodies in which all is text."""

SAFE_METHODS = frozenset(["GET", "HEAD", "OPTIONS", "TRACE"])
READING_COMMANDS = frozenset(  # a list of a hundred strings would be no easier to read
    """auth bitcount bitfield_ro bitpos client cluster command config dbsize debug discard dump echo eval_ro evalsha_ro exec exists fcall_ro expiretime
    geodist geohash geopos georadius_ro georadiusbymember_ro geosearch get getbit getrange hello hexists hget hgetall hkeys hlen
    hmget hrandfield hscan hstrlen httl hpttl hvals info keys lastsave latency lcs lindex llen lolwut lpos lrange memory mget
    module multi object pexpiretime pfcount ping psubscribe pttl pubsub punsubscribe quit randomkey readonly readwrite reset
    role scan scard sdiff select sinter sintercard sismember slowlog smembers smismember sort_ro srandmember sscan ssubscribe
    strlen subscribe substr sunion sunsubscribe time touch ttl type unsubscribe unwatch wait waitaof watch xinfo xlen xpending xrange
    xread xrevrange zcard zcount zdiff zinter zintercard zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank
    zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion""".split()
)
"""Every other Redis command is an effect (EVAL, PUBLISH and GETEX too)."""

NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]\d{1,3})?\Z", re.ASCII)
# An exponent has its sign, as every database and driver writes it: `12e45` is as likely a random token.
WITH_EXPONENT = re.compile(r"-?\d+(?:\.\d+)?[eE]\d{1,3}\Z", re.ASCII)
"""As JSON may write a number."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?\Z")
MAX_VALUE = 64 * 1024
"""Longer values are compared as they are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question by meaning. `words` shows it to a person in one line; `verb` and `subject` rank what is near to it.

    `effect` says that it changes something, `lock` that it takes or gives back a lock beside what it does.
    """

    protocol: Literal["sql", "http", "redis", "opaque"]
    fingerprint: str
    arguments: tuple[Argument, ...]
    effect: bool
    words: str
    verb: str
    subject: str
    lock: bool = False


def asked(question: Question) -> Asked:
    match question:
        case SqlStatement():
            return _sql(question)
        case HttpRequest():
            return _http(question)
        case RedisCommand():
            return _redis(question)
        case OpaqueBytes():
            return Asked("opaque", "opaque", (), effect=True, words="bytes of no known protocol", verb="", subject="")


# -- values


def value(found: Value) -> Value:
    """One way of writing what several drivers write differently: numbers, booleans, times, JSON."""
    if not isinstance(found, str) or not found or len(found) > MAX_VALUE:
        return found
    if found in ("true", "false"):
        return found[0]
    if NUMBER.match(found):
        return _number(found)
    if found[0] in "{[":
        return _json(found)
    return _moment(found) if MOMENT.match(found) else found


def _number(text: str) -> str:
    """Exact, without exponent and without zeros at the end: numbers that differ anywhere stay different."""
    digits = text.lstrip("-")
    if digits.isdigit():
        return text if text != "-0" else "0"  # 007 is a name, not a number
    try:
        found = format(Decimal(text), "f")
    except InvalidOperation:
        return text
    found = found.rstrip("0").rstrip(".") if "." in found else found
    return "0" if found in ("-0", "") else found


def _json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(re.sub(r"([+-]\d\d)\Z", r"\1:00", text))
    except ValueError:
        return text
    return (moment.astimezone(UTC) if moment.tzinfo else moment).isoformat(" ")


# -- SQL


def _sql(question: SqlStatement) -> Asked:
    return _by_statement(question, sql.read(question.text))


def without_list(question: SqlStatement, tables: Tables = NO_TABLES) -> Asked | None:
    """What is asked apart from the select list or RETURNING list, under a fingerprint of its own; None where it cannot be told apart."""
    listed = sql.listed(question.text, tables)
    if listed is None or question.copy_in is not None:
        return None
    meaning = _by_statement(question, listed.rest)
    return replace(meaning, fingerprint=f"rest {meaning.fingerprint}")


def _by_statement(question: SqlStatement, statement: sql.Statement) -> Asked:
    names = _names(statement.canonical, statement.rows)
    values = sql.arguments(statement, question.parameters)
    found = []
    for index, each in enumerate(values):
        name = names[index] if index < len(names) else f"value {index + 1}"
        listed = index in statement.lists
        found.append((list_name(name), list_value(each, value)) if listed else (name, value(each)))
    if question.copy_in is not None:
        found.append(("COPY data", question.copy_in))
    if question.describe:
        found.append(("described only", "t"))
    return Asked(
        "sql",
        statement.fingerprint,
        unique(found),
        effect=not question.describe
        and (statement.kind == "write" or (statement.kind == "other" and bool(statement.tables))),
        words=" ".join(question.text.split()),
        verb=statement.verb,
        subject=" ".join(statement.tables),
        lock=statement.locks and not question.describe,
    )


@lru_cache(maxsize=4096)
def _names(canonical: str, rows: tuple[tuple[int, int, int], ...]) -> tuple[str, ...]:
    """What each value of a statement is called: the column it is compared with or written to, else "value 3"; each of `rows` its columns'."""
    names = _columns(canonical)
    for start, width, count in rows:
        columns = names[start : start + width]
        more = [f"{name} of row {row}" for row in range(2, count + 1) for name in columns]
        names[start + width : start + width] = [*more, "rows"] if len(rows) > 1 else more
    return tuple(names)


def _columns(canonical: str) -> list[str]:
    """By the column that each `?` of a canonical text is compared with or written to."""
    inserted = re.match(r"INSERT INTO [^(]*\(([^()]*)\)\s*VALUES\s*\(((?:\?(?:, )?)*)\)", canonical, re.IGNORECASE)
    columns = [column.strip().strip('"') for column in inserted[1].split(",")] if inserted else []
    if inserted and len(columns) != inserted[2].count("?"):
        columns = []
    names: list[str] = []
    for found in re.finditer(
        r"(?:([\w.\"]+)\s*(?:=|<>|!=|<=?|>=?|(?:NOT )?I?LIKE|IN|~~?\*?)\s*\(?(?:ANY\s*\()?\s*)?\?",
        canonical,
        re.IGNORECASE,
    ):
        at = len(names)
        if columns and inserted and found.start() < inserted.end():
            names.append(columns[at])
        else:
            names.append(found[1].replace('"', "") if found[1] else f"value {at + 1}")
    return names


def unique(arguments: Iterable[Argument]) -> tuple[Argument, ...]:
    """The arguments with each name once: a second `id` becomes `id (2)`."""
    seen: dict[str, int] = {}
    found = []
    for name, each in arguments:
        seen[name] = seen.get(name, 0) + 1
        found.append((name if seen[name] == 1 else f"{name} ({seen[name]})", each))
    return tuple(found)


# -- Redis


def _redis(question: RedisCommand) -> Asked:
    words = [argument.decode("utf-8", "surrogateescape") for argument in question.arguments]
    command = words[0].upper() if words else ""
    rest = words[1:]
    meant, arguments, lists = canonical(command, rest)
    named: list[Argument] = [(name, value(word)) for name, word in arguments]
    named += [(name, list_value(array_text(items), str)) for name, items in lists.items()]
    options = [name for name, _ in named if not name.startswith("argument ")]
    return Asked(
        "redis",
        " ".join([meant, str(len(named)), *options]),
        unique(named),
        effect=command.lower() not in READING_COMMANDS,
        words=" ".join([command, *rest]),
        verb=command,
        subject=re.sub(r"\d+", "0", rest[0]) if rest else "",
    )


# -- HTTP


def _http(question: HttpRequest) -> Asked:
    path, query = split_target(question.target)
    parts = segments(path)
    template = "/".join("{}" if re.search(r"[\d$]", part) else part for part in parts)
    found: list[Argument] = [("path", "/".join(parts))]
    found += [(f"query {name}", value(each)) for name, each in parameters(query)]
    found += _header_arguments(question)
    found += _body_arguments(question)
    return Asked(
        "http",
        # The path's values are arguments, since a variable in it may look like anything.
        f"{question.method} {len(parts)}",
        unique(found),
        effect=question.method not in SAFE_METHODS,
        words=f"{question.method} {question.target}",
        verb=question.method,
        subject=template,
    )


def _header_arguments(question: HttpRequest) -> list[Argument]:
    found: list[Argument] = []
    for name, text in sorted(((name.lower(), text.strip()) for name, text in question.headers), key=itemgetter(0)):
        if name in VOLATILE_HEADERS or name == "content-encoding" or (name == "content-type" and not question.body):
            continue
        if name in SECRET_HEADERS:
            text = text.split(" ", 1)[0] if "authorization" in name else "(present)"  # noqa: PLW2901
        elif name == "content-type":
            text = media_type(text)  # noqa: PLW2901
        found.append((f"header {name}", text))
    return found


def _body_arguments(question: HttpRequest) -> list[Argument]:
    """Each leaf of the body by its path, as JSON where it may be a number or a text: `body.items[0].price` is `19.9`."""
    if not question.body:
        return []
    body = read(question.headers, question.body)
    if body.kind == "body":
        return [("body", body.tree)]
    if body.kind == "form":
        return [(f"form {name}", value(each)) for name, each in _fields(body.tree)]
    return [
        (path, each if type(each) is str and body.kind in TEXTUAL else _leaf(each))
        for path, each in leaves(body.tree, "body")
    ]


def _fields(form: dict[str, str | list[str]]) -> list[tuple[str, str]]:
    """The fields of a form, one that is repeated in its order."""
    return [(name, each) for name, texts in form.items() for each in ([texts] if isinstance(texts, str) else texts)]


_ENCODER = json.JSONEncoder(ensure_ascii=False)


def _leaf(leaf: Tree) -> Value:
    if isinstance(leaf, Number):
        if not NUMBER.match(leaf) and not WITH_EXPONENT.match(leaf):
            return str(leaf)
        found = _number(leaf)
        return f"{found}.0" if FRACTION.search(leaf) and not FRACTION.search(found) else found  # 1 is not 1.0
    return leaf if isinstance(leaf, bytes) else _ENCODER.encode(leaf)
