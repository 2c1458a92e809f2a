"""What differs between two HTTP responses, by meaning: each body as what it is (bodies/), leaf by leaf."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from flowtape.capture.exchange import Headers, HttpResponse
from flowtape.replay.bodies import NOTHING, Number, child, content, read, same, without_boundary

VOLATILE_HEADERS = frozenset(
    ["age", "connection", "content-encoding", "content-length", "date", "etag-weak", "expires", "keep-alive", "server", "server-timing",
     "traceparent", "tracestate", "transfer-encoding", "vary", "via", "x-powered-by", "x-process-time", "x-request-id",
     "x-response-time", "x-runtime"]
)  # fmt: skip
"""Response headers that are not compared: the server's, the transport's, or different each time by their nature."""

MAX_SHOWN = 12


def differences(recorded: HttpResponse, observed: HttpResponse) -> list[str]:
    """One line for each difference, the most important first: status, body, headers; [] if there is none."""
    lines: list[str] = []
    if recorded.status != observed.status:
        lines.append(f"response.status: recorded {recorded.status}, got {observed.status}")
    lines += _bodies(recorded, observed)
    return [*lines, *_headers(recorded.headers, observed.headers)]


def _headers(recorded: Headers, observed: Headers) -> Iterator[str]:
    before, after = _compared(recorded), _compared(observed)
    for name in sorted(before | after):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            what = f"recorded {_texts(old)}, not sent now" if old else f"not recorded, got {_texts(new or [])}"
            yield f"response.headers.{name}: {what}"
        elif old != new:
            yield f"response.headers.{name}: recorded {_texts(old)}, got {_texts(new)}"


def _texts(texts: list[str]) -> str:
    return ", ".join(map(repr, texts))


def _compared(headers: Headers) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in headers:
        if (name := name.lower()) not in VOLATILE_HEADERS:
            found.setdefault(name, []).append(_normal(name, text))
    return found


def _normal(name: str, text: str) -> str:
    if name != "content-type":
        return text.strip()
    return _media(text)


@lru_cache(maxsize=256)
def _media(content_type: str) -> str:
    return re.sub(r"\s*;\s*", "; ", without_boundary(content_type).strip()).lower()


# -- bodies


def decoded(response: HttpResponse) -> bytes:
    """The body without its content codings; as it is where they cannot be undone."""
    return content(response.headers, response.body)


def _bodies(recorded: HttpResponse, observed: HttpResponse) -> list[str]:
    before, after = decoded(recorded), decoded(observed)
    if before == after:
        return []
    old, new = read(recorded.headers, recorded.body), read(observed.headers, observed.body)
    if old.kind != new.kind or old.kind == "body":
        return _texts_differ(before, after)
    lines = list(tree_differences(old.tree, new.tree, f"response.{old.kind}"))
    more = len(lines) - MAX_SHOWN
    return [*lines[:MAX_SHOWN], f"… and {more} more differences in the body"] if more > 0 else lines


def _texts_differ(before: bytes, after: bytes) -> list[str]:
    try:
        old, new = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        at = next(
            (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
        )
        return [f"response.body: recorded {len(before)} bytes, got {len(after)}; they differ from byte {at} on"]
    lines = [line for line in difflib.unified_diff(old, new, "recorded", "got", n=1, lineterm="") if line]
    shown = [line[:200] for line in lines[2 : 2 + 2 * MAX_SHOWN]]
    return (
        ["response.body: recorded (-), got (+)", *(f"  {line}" for line in shown)]
        if shown
        else ["response.body: line ends differ"]
    )


def tree_differences(old: Any, new: Any, path: str) -> Iterator[str]:
    """A line for each leaf that differs, and for what is on one side only."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from tree_differences(old.get(key, NOTHING), new.get(key, NOTHING), child(path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(min(len(old), len(new))):
            yield from tree_differences(old[index], new[index], f"{path}[{index}]")
        if len(old) != len(new):
            yield f"{path}: recorded {len(old)} items, got {len(new)}{_first_odd(old, new)}"
    elif not same(old, new):
        yield f"{path}: {_change(old, new)}"


def _first_odd(old: list[Any], new: list[Any]) -> str:
    longer, shorter, word = (old, new, "missing") if len(old) > len(new) else (new, old, "extra")
    return f" ({word}: {_shown(longer[len(shorter)])})"


def _change(old: Any, new: Any) -> str:
    if old is NOTHING:
        return f"not recorded, got {_shown(new)}"
    if new is NOTHING:
        return f"recorded {_shown(old)}, not there now"
    return f"recorded {_shown(old)}, got {_shown(new)}"


def _shown(value: Any) -> str:
    if isinstance(value, Number):
        return str(value)
    text = json.dumps(value, ensure_ascii=False, default=bytes.hex)
    return text if len(text) <= 120 else text[:120] + "…"
