"""One client's connection: its commands in, the bytes of its replies out. No I/O.

MULTI blocks are the server's own: each queued command is asked for when it is queued, because a miss, or an error by which
the real server refuses to queue, must be told then. EXEC answers the answers. A recorded answer of `QUEUED` says that the
block was not run in the record: EXEC then answers null, as it does where a watched key has changed.
"""

from __future__ import annotations

from collections.abc import Callable

from flowtape.capture.exchange import RedisCommand, RedisReply, Resp
from flowtape.capture.protocols.redis_commands import redacted
from flowtape.capture.protocols.resp import write_value
from flowtape.replay.protocols.redis.housekeeping import OK, hello, own_answer
from flowtape.replay.protocols.redis.versions import as_version
from flowtape.replay.source import Miss, Source

QUEUED = Resp("simple", "QUEUED")
REFUSALS = (
    "ERR unknown command", "ERR unknown subcommand", "ERR wrong number of arguments", "ERR flowtape:", "NOPERM", "OOM",
    "NOAUTH", "MOVED", "ASK", "LOADING", "MASTERDOWN", "MISCONF", "CROSSSLOT", "CLUSTERDOWN",
)  # fmt: skip
"""How errors begin by which a server refuses to queue a command: those which it finds before it runs it."""
SUBSCRIPTIONS = {
    b"SUBSCRIBE": True, b"PSUBSCRIBE": True, b"SSUBSCRIBE": True,
    b"UNSUBSCRIBE": False, b"PUNSUBSCRIBE": False, b"SUNSUBSCRIBE": False,
}  # fmt: skip
NO_ARGUMENTS = frozenset({b"MULTI", b"EXEC", b"DISCARD", b"RESET"})


