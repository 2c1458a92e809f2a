"""YAML for people, and for hostile input: what both kinds of file of a suite are written in and read from.

A document is made of dict (text keys), list, str, `Number`, bool and None; bytes where a vcrpy cassette needs them. Scalars
resolve as in YAML 1.2's JSON schema (`yes`, `1:30` and `2026-11-20` are text), numbers keep the text they are written in (`19.90`
stays `19.90`), and tags, anchors, aliases and repeated keys are refused. Reading is by events, so that neither deep nesting
nor an alias bomb can hurt.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any, TypeAlias

import yaml
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from yaml.reader import ReaderError

from flowtape.replay.bodies.tree import Number

MAX_DEPTH = 100
MAX_CHARACTERS = 64 * 1024 * 1024
SHORT = 96
"""A list or mapping of scalars that fits into so many characters is written on one line."""
WIDTH = 120

NUMBER = re.compile(r"(?=.{1,300}\Z)-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
# What YAML 1.1 readers (PyYAML, vcrpy) take for something else than text: quoted, so that both readings agree.
AMBIGUOUS = re.compile(
    r"(?i:~|null|true|false|yes|no|on|off|y|n|=|<<|[-+]?\.(?:inf|nan))\Z|[-+]?[.0-9][0-9_,.:xobXOBa-fA-F]*(?:[eE][-+]?[0-9]+)?\Z|[0-9]{4}-[0-9]|\Z"
)
WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
BLOCK = re.compile(r"[^\s][^\r\x85\u2028\u2029\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]*\Z")

Path: TypeAlias = tuple[str | int, ...]


class Tall(dict[str, Any]):
    """A mapping that is written one key a line, however short it is."""


class FlowFileError(ValueError):
    """A file of the suite cannot be read. The message names the file, the line and the key, and what is wrong there."""


class WrongAt(Exception):  # noqa: N818 - it names a place; `FlowFileError` is what a caller sees
    """`reason` is wrong at `path`; turned into a FlowFileError where the file is known."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


# -- reading


class _Reader:
    """One document from events. With `lines`, where each value starts is kept too: only wanted once something is wrong."""

    def __init__(self, text: str, *, binary: bool, lines: dict[Path, int] | None = None) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._next: Callable[[], Any] = loader(text).get_event
        self._binary = binary
        self._lines = lines

    def document(self) -> Any:
        event = self._next()
        assert isinstance(event, StreamStartEvent)
        event = self._next()
        if isinstance(event, StreamEndEvent):
            return None
        data = self._value(self._next(), ())
        self._next()
        if not isinstance(self._next(), StreamEndEvent):
            raise WrongAt((), "more than one YAML document")
        return data

    def _value(self, event: Any, path: Path) -> Any:
        if self._lines is not None:
            self._lines[path] = _line(event)
        if len(path) > MAX_DEPTH:
            raise WrongAt(path[:4], f"nested deeper than {MAX_DEPTH} levels")
        if event.anchor:  # an alias has one too
            raise WrongAt(path, "YAML anchors and aliases are not used in this file")
        if type(event) is ScalarEvent:
            return self._scalar(event, path)
        if event.tag is not None:
            raise WrongAt(path, f"the YAML tag `{event.tag}` is not used in this file")
        return self._mapping(path) if type(event) is MappingStartEvent else self._sequence(path)

    def _scalar(self, event: Any, path: Path) -> Any:
        if event.tag is not None and event.tag != "!":
            return self._tagged(event, path)
        value: str = event.value
        if not event.implicit[0]:
            return value
        if value in WORDS:
            return WORDS[value]
        return Number(value) if value[0] in "-0123456789" and NUMBER.match(value) else value

    def _tagged(self, event: Any, path: Path) -> bytes:
        if event.tag != "tag:yaml.org,2002:binary" or not self._binary:
            raise WrongAt(path, f"the YAML tag `{event.tag}` is not used in this file")
        try:
            return base64.b64decode(event.value)
        except ValueError as error:
            raise WrongAt(path, f"not base64: {error}") from None

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while type(event := self._next()) is not SequenceEndEvent:
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while type(event := self._next()) is not MappingEndEvent:
            if type(event) is not ScalarEvent or event.anchor or event.tag not in (None, "!"):
                raise WrongAt(path, f"line {_line(event)}: a key must be plain text")
            key: str = event.value
            if key in items:
                raise WrongAt((*path, key), f"line {_line(event)}: the key is there twice")
            items[key] = self._value(self._next(), (*path, key))
        return items


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def read(text: str, file: str, *, binary: bool = False) -> Any:
    """The document in `text`. `binary` lets `!!binary` through. Raises FlowFileError that names `file`."""
    if len(text) > MAX_CHARACTERS:
        raise FlowFileError(f"{file}: longer than {MAX_CHARACTERS} characters")
    try:
        return _Reader(text, binary=binary).document()
    except WrongAt as wrong:
        raise located(wrong, text, file, binary=binary) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line if mark else None
        if isinstance(error, ReaderError):  # its place is counted in bytes
            line = text.encode("utf-8", "replace")[: error.position].count(b"\n")
        where = "" if line is None else f", line {line + 1}"
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        if "nesting depth" in what:  # libyaml reads ahead, and may meet a limit of its own before ours
            raise FlowFileError(f"{file}{where}: nested deeper than {MAX_DEPTH} levels") from None
        raise FlowFileError(f"{file}{where}: not YAML: {what}") from None


