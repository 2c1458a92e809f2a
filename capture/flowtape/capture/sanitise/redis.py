"""Redis commands and replies: keys part by part, hash fields by their names, values by their key's last part or their content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowtape.capture.exchange import RedisCommand, RedisReply, Resp
from flowtape.capture.sanitise import urls
from flowtape.capture.sanitise.pseudonyms.registry import KEEP
from flowtape.capture.sanitise.visitor import Visitor, content, text_of

_PAIRS = frozenset({b"HSET", b"HMSET", b"HSETNX", b"XADD"})
_WHOLE_HASH = frozenset({b"HGETALL"})
_KEY_VALUES = frozenset({b"MSET", b"MSETNX"})
_VALUE_AT = {
    b"SET": 2, b"SETNX": 2, b"SETEX": 3, b"PSETEX": 3, b"GETSET": 2, b"APPEND": 2, b"PUBLISH": 2, b"SPUBLISH": 2, b"LPUSH": 2,
    b"RPUSH": 2, b"SADD": 2, b"SREM": 2, b"SISMEMBER": 2, b"ZADD": 2, b"ZREM": 2, b"ZSCORE": 2, b"LREM": 3, b"SMOVE": 3,
    b"JSON.SET": 3, b"PFADD": 2, b"LPUSHX": 2, b"RPUSHX": 2,
}  # fmt: skip
"""Where a command's values begin; what is before them is the key."""
_OPTIONS = frozenset(b"EX PX NX XX KEEPTTL EXAT PXAT GET CH INCR LT GT".split())
_KEYS_BACK = frozenset({b"KEYS", b"SCAN", b"RANDOMKEY"})
_GET = frozenset(
    b"GET GETDEL GETEX GETSET GETRANGE LRANGE LINDEX LPOP RPOP SMEMBERS SPOP SRANDMEMBER ZRANGE MGET SET HVALS JSON.GET".split()
)


def command(visitor: Visitor, asked: RedisCommand) -> RedisCommand:
    return RedisCommand(tuple(_arguments(visitor, asked.arguments)))


def _arguments(visitor: Visitor, arguments: tuple[bytes, ...]) -> Iterator[bytes]:
    if not arguments:
        return
    name = arguments[0].upper()
    yield arguments[0]
    if name in {b"AUTH", b"HELLO"}:
        yield from _auth(visitor, name, arguments[1:])
        return
    if name == b"CONFIG" and len(arguments) == 4:
        yield from arguments[1:3]
        yield content(visitor, arguments[3], visitor.policy.field(text_of(arguments[2]) or ""))
        return
    for place, argument in enumerate(arguments[1:], 1):
        yield _argument(visitor, name, arguments, place, argument)


def _argument(visitor: Visitor, name: bytes, arguments: tuple[bytes, ...], place: int, argument: bytes) -> bytes:
    key_kind = kind_of_key(visitor, arguments[1])
    if name in _PAIRS and place >= 2:
        first = (
            next((i for i, one in enumerate(arguments[2:], 2) if one == b"*" or b"-" in one), 1) + 1
            if name == b"XADD"
            else 2
        )
        if place >= first and (place - first) % 2:
            return content(visitor, argument, _field(visitor, arguments[place - 1]) or key_kind)
        return content(visitor, argument)
    if name in _KEY_VALUES and place % 2 == 0:
        return content(visitor, argument, kind_of_key(visitor, arguments[place - 1]))
    start = _VALUE_AT.get(name)
    if (
        start is not None
        and place >= start
        and not (argument.upper() in _OPTIONS or (argument.isdigit() and place > start))
    ):
        return content(visitor, argument, key_kind)
    if name == b"ECHO" or (name == b"PING" and place == 1):
        return content(visitor, argument)
    return key(visitor, argument)


def _auth(visitor: Visitor, name: bytes, rest: tuple[bytes, ...]) -> Iterator[bytes]:
    """AUTH [user] password; HELLO [version [AUTH user password] [SETNAME name]]."""
    if name == b"AUTH":
        for place, argument in enumerate(rest):
            user = KEEP if argument == b"default" else "username"
            yield content(visitor, argument, "password" if place == len(rest) - 1 else user)
        return
    start = next((i for i, one in enumerate(rest) if one.upper() == b"AUTH"), len(rest))
    for place, argument in enumerate(rest):
        kind = {start + 1: "username", start + 2: "password"}.get(place, KEEP)
        yield content(visitor, argument, KEEP if argument == b"default" else kind)


