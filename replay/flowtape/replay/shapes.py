"""What a variable's values look like: a value that differs from run to run must still be of its shape.

One small class a shape. `matches` is told the text and the flow's time; `canonical` gives a text that is equal for two ways of
writing the same value. `dump` is what stands in a flow file under `variables:`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, ClassVar, Protocol, TypeAlias

NANOSECONDS = 1_000_000_000
ALPHABETS = {
    "hex": "[0-9a-fA-F]",
    "base64": "[A-Za-z0-9+/=]",
    "base64url": "[A-Za-z0-9_=-]",
    "alnum": "[A-Za-z0-9]",
    "digits": "[0-9]",
    "any": r"[^\x00-\x20]",
}


class Shape(Protocol):
    """`regex` finds candidates in a longer text; `numeric` shapes stand for a JSON number where they are a whole JSON string."""

    @property
    def regex(self) -> str: ...
    @property
    def numeric(self) -> bool: ...
    def matches(self, text: str, at: int) -> bool:
        """Whether `text` is of this shape in a run whose clock says `at`, nanoseconds since the epoch."""
        ...

    def canonical(self, text: str) -> str: ...
    def dump(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Uuid:
    """A UUID of this version, any version if 0 (RFC 9562, section 4)."""

    version: int = 4
    numeric: ClassVar[bool] = False

    @property
    def regex(self) -> str:
        digit = "[0-9a-fA-F]"
        version = f"{self.version:x}{digit}{{3}}" if self.version else f"{digit}{{4}}"
        return f"{digit}{{8}}-?{digit}{{4}}-?{version}-?{digit}{{4}}-?{digit}{{12}}"

    def matches(self, text: str, at: int) -> bool:
        return re.fullmatch(self.regex, text) is not None

    def canonical(self, text: str) -> str:
        return text.replace("-", "").lower()

    def dump(self) -> dict[str, Any]:
        return {"uuid": self.version}


FORMATS = ("iso8601", "epoch", "epoch_ms", "http")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time near the flow's own: between `since` and `until` seconds of it.

    `format` is iso8601 (also with a space for the T, as SQL writes it), epoch (seconds, with or without a fraction), epoch_ms or
    http (RFC 9110, section 5.6.7).
    """

    format: str = "iso8601"
    since: float = -1.0
    until: float = 2.0

    @property
    def numeric(self) -> bool:
        return self.format.startswith("epoch")

    @property
    def regex(self) -> str:
        return {
            "iso8601": r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?",
            "epoch": r"\d{9,11}(?:\.\d+)?",
            "epoch_ms": r"\d{12,14}(?:\.\d+)?",
            "http": r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT",
        }[self.format]

    def seconds(self, text: str) -> float | None:
        """The instant in seconds since the epoch; None if `text` is not of this format."""
        if not re.fullmatch(self.regex, text):
            return None
        try:
            if self.format == "iso8601":
                moment = datetime.fromisoformat(re.sub(r"([+-]\d{2})\Z", r"\1:00", text))
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            if self.format == "http":
                return parsedate_to_datetime(text).timestamp()
            return float(text) / (1000 if self.format == "epoch_ms" else 1)
        except (ValueError, OverflowError):
            return None

    def matches(self, text: str, at: int) -> bool:
        seconds = self.seconds(text)
        # Formats that leave the fraction out say the second in which it fell.
        slack = 1.0 if "." not in text else 0.0
        return seconds is not None and self.since - slack <= seconds - at / NANOSECONDS <= self.until

    def canonical(self, text: str) -> str:
        seconds = self.seconds(text)
        return text if seconds is None else f"{seconds:.6f}"

    def dump(self) -> dict[str, Any]:
        return {"timestamp": self.format, "from": f"{self.since:g}s", "to": f"{self.until:g}s"}


@dataclass(frozen=True, slots=True)
class Token:
    """Random text: of this length (0: any) and alphabet."""

    length: int = 0
    alphabet: str = "any"
    numeric: ClassVar[bool] = False

    @property
    def regex(self) -> str:
        return ALPHABETS[self.alphabet] + (f"{{{self.length}}}" if self.length else "+")

    def matches(self, text: str, at: int) -> bool:
        return re.fullmatch(self.regex, text) is not None

    def canonical(self, text: str) -> str:
        return text

    def dump(self) -> dict[str, Any]:
        length = {"length": self.length} if self.length else {}
        return {"token": {**length, "alphabet": self.alphabet}}


