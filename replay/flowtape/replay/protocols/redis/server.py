"""The answering server on loopback: sessions that do no I/O, fed from a stream."""

from __future__ import annotations

from collections.abc import Generator
from itertools import count

from flowtape.capture.exchange import RedisCommand
from flowtape.capture.protocols.resp import read_command
from flowtape.capture.stream import DecodeError, EndOfStream, Stream
from flowtape.replay.protocols.listening import AnsweringServer, listen
from flowtape.replay.protocols.redis.session import Session
from flowtape.replay.sockets import Sockets
from flowtape.replay.source import Source


class Answering:
    """Reads commands, pipelined or not, and answers them in their order."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stream = Stream()
        self._decoder: Generator[None, None, RedisCommand] | None = None

    @property
    def closing(self) -> bool:
        return self._session.closed

    def receive(self, data: bytes) -> bytes:
        session = self._session
        self._stream.feed(data)
        try:
            self._read()
        except (DecodeError, EndOfStream) as error:
            session.violation(str(error))
        said = b"".join(session.out)
        session.out.clear()
        return said

    def lost(self) -> None:
        self._session.lost()

    def _read(self) -> None:
        while not self._session.closed and (self._decoder is not None or len(self._stream)):
            if self._decoder is None:
                self._decoder = read_command(self._stream)
            try:
                next(self._decoder)
                return
            except StopIteration as stop:
                self._decoder = None
                self._session.hear(stop.value)


def serve(
    source: Source, dependency: str, host: str = "127.0.0.1", port: int = 0, sockets: Sockets | None = None
) -> AnsweringServer:
    """Answer Redis clients from `source`. Raises OSError where `port` cannot be bound. See `listen` for `sockets`."""
    numbers = count(1)
    return listen(lambda: Answering(Session(source, dependency, next(numbers))), host, port, sockets)
