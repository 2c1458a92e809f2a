"""Request targets in one way of writing: the path without needless percent-encoding, the query's parameters by name.

RFC 3986, section 6.2.2: an encoded character is the same as the character, unless it is a delimiter; `/a%2Fb` is not `/a/b`.
Parameters of one name keep their order, which may mean something; those of different names do not.
"""

from __future__ import annotations

from operator import itemgetter
from urllib.parse import parse_qsl, unquote, urlsplit


def split_target(target: str) -> tuple[str, str]:
    """Path and query, as they are written. A target in absolute form (to a proxy) has a host before them."""
    if not target.startswith("/"):
        parts = urlsplit(target)
        return parts.path or "/", parts.query
    path, _, query = target.partition("#")[0].partition("?")
    return path, query


def segments(path: str) -> list[str]:
    """What stands between the slashes of a path, decoded but for what would read as a slash."""
    return [
        unquote(segment).replace("%", "%25").replace("/", "%2F") if "%" in segment else segment
        for segment in path.split("/")
    ]


def parameters(query: str) -> list[tuple[str, str]]:
    return sorted(parse_qsl(query, keep_blank_values=True), key=itemgetter(0))
