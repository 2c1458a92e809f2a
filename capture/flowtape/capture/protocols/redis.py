"""Redis (and Valkey, and what else speaks RESP): which reply answers which command.

Replies come in the order of the commands, with these exceptions: a subscription is confirmed once for each channel; published
messages come unasked (as arrays in RESP2, as pushes in RESP3); CLIENT REPLY suppresses replies; a command within MULTI is
answered by EXEC.

A MULTI block: MULTI, EXEC and DISCARD are session exchanges. Each queued command is an exchange of its own, with the
block's `transaction`, answered by its element of EXEC's array; where the block was not run (DISCARD, a WATCH that failed,
EXECABORT), by the `QUEUED` it was given. A command that was refused when it was queued has that error.

Passwords are replaced while a command is read: no message ever holds one.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import ClassVar

from flowtape.capture.codec import Codec, Heard, Message, Side
from flowtape.capture.exchange import Connection, Exchange, RedisCommand, RedisReply, Resp
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.capture.protocols.redis_commands import is_session, redacted, redacted_reply
from flowtape.capture.protocols.resp import ValueReader, read_command, write_command, write_value
from flowtape.capture.settling import QUIET, Settling
from flowtape.capture.stream import DecodeError, Reading, Stream

QUEUED = Resp("simple", "QUEUED")
SUBSCRIPTIONS = {b"SUBSCRIBE": b"SUBSCRIBE", b"PSUBSCRIBE": b"PSUBSCRIBE", b"SSUBSCRIBE": b"SSUBSCRIBE"} | {
    b"UNSUBSCRIBE": b"SUBSCRIBE", b"PUNSUBSCRIBE": b"PSUBSCRIBE", b"SUNSUBSCRIBE": b"SSUBSCRIBE",
}  # fmt: skip
PUBLISHED = frozenset({b"message", b"pmessage", b"smessage"})
IMMEDIATE = frozenset({b"MULTI", b"EXEC", b"DISCARD", b"WATCH", b"RESET", b"QUIT"})
"""Not queued within MULTI."""
STATEFUL = frozenset({b"MULTI", b"EXEC", b"DISCARD", b"HELLO", b"RESET", b"MONITOR", b"PSYNC", *SUBSCRIPTIONS})
"""What must be answered for us to know the connection's state."""
STREAMS = frozenset({b"MONITOR", b"PSYNC"})
"""After their answer, no command is answered any more."""

FIRST_COMMAND = re.compile(rb"\*[1-9][0-9]{0,6}\r\n\$([1-9][0-9]{0,2})\r\n([A-Za-z][A-Za-z0-9._|-]*)\r\n")
FIRST_ARRAY = re.compile(rb"\*[1-9][0-9]{0,6}\r\n\$[0-9]{1,9}\r\n")
FIRST_ARRAY_BEGINNING = re.compile(rb"\*(?:[1-9][0-9]{0,6}(?:\r(?:\n(?:\$(?:[0-9]{1,9}\r?)?)?)?)?)?")
INLINE_COMMANDS = (b"PING", b"AUTH", b"HELLO", b"SELECT", b"ECHO", b"INFO", b"QUIT", b"COMMAND", b"CLIENT")


@dataclass(slots=True, eq=False)
class _Asked:
    """A command until it is answered. `confirmations` collect for a subscription."""

    command: RedisCommand
    name: bytes
    heard: Heard
    confirmations: list[Resp] = field(default_factory=list)
    expected: int = 0


