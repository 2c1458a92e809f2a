"""What every way of running an application has in common."""

from __future__ import annotations

import importlib
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from flowtape.capture.exchange import Headers, HttpRequest, HttpResponse

OWN = Path(__file__).parents[1]
"""Where flowtape's own frames are from."""


class BrokenError(Exception):
    """The application did not start, or what answers for a dependency could not. The text says what to look at."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the application gave. `error` is the traceback of what it raised, `output` what it printed meanwhile."""

    response: HttpResponse
    error: str = ""
    output: str = ""


class Application(Protocol):
    @property
    def name(self) -> str:
        """How it is run, for a person."""
        ...

    def start(self) -> None:
        """Raises BrokenError."""
        ...

    def ask(self, request: HttpRequest) -> Outcome: ...
    def stop(self) -> None: ...


def loaded(target: str, folder: Path) -> Any:
    """The object that `module:callable` names, imported from `folder`. Raises BrokenError."""
    module_name, _, attribute = target.partition(":")
    if not module_name or not attribute:
        raise BrokenError(f"`{target}` in flowtape.yaml is not of the form module:callable")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        found: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except AttributeError:
        raise BrokenError(f"{module_name} has no `{attribute}`: correct `{target}` in flowtape.yaml") from None
    except Exception as error:
        text = traceback_in(folder, error)
        raise BrokenError(f"the application {target} cannot be imported from {folder}:\n{text}") from None
    return found


def traceback_in(folder: Path, error: BaseException, count: int = 6) -> str:
    """The traceback as far as it runs through the application in `folder`; its last frames where it runs through none."""
    found = traceback.TracebackException.from_exception(error)
    own = [frame for frame in found.stack if _is_under(folder, frame.filename)]
    found.stack = traceback.StackSummary.from_list((own or list(found.stack))[-count:])
    found.__cause__ = found.__context__ = None
    return last_lines("".join(found.format()))


def _is_under(folder: Path, file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(folder) and "site-packages" not in path.parts and not path.is_relative_to(OWN)


def last_lines(text: str, count: int = 25) -> str:
    """The end of a traceback or of an output."""
    lines = text.rstrip().splitlines()
    return "\n".join(lines[-count:] if len(lines) <= count else ["…", *lines[-count:]])


def sendable(request: HttpRequest) -> Headers:
    """The request's header fields as they must be now: the body's length is known, and nothing is chunked."""
    dropped = {"transfer-encoding", "content-length", "connection", "keep-alive", "expect"}
    kept = tuple((name, value) for name, value in request.headers if name.lower() not in dropped)
    had_length = any(name.lower() in ("content-length", "transfer-encoding") for name, _ in request.headers)
    return (*kept, ("content-length", str(len(request.body)))) if request.body or had_length else kept
