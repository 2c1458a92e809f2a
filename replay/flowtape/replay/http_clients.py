"""vcrpy, but for the HTTP clients that the application does not use.

vcrpy imports every client that is installed, so as to patch it: half a second on a slow machine, most of it for clients that
nobody asks. Here it sees only those that were imported before it. One that is imported later is made known to it then.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from typing import Any, TypeAlias

from flowtape.replay.swap import Swap

Patch: TypeAlias = contextlib.AbstractContextManager[Any]
CLIENTS = {"aiohttp": "aiohttp", "httpx": "httpx", "httpx2": "httpx2", "httpx_curl_cffi": "httpx", "pyreqwest": "httpx",
           "requests": "requests", "tornado": "tornado"}  # fmt: skip
"""What vcrpy imports, and the name of its patches. Not urllib3, botocore and httplib2: these must find http.client as it is
when they are imported, not as vcrpy patched it."""


class _Absent(MetaPathFinder):
    """Says in one thread that what is not imported yet is not installed."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> None:
        if fullname in CLIENTS and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(fullname)


@contextlib.contextmanager
def only_those_imported() -> Iterator[None]:
    finder = _Absent()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


with only_those_imported():
    from vcr import patch
    from vcr.cassette import Cassette
    from vcr.request import Request
_known = {name for name in CLIENTS if name in sys.modules}

__all__ = ["Cassette", "Patch", "Request", "catch_up", "learn", "missing", "patch", "patches"]


def missing() -> list[str]:
    """The clients that are not imported: vcrpy must `learn` of each that is."""
    return [name for name in CLIENTS if name not in sys.modules]


def catch_up() -> None:
    """Let vcrpy know what was imported while nobody watched."""
    if any(name in sys.modules and name not in _known for name in CLIENTS):
        learn()


def learn() -> bool:
    """Let vcrpy know the clients that were imported since. False while one of them is only half imported.

    Its module is executed a second time, beside the first, and what it found is put into the first: executed in its place,
    it would take what is patched now for the originals.
    """
    spec = patch.__spec__
    fresh = importlib.util.module_from_spec(spec)
    try:
        with only_those_imported():
            spec.loader.exec_module(fresh)
    except (AttributeError, ImportError):
        return False
    _known.update(name for name in CLIENTS if name in sys.modules)
    known = vars(patch)
    known.update((name, value) for name, value in vars(fresh).items() if known.get(name) is None)
    return True


def patches(builder: Any, client: str = "") -> list[Patch]:
    """What a vcr.patch.CassettePatcherBuilder patches in one client, or in all that are imported."""
    build = getattr(builder, f"_{CLIENTS[client]}") if client else builder.build
    with only_those_imported():
        # What takes connections out of a pool is among them, and no patch of an attribute.
        return [Swap(each.getter(), each.attribute, each.new) if hasattr(each, "getter") else each for each in build()]
