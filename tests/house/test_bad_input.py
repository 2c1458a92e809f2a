"""What bad input gets, from the command's argument to what is on the disk: a message with file and place, and the rest kept."""

from __future__ import annotations

import ast
import gzip
import json
import os
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from benchmarks.traffic import HEADER, SERVER, Side, Wire, postgresql_start
from click.testing import CliRunner, Result

from flowtape.capture.exchange import HttpRequest, SqlStatement
from flowtape.capture.flow import Flow
from flowtape.capture.recording import Reader
from flowtape.replay.flowfile import load
from flowtape.testgen.cli import main
from flowtape.testgen.plan import plan
from flowtape.testgen.select import choose
from flowtape.testgen.write import changes, write

HTTP, POSTGRESQL, REDIS = 8000, 5432, 6379
SYN, FIN, ACK = 2, 1, 16
SECOND = 1_000_000_000
ASKED = b"GET /orders/7 HTTP/1.1\r\nHost: shop\r\n\r\n"
ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CONFIGURATION = """
service: {name: shop, asgi: 'shop:app', listen: '10.0.0.2:8000'}
dependencies:
  db: {protocol: postgresql, address: '10.0.0.2:5432'}
  cache: {protocol: redis, address: '10.0.0.2:6379'}
"""


class Talk:
    """A connection in a capture: opened at once, closed at the end."""

    def __init__(self, wire: Wire, number: int, port: int) -> None:
        self._wire = wire
        self.client = Side(bytes((10, 1, number >> 8, number & 255)), 40_000, 100)
        self.server = Side(SERVER, port, 900)
        wire.packet(self.client, self.server, SYN)
        wire.packet(self.server, self.client, SYN | ACK)
        wire.packet(self.client, self.server, ACK)

    def ask(self, data: bytes) -> None:
        self._wire.say(self.client, self.server, data)

    def answer(self, data: bytes) -> None:
        self._wire.say(self.server, self.client, data)

    def close(self) -> None:
        self._wire.packet(self.client, self.server, FIN | ACK)
        self._wire.packet(self.server, self.client, FIN | ACK)
        self._wire.packet(self.client, self.server, ACK)
        self._wire.now += SECOND  # what comes next is nobody's but its own


