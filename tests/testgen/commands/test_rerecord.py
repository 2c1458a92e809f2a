"""`flowtape rerecord`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples.stage import agent_program
from tests.replay.live.conftest import serving
from tests.testgen.conftest import Run
from tests.testgen.production import project, record, things

from flowtape.replay.certificates import Authority
from flowtape.replay.flowfile import load


@pytest.fixture
def suite(tmp_path: Path, run: Run) -> Path:
    """A suite of one flow of a service without dependencies; the configuration's path."""
    path = project(tmp_path)
    assert run("generate", record(tmp_path / "recording", [things(1)]), "--config", path).exit_code == 0
    return path


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWTAPE_KEY", "a key that is long enough for tests")


def test_what_is_as_before_stays_and_what_changed_is_shown_and_written(suite: Path, run: Run) -> None:
    done = run("rerecord", "--config", suite)
    assert done.exit_code == 0, done.output
    assert done.output == "1 played: 0 changed, 1 as before, 0 left as they are\n"
    service = suite.parent / "things_app.py"
    service.write_text(service.read_text().replace('"id": id_,', '"id": id_, "kind": "new",'))
    shown = run("rerecord", "--config", suite, "--dry-run")
    assert "ok.yaml would be changed:" in shown.output
    assert "kind: new" in shown.output
    done = run("rerecord", "--config", suite, "-k", "things", "--json")
    (told,) = json.loads(done.output)
    assert (told["changed"], told["reason"], told["not_kept"]) == (True, "", [])
    assert b'"kind": "new"' in load(Path(told["path"])).response.body


def test_what_is_given_by_hand_stays_and_what_cannot_is_told(suite: Path, run: Run) -> None:
    (file,) = (suite.parent / "tests" / "flows").rglob("ok.yaml")
    by_hand = file.read_text().replace("thing_id", "the_thing").replace("{uuid: 4}", "{uuid: 0}")
    assert by_hand.count("the_thing") == 3
    file.write_text(by_hand)
    done = run("rerecord", "--config", suite)
    assert done.output == "1 played: 0 changed, 1 as before, 0 left as they are\n"
    assert file.read_text() == by_hand
    service = suite.parent / "things_app.py"
    service.write_text(service.read_text().replace("uuid.uuid4()", "random.randbytes(12).hex()"))
    done = run("rerecord", "--config", suite)
    assert done.exit_code == 0
    assert "  not kept: the_thing: {uuid: 0}, learned anew as {token: " in done.output
    assert "$the_thing" in file.read_text()


