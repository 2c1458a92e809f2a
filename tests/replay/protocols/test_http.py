"""The answering server, to raw sockets and to the clients that services use."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import Answer, HttpRequest, HttpResponse, OpaqueBytes, Question, SqlResult
from flowtape.replay.protocols.http import Answering, ask, serve
from flowtape.replay.protocols.listening import AnsweringServer
from flowtape.replay.source import Miss, Shape

LIMIT = 20.0


class Record:
    """A source that answers by a function of the request, and remembers what it was asked."""

    def __init__(self, answer: Callable[[HttpRequest], Answer | Miss]) -> None:
        self.asked: list[HttpRequest] = []
        self._answer = answer

    def ask(
        self, dependency: str, question: Question, transaction: str = "", otherwise: Answer | None = None
    ) -> Answer | Miss:
        assert dependency == "payments"
        assert isinstance(question, HttpRequest)
        self.asked.append(question)
        return self._answer(question)

    def shape(self, dependency: str, text: str) -> Shape | Miss:
        raise NotImplementedError

    def answers(self, dependency: str, text: str) -> list[SqlResult]:
        raise NotImplementedError

    def transaction_ended(self, dependency: str, connection: str, *, committed: bool, isolation: str = "") -> None:
        raise NotImplementedError


def echo(request: HttpRequest) -> HttpResponse:
    body = f"{request.method} {request.target} ".encode() + request.body
    return HttpResponse(200, "Fine", (("X-One", "1"), ("x-one", "2"), ("Content-Length", "999")), body)


@contextmanager
def playing(answer: Callable[[HttpRequest], Answer | Miss], **options: Any) -> Iterator[tuple[AnsweringServer, Record]]:
    record = Record(answer)
    server = serve(record, "payments", **options)
    try:
        yield server, record
    finally:
        server.close()


def talker(answer: Callable[[HttpRequest], Answer | Miss]) -> tuple[Answering, Record]:
    record = Record(answer)
    return Answering(lambda request: ask(record, "payments", request)), record


def said(answer: Callable[[HttpRequest], Answer | Miss], *data: bytes) -> bytes:
    talking, _ = talker(answer)
    return b"".join(talking.receive(part) for part in data)


GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


def test_the_recorded_answer_is_sent_with_its_length_counted_anew_in_its_place() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        headers = (("A", "1"), ("content-length", "999"), ("Content-Length", "3"), ("B", "2"))
        return HttpResponse(201, "Made", headers, b"hello")

    assert said(answer, GET) == b"HTTP/1.1 201 Made\r\nA: 1\r\ncontent-length: 5\r\nB: 2\r\n\r\nhello"


def test_what_belonged_to_the_recorded_connection_alone_is_dropped() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        headers = (
            ("Connection", "close, X-Hop"),
            ("X-Hop", "1"),
            ("Keep-Alive", "timeout=5"),
            ("Transfer-Encoding", "chunked"),
            ("Trailer", "X-Sum"),
            ("X-End", "1"),
        )
        return HttpResponse(200, "OK", headers, b"x", trailers=(("X-Sum", "1"),))

    assert said(answer, GET) == b"HTTP/1.1 200 OK\r\nX-End: 1\r\nContent-Length: 1\r\n\r\nx"


@pytest.mark.parametrize(
    ("method", "status", "headers", "expected"),
    [
        (b"HEAD", 200, (("Content-Length", "42"),), b"HTTP/1.1 200 \r\nContent-Length: 42\r\n\r\n"),
        (b"HEAD", 200, (), b"HTTP/1.1 200 \r\n\r\n"),
        (b"GET", 204, (("Content-Length", "0"),), b"HTTP/1.1 204 \r\n\r\n"),
        (b"GET", 304, (("ETag", "x"),), b"HTTP/1.1 304 \r\nETag: x\r\n\r\n"),
        (b"GET", 200, (), b"HTTP/1.1 200 \r\nContent-Length: 4\r\n\r\nbody"),
    ],
)
def test_answers_without_a_body(
    method: bytes, status: int, headers: tuple[tuple[str, str], ...], expected: bytes
) -> None:
    request = method + b" / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = HttpResponse(status, "", headers, b"body")
    # The second request is answered in its place: the first answer's end was where the client expects it.
    assert said(lambda asked: answer, request + request) == expected * 2


def test_pipelined_requests_are_answered_in_their_order() -> None:
    data = b"".join(b"POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n%d" % (n, n) for n in range(9))
    answers = said(echo, data)
    assert [answers.find(b"POST /%d %d" % (n, n)) for n in range(9)] == sorted(
        answers.find(b"POST /%d %d" % (n, n)) for n in range(9)
    )
    assert answers.count(b"HTTP/1.1 200 Fine") == 9


CONVERSATION = (
    GET
    + b"PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n"
    + b"HEAD /c HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
    + b"POST /d HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n\r\n\r\n"
)


@given(st.lists(st.integers(0, len(CONVERSATION)), max_size=12))
def test_splits_change_nothing(places: list[int]) -> None:
    whole, asked_whole = talker(echo)
    split, asked_split = talker(echo)
    expected = whole.receive(CONVERSATION)
    cuts = [0, *sorted(places), len(CONVERSATION)]
    got = b"".join(split.receive(CONVERSATION[start:end]) for start, end in itertools.pairwise(cuts) if start < end)
    assert got == expected
    assert asked_split.asked == asked_whole.asked
    assert [(request.target, request.body) for request in asked_whole.asked] == [
        ("/a", b""),
        ("/b", b"abcde"),
        ("/c", b""),
        ("/d", b"\r\n\r\n"),
    ]


def test_a_client_that_waits_to_be_told_to_continue_is_told_so_once() -> None:
    talking, record = talker(echo)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 26\r\n\r\n"
    body = b"\r\nexpect: 100-continue\r\n\r\n"
    for _ in range(2):
        assert talking.receive(head[:30]) == b""
        assert talking.receive(head[30:]) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert talking.receive(body[:24]) == b""
        assert talking.receive(body[24:]).startswith(b"HTTP/1.1 200 Fine")
    assert len(record.asked) == 2


def test_a_body_that_came_along_needs_no_telling() -> None:
    answer = said(echo, b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na")
    assert b"100" not in answer


@pytest.mark.parametrize(
    ("request_", "closes"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", False),
    ],
)
def test_the_connection_lives_as_long_as_the_client_says(request_: bytes, closes: bool) -> None:
    talking, _ = talker(echo)
    answer = talking.receive(request_ + GET)
    assert talking.closing is closes
    assert answer.count(b"HTTP/1.1 200 Fine") == (1 if closes else 2)


def test_what_is_not_recorded_is_explained() -> None:
    answer = said(lambda request: Miss("GET /a was never asked;\nthe nearest is GET /ä"), GET)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 502 ")
    assert b"flowtape-miss: true" in head
    assert body.decode() == "flowtape: GET /a was never asked;\nthe nearest is GET /ä\n"


def failing(request: HttpRequest) -> Answer:
    raise RecursionError("deep")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (failing, b"RecursionError: deep"),
        (lambda request: OpaqueBytes(3), b"which is not HTTP"),
        (lambda request: HttpResponse(101, "Switching"), b"cannot be replayed"),
        (lambda request: HttpResponse(200, "OK", (("A", "1\r\nInjected: yes"),)), b"cannot be sent"),
        (lambda request: HttpResponse(200, "OK\r\nInjected: yes"), b"cannot be sent"),
        (lambda request: HttpResponse(200, "OK", (("A", "\u20ac"),)), b"cannot be sent"),
    ],
)
def test_an_answer_that_cannot_be_played_is_a_miss_and_the_next_is_answered(
    answer: Callable[[HttpRequest], Answer | Miss], reason: bytes
) -> None:
    answers = said(
        lambda request: answer(request) if request.target == "/a" else echo(request), GET, GET.replace(b"/a", b"/b")
    )
    assert answers.startswith(b"HTTP/1.1 502 Not Recorded")
    assert reason in answers
    assert b"\r\nInjected: yes" not in answers.split(b"\r\n\r\n")[0]
    assert b"GET /b" in answers


@pytest.mark.parametrize(
    "data",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_ends_the_connection(data: bytes) -> None:
    talking, record = talker(echo)
    answer = b"".join(
        talking.receive(data[start : start + 1000]) for start in range(0, len(data), 1000) if not talking.closing
    )
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert talking.closing
    assert record.asked == []


def test_httpx_requests_and_aiohttp(tmp_path: Path) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        headers = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
        return HttpResponse(200, "OK", headers, gzip.compress(b'{"paid": "%s"}' % request.body))

    async def scenario() -> None:
        with playing(answer) as (server, record):
            url = f"http://{server.address}/charges"
            async with httpx.AsyncClient(trust_env=False) as client:
                for n in range(3):
                    assert (await client.post(url, content=b"%d" % n)).json() == {"paid": str(n)}
            async with aiohttp.ClientSession() as session, session.post(url, data=b"3", expect100=True) as response:
                assert await response.json() == {"paid": "3"}

            async def chunks() -> AsyncIterator[bytes]:
                yield b"4"
                yield b"5"

            async with aiohttp.ClientSession() as session, session.post(url, data=chunks()) as response:
                assert await response.json() == {"paid": "45"}

            def with_requests() -> None:
                with requests.Session() as session:
                    session.trust_env = False
                    assert session.post(url, data=iter([b"6", b"7"])).json() == {"paid": "67"}
                    assert session.head(url).content == b""
                    assert session.get(url).status_code == 200

            await asyncio.wait_for(asyncio.to_thread(with_requests), LIMIT)
            assert len(record.asked) == 8

    asyncio.run(scenario())


def test_many_connections_at_once() -> None:
    async def scenario() -> None:
        with playing(echo) as (server, record):

            async def one(number: int) -> None:
                reader, writer = await asyncio.open_connection(server.address.host, server.address.port)
                for turn in range(5):
                    writer.write(b"GET /%d/%d HTTP/1.1\r\nHost: x\r\n\r\n" % (number, turn))
                    expected = b"GET /%d/%d " % (number, turn)
                    assert (await asyncio.wait_for(reader.readuntil(expected), LIMIT)).endswith(expected)
                writer.close()

            await asyncio.gather(*(one(number) for number in range(100)))
            assert len(record.asked) == 500

    asyncio.run(scenario())


def test_a_client_that_does_not_read_is_not_answered_for_ever() -> None:
    async def scenario() -> None:
        big = HttpResponse(200, "OK", (), bytes(1 << 20))
        with playing(lambda request: big) as (server, record):
            reader, writer = await asyncio.open_connection(server.address.host, server.address.port, limit=1 << 12)
            for _ in range(200):
                writer.write(GET)
                await writer.drain()
                await asyncio.sleep(0)
            for _ in range(2000):
                await asyncio.sleep(0)
            assert len(record.asked) < 100
            received = 0
            while received < 200 * (1 << 20):
                received += len(await asyncio.wait_for(reader.read(1 << 20), LIMIT))
            assert len(record.asked) == 200
            writer.close()

    asyncio.run(scenario())


def test_closing_breaks_off_what_is_connected() -> None:
    async def scenario() -> None:
        with playing(echo) as (server, _):
            reader, writer = await asyncio.open_connection(server.address.host, server.address.port)
            writer.write(GET)
            await asyncio.wait_for(reader.readuntil(b"/a "), LIMIT)
            server.close()
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), LIMIT) == b""
            with pytest.raises(OSError, match="Connect"):
                await asyncio.open_connection(server.address.host, server.address.port)

    asyncio.run(scenario())
