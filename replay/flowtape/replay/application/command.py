"""An application of any language, run as a command in a process group of its own and asked over a real socket."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.application.outcome import BrokenError, Outcome, last_lines, sendable

START_LIMIT = 60.0
ANSWER_LIMIT = 60.0
STOP_LIMIT = 10.0
PAUSE = 0.02
"""Between two looks at whether the command is up, in seconds."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class CommandApplication:
    """Implements Application. `environment` is all that the command gets beside this process's own variables."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Callable[[int], dict[str, str]], ready: str = "GET /"
    ) -> None:
        self.name = "command " + " ".join(command)
        self._command = command
        self._folder = folder
        self._environment = environment
        method, _, target = ready.rpartition(" ")
        self._ready = HttpRequest(method.strip() or "GET", target)
        self._process: subprocess.Popen[bytes] | None = None
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the application
        self._port = 0

    def start(self) -> None:
        self._port = free_port()
        command = [part.replace("{port}", str(self._port)) for part in self._command]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the command that the user's own configuration names
                command,
                cwd=self._folder,
                env={**os.environ, **self._environment(self._port)},
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise BrokenError(f"`{' '.join(command)}` cannot be started in {self._folder}: {error}") from None
        try:
            self._wait_until_ready()
        except BrokenError:
            self.stop()
            raise

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        pause = threading.Event()
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                text = last_lines(self._said(0))
                raise BrokenError(f"{self.name} ended with exit status {self._process.returncode}:\n{text}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._send(replace(self._ready, headers=(("host", f"127.0.0.1:{self._port}"),)), limit=5)
                return
            pause.wait(PAUSE)
        text = last_lines(self._said(0))
        raise BrokenError(
            f"{self.name} did not answer {self._ready.method} {self._ready.target} within {START_LIMIT:g} s:\n{text}"
        )

    def ask(self, request: HttpRequest) -> Outcome:
        said = self._output.seek(0, os.SEEK_END)
        try:
            response = self._send(request, ANSWER_LIMIT)
        except (OSError, http.client.HTTPException) as error:
            return Outcome(
                HttpResponse(502, ""), f"the command gave no answer: {error!r}", last_lines(self._said(said))
            )
        return Outcome(response, "", last_lines(self._said(said)))

    def _send(self, request: HttpRequest, limit: float) -> HttpResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=limit)
        try:
            connection.putrequest(request.method, request.target or "/", skip_host=True, skip_accept_encoding=True)
            for name, value in sendable(request):
                connection.putheader(name, value.encode("latin-1"))
            connection.putheader("connection", "close")
            connection.endheaders(request.body or None)
            answer = connection.getresponse()
            return HttpResponse(answer.status, answer.reason, tuple(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def _said(self, offset: int) -> str:
        self._output.seek(offset)
        return self._output.read().decode("utf-8", "replace")

    def stop(self) -> None:
        """End the command's whole process group."""
        process, self._process = self._process, None
        if process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_LIMIT)
                break
        # Children that ignored the first signal must not outlive their parent.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