def test_a_file_that_is_left_as_it_is_says_why(suite: Path, run: Run) -> None:
    service = suite.parent / "things_app.py"
    service.write_text(service.read_text().replace('"status": 200', '"status": 404'))
    done = run("rerecord", "--config", suite)
    assert done.exit_code == 1
    assert "ok.yaml is left as it is:\n  the service answered 404, and the flow is of a 200" in done.output


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--dependency", "db"], "NAME=VALUE is wanted"),
        (["--dependency", "db=127.0.0.1:1"], "`db` is no dependency of this service"),
        (["--env", "NO_SUCH_VARIABLE"], "there is no such variable in this environment"),
        (["-k", "nothing"], "no test was chosen"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(suite: Path, run: Run, options: list[str], reason: str) -> None:
    done = run("rerecord", "--config", suite, *options)
    assert done.exit_code == 2
    assert reason in done.output
    assert done.output.startswith("flowtape: error: ")


def test_without_a_key_nothing_is_played(suite: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOWTAPE_KEY")
    done = run("rerecord", "--config", suite)
    assert done.exit_code == 2
    assert "FLOWTAPE_KEY is not set" in done.output


def test_help_warns_and_gives_examples(run: Run) -> None:
    text = " ".join(run("rerecord", "--help").output.split())
    assert "WHAT THE SERVICE WRITES IS WRITTEN" in text
    assert "flowtape rerecord tests/flows/test_post_orders.py -k paid --dry-run" in text


COMMAND = """
import http.server, os, sys, urllib.request
class Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = b"up"
        if self.path == "/things":
            with urllib.request.urlopen(os.environ["RATES"] + "/rates", timeout=30) as answer:
                said = answer.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service).serve_forever()
"""
FLOW = """
flowtape: 1
captured: {at: 2024-11-20T10:11:12.123456Z}
request: {method: GET, target: /things}
response: {status: 200}
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A service that runs as a command and asks HTTPS, with one flow, from before it did; the configuration's path."""
    (tmp_path / "service.py").write_text(COMMAND)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (flows := tmp_path / "tests" / "flows").mkdir(parents=True)
    (flows / "it.yaml").write_text(FLOW)
    (flows / "test_it.py").write_text("def test_it(replay):\n    assert replay('it.yaml').verdict.kind == 'passed'\n")
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    with serving(authority) as host:
        (path := tmp_path / "flowtape.yaml").write_text(
            f"service: {{name: it, command: [{sys.executable}, service.py, '{{port}}'], env: {{RATES: 'https://{host}'}}}}\n"
            f"dependencies: {{rates: {{protocol: http, address: 'https://{host}'}}}}\nsuite: {{replays: 1}}\n"
        )
        yield path


def test_https_of_a_command_is_rerecorded_with_the_agents_python(command: Path, run: Run) -> None:
    agent = agent_program().with_name("python")
    if not agent.exists():
        pytest.skip("there is no environment of the agent: make setup")
    done = run("rerecord", "--config", command, "--agent", agent)
    assert done.exit_code == 0, done.output
    assert "+- rates: GET /rates" in done.output
    assert done.output.endswith("1 played: 1 changed, 0 as before, 0 left as they are\n")
    case = load(command.parent / "tests" / "flows" / "it.yaml")
    assert case.calls[0].origin.startswith("https://127.0.0.2:")
    assert case.response.body.endswith(b" /rates ")


def test_without_the_proxy_a_commands_http_says_what_to_install(command: Path, run: Run) -> None:
    done = run("rerecord", "--config", command)
    assert done.exit_code == 2
    assert "`uv tool install 'flowtape[capture]'`" in done.output
    assert "--agent" in done.output
    done = run("rerecord", "--config", command, "--agent", command.parent / "none")
    assert done.exit_code == 2
    assert "it cannot be started" in done.output


def test_ctrl_c_leaves_everything_as_it_was(suite: Path) -> None:
    """Pressed while the service works, by everyone in the terminal's foreground."""
    service = suite.parent / "things_app.py"
    hanging = "    import asyncio, pathlib\n    pathlib.Path('asked').write_text('yes')\n    await asyncio.sleep(600)\n    id_ ="
    service.write_text(service.read_text().replace("    id_ =", hanging, 1))
    before = {path: path.read_bytes() for path in suite.parent.rglob("*.yaml")}
    assert interrupted(suite, suite.parent / "asked") == 130
    assert {path: path.read_bytes() for path in suite.parent.rglob("*.yaml")} == before


def test_ctrl_c_ends_what_was_started(command: Path) -> None:
    hanging = "        import pathlib, time\n        pathlib.Path('asked').write_text(str(os.getpid()))\n        time.sleep(600)\n"
    service = command.parent / "service.py"
    service.write_text(service.read_text().replace('        if self.path == "/things":', f"{hanging}        if True:"))
    (command.parent / "flowtape.yaml").write_text(
        f"service: {{name: it, command: [{sys.executable}, service.py, '{{port}}'], ready: HEAD /}}\n"
    )
    assert interrupted(command, command.parent / "asked") == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int((command.parent / "asked").read_text()), 0)


def interrupted(configuration: Path, asked: Path) -> int:
    """The exit code of a rerecording after a Ctrl-C, which everyone in the foreground hears, once the service was asked."""
    command = [str(Path(sys.executable).with_name("flowtape")), "rerecord", "--config", str(configuration)]
    with subprocess.Popen(
        command, cwd=configuration.parent, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 60
        while not (asked.exists() and asked.read_bytes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert "interrupted" in said
    return process.returncode