def key(visitor: Visitor, data: bytes) -> bytes:
    """A key, part by part between colons: `session:<token>`, `user:ana@x.de:cart`. Anything else as content."""
    text = text_of(data)
    if text is None or (text[:1] in {"{", "["} and text[-1:] in {"}", "]"}):
        return content(visitor, data)
    whole = visitor.text(text)
    if whole != text or ":" not in text or "\n" in text:
        return whole.encode("utf-8", "surrogatepass") if whole != text else data
    made, before = [], ""
    for part in text.split(":"):
        made.append(urls.segment(visitor, visitor.policy.field(before) if before else "", part))
        before = part
    joined = ":".join(made)
    return data if joined == text else joined.encode("utf-8", "surrogatepass")


def kind_of_key(visitor: Visitor, data: bytes) -> str:
    """The kind of what lies under a key: a rule's, or that of its last part that is a name (`user:42:email`)."""
    text = text_of(data) or ""
    ruled = visitor.policy.key(text)
    if ruled:
        return ruled
    last = text.rpartition(":")[2]
    return visitor.policy.field(last) if ":" in text and last.replace("_", "").replace("-", "").isalpha() else ""


def _field(visitor: Visitor, data: bytes) -> str:
    return visitor.policy.field(text_of(data) or "")


def reply(
    visitor: Visitor, asked: RedisCommand, answer: RedisReply, queued: tuple[RedisCommand, ...] = ()
) -> RedisReply:
    """`queued` are the commands that an EXEC answers, in their order."""
    name = asked.arguments[0].upper() if asked.arguments else b""
    value = answer.value
    if name == b"EXEC" and isinstance(value.value, tuple) and len(queued) == len(value.value):
        made = tuple(_reply(visitor, one, part) for one, part in zip(queued, _items(value), strict=True))
        return RedisReply(replace(value, value=made))
    return RedisReply(_reply(visitor, asked, value))


def _reply(visitor: Visitor, asked: RedisCommand, value: Resp) -> Resp:
    arguments = asked.arguments
    name = arguments[0].upper() if arguments else b""
    if len(arguments) < 2:
        return resp(visitor, value, "", keys=name in _KEYS_BACK)
    if name in _WHOLE_HASH or (name == b"CONFIG" and value.kind in {"map", "array"}):
        return _fields(visitor, value)
    if name == b"HGET" and len(arguments) == 3:
        return resp(visitor, value, _field(visitor, arguments[2]))
    if name in {b"HMGET", b"MGET"} and isinstance(value.value, tuple):
        wanted = arguments[2:] if name == b"HMGET" else arguments[1:]
        kinds = [_field(visitor, one) if name == b"HMGET" else kind_of_key(visitor, one) for one in wanted]
        if len(kinds) == len(value.value):
            made = tuple(resp(visitor, part, kind) for part, kind in zip(_items(value), kinds, strict=True))
            return replace(value, value=made)
    kind = kind_of_key(visitor, arguments[1]) if name in _GET else ""
    return resp(visitor, value, kind, keys=name in _KEYS_BACK)


def _items(value: Resp) -> tuple[Resp, ...]:
    return value.value if isinstance(value.value, tuple) else ()


def _fields(visitor: Visitor, value: Resp) -> Resp:
    """Names and values by turns: a map of RESP3, or the flat array that RESP2 gives for one."""
    items = _items(value)
    made = list(items)
    for place in range(1, len(items), 2):
        name = items[place - 1].value
        kind = _field(visitor, name) if isinstance(name, bytes) else ""
        made[place - 1] = resp(visitor, items[place - 1], "")
        made[place] = resp(visitor, items[place], kind)
    return replace(value, value=tuple(made)) if items else resp(visitor, value, "")


def resp(visitor: Visitor, value: Resp, kind: str, *, keys: bool = False) -> Resp:
    inner = value.value
    if isinstance(inner, tuple):
        if value.kind in {"map", "attribute"}:
            return _fields(visitor, value)
        return replace(value, value=tuple(resp(visitor, one, kind, keys=keys) for one in inner))
    if isinstance(inner, bytes):
        return replace(value, value=key(visitor, inner) if keys else _bulk(visitor, value, inner, kind))
    if (
        isinstance(inner, str)
        and value.kind in {"simple", "error", "bulk error"}
        and inner not in {"OK", "QUEUED", "PONG"}
    ):
        return replace(
            value, value=content(visitor, inner.encode("utf-8", "surrogatepass"), kind).decode("utf-8", "surrogatepass")
        )
    return value


def _bulk(visitor: Visitor, value: Resp, inner: bytes, kind: str) -> bytes:
    if value.kind == "verbatim" and inner[3:4] == b":":
        return inner[:4] + content(visitor, inner[4:], kind)
    if not kind and b":" in inner and len(inner) <= 512 and inner[:1] not in {b"{", b"["}:
        return key(visitor, inner)
    return content(visitor, inner, kind)
