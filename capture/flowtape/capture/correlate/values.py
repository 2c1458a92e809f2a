"""The values in a message, each by its place, so that one that passes on can be found again in another message.

A *place* is a short path ("query.page", "json.items.*.id", "rows.email", "2"); positions in lists are left out, so that a place holds
a set of values. Equal values are equal in any type and notation: `42`, "42" and a binary int4; `19.90` and 19.9; `t` and true; one moment
in ISO 8601 and as PostgreSQL writes it. What is structured is taken apart: JSON in any text, forms, a JSON Web Token's claims, comma
lists and arrays, the parts of a Redis key, UUIDs within a sentence.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import msgspec

from flowtape.capture.content import ContentError, decode
from flowtape.capture.exchange import (
    Answer,
    Headers,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
    Value,
)
from flowtape.capture.redis_keys import positions
from flowtape.capture.route import segments
from flowtape.capture.sql import arguments, read

Places: TypeAlias = dict[str, set[str]]

MAX_BODY: Final = 64 * 1024
MAX_PLACES: Final = 120
MAX_VALUES: Final = 200
RARE_LENGTH: Final = 12
MAX_DEPTH: Final = 8
MAX_KEYS: Final = 8
MAX_KEY: Final = 200
MAX_WORDS: Final = 2 * MAX_KEYS + 1
"""The first keys stand among so many words of any command: every other one is a key of MSET."""
MAX_TEXT: Final = 2000
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?\s?(?:Z|[+-]00(?::?00)?)?")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_BOOLEANS: Final = {"t": "true", "f": "false", "True": "true", "False": "false"}
_TELLS_NOTHING: Final = frozenset({
    "host", "user-agent", "accept", "accept-encoding", "accept-language", "connection", "content-length", "content-type", "date",
    "server", "traceparent", "tracestate", "keep-alive", "transfer-encoding", "vary", "cache-control", "content-encoding",
})  # fmt: skip


@lru_cache(maxsize=16_384)
def normal(text: str) -> str:
    """One way to write each value."""
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _NUMBER.fullmatch(text):
        text = text.lstrip("+")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if len(text) == 36 and _UUID.fullmatch(text):
        return text.lower()
    moment = _MOMENT.fullmatch(text)
    if moment:
        fraction = (moment[3] or "").rstrip("0")
        return f"{moment[1]}T{moment[2]}{'.' if fraction else ''}{fraction}"
    return text


def asked(question: Question) -> Places:
    """The values of a question."""
    found = _Found()
    match question:
        case HttpRequest(target=target, headers=headers, body=body):
            for index, segment in enumerate(segments(target)):
                found.text(f"path.{index}", segment)
            for name, value in parse_qsl(query(target)[:MAX_BODY]):
                found.text(f"query.{name}", value)
            found.headers(headers)
            found.body(headers, body)
        case SqlStatement(text=text, parameters=parameters):
            for index, argument in enumerate(arguments(read(text), parameters)):
                found.value(str(index), argument)
        case RedisCommand(arguments=words):
            for index, word in enumerate(words[1:]):
                found.value(str(index), word)
            for place, key in named(words):
                for part, piece in enumerate(key.split(":") if ":" in key else ()):
                    found.text(f"{place - 1}:{part}", piece)
        case _:
            pass
    return found.places


def named(words: Sequence[bytes]) -> list[tuple[int, str]]:
    """The first few keys of a Redis command, or its channel, each by its place in `words`."""
    text = [word[:MAX_KEY].decode("utf-8", "replace") for word in words[:MAX_WORDS]]
    return [(place, text[place]) for place in positions(text)[:MAX_KEYS]]


def rare(sayings: Iterable[Places]) -> frozenset[str]:
    """The values that hardly come about twice by chance: long ones with digits, as identifiers and tokens are."""
    return frozenset(value for places in sayings for values in places.values() for value in values if _is_rare(value))


def _is_rare(value: str) -> bool:
    return RARE_LENGTH <= len(value) <= MAX_TEXT and any(letter.isdigit() for letter in value)


def answered(answer: Answer | None) -> Places:
    """The values of an answer."""
    found = _Found()
    match answer:
        case HttpResponse(headers=headers, body=body):
            found.headers(headers)
            found.body(headers, body)
        case SqlResult(columns=columns, rows=rows, tag=tag):
            for row in rows[:MAX_VALUES]:
                for column, cell in zip(columns or (), row, strict=False):
                    found.value(f"rows.{column.name}", cell)
            found.text("affected", tag.rpartition(" ")[2])
        case RedisReply(value=value):
            found.reply(value)
        case _:
            pass
    return found.places


class _Found:
    def __init__(self) -> None:
        self.places: Places = {}

    def add(self, place: str, value: str) -> None:
        held = self.places.get(place)
        if held is None:
            if len(self.places) < MAX_PLACES:
                self.places[place] = {value}
        elif len(held) < MAX_VALUES:
            held.add(value)

    def value(self, place: str, value: Value) -> None:
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace") if len(value) <= MAX_TEXT else None
        if value is not None:
            self.text(place, value)

    def text(self, place: str, text: str, depth: int = 0) -> None:
        if not text or len(text) > MAX_BODY:
            return
        if len(text) > MAX_TEXT:
            self._structured(place, text, depth)
            return
        self.add(place, normal(text))
        if len(text) > 4:
            self._structured(place, text, depth)

    def _structured(self, place: str, text: str, depth: int) -> None:
        first = text[0]
        if depth >= MAX_DEPTH:
            return
        if first in "{[" and (first == "{" or len(text) > 2):
            if not self._json(f"{place}.json", text, depth + 1) and first == "{" and text[-1] == "}":
                self._list(place, text[1:-1].split(","))
        elif text.startswith("eyJ") and text.count(".") == 2:
            self._json(f"{place}.claims", _claims(text), depth + 1)
        elif len(text) > 36 and "-" in text:
            for number, match in enumerate(_UUID.findall(text)[:4]):
                self.add(f"{place}#{number}", match.lower())
        elif "," in text and len(text) <= 400:
            self._list(place, text.split(","))

    def _list(self, place: str, items: Iterable[str]) -> None:
        for item in items:
            if item.strip(' "'):
                self.add(f"{place},", normal(item.strip(' "')))

    def _json(self, place: str, text: str | bytes, depth: int) -> bool:
        try:
            tree = msgspec.json.decode(text)
        except (ValueError, RecursionError):
            return False
        self.tree(place, tree, depth)
        return True

    def tree(self, place: str, tree: Any, depth: int = 0) -> None:
        if depth >= MAX_DEPTH or tree is None:
            return
        if isinstance(tree, dict):
            for name, held in tree.items():
                self.tree(f"{place}.{name[:60]}", held, depth + 1)
        elif isinstance(tree, list):
            for held in tree[:MAX_VALUES]:
                self.tree(f"{place}.*", held, depth + 1)
        elif isinstance(tree, bool):
            self.add(place, "true" if tree else "false")
        elif isinstance(tree, int | float):
            self.add(place, normal(str(tree)))
        else:
            self.text(place, tree, depth + 1)

    def headers(self, headers: Headers) -> None:
        for name, value in headers:
            key = name.lower()
            if key in _TELLS_NOTHING:
                continue
            if key == "authorization":
                self.text("header.authorization", value.rpartition(" ")[2])
            elif key == "cookie":
                for pair in value.split(";")[:40]:
                    cookie, _, text = pair.strip().partition("=")
                    self.text(f"cookie.{cookie}", text)
            else:
                self.text(f"header.{key}", value)
                if key == "location":
                    self.text("header.location/", value.rpartition("/")[2])

    def body(self, headers: Headers, body: bytes) -> None:
        if not body or len(body) > MAX_BODY:
            return
        try:
            content = decode(headers, body, MAX_BODY)
        except ContentError:
            return
        kind = next((value for name, value in headers if name.lower() == "content-type"), "")
        if kind.startswith("application/x-www-form-urlencoded"):
            for name, value in parse_qsl(content.decode("utf-8", "replace")):
                self.text(f"form.{name}", value)
        elif content[:1] not in b"{[" or not self._json("json", content, 0):
            self._lines(content.decode("utf-8", "replace"))

    def _lines(self, text: str) -> None:
        """What is no JSON, by words: the cells of a CSV file, the values in a page."""
        for word in re.split(r"[\s,;<>\"'=]+", text[:8192])[:MAX_VALUES]:
            if word:
                self.add("words", normal(word))

    def reply(self, value: Resp, place: str = "reply", depth: int = 0) -> None:
        held = value.value
        if isinstance(held, tuple):
            if depth < MAX_DEPTH:
                for item in held[:MAX_VALUES]:
                    self.reply(item, f"{place}.*", depth + 1)
        elif isinstance(held, bool):
            self.add(place, "true" if held else "false")
        elif isinstance(held, int):
            self.add(place, str(held))
        elif held is not None:
            self.value(place, held)


def query(target: str) -> str:
    try:
        return urlsplit(target).query if "?" in target else ""
    except ValueError:
        return ""


def _claims(token: str) -> bytes:
    inner = token.split(".")[1]
    try:
        return base64.urlsafe_b64decode(inner + "=" * (-len(inner) % 4))
    except (binascii.Error, ValueError):
        return b""