def located(wrong: WrongAt, text: str, file: str, *, binary: bool = False) -> FlowFileError:
    """The error with file, line and key. Reads the text once more, this time keeping the lines."""
    lines: dict[Path, int] = {}
    with suppress(WrongAt, yaml.YAMLError):  # what was read until there is enough
        _Reader(text, binary=binary, lines=lines).document()
    path = wrong.path
    while path and path not in lines:
        path = path[:-1]
    where = f", line {lines[path]}" if path in lines else ""
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in wrong.path).lstrip(".")
    return FlowFileError(f"{file}{where}: {f'`{key}`: ' if key else ''}{wrong.reason}")


class Place:
    """A value of a document and where it is, so that what is wrong with it can be said well."""

    __slots__ = ("_key", "_parent", "value")

    def __init__(self, value: Any, parent: Place | None = None, key: str | int = "") -> None:
        self.value = value
        self._parent = parent
        self._key = key

    @property
    def path(self) -> Path:
        return () if self._parent is None else (*self._parent.path, self._key)

    def wrong(self, reason: str) -> WrongAt:
        return WrongAt(self.path, reason)

    def fields(self, known: Iterable[str], required: Iterable[str] = ()) -> dict[str, Place]:
        """The mapping's values; raises WrongAt for a key that is not `known` or a `required` one that is not there."""
        places = self.items()
        only(places, {*known, *required})
        for key in required:
            if key not in places:
                raise self.wrong(f"the key `{key}` is missing")
        return places

    def items(self) -> dict[str, Place]:
        if not isinstance(self.value, dict):
            raise self.wrong(f"a mapping is wanted, not {_kind(self.value)}")
        return {key: Place(value, self, key) for key, value in self.value.items()}

    def list(self) -> list[Place]:
        if not isinstance(self.value, list):
            raise self.wrong(f"a list is wanted, not {_kind(self.value)}")
        return [Place(value, self, index) for index, value in enumerate(self.value)]

    def text(self) -> str:
        """Text, or a number's text."""
        if not isinstance(self.value, str):
            raise self.wrong(f"text is wanted, not {_kind(self.value)}")
        return str(self.value)

    def integer(self) -> int:
        if not isinstance(self.value, Number) or not re.fullmatch(r"-?[0-9]{1,40}", self.value):
            raise self.wrong(f"a whole number is wanted, not {_kind(self.value)}")
        return int(self.value)

    def number(self) -> float:
        if not isinstance(self.value, Number):
            raise self.wrong(f"a number is wanted, not {_kind(self.value)}")
        return float(self.value)

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong(f"true or false is wanted, not {_kind(self.value)}")
        return self.value


def only(places: Mapping[str, Place], allowed: AbstractSet[str]) -> None:
    """Raises WrongAt for the first key that is not `allowed`."""
    if not places.keys() <= allowed:
        odd = next(key for key in places if key not in allowed)
        raise places[odd].wrong(f"unknown key; known here: {', '.join(sorted(allowed))}")


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    names = {dict: "a mapping", list: "a list", Number: "a number", bool: "true or false", bytes: "binary"}
    return names.get(type(value), "text")


# -- writing


def integer(value: int) -> Number:
    return Number(str(value))


def numeric(text: str) -> str:
    """`text` as a number where it is written as one, else as text: both read back as `text`."""
    return Number(text) if NUMBER.match(text) else text