class RedisCodec(Codec):
    """Commands queue up until they are answered; within MULTI they queue up once more."""

    name: ClassVar[str] = "redis"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._asked: deque[_Asked] = deque()
        self._queued: list[_Asked] = []
        self._transaction = ""
        self._transactions = 0
        self._channels: dict[bytes, set[bytes]] = {}
        self._replies = True
        self._skipped = 0
        self._joined = False
        self._settling = Settling()
        self.resp3 = False
        """Whether HELLO 3 was said and granted."""

    @staticmethod
    def claims(data: bytes) -> bool | None:
        if data.startswith(b"*"):
            if FIRST_ARRAY.match(data):
                return True
            return None if FIRST_ARRAY_BEGINNING.fullmatch(data) else False
        line, newline, _ = data.partition(b"\n")
        word, *rest = line.upper().split(maxsplit=1) or [b""]
        if newline or rest:
            return word in INLINE_COMMANDS
        return None if any(name.startswith(word) for name in INLINE_COMMANDS) else False

    # -- reading and writing

    def decoder(self, side: Side, stream: Stream) -> Generator[None, None, Message]:
        return self._command(stream) if side is Side.CLIENT else self._reply(stream)

    def _command(self, stream: Stream) -> Reading[RedisCommand]:
        command = yield from read_command(stream)
        return RedisCommand(redacted(command.arguments))

    def _reply(self, stream: Stream) -> Reading[RedisReply]:
        return RedisReply((yield from ValueReader(stream).read()))

    def encode(self, side: Side, message: Message) -> bytes:
        if isinstance(message, RedisCommand):
            return write_command(message)
        return write_value(message.value, resp3=self.resp3)

    # -- pairing

    def said(self, side: Side, message: Message, heard: Heard) -> None:
        if isinstance(message, RedisCommand):
            self._ask(_Asked(message, message.arguments[0].upper(), heard))
        elif message.value.kind == "attribute" or self._is_published(message.value):
            return  # answers nothing: comments on the next reply, or what others published
        elif not self._asked:
            raise DecodeError("an answer to no command")
        else:
            self._answer(self._asked[0], message.value, heard)

    def _ask(self, asked: _Asked) -> None:
        self._settling.asked(asked.heard.first, len(self._asked))
        if asked.name == b"SYNC" or (self._joined and asked.name in SUBSCRIPTIONS):
            raise DecodeError(f"{asked.name.decode()}: what follows cannot be told from answers")
        if self._is_muted(asked):
            self._finish(asked, None, Heard(0, 0), problem="the client asked for no answer (CLIENT REPLY)")
        else:
            self._asked.append(asked)

    def _is_muted(self, asked: _Asked) -> bool:
        if self._replies and not self._skipped and asked.name != b"CLIENT":
            return False
        mode = b"".join(asked.command.arguments[2:]).upper() if _words(asked) == (b"CLIENT", b"REPLY") else b""
        if mode in {b"ON", b"OFF", b"SKIP"} and (self._transaction or any(a.name == b"MULTI" for a in self._asked)):
            raise DecodeError("CLIENT REPLY within MULTI")
        if mode in {b"ON", b"OFF"}:
            self._replies = mode == b"ON"
        if mode == b"SKIP" and self._replies:
            self._skipped = 2
        muted = not self._replies or self._skipped > 0
        self._skipped = max(0, self._skipped - 1)
        if muted and asked.name in STATEFUL:
            raise DecodeError(f"{asked.name.decode()} while answers are suppressed")
        return muted

    def _is_published(self, value: Resp) -> bool:
        kind = _first_word(value)
        if value.kind == "push":
            return not (self._asked and kind.upper() == self._asked[0].name and kind.upper() in SUBSCRIPTIONS)
        if value.kind == "array" and kind in PUBLISHED and not self.resp3:
            if self._joined:
                raise DecodeError("what may be a published message, on a connection joined in mid-stream")
            return any(self._channels.values())
        return False

    def _answer(self, asked: _Asked, value: Resp, heard: Heard) -> None:
        if asked.name in SUBSCRIPTIONS and value.kind in {"array", "push"}:
            if self._transaction or _first_word(value).upper() != asked.name:
                raise DecodeError(f"{_first_word(value)[:40]!r} where {asked.name.decode()} should be confirmed")
            if not self._confirmed(asked, value):
                return
            confirmations = tuple(asked.confirmations)
            value = value if len(confirmations) == 1 else Resp("array", confirmations)
        self._asked.popleft()
        self._settling.answered(heard.last)
        if value == QUEUED and self._joined and not self._transaction:
            raise DecodeError("a queued command, and no MULTI was heard")
        if self._transaction and asked.name not in IMMEDIATE:
            self._answer_in_transaction(asked, value, heard)
        elif asked.name == b"EXEC" and self._transaction:
            self._execute(asked, value, heard)
        else:
            self._change_state(asked, value)
            self._finish(asked, value, heard)
            if asked.name in {b"DISCARD", b"RESET"} and value.kind != "error":
                self._end_transaction(heard)
        if asked.name in STREAMS and value.kind == "simple" and not self._transaction:
            self.abandon(f"the connection went on with {asked.name.decode()}", heard.last)
            self.successor = OpaqueCodec(
                self.connection, reason=f"{asked.name.decode()}: no more questions and answers"
            )

    def _confirmed(self, asked: _Asked, value: Resp) -> bool:
        """Keep one confirmation of a subscription; True if it is the last."""
        channels = self._channels.setdefault(SUBSCRIPTIONS[asked.name], set())
        if not asked.confirmations:
            asked.expected = len(asked.command.arguments) - 1 or max(1, len(channels))
        asked.confirmations.append(value)
        channel = value.value[1].value if isinstance(value.value, tuple) and len(value.value) > 1 else None
        if isinstance(channel, bytes):
            (channels.discard if SUBSCRIPTIONS[asked.name] != asked.name else channels.add)(channel)
        return len(asked.confirmations) >= asked.expected

    def _change_state(self, asked: _Asked, value: Resp) -> None:
        if value.kind in {"error", "bulk error"}:
            return
        if asked.name == b"MULTI":
            self._transactions += 1
            self._transaction = f"{self.connection.id}:{self._transactions}"
        elif asked.name == b"HELLO" and len(asked.command.arguments) > 1:
            self.resp3 = asked.command.arguments[1] == b"3"
        elif asked.name == b"RESET":
            self.resp3 = False
            self._channels.clear()

    def _answer_in_transaction(self, asked: _Asked, value: Resp, heard: Heard) -> None:
        if value == QUEUED:
            self._queued.append(asked)
        elif value.kind == "error":
            self._finish(asked, value, heard)
        else:
            raise DecodeError(f"a RESP {value.kind} where a command of a MULTI block should be queued")

    def _execute(self, asked: _Asked, value: Resp, heard: Heard) -> None:
        if value.kind == "array" and isinstance(value.value, tuple):
            if len(value.value) != len(self._queued):
                raise DecodeError(f"EXEC answers {len(value.value)} commands, where {len(self._queued)} were queued")
            for queued, answer in zip(self._queued, value.value, strict=True):
                self._change_state(queued, answer)
                self._finish(queued, answer, heard)
            self._queued.clear()
        elif value.kind not in {"null", "error"}:
            raise DecodeError(f"a RESP {value.kind} where EXEC should be answered")
        self._finish(asked, value, heard)
        self._end_transaction(heard)

    def _end_transaction(self, heard: Heard) -> None:
        for queued in self._queued:
            self._finish(queued, QUEUED, heard)
        self._queued.clear()
        self._transaction = ""

    def _finish(self, asked: _Asked, value: Resp | None, heard: Heard, problem: str = "") -> None:
        self.finished.append(
            Exchange(
                self.connection,
                self.name,
                asked.command,
                RedisReply(redacted_reply(asked.command.arguments, value)) if value is not None else None,
                asked.heard.first,
                asked.heard.last,
                heard.first,
                heard.last,
                transaction=self._transaction,
                session=is_session(asked.command.arguments),
                incomplete=problem or self._settling.problem,
            )
        )

    # -- loss

    def abandon(self, reason: str, at: int) -> None:
        for asked in (*self._queued, *self._asked):
            self._finish(asked, None, Heard(0, 0), problem=reason)
        self._queued.clear()
        self._asked.clear()
        self._channels.clear()
        self._transaction = ""
        self._replies, self._skipped = True, 0

    def boundary(self, side: Side, data: bytes, quiet: int) -> int | None:
        if side is Side.SERVER:
            if not self._asked:
                raise DecodeError("an answer to no command, on a connection joined in mid-stream")
            return 0
        found = FIRST_COMMAND.match(data) if quiet >= QUIET else None
        if found is None or int(found[1]) != len(found[2]):
            return None
        self._joined = True
        self._settling.begin()
        return 0

    @property
    def under_way(self) -> int | None:
        first = [asked[0].heard.first for asked in (self._queued, self._asked) if asked]
        return min(first) if first else None


def _words(asked: _Asked) -> tuple[bytes, ...]:
    return tuple(argument.upper() for argument in asked.command.arguments[:2])


def _first_word(value: Resp) -> bytes:
    """The bulk string that an array begins with, b"" where there is none."""
    elements = value.value
    first = elements[0].value if isinstance(elements, tuple) and elements else None
    return first if isinstance(first, bytes) else b""