class Scene:
    """A folder with a capture in it, and the commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = BytesIO()
        self.file.write(HEADER)
        self.wire = Wire(self.file)
        self.talks = 0
        (folder / "flowtape.yaml").write_text(CONFIGURATION)

    def talk(self, port: int) -> Talk:
        self.talks += 1
        return Talk(self.wire, self.talks, port)

    def say(self, port: int, asked: bytes, answered: bytes = b"") -> None:
        talk = self.talk(port)
        talk.ask(asked)
        if answered:
            talk.answer(answered)
        talk.close()

    def run(self, *arguments: object) -> Result:
        found: Result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        return found

    def capture(self, data: bytes | None = None) -> Result:
        (self.folder / "bad.pcap").write_bytes(self.file.getvalue() if data is None else data)
        return self.run(
            "capture", "--config", self.folder / "flowtape.yaml", "--pcap", self.folder / "bad.pcap", "--json"
        )

    @property
    def recording(self) -> Path:
        return self.folder / "recording"

    def flows(self) -> list[Flow]:
        return [record for record in Reader(str(self.recording)) if isinstance(record, Flow)]

    def kept(self) -> list[str]:
        """The targets of the flows that can become tests."""
        entries = [flow.entry.question for flow in self.flows() if not flow.problem]
        return [entry.target for entry in entries if isinstance(entry, HttpRequest)]


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("FLOWTAPE_KEY", "0123456789abcdef" * 4)
    monkeypatch.chdir(tmp_path)
    return Scene(tmp_path)


# -- captures


def test_a_pcap_cut_in_the_middle_of_a_packet(scene: Scene) -> None:
    for number in range(3):
        scene.say(HTTP, b"GET /orders/%d HTTP/1.1\r\nHost: shop\r\n\r\n" % number, ANSWERED)
    shown = scene.capture(scene.file.getvalue()[:-31])
    assert shown.exit_code == 1
    assert "bad.pcap" in shown.stderr
    assert "byte" in shown.stderr
    assert len(scene.kept()) == 3
    assert json.loads(shown.stdout)["flows"]["kept"] == 3


@pytest.mark.parametrize("data", [b"", HEADER[:7], b"Dear Sir or Madam,\n", b"\x7fELF" + bytes(100)])
def test_what_is_no_pcap(scene: Scene, data: bytes) -> None:
    shown = scene.capture(data)
    assert shown.exit_code == 2
    assert "bad.pcap" in shown.stderr.splitlines()[-1]
    assert json.loads(shown.stdout)["flows"]["kept"] == 0


def test_a_pcap_without_packets(scene: Scene) -> None:
    assert scene.capture(HEADER).exit_code == 0


# -- streams

TWO_GIB = 2**31
STARTED = postgresql_start()
BOMB = gzip.compress(bytes(80_000_000))
SAID: dict[str, tuple[int, bytes, bytes]] = {
    "HTTP where PostgreSQL should be": (POSTGRESQL, ASKED, ANSWERED),
    "Redis where PostgreSQL should be": (POSTGRESQL, b"*1\r\n$4\r\nPING\r\n", b"+PONG\r\n"),
    "PostgreSQL where Redis should be": (REDIS, *STARTED),
    "PostgreSQL where HTTP should be": (HTTP, *STARTED),
    "TLS where HTTP should be": (HTTP, bytes.fromhex("1603010200010001fc0303") + bytes(500), bytes(600)),
    "noise where Redis should be": (REDIS, bytes(range(256)) * 8, bytes(range(255, -1, -1)) * 8),
    "a PostgreSQL start-up of 2 GiB": (POSTGRESQL, struct.pack("!II", TWO_GIB - 1, 196608) + bytes(64), b""),
    "a PostgreSQL message of 2 GiB": (POSTGRESQL, STARTED[0], STARTED[1] + b"D" + struct.pack("!I", TWO_GIB - 1) + bytes(64)),
    "a negative PostgreSQL length": (POSTGRESQL, STARTED[0], STARTED[1] + b"D" + struct.pack("!i", -5) + bytes(64)),
    "a Redis string of 2 GiB": (REDIS, b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", b"$%d\r\nabc" % TWO_GIB),
    "a Redis array of 2 GiB": (REDIS, b"*%d\r\n$3\r\nGET\r\n" % TWO_GIB, b""),
    "an HTTP body of 2 GiB": (HTTP, b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nabc" % TWO_GIB, ANSWERED),
    "an HTTP chunk of 2 GiB": (
        HTTP, ASKED, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\nabc" % TWO_GIB,
    ),
    "a header section without end": (HTTP, b"GET /a HTTP/1.1\r\n" + b"X-More: and more\r\n" * 20_000, b""),
    "a header without end": (HTTP, b"GET /a HTTP/1.1\r\nX-More: " + b"and more " * 40_000, b""),
    "a request line without end": (HTTP, b"GET /" + b"a" * 300_000, b""),
    "a gzip bomb": (
        HTTP, ASKED.replace(b"/7", b"/bomb"),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
        + BOMB,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_hostile_stream_costs_itself_alone(scene: Scene, name: str) -> None:
    scene.say(HTTP, b"GET /before HTTP/1.1\r\nHost: shop\r\n\r\n", ANSWERED)
    scene.wire.now += SECOND
    scene.say(*SAID[name])
    scene.wire.now += SECOND
    scene.say(HTTP, b"GET /after HTTP/1.1\r\nHost: shop\r\n\r\n", ANSWERED)
    shown = scene.capture()
    assert shown.exit_code == 0, shown.output
    kept = scene.kept()
    assert {"/before", "/after"} <= set(kept)
    assert "/a" not in kept
    assert "/orders/bomb" not in kept
    counted = json.loads(shown.stdout)["counters"]
    assert counted["flows.heard"] == sum(counted.get(f"flows.{end}", 0) for end in ("kept", "ambiguous", "incomplete"))


def test_a_bomb_is_counted_with_its_reason(scene: Scene) -> None:
    scene.say(*SAID["a gzip bomb"])
    shown = json.loads(scene.capture().stdout)
    assert shown["flows"]["kept"] == 0
    assert any("bytes with coding gzip" in reason for reason in shown["reasons"]), shown["reasons"]
    assert sum(path.stat().st_size for path in scene.recording.iterdir()) < 100_000


# -- recordings and flow files that a hand was at


@pytest.fixture
def recorded(scene: Scene) -> Scene:
    for number in range(3):
        scene.say(HTTP, b"GET /orders/%d HTTP/1.1\r\nHost: shop\r\n\r\n" % number, ANSWERED)
    assert scene.capture().exit_code == 0
    return scene


COMMANDS: dict[str, Callable[[Scene], tuple[object, ...]]] = {
    "show": lambda scene: ("show", scene.recording),
    "stats": lambda scene: ("stats", scene.recording),
    "audit": lambda scene: ("audit", scene.recording),
    "generate": lambda scene: ("generate", scene.recording, "--config", scene.folder / "flowtape.yaml"),
}


@pytest.mark.parametrize("command", ["show", "stats", "audit"])
def test_an_edited_recording_is_told_and_the_rest_shown(recorded: Scene, command: str) -> None:
    (segment,) = recorded.recording.iterdir()
    data = bytearray(segment.read_bytes())
    data[150] ^= 0xFF
    segment.write_bytes(data)
    shown = recorded.run(*COMMANDS[command](recorded))
    assert shown.exit_code == 1, shown.output
    assert segment.name in shown.output.replace("\n", "")
    assert len(recorded.flows()) >= 2


@pytest.mark.parametrize("command", COMMANDS)
def test_a_newer_recording_is_refused_with_what_to_do(recorded: Scene, command: str) -> None:
    import zlib

    from flowtape.capture.recording.segment import CHECKSUM, MAGIC
    from flowtape.capture.recording.segment import HEADER as HEAD

    head = HEAD.pack(MAGIC, 9, 0)
    (recorded.recording / "new.tape").write_bytes(head + CHECKSUM.pack(zlib.crc32(head)))
    shown = recorded.run(*COMMANDS[command](recorded))
    # An audit tells of each file that it could not look into, and goes on.
    assert shown.exit_code == (1 if command == "audit" else 2), shown.output
    assert "new.tape" in shown.output
    assert "written by a newer flowtape" in shown.output
    assert not (recorded.folder / "tests").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_recording_is_refused_by_name(scene: Scene, command: str) -> None:
    shown = scene.run(*COMMANDS[command](scene))
    assert shown.exit_code == 2, shown.output
    assert "recording" in shown.stderr


FLOW = """flowtape: 1
captured: {at: 2026-11-20T10:11:12Z, service: shop 1.4.2}
request: {method: GET, target: /orders}
response: {status: 200, json: {id: 7}}
"""
EDITS = {
    "newer": ("flowtape: 1", "flowtape: 2", 1),
    "tag": ("{id: 7}", "!!python/object/apply:os.mkdir [owned]", 4),
    "short tag": ("{id: 7}", "!!python/name:os.system", 4),
    "alias": ("{id: 7}", "[&a [1], *a]", 4),
    "unknown key": ("{method: GET", "{methd: GET", 3),
    "a status that is none": ("status: 200", "status: many", 4),
    "cut": ("json: {id: 7}}\n", "json: {id: 7}", 5),
    "binary": ("/orders", "\x00", 3),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_flow_file_is_refused_with_file_and_line(scene: Scene, edit: str) -> None:
    old, new, line = EDITS[edit]
    assert old in FLOW
    suite = scene.folder / "tests/flows"
    path = suite / "get_orders/ok.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(FLOW)
    assert scene.run("show", path).exit_code == 0
    path.write_text(FLOW.replace(old, new))
    for arguments in (("show", path), ("generate", scene.recording, "--config", scene.folder / "flowtape.yaml")):
        scene.recording.mkdir(exist_ok=True)
        shown = scene.run(*arguments)
        assert shown.exit_code == 2, shown.output
        if arguments[0] == "show":
            assert f"ok.yaml, line {line}" in shown.stderr
    assert not (scene.folder / "owned").exists()
    assert path.read_text() == FLOW.replace(old, new)


# -- text that would like to be code, or a path

HOSTILE = {
    "Python": '"""+__import__("os").mkdir("owned")+"""',
    "quotes": "'; DROP TABLE orders; -- \"'\"'",
    "up": "../../../../../owned",
    "YAML": "!!python/object/apply:os.mkdir [owned]",
    "YAML document": "a: &a [*a]\n---\n- {x: !!python/name:os.system }\n...\n",
    "shell": "$(mkdir owned) `mkdir owned` ${HOME} %s {} {{ x }}",
    "terminal": "\x1b]0;owned\x07\x1b[2J\r\n\u202e\u2028",
    "nothing": "\\",
}


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_goes_from_the_wire_to_the_suite_as_text(scene: Scene, name: str) -> None:
    """In the path, a header, the bodies and the SQL's text; from packets through the sanitiser to flow files."""
    text = HOSTILE[name]
    line = "".join(char for char in text if char.isascii() and char.isprintable()).strip() or "x"
    target = line.replace(" ", "+").encode()
    body = json.dumps({"status": text, text: [text]}).encode()
    database = scene.talk(POSTGRESQL)
    database.ask(STARTED[0])
    database.answer(STARTED[1])
    scene.wire.now += SECOND
    entry = scene.talk(HTTP)
    head = b"POST /%s?q=%s HTTP/1.1\r\nHost: shop\r\nX-Note: %s\r\n" % (target, target, line.encode())
    entry.ask(head + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    database.ask(message(b"Q", f"SELECT '{text.replace(chr(39), chr(39) * 2)}' /* {text} */".encode() + b"\0"))
    row = struct.pack("!HI", 1, len(text.encode())) + text.encode()
    column = struct.pack("!H", 1) + line.encode() + b"\0" + struct.pack("!IHIhih", 0, 0, 25, -1, -1, 0)
    database.answer(message(b"T", column) + message(b"D", row) + message(b"C", b"SELECT 1\0") + message(b"Z", b"I"))
    entry.answer(
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\nX-Note: %s\r\n\r\n"
        % (len(body), line.encode())
        + body
    )
    entry.close()
    database.close()
    assert scene.capture().exit_code == 0
    shown = scene.run("show", scene.recording)
    assert shown.exit_code == 0
    assert not set("\x1b\x07\u202e\u2028") & set(shown.output)

    (flow,) = scene.flows()
    assert flow.problem == ""
    assert isinstance(flow.calls[0].exchange.question, SqlStatement)
    planned = plan(choose([flow], 3).chosen, {})
    before = sorted(path.name for path in scene.folder.iterdir())
    suite = scene.folder / "suite"
    written = write(changes(planned, {}), suite)
    assert sorted([*before, "suite"]) == sorted(path.name for path in scene.folder.iterdir())
    assert all(path.resolve().is_relative_to(suite) for path in written)
    assert load(suite / planned[0].flow_file) == planned[0].case
    (module,) = suite.glob("test_*.py")
    assert_no_more_than_a_test(module.read_text(), planned[0].flow_file)
    assert not any("owned" in names for _, folders, files in os.walk(scene.folder) for names in (folders, files))


def assert_no_more_than_a_test(module: str, flow_file: str) -> None:
    compile(module, "module", "exec")
    calls: list[Any] = [node for node in ast.walk(ast.parse(module)) if isinstance(node, ast.Call)]
    assert [ast.unparse(call) for call in calls] == [f"replay({flow_file!r})"]
    assert module.isascii()
    assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(ast.parse(module)))
