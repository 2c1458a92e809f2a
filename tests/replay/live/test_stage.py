"""Replay's stage with live dependencies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import servers
from samples.servers import Server
from tests.replay.live.conftest import Https

from flowtape.capture.configuration import Configuration, load
from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.certificates import Authority
from flowtape.replay.flowfile import Captured, Case
from flowtape.replay.live.addresses import Live
from flowtape.replay.live.stage import LATER, LiveStage

CONFIGURATION = """
service: {name: it, wsgi: "live_service:app", env: {CACHE: "redis://{cache}/0", WHO: nobody}}
dependencies:
  cache: {protocol: redis, address: "redis.internal:6379"}
"""
SERVICE = """
import os, socket, time, redis
def app(environ, start_response):
    cache = redis.Redis.from_url(os.environ["CACHE"])
    cache.incr("flowtape:live:visits")
    if environ["PATH_INFO"] == "/away":
        socket.create_connection(("192.0.2.1", 80))
    start_response("200 OK", [])
    return [f"{os.environ['WHO']} {time.time_ns()}".encode()]
"""
AT = 1795169472_000000000


LONG_AGO = 1_500_000_000_000000000
"""A time at which no certificate that is made now holds, unless it was made for that."""


def case(path: str = "/", at: int = AT) -> Case:
    return Case(Captured(at), HttpRequest("GET", path), HttpResponse(200))


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "live_service", raising=False)
    (tmp_path / "flowtape.yaml").write_text(CONFIGURATION)
    (tmp_path / "live_service.py").write_text(SERVICE)
    return load(tmp_path / "flowtape.yaml")


@pytest.fixture
def stage(configuration: Configuration, redis_server: Server) -> Iterator[LiveStage]:
    found = LiveStage(configuration, Live({"cache": f"{redis_server.host}:{redis_server.port}"}, {"WHO": "me"}))
    yield found
    found.stop()


def test_a_flow_is_played_at_its_time_against_what_is_live(stage: LiveStage) -> None:
    played = stage.perform(case())
    assert played.outcome.response.body.decode() == f"me {AT + LATER}"
    commands = [each.question.arguments for each in played.exchanges if isinstance(each.question, RedisCommand)]
    assert (b"INCRBY", b"flowtape:live:visits", b"1") in commands
    assert played.started < played.exchanges[0].started <= played.exchanges[-1].ended < played.ended
    assert len(stage.perform(case()).exchanges) <= len(played.exchanges)


def test_what_is_no_dependency_is_refused_here_too(stage: LiveStage) -> None:
    (refused,) = stage.perform(case("/away")).refused
    assert refused.startswith("192.0.2.1:80 is no dependency")


def test_an_address_that_cannot_be_looked_up_is_named(configuration: Configuration) -> None:
    with pytest.raises(BrokenError, match=r"cache cannot be reached at nowhere\.invalid:6379"):
        LiveStage(configuration, Live({"cache": "nowhere.invalid:6379"})).perform(case())


COMMAND = """
import http.server, os, sys, time, urllib.request
def ask(url, body):
    with urllib.request.urlopen(url, body, timeout=30) as answer:
        return answer.read()
class Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = b"up"
        try:
            if self.path == "/paid":
                said = ask(os.environ["PAY"] + "/charges", b"42") + b", " + ask(os.environ["RATES"] + "/rates", None)
            elif self.path == "/away":
                said = ask("https://192.0.2.1/", b"x")
        except OSError as error:
            said = repr(error).encode()
        said += b", " + str(time.time_ns()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        if self.path == "/later":
            ask(os.environ["PAY"] + "/later", b"42")
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service).serve_forever()
"""
"""One dependency is where it is told, another one it knows by name."""


@pytest.fixture
def paying(tmp_path: Path, agent: str, trusted: Https) -> Iterator[LiveStage]:
    (tmp_path / "service.py").write_text(COMMAND)
    (tmp_path / "flowtape.yaml").write_text(
        f"service: {{name: it, command: [{sys.executable}, service.py, '{{port}}'], "
        f"env: {{PAY: '{{pay}}', RATES: '{trusted.url}'}}}}\n"
        "dependencies: {pay: {protocol: http, address: 'https://pay.invalid'}}\ncapture: {quiet_ms: 500}\n"
    )
    found = LiveStage(load(tmp_path / "flowtape.yaml"), Live({"pay": trusted.url}, agent=agent))
    yield found
    found.stop()


def test_a_command_reaches_https_through_the_proxy_at_the_flows_time(paying: LiveStage, trusted: Https) -> None:
    played = paying.perform(case("/paid", LONG_AGO))
    said = played.outcome.response.body.decode()
    assert said.startswith(f"{trusted.host} /charges 42, {trusted.host} /rates , {str(LONG_AGO)[:8]}")
    targets = [each.question.target for each in played.exchanges if isinstance(each.question, HttpRequest)]
    assert targets == ["/charges", "/rates"]
    assert {each.connection.dependency for each in played.exchanges} == {"pay"}
    assert played.started < played.exchanges[0].started < played.exchanges[-1].ended < played.ended
    assert played.refused == ()


def test_what_a_command_asks_after_its_response_is_heard(paying: LiveStage) -> None:
    (exchange,) = paying.perform(case("/later")).exchanges
    assert isinstance(exchange.question, HttpRequest)
    assert (exchange.question.target, exchange.incomplete) == ("/later", "")


def test_what_is_no_dependency_of_a_command_is_refused(paying: LiveStage) -> None:
    (refused,) = paying.perform(case("/away")).refused
    assert refused.startswith("'192.0.2.1' port 443 is no dependency of this service")
    assert paying.perform(case("/paid")).refused == ()


def test_a_command_without_http_needs_no_agent(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(COMMAND)
    (tmp_path / "flowtape.yaml").write_text(
        f"service: {{name: it, command: [{sys.executable}, service.py, '{{port}}']}}\n"
    )
    stage = LiveStage(load(tmp_path / "flowtape.yaml"), Live(agent="/no/such/python"))
    try:
        (refused,) = stage.perform(case("/away")).refused
    finally:
        stage.stop()
    assert refused.startswith("'192.0.2.1' port 443 is none of flowtape.yaml's dependencies")


DATABASE = """
import os, psycopg
def app(environ, start_response):
    mode = "require" if environ["PATH_INFO"] == "/insists" else "prefer"
    try:
        with psycopg.connect(os.environ["DATABASE"], sslmode=mode) as connection:
            said = str(connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()[0])
    except psycopg.OperationalError:
        said = "no"
    start_response("200 OK", [])
    return [said.encode()]
"""


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveStage]:
    """The stage of a service whose live database is reached by TLS."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "encrypted_service", raising=False)
    (tmp_path / "encrypted_service.py").write_text(DATABASE)
    (tmp_path / "flowtape.yaml").write_text(
        "service: {name: it, wsgi: 'encrypted_service:app'}\n"
        "dependencies: {db: {protocol: postgresql, address: 'db.internal:5432'}}\n"
    )
    authority = Authority(tmp_path)
    with servers.postgresql(tls=authority.pem("127.0.0.1")) as server:
        url = f"postgresql://{server.host}:{server.port}?sslmode=verify-full&sslrootcert={authority.certificate}"
        login = f"postgresql://{server.user}:{server.password}@{{db}}/{server.database}"
        stage = LiveStage(load(tmp_path / "flowtape.yaml"), Live({"db": url}, {"DATABASE": login}))
        yield stage
        stage.stop()


def test_a_live_database_is_reached_by_tls_and_heard_in_plain(encrypted: LiveStage) -> None:
    played = encrypted.perform(case())
    assert played.outcome.response.body == b"True"
    asked = [each.question.text for each in played.exchanges if isinstance(each.question, SqlStatement)]
    assert "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()" in asked
    assert played.refused == ()
    (refused,) = encrypted.perform(case("/insists")).refused
    assert refused == "db: the service's client wants TLS, which is declined, as in replay. It must do without"
    assert encrypted.perform(case()).refused == ()
