from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.servers import Switch
from flowtape.replay.source import Miss, Source
from flowtape.replay.tape import Tape


@pytest.fixture
def _eager_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_eager_threads")
def test_many_threads_use_each_recorded_call_once() -> None:
    count, threads = 200, 8
    calls = tuple(
        RecordedCall("cache", RedisCommand((b"INCR", b"a")), RedisReply(Resp("integer", value)))
        for value in range(count)
    )
    source: Source = Switch(Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls), Session()))
    answers: list[object] = []
    ready = threading.Barrier(threads)

    def ask() -> None:
        ready.wait(10)
        answers.extend(source.ask("cache", RedisCommand((b"INCR", b"a"))) for _ in range(count // threads + 1))

    workers = [threading.Thread(target=ask) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    given = [answer.value.value for answer in answers if isinstance(answer, RedisReply)]
    assert sorted(map(str, given)) == sorted(map(str, range(count)))
    assert sum(isinstance(answer, Miss) for answer in answers) == threads
