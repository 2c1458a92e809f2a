"""Which kind a body is of, told by its content type and by what it looks like; and its tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from flowtape.capture.exchange import Headers
from flowtape.replay.bodies import json_body
from flowtape.replay.bodies.tree import Tree, plainly_edited


@dataclass(frozen=True, slots=True)
class Body:
    """`kind` is the first word of the paths: json, form, multipart, xml, html, csv, events, protobuf; body for text and bytes."""

    kind: str
    tree: Tree


def content(headers: Headers, body: bytes) -> bytes:
    """`body` without its content codings; as it is where they cannot be undone."""
    if not body or not any(name.lower() == "content-encoding" for name, _ in headers):
        return body
    from flowtape.capture.content import ContentError, decode

    try:
        return decode(headers, body)
    except ContentError:
        return body


def read(headers: Headers, body: bytes) -> Body:
    """What `body` says. Never raises: what is not of the kind that it claims to be is text, or bytes."""
    body = content(headers, body)
    type_ = next((value for name, value in headers if name.lower() == "content-type"), "")
    kind = _claimed(type_) or _looks(body)
    if kind and body:
        tree = _READERS[kind](body, type_)
        if tree is not None:
            return Body(_PATHS.get(kind, kind), tree)
    text = _text(body, type_)
    return Body("body", body if text is None else text)


@lru_cache(maxsize=256)
def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


@lru_cache(maxsize=256)
def _claimed(content_type: str) -> str:
    """The kind that a content type names, "" where it names none that is read."""
    name = media_type(content_type)
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name.startswith("multipart/"):
        return "multipart"
    suffix = name.rpartition("+")[2] if "+" in name else ""
    return suffix if suffix in ("json", "xml") else "protobuf" if "protobuf" in name else ""


_BY_NAME = {
    "application/json": "json", "text/json": "json", "application/x-ndjson": "lines", "application/jsonl": "lines",
    "application/x-www-form-urlencoded": "form", "application/xml": "xml", "text/xml": "xml", "text/html": "html",
    "text/csv": "csv", "text/tab-separated-values": "tsv", "text/event-stream": "events",
}  # fmt: skip
_PATHS = {"lines": "json", "tsv": "csv"}


def _looks(body: bytes) -> str:
    """The kind of a body whose content type says nothing of it."""
    start = body[:64].lstrip()
    if start[:1] in (b"{", b"["):
        return "json"
    lower = start.lower()
    return "xml" if lower.startswith(b"<?xml") else "html" if lower.startswith((b"<!doctype html", b"<html")) else ""


def _text(body: bytes, content_type: str) -> str | None:
    if "charset" not in content_type.lower():
        try:
            return body.decode()
        except UnicodeDecodeError:
            return None
    from flowtape.capture.content import text

    return text((("content-type", content_type),), body)


# Each kind's own file is imported when the first body of that kind comes by: most suites have JSON alone.


def _form(body: bytes, _type: str) -> Tree | None:
    from flowtape.replay.bodies import form

    return form.read(body)


def _multipart(body: bytes, content_type: str) -> Tree | None:
    from flowtape.replay.bodies import multipart

    return multipart.read(body, content_type)


def _xml(body: bytes, _type: str) -> Tree | None:
    from flowtape.replay.bodies import xml_body

    return xml_body.read(body)


def _html(body: bytes, content_type: str) -> Tree | None:
    from flowtape.replay.bodies import html_body

    text = _text(body, content_type)
    return None if text is None else html_body.read(text)


def _csv(body: bytes, content_type: str) -> Tree | None:
    from flowtape.replay.bodies import csv_body

    text = _text(body, content_type)
    return None if text is None else csv_body.read(text, "\t" if "tab-" in content_type else ",")


def _events(body: bytes, content_type: str) -> Tree | None:
    from flowtape.replay.bodies import events

    text = _text(body, content_type)
    return None if text is None else events.read(text)


def _protobuf(body: bytes, _type: str) -> Tree | None:
    from flowtape.replay.bodies import protobuf

    return protobuf.read(body)


_READERS: dict[str, Callable[[bytes, str], Tree | None]] = {
    "json": lambda body, _: json_body.read(body),
    "lines": lambda body, _: json_body.read_lines(body),
    "form": _form,
    "multipart": _multipart,
    "xml": _xml,
    "html": _html,
    "csv": _csv,
    "tsv": _csv,
    "events": _events,
    "protobuf": _protobuf,
}


def without_boundary(content_type: str) -> str:
    """A multipart content type less its boundary, which says nothing and is another one each time."""
    if not media_type(content_type).startswith("multipart/"):
        return content_type
    from flowtape.replay.bodies.multipart import BOUNDARY

    return BOUNDARY.sub("", content_type)


def edited(headers: Headers, body: bytes, edit: Callable[[str], str]) -> bytes:
    """`body` (content codings off) with `edit` done to its texts: to the whole, or, where their lengths or escapes stand in it, to
    each leaf.
    """
    type_ = next((value for name, value in headers if name.lower() == "content-type"), "")
    kind = _claimed(type_)
    if kind == "form":
        from flowtape.replay.bodies import form

        return form.edited(body, edit)
    if kind == "protobuf":
        from flowtape.replay.bodies import protobuf

        return protobuf.edited(body, edit)
    if kind == "events":
        from flowtape.replay.bodies import events

        return events.edited(body, edit)
    return plainly_edited(body, edit)
