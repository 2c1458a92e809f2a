from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.application.command import CommandApplication
from flowtape.replay.application.outcome import BrokenError

PROGRAM = """
import http.server, os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{self.path} {os.environ['SETTING']} {os.getpid()} {child.pid} {self.headers['X-A']}".encode()
        print("asked for", self.path, flush=True)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        os._exit(7)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def application(tmp_path: Path, program: str = PROGRAM) -> CommandApplication:
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "program.py", "{port}"]
    return CommandApplication(command, tmp_path, lambda port: {"SETTING": f"on {port}"}, "GET /healthz")


def ends(pid: int) -> bool:
    """Whether the process is gone within ten seconds: nobody but init waits for a grandchild."""
    pause, deadline = threading.Event(), time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        pause.wait(0.01)
    return not alive(pid)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_command_is_started_asked_and_ended_with_its_children(tmp_path: Path) -> None:
    found = application(tmp_path)
    found.start()
    try:
        done = found.ask(HttpRequest("GET", "/a?b", (("Host", "shop"), ("X-A", "é"))))
        path, _, port, pid, child, *_ = done.response.body.decode("utf-8", "replace").split(" ")
        assert (done.response.status, path) == (200, "/a?b")
        assert port.isdigit()
        assert "asked for /a?b" in done.output
        assert "/healthz" not in done.output
        assert int(pid) != os.getpid()
    finally:
        found.stop()
    assert ends(int(pid))
    assert ends(int(child))


def test_a_command_that_dies_meanwhile_is_shown(tmp_path: Path) -> None:
    found = application(tmp_path)
    found.start()
    try:
        done = found.ask(HttpRequest("POST", "/", (), b"x"))
        assert done.response.status == 502
        assert "gave no answer" in done.error
    finally:
        found.stop()


@pytest.mark.parametrize(
    ("program", "reason"),
    [("import sys; sys.exit('no ' + 'way')", "(?s)exit status 1:.*no way"), ("syntax error", "SyntaxError")],
)
def test_a_command_that_does_not_start_is_broken(program: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(BrokenError, match=reason):
        application(tmp_path, program).start()


def test_a_command_that_is_not_there_is_broken(tmp_path: Path) -> None:
    with pytest.raises(BrokenError, match="cannot be started"):
        CommandApplication(["./nothing-of-this-name"], tmp_path, lambda _: {}).start()
