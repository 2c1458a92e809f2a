"""The route that a request was sent to: its path with the identifiers taken out."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

IDENTIFIER = re.compile(
    r"\d+"
    r"|[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"  # UUID
    r"|(?=[^.]*\d)[0-9a-fA-F]{12,}"  # digest, object id
    r"|(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{16,}"  # token
    r"|(?=.*\d.*\d)(?=.*[A-Z])[A-Z0-9-]{6,}"  # code of a booking, an article, a voucher
    r"|(?=.*\d.*\d)(?=.*[a-f])[a-f0-9]{8,}"  # the beginning of a digest
    r"|[^@/]+@[^@/]+"  # e-mail
    r"|.*[^A-Za-z0-9_.~-].*"  # what nobody writes into a route
    r"|.{40,}",
    re.DOTALL,
)


def template(target: str) -> str:
    """The path of `target` with `{id}` for each segment that looks like an identifier; the query is left out."""
    return "/".join("{id}" if IDENTIFIER.fullmatch(segment) else segment for segment in segments(target)) or "/"


def segments(target: str) -> list[str]:
    """The parts of the path between its slashes, unquoted; the first is "" for what begins with one."""
    return [unquote(segment) for segment in _path(target).split("/")]


def _path(target: str) -> str:
    if target.startswith("/"):  # what looks like a host in `//a/b` is none (RFC 9112, section 3.2.1)
        return re.split(r"[?#]", target, maxsplit=1)[0]
    try:
        return urlsplit(target).path
    except ValueError:
        return target
