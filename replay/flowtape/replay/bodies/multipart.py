"""Multipart bodies (RFC 2046, section 5.1; RFC 7578 for forms): the parts, whatever boundary stands between them."""

from __future__ import annotations

import re

from flowtape.replay.bodies.form import by_name
from flowtape.replay.bodies.tree import Tree

BOUNDARY = re.compile(r"""(;\s*boundary=)("[^"]{1,200}"|[^\s;"]{1,200})""", re.IGNORECASE)
PARAMETER = re.compile(r'\b(name|filename)="((?:[^"\\\r\n]|\\.)*)"')


def boundary(content_type: str) -> str:
    found = BOUNDARY.search(content_type)
    return found[2].strip('"') if found else ""


def read(content: bytes, content_type: str) -> Tree | None:
    """Each part by its name, or a list where they have none. A part that only has a name is its text; any other is a mapping."""
    between = boundary(content_type)
    if not between:
        return None
    sections = (b"\r\n" + content).split(b"\r\n--" + between.encode("latin-1", "replace"))
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        return None
    parts = [_part(section) for section in sections[1:-1]]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    if all(name for name, _ in found):
        return by_name(found)
    return [tree for _, tree in found]


def _part(section: bytes) -> tuple[str, Tree] | None:
    section = section.lstrip(b" \t")
    if not section.startswith(b"\r\n"):
        return None
    head, blank, content = section.partition(b"\r\n\r\n")
    if not blank:  # no header, and not even the empty line that ends them
        head, content = b"", section[2:]
    headers = {}
    for line in head.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    headers.pop("", None)
    headers.pop("content-length", None)
    disposition = headers.pop("content-disposition", "")
    parameters = dict(PARAMETER.findall(disposition))
    name = parameters.pop("name", "")
    inner = _text(content)
    if not parameters and not headers:
        return name, inner
    return name, {**parameters, **headers, "content": inner}


def _text(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content
