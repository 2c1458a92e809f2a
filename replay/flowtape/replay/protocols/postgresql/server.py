"""The answering server on loopback: sessions that do no I/O, fed from a stream."""

from __future__ import annotations

from collections.abc import Generator
from itertools import count
from typing import Any

from flowtape.capture.codec import Side
from flowtape.capture.protocols.postgresql import wire
from flowtape.capture.stream import DecodeError, EndOfStream, Stream
from flowtape.replay.protocols.listening import AnsweringServer, listen
from flowtape.replay.protocols.postgresql.backend import Backend
from flowtape.replay.protocols.postgresql.session import Session
from flowtape.replay.sockets import Sockets
from flowtape.replay.source import Source


class Answering:
    """Reads messages, pipelined or not, and answers them in their order."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stream = Stream()
        self._decoder: Generator[None, None, Any] | None = None

    @property
    def closing(self) -> bool:
        return self._session.closed

    def receive(self, data: bytes) -> bytes:
        session = self._session
        try:
            if self._decoder is None and not self._stream:
                data = self._whole(data)
            if data:
                self._stream.feed(data)
                self._read()
        except (DecodeError, EndOfStream) as error:
            session.violation(str(error))
        said = b"".join(session.out)
        session.out.clear()
        return said

    def lost(self) -> None:
        self._session.lost()

    def _whole(self, data: bytes) -> bytes:
        """Hear the messages that `data` holds whole, without the stream: nearly all are. Returns the rest."""
        session = self._session
        at = 0
        while session.started and not session.closed and (found := wire.whole(Side.CLIENT, data, at)) is not None:
            message, at = found
            session.hear(message)
        return data[at:] if at else data

    def _read(self) -> None:
        session, stream = self._session, self._stream
        while not session.closed and (self._decoder is not None or len(stream)):
            if self._decoder is None:
                self._decoder = wire.read(Side.CLIENT, stream) if session.started else wire.read_first(stream)
            try:
                next(self._decoder)
                return
            except StopIteration as stop:
                self._decoder = None
                session.hear(stop.value)


def serve(
    source: Source, dependency: str, host: str = "127.0.0.1", port: int = 0, sockets: Sockets | None = None
) -> AnsweringServer:
    """Answer PostgreSQL clients from `source`. Raises OSError where `port` cannot be bound. See `listen` for `sockets`."""
    numbers = count(1)

    def talker() -> Answering:
        number = next(numbers)
        return Answering(Session(Backend(source, dependency, f"{dependency}-{number}", number)))

    return listen(talker, host, port, sockets)
