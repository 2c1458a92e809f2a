"""What all shapes can be asked, and how spans of time are written."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, TypeAlias

from flowtape.capture.configuration import Sanitise
from flowtape.capture.exchange import HttpRequest

NANOSECONDS = 1_000_000_000
SPAN = re.compile(r"([+-]?\d{1,12}(?:\.\d{1,9})?(?:e[+-]?\d{1,2})?)(ms|s|m|h|d)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
REFERENCE = re.compile(r"\$(\{)?([A-Za-z0-9_]+)(?(1)\})")
"""`$name`, or `${name}`, which in JSON is text whatever its shape."""
JSON_TYPES = {"integer": r"(?=-?\d+(?![\d.eE]))", "number": ""}
"""What a JSON number may be declared as, and what must stand where it begins. Some languages write 3.0 as 3: no type is for floats alone."""
Inner: TypeAlias = tuple[str, str, str]
"""A place inside a value, what was recorded there (perhaps with variables) and what is there."""


class Secrets(NamedTuple):
    """What the service signs with at replay, "" where that is unknown: JSON Web Tokens, and what its framework signs."""

    jwt: str = ""
    key: str = ""


NO_SECRETS = Secrets()


def secrets_in(section: Sanitise) -> Secrets:
    """Those that flowtape.yaml tells."""
    return Secrets(section.jwt_secret, section.secret_key)


class Shape:
    """A shape without any property but that a value is the same wherever it stands."""

    __slots__ = ()

    @property
    def regex(self) -> str:
        """Finds candidates in a longer text."""
        return r"(?s:.+)"

    @property
    def numeric(self) -> bool:
        """Whether it stands for a JSON number too, where it is a whole JSON string."""
        return False

    @property
    def json(self) -> str:
        """One of JSON_TYPES, if it stands for nothing but such a number there; "" if for text as well."""
        return ""

    def matches(self, text: str, at: int) -> bool:
        """Whether `text` is of this shape in a run whose clock says `at`, nanoseconds since the epoch."""
        return re.fullmatch(self.regex, text) is not None

    def written(self, text: str) -> bool:
        """Whether `text` is written as this shape is, whatever the clock says."""
        return self.matches(text, 0)

    def canonical(self, text: str) -> str:
        """A text that is equal for two ways of writing the same value."""
        return text

    def inner(self, text: str) -> list[Inner]:
        """What `text` holds that may be variables in turn."""
        return []

    def refers(self) -> list[str]:
        """The names of the variables that may stand inside it."""
        return []

    def told(self, request: HttpRequest, secrets: Secrets) -> Shape:
        """The shape with what it needs to know of the flow's request and of the secrets of replay."""
        return self

    def dump(self) -> dict[str, Any]:
        """What stands in a flow file."""
        return {"any": {}}


def fields(value: Any, known: dict[str, Any], example: str) -> dict[str, Any]:
    """The mapping `value` with the keys of `known`, whose values are the defaults. Raises ValueError that shows `example`."""
    given = value if isinstance(value, dict) else {} if value is None else None
    if given is None or not set(given) <= set(known):
        raise ValueError(f"it is written {example}")
    return {**known, **given}


def json_type(rest: dict[str, Any]) -> str:
    """What the key `json` beside a shape says. Raises ValueError."""
    found = rest.pop("json", "")
    if found and found not in JSON_TYPES:
        raise ValueError(f"`json` is one of {', '.join(JSON_TYPES)}, not `{found}`")
    return str(found)


def whole(value: Any, example: str, largest: int = 100_000) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", str(value)) or int(value) > largest:
        raise ValueError(f"it is written {example}")
    return int(value)


def span_in(text: Any) -> float:
    """Seconds. Raises ValueError."""
    found = SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"a time span is written `-1s`, `2.5s`, `100ms`, `15m`, `1h` or `30d`, not `{text}`")
    return float(found[1]) * UNITS[found[2]]


def span_out(seconds: float) -> str:
    return f"{int(seconds)}s" if seconds == int(seconds) else f"{seconds!r}s"
