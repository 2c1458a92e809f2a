"""The receiver: its listeners, its intake, and the way on to the user's own collector."""

from __future__ import annotations

import asyncio
from collections import Counter

from flowtape.capture.configuration import ConfigurationError, Spans, address
from flowtape.capture.exchange import Address
from flowtape.capture.otlp.forward import Forward
from flowtape.capture.otlp.intake import HearSpans, Intake
from flowtape.capture.tapping import EXTRA, installed


class Receiver:
    """`listening` is set once every listener has its socket; `addresses` then says where, by "http" and "grpc".

    Raises ConfigurationError where an address is none, or what listens there is not installed.
    """

    def __init__(self, spans: Spans) -> None:
        for library in ("tornado", "grpc", "opentelemetry.proto"):
            if not installed(library):
                raise ConfigurationError(f"spans cannot be received: {library} is not installed. {EXTRA}")
        self.listening = asyncio.Event()
        self.addresses: dict[str, Address] = {}
        self._wanted = {name: address(at) for name, at in (("http", spans.http), ("grpc", spans.grpc)) if at}
        self.counters: Counter[str] = Counter()
        self._forward = Forward(spans.forward, self.counters) if spans.forward else None
        self._intake = Intake(self.counters, self._forward)

    async def run(self, hear: HearSpans) -> None:
        """Receive until cancelled. Raises OSError if an address cannot be listened at."""
        from flowtape.capture.otlp.grpc import GrpcListener
        from flowtape.capture.otlp.http import HttpListener

        self._intake.open(hear)
        forwarding = None if self._forward is None else asyncio.create_task(self._forward.run())
        listeners: list[HttpListener | GrpcListener] = []
        try:
            if at := self._wanted.get("http"):
                listeners.append(http := HttpListener(self._intake, at))
                self.addresses["http"] = Address(at.host, http.port)
            if at := self._wanted.get("grpc"):
                listeners.append(grpc := GrpcListener(self._intake, at))
                await grpc.start()
                self.addresses["grpc"] = Address(at.host, grpc.port)
            self.listening.set()
            await asyncio.Event().wait()
        finally:
            self.listening.clear()
            for listener in listeners:
                await listener.close()
            if forwarding is not None:
                forwarding.cancel()
                await asyncio.gather(forwarding, return_exceptions=True)
            self._intake.close()
