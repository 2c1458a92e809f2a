"""Variables: `$name` in recorded texts, bound to what a run has in its place, and the same wherever it appears."""

from __future__ import annotations

import json
import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

from flowtape.capture.exchange import (
    Answer,
    Headers,
    HttpRequest,
    HttpResponse,
    RedisReply,
    Resp,
    SqlResult,
    Value,
)
from flowtape.replay.bodies import edited, json_body
from flowtape.replay.shapes import NO_SECRETS, REFERENCE, Secrets, Shape
from flowtape.replay.shapes.base import JSON_TYPES

NUMBER = re.compile(r'"\$([A-Za-z0-9_]+)"')
"""How a JSON number is written that a numeric variable stands for."""
Message = TypeVar("Message", HttpRequest, HttpResponse)


@lru_cache(maxsize=1024)
def _compiled(template: str, shapes: tuple[tuple[str, Shape], ...]) -> re.Pattern[str]:
    """`template` with a group for each of its variables. Kept from run to run: flows are alike."""
    known = dict(shapes)
    text, end = "", 0
    for found in REFERENCE.finditer(template):
        if (shape := known.get(found[2])) is not None:
            number = _is_number(shape, found[2], template[found.start() - 1 : found.end() + 1])
            text += re.escape(template[end : found.start() - number]) + _regex(shape, number=number)
            end = found.end() + number
    return re.compile(text + re.escape(template[end:]))


def _is_number(shape: Shape, name: str, quoted: str) -> bool:
    """Whether `quoted`, what stands around a variable included, is a JSON number's place."""
    return quoted == f'"${name}"' and shape.numeric


def _regex(shape: Shape, *, number: bool) -> str:
    if not number:
        return f"({shape.regex})"
    return f"{JSON_TYPES[shape.json]}({shape.regex})" if shape.json else f'"?({shape.regex})"?'


