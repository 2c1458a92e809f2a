"""URLs, query strings, forms and paths: parameters by their names, parts of a path by the part before them."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from flowtape.capture.sanitise.pseudonyms.registry import KEEP, KINDS
from flowtape.capture.sanitise.visitor import Visitor, leaf

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][\w+.\-]*:)?(?P<authority>//[^/?#]*)?(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.DOTALL,
)
_SAFE = "!$&'()*+,;=:@-._~"
_PERHAPS = "@:/,!*'()"
"""Some quote these in a query or a form, and some do not: a value that changes has them as it had them."""


def url(visitor: Visitor, value: str) -> str:
    """A URL or a request target, in any form."""
    match = _URL.fullmatch(value)
    if match is None:
        return visitor.text(value)
    query, fragment = match["query"] or "", match["fragment"] or ""
    return "".join(
        (
            match["scheme"] or "",
            _authority(visitor, match["authority"] or ""),
            path(visitor, match["path"]),
            "?" + form(visitor, query[1:]) if query else "",
            "#" + form(visitor, fragment[1:]) if fragment else "",
        )
    )


def _authority(visitor: Visitor, value: str) -> str:
    """//user:password@host:port; what stands before it makes it known as a URL's."""
    return visitor.text(f"url:{value}").removeprefix("url:") if "@" in value else value


def path(visitor: Visitor, value: str) -> str:
    made, before = [], ""
    for part in value.split("/"):
        plain = unquote(part)
        kind = visitor.policy.field(before) if before else ""
        new = segment(visitor, kind, plain)
        made.append(part if new == plain else quote(new, safe=_SAFE))
        before = plain
    return "/".join(made)


def segment(visitor: Visitor, kind: str, plain: str) -> str:
    """A part of a path or of a key behind a part that says `kind`: /reset-password/<token>, session:<token>."""
    if not plain:
        return plain
    if kind and kind != KEEP and not _looks_so(kind, plain):
        kind = ""
    return leaf(visitor, kind, plain)


def _looks_so(kind: str, plain: str) -> bool:
    """A part behind `token` may be a token or just the next word of a route."""
    if kind in KINDS and KINDS[kind].secret:
        return len(plain) >= 8 and (any(sign.isdigit() for sign in plain) or plain.lower() != plain)
    return (
        kind in {"email", "phone", "card", "iban", "ip", "username", "name", "bare_name"}
        and not plain.isdigit()
        and len(plain) >= 3
    )


def form(visitor: Visitor, text: str) -> str:
    """name=value&name=value, in the order and the quoting that it had where nothing changes."""
    if "=" not in text:
        plain = unquote(text)
        made = visitor.text(plain)
        return text if made == plain else quote(made, safe=_SAFE)
    return "&".join(_pair(visitor, pair) for pair in text.split("&"))


def _pair(visitor: Visitor, pair: str) -> str:
    name, equals, value = pair.partition("=")
    plain, field = unquote_plus(value), unquote_plus(name)
    made = leaf(visitor, visitor.policy.field(_innermost(field)), plain)
    new_name = visitor.text(field)
    shown = name if new_name == field else quote_plus(new_name)
    if made == plain:
        return f"{shown}{equals}{value}"
    quoted = quote if "%20" in value else quote_plus
    return f"{shown}{equals}{quoted(made, safe=''.join(sign for sign in _PERHAPS if sign in value))}"


def _innermost(field: str) -> str:
    """user[email] and user.email name an email."""
    return re.split(r"[\[\].]", field.rstrip("[]"))[-1] or field
