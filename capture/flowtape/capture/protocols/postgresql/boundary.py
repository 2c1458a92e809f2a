"""Where a conversation may be taken up again after bytes were missed.

A client that was quiet for a while and then says a chunk which is, from its first byte to its last, one batch of well-formed
questions ending in Query or Sync, begins it at a boundary: that, and a server which then answers as such a batch is answered.
Still, an earlier question whose answer is on its way would shift every answer by one. So what is heard first is on *probation*:
for some batches the client must wait for each answer before it asks again, and their exchanges are incomplete, and what they
prepare is forgotten.
"""

from __future__ import annotations

from typing import Any

from flowtape.capture.codec import Side
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import wire
from flowtape.capture.stream import MAX_MESSAGE, DecodeError

QUIET = 5_000_000
"""Nanoseconds of silence on both sides before a chunk that may begin a batch."""

PROBATION = 2
"""How many batches are answered in turn before an exchange is trusted."""

JOINED = "heard too soon after the connection was joined in mid-stream"

_QUESTIONS = (pg.Parse, pg.Bind, pg.Describe, pg.Execute, pg.Close, pg.Flush)

_ANSWERS: dict[type, bytes] = {
    pg.Query: b"TCIGHENSA",
    pg.Parse: b"1ENSA",
    pg.Bind: b"2ENSA",
    pg.Describe: b"tTnENSA",
    pg.Execute: b"DCIsGHENSA",
    pg.Close: b"3ENSA",
    pg.Sync: b"ZENSA",
}
"""What may answer each question first: its own answers, or an error, a notice, a setting, a notification."""


def begins_batch(data: bytes) -> bool:
    """Whether `data` is one whole batch of a client's questions and nothing else."""
    at, messages = 0, []
    while at < len(data):
        size = int.from_bytes(data[at + 1 : at + 5])
        end = at + 1 + size
        if size < 4 or end > len(data) or size > MAX_MESSAGE:
            return False
        try:
            messages.append(wire.parse(Side.CLIENT, data[at], data[at + 5 : end]))
        except DecodeError:
            return False
        at = end
    if not messages:
        return False
    *before, last = messages
    if isinstance(last, pg.Query):
        return not before
    return isinstance(last, pg.Sync) and all(isinstance(message, _QUESTIONS) for message in before)


def may_answer(question: Any, data: bytes) -> bool:
    """Whether a server's chunk may begin the answer to `question`."""
    size = int.from_bytes(data[1:5])
    return len(data) >= 5 and data[0] in _ANSWERS.get(type(question), b"") and 4 <= size <= MAX_MESSAGE