class Variables:
    """The variables of one run.

    `at` is the run's clock in nanoseconds since the epoch. `unify` compares a recorded text with an observed one and binds what
    is not bound yet; `render` puts what is bound into a recorded text.
    """

    def __init__(
        self, shapes: Mapping[str, Shape], at: int, request: HttpRequest | None = None, secrets: Secrets = NO_SECRETS
    ) -> None:
        self.shapes = (
            shapes if request is None else {name: shape.told(request, secrets) for name, shape in shapes.items()}
        )
        self.at = at
        self.bound: dict[str, str] = {}
        self._patterns: dict[str, tuple[re.Pattern[str], list[str]]] = {}

    def names(self, text: Value) -> list[str]:
        """The variables that `text` refers to."""
        if not self.shapes or not isinstance(text, str) or "$" not in text:
            return []
        return [found[2] for found in REFERENCE.finditer(text) if found[2] in self.shapes]

    def unify(self, template: Value, observed: Value) -> bool:
        """Whether `observed` is what was recorded as `template`. Binds variables only if it is."""
        found = self.match(template, observed)
        if found is None:
            return False
        self.bound.update(found)
        return True

    def match(self, template: Value, observed: Value, bound: Mapping[str, str] | None = None) -> dict[str, str] | None:
        """What would have to be bound newly, {} if nothing; None if `observed` is not what was recorded."""
        known = self.bound if bound is None else bound
        names = self.names(template)
        if not names or not isinstance(template, str):
            return {} if template == observed else None
        if not isinstance(observed, str):
            return None
        pattern, names = self._pattern(template)
        found = pattern.fullmatch(observed)
        if found is None:
            return None
        return self._bindings(names, found, known)

    def _bindings(self, names: list[str], found: re.Match[str], known: Mapping[str, str]) -> dict[str, str] | None:
        new: dict[str, str] = {}
        for name, text in zip(names, found.groups(), strict=True):
            shape = self.shapes[name]
            before = known.get(name, new.get(name))
            if before is None:
                if not shape.matches(text, self.at):
                    return None
                for _, template, observed in shape.inner(text):
                    found_inside = self.match(template, observed, ChainMap(new, dict(known)))
                    if found_inside is None:
                        return None
                    new |= found_inside
                new[name] = text
            elif before != text and (shape.canonical(before) != shape.canonical(text) or not shape.written(text)):
                return None
        return new

    def _pattern(self, template: str) -> tuple[re.Pattern[str], list[str]]:
        if template not in self._patterns:
            names = self.names(template)
            shapes = tuple((name, self.shapes[name]) for name in names)
            self._patterns[template] = (_compiled(template, shapes), names)
        return self._patterns[template]

    def why(self, template: str, observed: str) -> str:
        """The recorded text as it is shown where `observed` is not it: with the claims of tokens that differ."""
        shown = self.render(template)
        names = self.names(template)
        found = self._pattern(template)[0].fullmatch(observed) if names else None
        if found is None:
            return shown
        lines = [
            f"{place} recorded {self.render(text)}, got {other}"
            for name, value in zip(names, found.groups(), strict=True)
            for place, text, other in self.shapes[name].inner(value)
            if self.match(text, other) is None
        ]
        return f"{shown} ({'; '.join(lines)})" if lines else shown

    # -- putting values in

    def render(self, text: str) -> str:
        """`text` with what is bound in place of its variables; what is not bound stays as it is."""
        if not self.shapes or "$" not in text:
            return text
        if text[:1] in ("{", "[") and json_body.read(text.encode("utf-8", "surrogatepass")) is not None:
            return self._in_json(text)
        return REFERENCE.sub(lambda found: self.bound.get(found[2], found[0]), text)

    def _in_json(self, text: str) -> str:
        """JSON with what is bound in it, as JSON escapes it; a numeric variable that is a whole string becomes a number."""

        def number(found: re.Match[str]) -> str:
            bare = found[1] in self.shapes and self.shapes[found[1]].numeric
            return self.bound.get(found[1], found[0]) if bare else found[0]

        return REFERENCE.sub(self._escaped, NUMBER.sub(number, text))

    def value(self, value: Value) -> Value:
        return self.render(value) if isinstance(value, str) else value

    def headers(self, headers: Headers) -> Headers:
        return tuple((name, self.render(text)) for name, text in headers)

    def body(self, body: bytes, headers: Headers = ()) -> bytes:
        """A body with what is bound in it."""
        if not self.shapes or b"$" not in body:
            return body
        if body.lstrip()[:1] not in (b'"', b"{", b"["):
            return edited(headers, body, self.render)
        return self._in_json(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _escaped(self, found: re.Match[str]) -> str:
        value = self.bound.get(found[2])
        return found[0] if value is None else json.dumps(value, ensure_ascii=False)[1:-1]

    def message(self, message: Message) -> Message:
        """An HTTP message with what is bound in it."""
        if not self.shapes:
            return message
        found = replace(message, headers=self.headers(message.headers), body=self.body(message.body, message.headers))
        return replace(found, target=self.render(found.target)) if isinstance(found, HttpRequest) else found

    def answer(self, answer: Answer) -> Answer:
        """A recorded answer as this run gets it."""
        if not self.shapes:
            return answer
        if isinstance(answer, SqlResult):
            return replace(answer, rows=tuple(tuple(self.value(value) for value in row) for row in answer.rows))
        if isinstance(answer, HttpResponse):
            return self.message(answer)
        return RedisReply(self._resp(answer.value)) if isinstance(answer, RedisReply) else answer

    def _resp(self, value: Resp) -> Resp:
        inner: Any = value.value
        if isinstance(inner, str):
            return Resp(value.kind, self.render(inner))
        if isinstance(inner, bytes):
            return Resp(value.kind, self.body(inner))
        if isinstance(inner, tuple):
            return Resp(value.kind, tuple(self._resp(item) for item in inner))
        return value