class Session:
    """`out` collects the bytes to send; `closed` is set when the connection is to be closed behind them."""

    def __init__(self, source: Source, dependency: str, number: int) -> None:
        self.out: list[bytes] = []
        self.closed = False
        self._source = source
        self._dependency = dependency
        self._number = number
        self._connection = f"{dependency}-{number}"
        self._name = b""
        self._resp3 = False
        self._block: list[tuple[tuple[bytes, ...], Resp]] | None = None
        self._refused = False
        self._channels: dict[bytes, list[bytes]] = {}
        self._replies = True
        self._skip = False
        self._stateful: dict[bytes, Callable[[tuple[bytes, ...]], None]] = {
            b"HELLO": self._hello, b"RESET": self._reset, b"QUIT": self._quit, b"MULTI": self._multi,
            b"EXEC": self._exec, b"DISCARD": self._discard, b"WATCH": self._watch,
        }  # fmt: skip
        """What is never queued within MULTI."""

    def hear(self, command: RedisCommand) -> None:
        """Answer `command`, in `out`."""
        arguments = redacted(command.arguments)
        name = arguments[0].upper()
        if name in NO_ARGUMENTS and len(arguments) > 1:
            self._send(Resp("error", f"ERR wrong number of arguments for '{name.decode().lower()}' command"))
        elif name in self._stateful:
            self._stateful[name](arguments)
        elif self._block is not None:
            self._queue(arguments)
        elif name in SUBSCRIPTIONS:
            self._subscribe(name, arguments[1:])
        elif [word.upper() for word in arguments[:2]] == [b"CLIENT", b"REPLY"]:
            self._client_reply(arguments)
        else:
            self._send(self._answer(arguments))

    def lost(self) -> None:
        """The client is gone."""
        self._end_block(committed=False)

    def violation(self, problem: str) -> None:
        """What the client sent is no Redis protocol."""
        self._send(Resp("error", f"ERR Protocol error: {' '.join(problem.split())}"))
        self.closed = True

    def _send(self, value: Resp) -> None:
        """A value already fit for the client's version."""
        if self._replies and not self._skip:
            self.out.append(write_value(value, resp3=self._resp3))
        self._skip = False

    # -- one command

    def _answer(self, arguments: tuple[bytes, ...], transaction: str = "") -> Resp:
        """The record's answer or our own, as the client's version has it; an error for a miss."""
        if arguments[0].upper() == b"PING" and any(self._channels.values()) and not self._resp3:
            return Resp("array", (Resp("bulk", b"pong"), Resp("bulk", b"".join(arguments[1:]))))
        own = own_answer(arguments, self._number, self._name)
        if own is not None and [word.upper() for word in arguments[:2]] == [b"CLIENT", b"SETNAME"]:
            self._name = b"".join(arguments[2:3])
        return as_version(arguments, self._asked(arguments, transaction, own), resp3=self._resp3)

    def _asked(self, arguments: tuple[bytes, ...], transaction: str, own: Resp | None) -> Resp:
        otherwise = None if own is None else RedisReply(own)
        answer = self._source.ask(self._dependency, RedisCommand(arguments), transaction, otherwise)
        if isinstance(answer, RedisReply):
            return answer.value
        text = answer.text if isinstance(answer, Miss) else "the record holds another protocol's answer"
        return Resp("error", f"ERR flowtape: {' '.join(text.split())}")

    # -- the connection's state

    def _hello(self, arguments: tuple[bytes, ...]) -> None:
        wanted = arguments[1] if len(arguments) > 1 else b"3" if self._resp3 else b"2"
        if wanted not in {b"2", b"3"}:
            self._send(Resp("error", "NOPROTO unsupported protocol version"))
            return
        answer = self._asked(arguments, "", hello(int(wanted), self._number))
        if answer.kind != "error":
            self._resp3 = wanted == b"3"
        self._send(as_version(arguments, answer, resp3=self._resp3))

    def _reset(self, arguments: tuple[bytes, ...]) -> None:
        self._end_block(committed=False)
        self._channels.clear()
        self._resp3, self._replies, self._name = False, True, b""
        self._send(Resp("simple", "RESET"))

    def _quit(self, arguments: tuple[bytes, ...]) -> None:
        self._send(OK)
        self.closed = True

    def _client_reply(self, arguments: tuple[bytes, ...]) -> None:
        match [word.upper() for word in arguments[2:]]:
            case [b"ON"]:
                self._replies = True
                self._send(OK)
            case [b"OFF"]:
                self._replies = False
            case [b"SKIP"]:
                self._skip = True
            case _:
                self._send(Resp("error", "ERR syntax error"))

    def _subscribe(self, name: bytes, channels: tuple[bytes, ...]) -> None:
        """Subscriptions are confirmed, and nothing is ever published: nobody else is here."""
        joins = SUBSCRIPTIONS[name]
        family = self._channels.setdefault(name.replace(b"UNSUB", b"SUB"), [])
        for channel in channels or tuple(family) or (None,):
            if joins and channel not in family and channel is not None:
                family.append(channel)
            elif not joins and channel in family:
                family.remove(channel)
            count = Resp("integer", sum(map(len, self._channels.values())))
            named = Resp("null") if channel is None else Resp("bulk", channel)
            self._send(Resp("push" if self._resp3 else "array", (Resp("bulk", name.lower()), named, count)))

    # -- MULTI

    def _multi(self, arguments: tuple[bytes, ...]) -> None:
        if self._block is not None:
            self._refuse()
            return
        self._block, self._refused = [], False
        self._send(OK)

    def _refuse(self) -> None:
        self._refused = True
        self._send(Resp("error", "ERR Command not allowed inside a transaction"))

    def _queue(self, arguments: tuple[bytes, ...]) -> None:
        assert self._block is not None
        answer = self._answer(arguments, self._connection)
        if answer.kind == "error" and str(answer.value).startswith(REFUSALS):
            self._refused = True
            self._send(answer)
            return
        self._block.append((arguments, answer))
        self._send(QUEUED)

    def _exec(self, arguments: tuple[bytes, ...]) -> None:
        if self._block is None:
            self._send(Resp("error", "ERR EXEC without MULTI"))
            return
        answers = tuple(answer for _, answer in self._block)
        refused, not_run = self._refused, QUEUED in answers
        self._end_block(committed=not refused and not not_run)
        if refused:
            self._send(Resp("error", "EXECABORT Transaction discarded because of previous errors."))
        else:
            self._send(Resp("null") if not_run else Resp("array", answers))

    def _discard(self, arguments: tuple[bytes, ...]) -> None:
        if self._block is None:
            self._send(Resp("error", "ERR DISCARD without MULTI"))
            return
        self._end_block(committed=False)
        self._send(OK)

    def _watch(self, arguments: tuple[bytes, ...]) -> None:
        if self._block is not None:
            self._refuse()
        elif len(arguments) < 2:
            self._send(Resp("error", "ERR wrong number of arguments for 'watch' command"))
        else:
            self._send(OK)

    def _end_block(self, *, committed: bool) -> None:
        if self._block is not None:
            self._block = None
            self._source.transaction_ended(self._dependency, self._connection, committed=committed)
