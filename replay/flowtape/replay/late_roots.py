"""The certificates of public CAs, read when TLS is first spoken, not when its context is made.

They are some hundred, which takes four times as long as a test. Services make a context for each HTTP client, and many of them a client
for each request, although in process nothing is asked by TLS: vcrpy catches what would be.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from flowtape.replay.swap import Swap

NEED_THEM = ("wrap_bio", "wrap_socket", "get_ca_certs", "cert_store_stats")
"""The methods of a context that are no use without."""
MANY = 64 * 1024
"""Bytes of a file of certificates from which on it takes long to read. certifi's has some 270,000."""


class LateRoots:
    """While it is active, contexts are made without them. These read them in their time, also if that is later."""

    def __init__(self) -> None:
        made: Any = ssl.SSLContext
        self._patches = (
            Swap(made, "load_default_certs", _late(made.load_default_certs, _always)),
            Swap(made, "load_verify_locations", _late(made.load_verify_locations, _many)),
        )

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        with self._patches[0], self._patches[1]:
            yield


def _always(*_arguments: Any, **_options: Any) -> bool:
    return True


def _many(cafile: Any = None, capath: Any = None, cadata: Any = None) -> bool:
    """Raises OSError for a file that is not there, as reading it would."""
    return cafile is not None and capath is None and cadata is None and Path(cafile).stat().st_size >= MANY


def _late(load: Callable[..., None], waits: Callable[..., bool]) -> Callable[..., None]:
    def loaded(context: ssl.SSLContext, *arguments: Any, **options: Any) -> None:
        if type(context) is ssl.SSLContext and not vars(context) and waits(*arguments, **options):
            _Waiting(context, partial(load, context, *arguments, **options))
        else:
            load(context, *arguments, **options)

    return loaded


class _Waiting:
    """Stands before a context's methods until the first of them is called."""

    def __init__(self, context: ssl.SSLContext, load: Callable[[], None]) -> None:
        self._context = context
        self._load: Callable[[], None] | None = load
        self._lock = threading.Lock()
        for name in NEED_THEM:
            setattr(context, name, partial(self._use, name))

    def _use(self, name: str, *arguments: Any, **options: Any) -> Any:
        with self._lock:
            if self._load is not None:
                self._load()
                self._load = None
                for each in NEED_THEM:
                    delattr(self._context, each)
        return getattr(self._context, name)(*arguments, **options)
