"""A private key in PEM (RFC 7468): its header and lines stay, the base64 between them is drawn anew."""

from __future__ import annotations

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

BEGIN, END = "-----BEGIN ", "-----END "


def make(keyed: Keyed, value: str) -> str:
    start, end = _body(value)
    return value[:start] + shape.fill(keyed.draw("secret", value), value[start:end]) + value[end:]


def ours(value: str) -> bool:
    start, end = _body(value)
    return shape.marked(value[start:end])


def _body(value: str) -> tuple[int, int]:
    start = value.find("-----", len(BEGIN)) + 5 if value.startswith(BEGIN) else 0
    end = value.find(END, start)
    return start, end if end >= 0 else len(value)
