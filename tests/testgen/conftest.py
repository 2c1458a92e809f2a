"""A recording of two flows, and what else commands are tried on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flowtape.capture.exchange import (
    Address,
    Answer,
    Column,
    Connection,
    Exchange,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlNotice,
    SqlResult,
    SqlStatement,
)
from flowtape.capture.flow import Call, Evidence, Flow, Outside
from flowtape.capture.recording import Counts, RecordingWriter

MS = 1_000_000
BASE = 1_790_000_000_000 * MS
HERE = Address("127.0.0.1", 9)
HOSTILE = "\x1b]0;owned\x07\x1b[2J[bold red]x[/]\u202e\r\ny"
"""A terminal's title, a cleared screen, rich's markup, text turned round, and a line that is none."""

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def run(*arguments: object, **settings: object) -> Result:
        from flowtape.testgen.cli import main

        return CliRunner().invoke(main, [str(argument) for argument in arguments], **settings)  # type: ignore[arg-type]

    return run


def exchange(dependency: str | None, question: object, answer: object, started: float, took: float) -> Exchange:
    connection = Connection(f"{dependency}{started}", HERE, HERE, dependency)
    first = BASE + int(started * MS)
    last = first + int(took * MS)
    return Exchange(connection, "p", question, answer, first, first, last, last)  # type: ignore[arg-type]


@pytest.fixture
def flows() -> list[Flow]:
    evidence = (Evidence("alone", "no other request was in flight", 0.9),)
    select = SqlStatement("SELECT id, name\n FROM customers WHERE id = $1", ("42", None))
    rows = SqlResult((Column("id", 23), Column("name", 25)), (("42", "Ana"), ("43", HOSTILE)), "SELECT 2")
    failed = SqlResult(error=SqlNotice((("S", "ERROR"), ("C", "23505"), ("M", "duplicate key"))))
    reply = Resp("array", (Resp("bulk", b"a\xff"), Resp("null"), Resp("integer", 5)))
    calls = (
        Call(exchange("db", select, rows, 1, 2), evidence),
        Call(exchange("db", SqlStatement("INSERT INTO t VALUES (1)"), failed, 4, 1), evidence),
        Call(exchange("cache", RedisCommand((b"MGET", b"k")), RedisReply(reply), 6, 1), evidence),
        Call(exchange("payments", HttpRequest("POST", "/charges", (), b'{"a": 1}'), None, 8, 0), evidence),
    )
    entry = exchange(None, HttpRequest("POST", "/orders"), HttpResponse(201, "Created", (), b'{"id": 7}'), 0, 25.5)
    hostile = exchange(None, HttpRequest("GET", f"/{HOSTILE}"), HttpResponse(404, HOSTILE), 100, 3)
    return [
        Flow("aa11", "shop", "1.4.2", entry, calls),
        Flow("aa22", HOSTILE, HOSTILE, hostile, (), f"ambiguous: {HOSTILE}"),
    ]


@pytest.fixture
def recording(tmp_path: Path, flows: list[Flow]) -> Path:
    folder = tmp_path / "recording"
    writer = RecordingWriter(str(folder), "shop")
    counters = {"flows.heard": 5, "flows.kept": 3, "flows.ambiguous": 2}
    writer.write(Counts(BASE, "first", {"flows.heard": 1, "flows.kept": 1}))
    for flow in flows:
        writer.write(flow)
    writer.write(Outside(exchange("db", SqlStatement("SET x = 1"), SqlResult(tag="SET"), 0, 1), "session"))
    writer.write(Counts(BASE + 5, "first", counters, {HOSTILE: 2}))
    writer.write(Counts(BASE + 9, "second", {"flows.heard": 10, "flows.incomplete": 10}, {"incomplete: N bytes": 10}))
    writer.close()
    return folder


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def harmless() -> Callable[[str], bool]:
    """Whether nothing of HOSTILE could act on the terminal that shows this."""

    def harmless(shown: str) -> bool:
        return not set("\x1b\x07\u202e\r") & set(shown) and "\ny" not in shown

    return harmless


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    path = tmp_path / "flowtape.yaml"
    path.write_text(
        "service: {name: shop, asgi: 'shop.app:app', listen: '127.0.0.1:1'}\n"
        "dependencies: {db: {protocol: postgresql, address: '127.0.0.1:5432'}}\n"
    )
    return path


class Builder:
    """Flows of POST /orders and the like, by hand. Times are in milliseconds after the entry began."""

    def __init__(self) -> None:
        self.made = 0

    def call(
        self,
        dependency: str,
        question: Question,
        answer: Answer | None,
        started: float = 1,
        took: float = 1,
        transaction: str = "",
    ) -> Call:
        found = exchange(dependency, question, answer, started, took)
        return Call(replace(found, transaction=transaction), (Evidence("alone", "", 0.9),))

    def sql(self, text: str, *parameters: str | None, tag: str = "", transaction: str = "", started: float = 1) -> Call:
        statement = SqlStatement(text, parameters)
        return self.call("db", statement, SqlResult(tag=tag or text.split(maxsplit=1)[0]), started, 0.5, transaction)

    def flow(
        self,
        *calls: Call,
        method: str = "POST",
        target: str = "/orders",
        status: int = 201,
        body: bytes = b'{"id": 7}',
        asked: bytes = b'{"cart": 1}',
        problem: str = "",
        service: str = "shop",
    ) -> Flow:
        self.made += 1
        request = HttpRequest(method, target, (("Content-Type", "application/json"),), asked)
        response = HttpResponse(status, "", (("Content-Type", "application/json"),), body)
        entry = exchange(None, request, response, 1000.0 * self.made, 50)
        return Flow(f"f{self.made:04}", service, "1.4.2", entry, calls, problem)


@pytest.fixture
def build() -> Builder:
    return Builder()
