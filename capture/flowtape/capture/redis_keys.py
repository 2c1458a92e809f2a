"""Which keys a Redis command touches (source: the key specifications of Redis 7's COMMAND DOCS), and which commands commute."""

from __future__ import annotations

from collections.abc import Sequence

ALL = frozenset(
    """del exists mget pfcount pfmerge sdiff sdiffstore sinter sinterstore sunion sunionstore touch unlink watch""".split()
)
PAIRS = frozenset(["mset", "msetnx"])
TWO = frozenset(
    [
        "blmove",
        "brpoplpush",
        "copy",
        "geosearchstore",
        "lmove",
        "rename",
        "renamenx",
        "rpoplpush",
        "smove",
        "zrangestore",
    ]
)
BUT_THE_LAST = frozenset(["blpop", "brpop", "bzpopmax", "bzpopmin"])
COUNTED = {"eval": 1, "eval_ro": 1, "evalsha": 1, "evalsha_ro": 1, "fcall": 1, "fcall_ro": 1, "lmpop": 0, "sintercard": 0, "zdiff": 0,
           "zinter": 0, "zintercard": 0, "zmpop": 0, "zunion": 0}  # fmt: skip
"""Where the number of keys stands, before them."""
COUNTED_INTO = frozenset(["zdiffstore", "zinterstore", "zunionstore"])
SECOND = frozenset(["bitop", "memory", "object", "xgroup", "xinfo"])
CHANNEL = frozenset(["publish", "spublish"])
NO_ONE_KEY = frozenset(
    """acl auth bgrewriteaof bgsave client cluster command config dbsize debug discard echo exec failover flushall flushdb function hello info
    keys lastsave latency lolwut module monitor multi ping psubscribe psync pubsub punsubscribe quit randomkey readonly readwrite replicaof
    reset role save scan script select shutdown slaveof slowlog ssubscribe subscribe sunsubscribe swapdb sync time unsubscribe unwatch
    wait waitaof xread xreadgroup""".split()
)
COMMUTING = (
    frozenset(["incr", "incrby", "incrbyfloat", "decr", "decrby"]),
    frozenset(["hincrby", "hincrbyfloat"]),
    frozenset(["sadd"]), frozenset(["srem"]), frozenset(["pfadd"]), frozenset(["del", "unlink"]),
)  # fmt: skip
"""Commands that leave a key the same in whichever order they come, others of their kind among them."""


def keys(words: Sequence[str]) -> tuple[str, ...]:
    """What `words`, a command and its arguments, touches; () where that is nothing or anything. A channel is no key."""
    found = tuple(words[place] for place in positions(words))
    return tuple(f"channel {name}" for name in found) if found and words[0].lower() in CHANNEL else found


def positions(words: Sequence[str]) -> Sequence[int]:
    """Where in `words` the keys stand, or the channel."""
    command, count = (words[0].lower(), len(words)) if words else ("", 0)
    if command in NO_ONE_KEY:
        return ()
    if command in ALL:
        return range(1, count)
    if command in PAIRS:
        return range(1, count, 2)
    if command in TWO:
        return range(1, min(count, 3))
    if command in BUT_THE_LAST:
        return range(1, count - 1)
    if command in COUNTED:
        return _counted(words, COUNTED[command] + 1)
    if command in COUNTED_INTO:
        return (1, *_counted(words, 2))[: max(0, count - 1)]
    first = 2 if command in SECOND else 1
    return range(first, count if command == "bitop" else min(count, first + 1))


def _counted(words: Sequence[str], at: int) -> Sequence[int]:
    number = words[at] if at < len(words) else ""
    count = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0
    return range(at + 1, min(len(words), at + 1 + count))


def commute(one: str, other: str) -> bool:
    """Whether two commands may change places on the same key."""
    return any(one.lower() in kind and other.lower() in kind for kind in COMMUTING)
