"""A WSGI application (PEP 3333), called in this process and on this thread."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.application.outcome import Outcome, loaded, sendable, traceback_in


class WsgiApplication:
    """Implements Application."""

    def __init__(self, target: str, folder: Path) -> None:
        self.name = f"wsgi {target}"
        self._target = target
        self._folder = folder
        self._app: Any = None

    def start(self) -> None:
        self._app = loaded(self._target, self._folder)

    def ask(self, request: HttpRequest) -> Outcome:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        body: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if exc_info is not None and started and body:
                raise exc_info[1].with_traceback(exc_info[2])
            started[:] = [(status, headers)]
            return body.append

        error = ""
        try:
            parts = self._app(environ(request), start_response)
            try:
                body.extend(parts)
            finally:
                if hasattr(parts, "close"):
                    parts.close()
        except Exception as raised:
            error = traceback_in(self._folder, raised)
        if not started or (error and not body):
            return Outcome(HttpResponse(500, "Internal Server Error"), error)
        status, headers = started[0]
        code, _, reason = status.partition(" ")
        # White space around a value is not part of it, and not every framework leaves it away (RFC 9110, section 5.5).
        fields = tuple((name, value.strip(" \t")) for name, value in headers)
        return Outcome(HttpResponse(int(code), reason, fields, b"".join(body)), error)

    def stop(self) -> None:
        """Nothing is kept running."""


def environ(request: HttpRequest) -> dict[str, Any]:
    """The request as PEP 3333 wants it."""
    parts = urlsplit(request.target)
    host = next((value for name, value in request.headers if name.lower() == "host"), "testserver")
    name, _, port = host.rpartition(":") if ":" in host else (host, "", "80")
    found: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": name,
        "SERVER_PORT": port if port.isdigit() else "80",
        "SERVER_PROTOCOL": f"HTTP/{request.version}",
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme or "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for field, value in sendable(request):
        key = field.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        found[key] = f"{found[key]},{value}" if key in found else value
    return found
