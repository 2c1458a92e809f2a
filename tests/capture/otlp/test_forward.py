from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest, ResponseStartLine

from flowtape.capture.otlp import forward
from flowtape.capture.otlp.forward import Forward, Request

pytestmark = pytest.mark.agent

LIMIT = 30


class Collector:
    """Answers with `statuses`, one after another; with the last one from then on. `got` are the requests."""

    def __init__(self, statuses: Sequence[int]) -> None:
        self._statuses = list(statuses)
        self.got: list[HTTPServerRequest] = []
        self.server = HTTPServer(self._answer)
        self.server.listen(0, "127.0.0.1")
        self.url = f"http://127.0.0.1:{next(iter(self.server._sockets.values())).getsockname()[1]}/"

    def _answer(self, request: HTTPServerRequest) -> None:
        self.got.append(request)
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        assert request.connection is not None
        request.connection.write_headers(
            ResponseStartLine("HTTP/1.1", status, ""), request.headers.__class__({"Content-Length": "0"})
        )
        request.connection.finish()


async def until(counters: Counter[str], total: int) -> None:
    while counters.total() < total:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


def forwarded(
    statuses: Sequence[int], requests: Sequence[Request], monkeypatch: pytest.MonkeyPatch
) -> tuple[Counter[str], list[HTTPServerRequest]]:
    monkeypatch.setattr(forward, "PAUSES", (0.0, 0.0))
    counters: Counter[str] = Counter()

    async def main() -> list[HTTPServerRequest]:
        collector = Collector(statuses)
        sender = Forward(collector.url, counters)
        running = asyncio.create_task(sender.run())
        for request in requests:
            sender.put(request)
        await asyncio.wait_for(until(counters, len(requests)), LIMIT)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        collector.server.stop()
        return collector.got

    got = asyncio.run(main())
    return +counters, got


def test_a_request_goes_on_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = (
        ("Content-Type", "application/x-protobuf"),
        ("Content-Encoding", "gzip"),
        ("Api-Key", "mine"),
        ("Host", "elsewhere"),
        ("grpc-timeout", "1S"),
    )
    counters, (got,) = forwarded([200], [Request("/v1/traces", headers, b"\x1f\x8b body")], monkeypatch)
    assert counters == {"forward.sent": 1}
    assert (got.path, got.body) == ("/v1/traces", b"\x1f\x8b body")
    assert (got.headers["Api-Key"], got.headers["Content-Encoding"]) == ("mine", "gzip")
    assert got.headers["Host"].startswith("127.0.0.1:")
    assert "Grpc-Timeout" not in got.headers


def test_what_a_busy_collector_does_not_take_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counters, got = forwarded([503, 429, 200], [Request("/v1/logs", (), b"x")], monkeypatch)
    assert counters == {"forward.sent": 1}
    assert len(got) == 3


def test_what_it_will_not_have_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    counters, got = forwarded(
        [400, 200], [Request("/v1/traces", (), b"1"), Request("/v1/traces", (), b"2")], monkeypatch
    )
    assert counters == {"forward.refused": 1, "forward.sent": 1}
    assert [one.body for one in got] == [b"1", b"2"]


def test_one_that_is_busy_for_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    counters, got = forwarded([503], [Request("/v1/traces", (), b"1")], monkeypatch)
    assert counters == {"forward.failed": 1}
    assert len(got) == 3


def test_nobody_there_is_a_failure_and_what_is_left_at_the_end_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "PAUSES", ())
    counters: Counter[str] = Counter()

    async def main() -> None:
        sender = Forward("http://127.0.0.1:1", counters)
        running = asyncio.create_task(sender.run())
        sender.put(Request("/v1/traces", (), b"1"))
        await asyncio.wait_for(until(counters, 1), LIMIT)
        running.cancel()
        sender.put(Request("/v1/traces", (), b"2"))
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(main())
    assert counters == {"forward.failed": 1, "forward.unsent": 1}


def test_a_full_queue_drops_and_says_so() -> None:
    counters: Counter[str] = Counter()
    sender = Forward("http://127.0.0.1:1", counters, max_queue=10)
    for _ in range(3):
        sender.put(Request("/v1/traces", (), b"12345"))
    assert counters == {"forward.dropped": 1}
