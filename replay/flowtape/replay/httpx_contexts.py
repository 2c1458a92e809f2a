"""httpx's TLS contexts: it reads the certificates of all public CAs for each client that is made, some 20 ms each time.

Many services make a client for each request, and then that is most of a test. What vcrpy catches is never asked by TLS, so
clients may share what they would have used.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

from flowtape.replay.swap import Swap

FROM_ENVIRONMENT = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class Contexts:
    """Those of one application, each made once."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Any] = {}

    def patch(self) -> Swap | None:
        """A patch to put on after vcrpy's; None where httpx is not in use."""
        transports = sys.modules.get("httpx._transports.default")
        make = getattr(transports, "create_ssl_context", None)
        return None if make is None else Swap(transports, "create_ssl_context", self._sharing(make))

    def _sharing(self, make: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(make)
        def context(**options: Any) -> Any:
            if not isinstance(options.get("verify", True), bool) or options.get("cert") is not None:
                return make(**options)  # its own, since the service had a hand in it
            given = (*options.items(), *map(os.environ.get, FROM_ENVIRONMENT))
            if given not in self._made:
                self._made[given] = make(**options)
            return self._made[given]

        return context
