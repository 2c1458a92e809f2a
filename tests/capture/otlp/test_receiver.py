from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from samples import servers

from flowtape.capture.configuration import ConfigurationError, Spans
from flowtape.capture.otlp.receiver import Receiver
from flowtape.capture.span import Span

pytestmark = pytest.mark.agent

Exporter = Any
LIMIT = 30


def free() -> str:
    return f"127.0.0.1:{servers.free_port()}"


def test_it_listens_at_loopback_unless_told_otherwise() -> None:
    assert (Spans().http, Spans().grpc) == ("127.0.0.1:4318", "127.0.0.1:4317")


@pytest.mark.parametrize("name", ["http", "grpc"])
def test_a_listener_can_be_left_out(name: Any) -> None:
    async def opened() -> set[str]:
        wanted = {"http": free(), "grpc": free()} | {name: ""}
        receiver = Receiver(Spans(http=wanted["http"], grpc=wanted["grpc"]))
        running = asyncio.create_task(receiver.run(lambda _: None))
        await asyncio.wait_for(receiver.listening.wait(), LIMIT)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return set(receiver.addresses)

    assert asyncio.run(opened()) == {"http", "grpc"} - {name}


def test_spans_come_through_and_go_on_and_the_end_leaves_nothing_open(exporter: Exporter) -> None:
    """Two receivers, one of which is the other's collector."""
    heard: list[list[Span]] = [[], []]
    arrived = asyncio.Event()

    def hear(spans: list[Span]) -> None:
        heard[1].extend(spans)
        arrived.set()

    async def chained() -> dict[str, int]:
        behind = Receiver(Spans(http=free(), grpc=free()))
        tasks = [asyncio.create_task(behind.run(hear))]
        await asyncio.wait_for(behind.listening.wait(), LIMIT)
        front = Receiver(Spans(http=free(), grpc="", forward=f"http://{behind.addresses['http']}"))
        tasks.append(asyncio.create_task(front.run(heard[0].extend)))
        await asyncio.wait_for(front.listening.wait(), LIMIT)
        body = json.dumps(exporter.request(exporter.span()))
        async with httpx.AsyncClient() as client:
            url = f"http://{front.addresses['http']}/v1/traces"
            await client.post(url, content=body, headers={"Content-Type": "application/json"})
        await arrived.wait()
        # The way on is done once its answer is back: what the collector heard of it is the first sign.
        while not front.counters["forward.sent"]:  # noqa: ASYNC110
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with pytest.raises(OSError, match="onnect"):
            await asyncio.open_connection("127.0.0.1", front.addresses["http"].port)
        return dict(+front.counters)

    assert asyncio.run(asyncio.wait_for(chained(), LIMIT)) == {"requests.taken": 1, "spans.taken": 1, "forward.sent": 1}
    assert heard[0] == heard[1] != []


def test_an_address_that_is_none_or_taken_is_told() -> None:
    with pytest.raises(ConfigurationError, match="is not an address"):
        Receiver(Spans(http="nowhere"))

    async def taken() -> None:
        first = Receiver(Spans(http=free(), grpc=""))
        running = asyncio.create_task(first.run(lambda _: None))
        await asyncio.wait_for(first.listening.wait(), LIMIT)
        try:
            with pytest.raises(OSError, match="in use"):
                await Receiver(Spans(http=str(first.addresses["http"]), grpc="")).run(lambda _: None)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(taken(), LIMIT))
