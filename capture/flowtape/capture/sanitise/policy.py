"""The rules: flowtape.yaml's `sanitise:` section before the built-in ones, compiled once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import lru_cache

from flowtape.capture.configuration import ConfigurationError, Rule, Sanitise
from flowtape.capture.sanitise import detectors, names
from flowtape.capture.sanitise.detectors import Span
from flowtape.capture.sanitise.pseudonyms.keyed import MIN_KEY
from flowtape.capture.sanitise.pseudonyms.registry import KEEP, KINDS, refine
from flowtape.capture.sanitise.pseudonyms.tokens import Secrets

MAX_REMEMBERED_TEXT = 200

_HEADERS = {
    "authorization": "token",
    "proxy-authorization": "token",
    "cookie": "cookie",
    "set-cookie": "cookie",
    "forwarded": "ip",
    "from": "email",
    "host": KEEP,
    "user-agent": KEEP,
    "etag": KEEP,
    "if-none-match": KEEP,
    "traceparent": KEEP,
    "tracestate": KEEP,
    "date": KEEP,
    "content-length": KEEP,
    "content-type": KEEP,
    "accept": KEEP,
    "accept-encoding": KEEP,
    "accept-language": KEEP,
    "connection": KEEP,
    "server": KEEP,
    "sec-websocket-key": KEEP,
    "x-request-id": KEEP,
}


class Policy:
    """What kind the value at a place is: "" where nothing is known of it, "keep" where a rule says that it stays.

    Raises ConfigurationError for a kind that does not exist, a rule without places, and a pattern that is no regular expression.
    """

    def __init__(self, section: Sanitise | None = None) -> None:
        section = section or Sanitise()
        self._check(section)
        self.secrets = Secrets(section.jwt_secret.encode(), section.secret_key.encode())
        self.excluded = frozenset(section.exclude)
        rules = section.rules
        self._fields = [(_glob(rule.fields), rule.kind) for rule in rules if rule.fields]
        self._headers = [(_glob(rule.headers), rule.kind) for rule in rules if rule.headers]
        self._columns = [(_glob(rule.columns), rule.kind) for rule in rules if rule.columns]
        self._keys = [(_glob(rule.keys), rule.kind) for rule in rules if rule.keys]
        self._patterns = [(re.compile(rule.pattern), rule.kind) for rule in rules if rule.pattern]
        self.field = lru_cache(maxsize=20_000)(self._field)
        self.column = lru_cache(maxsize=20_000)(self._column)
        self.refine = lru_cache(maxsize=50_000)(self._refine)
        self._found = lru_cache(maxsize=50_000)(self._find)

    @staticmethod
    def _check(section: Sanitise) -> None:
        for rule in section.rules:
            _check_rule(rule)
        for kind in section.exclude:
            _check_kind(kind, "exclude")

    def header(self, name: str) -> str:
        lower = name.lower()
        ruled = _first(self._headers, lower)
        return ruled or self._allowed(_HEADERS.get(lower) or names.kind_of(lower))

    def key(self, key: str) -> str:
        """The kind of the values that a rule says lie under a Redis key."""
        return _first(self._keys, key)

    def _field(self, name: str, parent: str = "", siblings: frozenset[str] = frozenset()) -> str:
        """Of a JSON or form field or a query parameter, inside an object under `parent` with `siblings` beside it."""
        ruled = _first(self._fields, name)
        if ruled:
            return ruled
        if names.is_bare_name(name) and names.of_thing(siblings):
            return ""
        return (
            self._allowed(names.within(parent, name) or names.kind_of(name))
            if parent
            else self._allowed(names.kind_of(name))
        )

    def _column(self, table: str, column: str) -> str:
        ruled = _first(self._columns, f"{table}.{column}") or _first(self._columns, column)
        if ruled:
            return ruled
        if names.is_bare_name(column) and names.thing_table(table):
            return ""
        return self._allowed(names.kind_of(column))

    def find(self, text: str) -> list[Span]:
        """What is recognised in free text: the rules' patterns first, then the built-in detectors."""
        return self._found(text) if len(text) <= MAX_REMEMBERED_TEXT else self._find(text)

    def _find(self, text: str) -> list[Span]:
        spans = detectors.find(text, self.excluded)
        if not self._patterns:
            return spans
        ruled: list[Span] = []
        for pattern, kind in self._patterns:
            for match in pattern.finditer(text):
                span = Span(*match.span(), kind)
                if match[0] and not any(_overlap(span, other) for other in ruled):
                    ruled.append(span)
        kept = [span for span in spans if not any(_overlap(span, other) for other in ruled)]
        return sorted(kept + [span for span in ruled if span.kind != KEEP])

    def _refine(self, kind: str, value: str) -> str:
        """The kind after the value's own shape had its say; "" where nothing is to be hidden."""
        if kind == names.BARE_NAME:
            kind = "name" if names.like_name(value) else KEEP
        refined = refine(kind, value)
        return "" if refined in self.excluded else refined

    def _allowed(self, kind: str) -> str:
        return "" if (kind == names.BARE_NAME and "name" in self.excluded) or kind in self.excluded else kind


def key_from_environment(name: str) -> bytes:
    """The operator's key. Raises ConfigurationError, saying how to make one, where it is missing or too short."""
    text = os.environ.get(name, "").strip()
    if not text:
        raise ConfigurationError(
            f"the environment variable {name} is not set: it holds the key that pseudonyms are made with. "
            f"Make one with `export {name}=$(openssl rand -hex 32)` and keep it as you keep a password"
        )
    key = text.encode()
    if len(key) < MIN_KEY:
        raise ConfigurationError(
            f"the key in the environment variable {name} has {len(key)} characters: at least {MIN_KEY} are wanted. "
            f"Make one with `export {name}=$(openssl rand -hex 32)`"
        )
    return key


def _check_rule(rule: Rule) -> None:
    _check_kind(rule.kind, "rules")
    if not (rule.fields or rule.headers or rule.columns or rule.keys or rule.pattern):
        raise ConfigurationError(
            f"sanitise.rules: the rule for `{rule.kind}` names no place: give it fields, headers, columns, keys or a pattern"
        )
    try:
        re.compile(rule.pattern or "")
    except re.error as error:
        raise ConfigurationError(
            f"sanitise.rules: the pattern `{rule.pattern}` of kind `{rule.kind}` is no regular expression: {error}"
        ) from error


def _check_kind(kind: str, key: str) -> None:
    known = set(KINDS) | ({KEEP} if key == "rules" else set())
    if kind not in known:
        raise ConfigurationError(f"sanitise.{key}: there is no kind `{kind}`; the kinds are {', '.join(sorted(known))}")


def _glob(patterns: Iterable[str]) -> re.Pattern[str]:
    """One expression for names in which `*` stands for anything; case does not matter."""
    each = (".*".join(re.escape(part) for part in pattern.split("*")) for pattern in patterns)
    return re.compile("|".join(f"(?:{one})" for one in each), re.IGNORECASE | re.DOTALL)


def _first(rules: list[tuple[re.Pattern[str], str]], name: str) -> str:
    return next((kind for pattern, kind in rules if pattern.fullmatch(name)), "")


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
