"""HTTP requests and responses: target, headers, cookies, trailers, bodies."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, unquote

from flowtape.capture import content
from flowtape.capture.exchange import Headers, HttpRequest, HttpResponse
from flowtape.capture.sanitise import bodies, urls
from flowtape.capture.sanitise.pseudonyms.registry import KEEP
from flowtape.capture.sanitise.visitor import Visitor, basic, cookie, leaf

_URLS = frozenset(
    {"location", "content-location", "referer", "origin", "link", "refresh", "x-original-url", "x-forwarded-uri"}
)
SHORT_COOKIE = 8
"""A shorter cookie under a name that says nothing (theme=dark) is no secret."""


def request(visitor: Visitor, message: HttpRequest) -> tuple[HttpRequest, str]:
    """The request, and why its body had to go, "" if it did not."""
    body, problem = _body(visitor, message.headers, message.body)
    return (
        replace(
            message,
            target=urls.url(visitor, message.target),
            headers=headers(visitor, message.headers, message.body, body),
            trailers=headers(visitor, message.trailers),
            body=body,
        ),
        problem,
    )


def response(visitor: Visitor, message: HttpResponse) -> tuple[HttpResponse, str]:
    """The response, and why its body had to go, "" if it did not."""
    body, problem = _body(visitor, message.headers, message.body)
    return (
        replace(
            message,
            reason=visitor.text(message.reason),
            headers=headers(visitor, message.headers, message.body, body),
            trailers=headers(visitor, message.trailers),
            body=body,
        ),
        problem,
    )


def headers(visitor: Visitor, fields: Headers, before: bytes = b"", after: bytes = b"") -> Headers:
    """All fields; Content-Length follows a body that changed from `before` to `after`."""
    made = []
    for name, value in fields:
        if name.lower() == "content-length":
            fits = value.strip() == str(len(before))
            made.append((name, str(len(after)) if fits else value))
        else:
            made.append((name, header(visitor, name, value)))
    return tuple(made)


def header(visitor: Visitor, name: str, value: str) -> str:
    lower = name.lower()
    kind = visitor.policy.header(lower)
    if kind == KEEP:
        return value
    if kind == "cookie":
        return set_cookie(visitor, value) if lower.startswith("set-") else cookies(visitor, value)
    if lower in _URLS:
        return _link(visitor, value) if lower in {"link", "refresh"} else urls.url(visitor, value)
    if kind == "token":
        return authorization(visitor, value)
    if kind == "ip":
        return forwarded(visitor, value)
    return leaf(visitor, kind, value)


def authorization(visitor: Visitor, value: str) -> str:
    """`Bearer …`, `Basic …`, any other scheme, or a token without one (RFC 9110, section 11)."""
    scheme, space, rest = value.partition(" ")
    if not space:
        return leaf(visitor, "token", value)
    if scheme.lower() == "basic":
        made = basic(visitor, rest.strip())
        if made is not None:
            return f"{scheme} {made}"
    if "=" in rest.rstrip("=") and "," in rest:
        return f"{scheme} " + ",".join(_parameter(visitor, part) for part in rest.split(","))
    return f"{scheme} {leaf(visitor, 'token', rest)}"


def _parameter(visitor: Visitor, part: str) -> str:
    name, equals, value = part.partition("=")
    plain = value.strip('"')
    plain_name = name.strip().lower()
    if plain_name in {"realm", "algorithm", "qop", "nc", "uri", "signedheaders"}:
        return part
    kind = visitor.policy.field(plain_name) or "token"
    return f"{name}{equals}{value.replace(plain, leaf(visitor, kind, plain))}" if plain else part


def forwarded(visitor: Visitor, value: str) -> str:
    """A list of addresses, plain or as Forwarded writes it (RFC 7239): for=1.2.3.4;proto=https."""
    made = []
    for part in value.split(","):
        pieces = [_hop(visitor, piece) for piece in part.split(";")]
        made.append(";".join(pieces))
    return ",".join(made)


def _hop(visitor: Visitor, piece: str) -> str:
    name, equals, value = piece.rpartition("=")
    plain = value.strip().strip('"')
    if not plain or name.strip().lower() in {"proto", "host"}:
        return piece
    host, colon, port = plain.rpartition(":") if plain.count(":") == 1 or "]:" in plain else (plain, "", "")
    return f"{name}{equals}{value.replace(plain, visitor.value('ip', host) + colon + port)}"


def cookies(visitor: Visitor, value: str) -> str:
    return ";".join(_cookie(visitor, pair) for pair in value.split(";"))


def set_cookie(visitor: Visitor, value: str) -> str:
    first, semicolon, rest = value.partition(";")
    return _cookie(visitor, first) + semicolon + rest


def _cookie(visitor: Visitor, pair: str) -> str:
    name, equals, value = pair.partition("=")
    plain = value.strip().strip('"')
    if not equals or not plain:
        return pair
    kind = visitor.policy.field(name.strip())
    if not kind and (len(plain) >= SHORT_COOKIE and not name.strip().lower().endswith("_id")):
        kind = "cookie"
    if "%" in plain:
        return (
            f"{name}={value.replace(plain, urls.form(visitor, 'x=' + plain)[2:])}"
            if not kind
            else _quoted(visitor, pair, kind)
        )
    return f"{name}={value.replace(plain, cookie(visitor, kind, plain))}"


def _quoted(visitor: Visitor, pair: str, kind: str) -> str:
    name, _, value = pair.partition("=")
    plain = unquote(value)
    made = cookie(visitor, kind, plain)
    return pair if made == plain else f"{name}={quote(made, safe='')}"


def _link(visitor: Visitor, value: str) -> str:
    """URLs between other words: each piece that has a path or a query is read as one."""
    return " ".join(urls.url(visitor, part) if "/" in part else visitor.text(part) for part in value.split(" "))


def _body(visitor: Visitor, fields: Headers, body: bytes) -> tuple[bytes, str]:
    if not body:
        return body, ""
    try:
        inner = content.decode(fields, body)
    except content.ContentError as error:
        return b"", f"its body could not be sanitised and was left out: {visitor.text(str(error))}"
    media_type = next((value for name, value in fields if name.lower() == "content-type"), "")
    made = bodies.body(visitor, inner, media_type)
    return (body if made == inner else content.encode(fields, made)), ""
