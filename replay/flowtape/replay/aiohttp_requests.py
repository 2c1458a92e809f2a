"""aiohttp's requests as they would go over the wire: vcrpy's own patch sees them before aiohttp has written their bodies."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from flowtape.replay.swap import Swap


def patch() -> Swap | None:
    """A patch to put on after vcrpy's; None where aiohttp is not in use."""
    if "aiohttp" not in sys.modules:
        return None
    from aiohttp import ClientSession

    return Swap(ClientSession, "_request", _prepared(ClientSession._request))  # noqa: SLF001 - vcrpy's own patch


def _prepared(request: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(request)
    async def prepared(session: Any, method: str, url: Any, **arguments: Any) -> Any:
        headers = session._prepare_headers(arguments.pop("headers", None))  # noqa: SLF001 - as vcrpy's patch does
        body, kind = _body(session, arguments)
        if kind and "Content-Type" not in headers:
            headers["Content-Type"] = kind
        if body is not None:
            arguments["data"] = body
        return await request(session, method, session._build_url(url), headers=headers, **arguments)  # noqa: SLF001

    return prepared


def _body(session: Any, arguments: dict[str, Any]) -> tuple[bytes | None, str]:
    """The body's bytes and its type; None and "" where aiohttp has nothing to write or streams it."""
    from aiohttp import BytesPayload, FormData

    if arguments.get("json") is not None and arguments.get("data") is None:
        text = session._json_serialize(arguments.pop("json"))  # noqa: SLF001 - the session's own way to write JSON
        return text if isinstance(text, bytes) else text.encode(), "application/json"
    data = arguments.get("data")
    if isinstance(data, (dict, list, tuple)):
        data = FormData(data)
    if isinstance(data, FormData):
        written = data()
        if isinstance(written, BytesPayload):
            return bytes(written._value), written.content_type  # noqa: SLF001 - it has no public way to its bytes
    return None, ""