def write(data: Any, *, plain_styles: bool = True) -> str:
    """The document as YAML. With `plain_styles` off every text is quoted and nothing is put into blocks."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.emit(_events(data, plain_styles=plain_styles), Dumper=dumper, width=WIDTH, allow_unicode=True)
    return str(text)


def _events(data: Any, *, plain_styles: bool) -> Iterator[Event]:
    yield StreamStartEvent()
    yield DocumentStartEvent(explicit=False)
    yield from _node(data, pretty=plain_styles, flow=False, top=True)
    yield DocumentEndEvent(explicit=False)
    yield StreamEndEvent()


def _node(value: Any, *, pretty: bool, flow: bool, top: bool = False, key: bool = False) -> Iterator[Event]:
    if isinstance(value, dict):
        flow = flow or (not top and _fits(value))
        yield MappingStartEvent(None, None, implicit=True, flow_style=flow or not value)
        for name, item in value.items():
            yield from _node(name, pretty=pretty, flow=True, key=True)
            yield from _node(item, pretty=pretty, flow=flow)
        yield MappingEndEvent()
    elif isinstance(value, list):
        flow = flow or (not top and _fits(value))
        yield SequenceStartEvent(None, None, implicit=True, flow_style=flow or not value)
        for item in value:
            yield from _node(item, pretty=pretty, flow=flow)
        yield SequenceEndEvent()
    else:
        yield _scalar(value, pretty=pretty, flow=flow, key=key)


def _scalar(value: Any, *, pretty: bool, flow: bool, key: bool) -> ScalarEvent:
    if value is None or isinstance(value, bool):
        word = {None: "null", True: "true", False: "false"}[value]
        return ScalarEvent(None, None, (True, True), word, style="")
    if isinstance(value, bytes):
        encoded = base64.encodebytes(value).decode()
        return ScalarEvent(None, "tag:yaml.org,2002:binary", (False, False), encoded, style="" if flow else "|")
    if isinstance(value, Number):
        return ScalarEvent(None, None, (True, True), str(value), style="")
    if key:
        return ScalarEvent(None, None, (True, True), value, style="'" if AMBIGUOUS.match(value) else "")
    return ScalarEvent(None, None, (True, True), value, style=_style(value, flow=flow) if pretty else '"')


def _style(text: str, *, flow: bool) -> str:
    if not flow and "\n" in text and BLOCK.match(text) and " \n" not in text and "\t\n" not in text:
        return "|"
    if not flow and len(text) > SHORT and BLOCK.match(text) and not re.search(r"\s{2}|[\n\t]|\s\Z", text):
        return ">"
    return "'" if AMBIGUOUS.match(text) or "\n" in text else ""


def _fits(value: dict[str, Any] | list[Any]) -> bool:
    """Whether it reads well on one line: scalars only, one level of lists aside, and short."""
    return _length(value, 0) <= SHORT


def _length(value: Any, depth: int) -> int:
    if isinstance(value, Tall):
        return SHORT + 1
    if isinstance(value, (dict, list)):
        if depth >= (2 if isinstance(value, list) else 1) and value:
            return SHORT + 1
        total = 2
        for item in value.items() if isinstance(value, dict) else value:
            parts = item if isinstance(value, dict) else (item,)
            total += 2 + sum(_length(part, depth + 1) for part in parts)
            if total > SHORT:
                break
        return total
    if isinstance(value, (str, bytes)):
        return len(value) if not (isinstance(value, str) and "\n" in value) else SHORT + 1
    return 4


def text_out(text: str) -> str | dict[str, str]:
    """`text` as it can stand in YAML: lone surrogates cannot, so such a text is base64."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"surrogates": base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()}
    return text


def text_in(place: Place) -> str:
    if isinstance(place.value, dict):
        return decode64(place.fields((), ["surrogates"])["surrogates"]).decode("utf-8", "surrogatepass")
    return place.text()


def bytes_out(data: bytes) -> str | dict[str, str]:
    """UTF-8 text, else base64."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def bytes_in(place: Place) -> bytes:
    if isinstance(place.value, dict):
        return decode64(place.fields((), ["base64"])["base64"])
    return place.text().encode()


def decode64(place: Place) -> bytes:
    try:
        return base64.b64decode(place.text(), validate=True)
    except ValueError as error:
        raise place.wrong(f"not base64: {error}") from None
