"""The endpoint that a request was sent to: its method and its path with the identifiers taken out."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

IDENTIFIER = re.compile(
    r"\d+"
    r"|[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"  # UUID
    r"|(?=[^.]*\d)[0-9a-fA-F]{12,}"  # digest, object id
    r"|(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{16,}"  # token
    r"|[^@/]+@[^@/]+"  # e-mail
    r"|.*[^A-Za-z0-9_.~-].*"  # what nobody writes into a route
    r"|.{40,}",
    re.DOTALL,
)


def template(target: str) -> str:
    """The path of `target` with `{id}` for each segment that looks like an identifier; the query is left out."""
    segments = (unquote(segment) for segment in _path(target).split("/"))
    return "/".join("{id}" if IDENTIFIER.fullmatch(segment) else segment for segment in segments) or "/"


def _path(target: str) -> str:
    if target.startswith("/"):  # what looks like a host in `//a/b` is none (RFC 9112, section 3.2.1)
        return re.split(r"[?#]", target, maxsplit=1)[0]
    try:
        return urlsplit(target).path
    except ValueError:
        return target


def slug(text: str, limit: int = 60) -> str:
    """Lower-case words joined by `_`: safe as a file name and in a Python identifier; "root" where nothing is left."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).lower())
    return "_".join(words)[:limit].strip("_") or "root"


def module_name(method: str, path: str) -> str:
    """`post_orders` for POST /orders, `get_orders_id_items` for GET /orders/{id}/items."""
    return slug(f"{method} {path.replace('{id}', 'id')}")