@dataclass(frozen=True, slots=True)
class Integer:
    numeric: ClassVar[bool] = True

    @property
    def regex(self) -> str:
        return r"-?\d+"

    def matches(self, text: str, at: int) -> bool:
        return re.fullmatch(self.regex, text) is not None

    def canonical(self, text: str) -> str:
        return text

    def dump(self) -> dict[str, Any]:
        return {"integer": {}}


@dataclass(frozen=True, slots=True)
class Jwt:
    """A JWT (RFC 7519): three parts, the first two JSON. `claims` names those that it must have."""

    claims: tuple[str, ...] = ()
    numeric: ClassVar[bool] = False

    @property
    def regex(self) -> str:
        return r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"

    def matches(self, text: str, at: int) -> bool:
        if not re.fullmatch(self.regex, text):
            return False
        try:
            header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in text.split(".")[:2])
        except (ValueError, binascii.Error, RecursionError):
            return False
        return isinstance(header, dict) and isinstance(claims, dict) and set(self.claims) <= set(claims)

    def canonical(self, text: str) -> str:
        return text

    def dump(self) -> dict[str, Any]:
        return {"jwt": {"claims": list(self.claims)}} if self.claims else {"jwt": {}}


@dataclass(frozen=True, slots=True)
class Anything:
    """No shape at all, only equal wherever it appears."""

    numeric: ClassVar[bool] = False

    @property
    def regex(self) -> str:
        return r"(?s:.+)"

    def matches(self, text: str, at: int) -> bool:
        return True

    def canonical(self, text: str) -> str:
        return text

    def dump(self) -> dict[str, Any]:
        return {"any": {}}


Reader: TypeAlias = Callable[[Any, dict[str, Any]], Shape]


def _timestamp(value: Any, rest: dict[str, Any]) -> Shape:
    if value not in FORMATS:
        raise ValueError(f"a timestamp is one of {', '.join(FORMATS)}, not `{value}`")
    return Timestamp(str(value), _seconds(rest.pop("from", "-1s")), _seconds(rest.pop("to", "2s")))


def _seconds(text: Any) -> float:
    if not isinstance(text, str) or not re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?s", text):
        raise ValueError(f"a time span is written `-1s` or `2.5s`, not `{text}`")
    return float(text[:-1])


def _token(value: Any, _: dict[str, Any]) -> Shape:
    fields = dict(value) if isinstance(value, dict) else {}
    length, alphabet = fields.pop("length", "0"), fields.pop("alphabet", "any")
    if fields or alphabet not in ALPHABETS or not re.fullmatch(r"[0-9]{1,6}", str(length)):
        raise ValueError(f"a token is {{length: 32, alphabet: one of {', '.join(ALPHABETS)}}}")
    return Token(int(length), alphabet)


def _uuid(value: Any, _: dict[str, Any]) -> Shape:
    if not re.fullmatch(r"[0-8]", str(value)):
        raise ValueError(f"a UUID's version is 1 to 8, or 0 for any, not `{value}`")
    return Uuid(int(value))


def _jwt(value: Any, _: dict[str, Any]) -> Shape:
    claims = value.get("claims", []) if isinstance(value, dict) else []
    if not isinstance(claims, list) or not all(isinstance(claim, str) for claim in claims):
        raise ValueError("a JWT is {claims: [names that it must have]}")
    return Jwt(tuple(claims))


READERS: dict[str, Reader] = {
    "uuid": _uuid,
    "timestamp": _timestamp,
    "token": _token,
    "integer": lambda _value, _rest: Integer(),
    "jwt": _jwt,
    "any": lambda _value, _rest: Anything(),
}


def shape(data: Any) -> Shape:
    """The shape that stands in a flow file. Raises ValueError that says what is wrong with it."""
    if not isinstance(data, dict):
        raise ValueError(f"a shape is a mapping of one of {', '.join(READERS)}")
    rest = dict(data)
    for kind, reader in READERS.items():
        if kind in rest:
            found = reader(rest.pop(kind), rest)
            if rest:
                raise ValueError(f"unknown key `{min(rest)}` in a shape")
            return found
    raise ValueError(f"a shape is one of {', '.join(READERS)}")


def written(moment: int, format: str) -> str:  # noqa: A002 - the field's own name
    """The time `moment` (nanoseconds since the epoch) in one of FORMATS."""
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment // 1000)
    if format == "http":
        return format_datetime(when, usegmt=True)
    if format == "iso8601":
        return when.isoformat().replace("+00:00", "Z")
    return str(moment // (NANOSECONDS if format == "epoch" else 1_000_000))
