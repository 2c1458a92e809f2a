"""Run-time parameters of one session: SET, RESET and SHOW, and those that a server reports (ParameterStatus)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flowtape.capture.sql.scan import Kind, Token, tokens

DEFAULTS: Mapping[str, str] = {
    "application_name": "",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "default_transaction_read_only": "off",
    "in_hot_standby": "off",
    "integer_datetimes": "on",
    "IntervalStyle": "postgres",
    "is_superuser": "off",
    "jit": "on",
    "lock_timeout": "0",
    "max_identifier_length": "63",
    "scram_iterations": "4096",
    "search_path": '"$user", public',
    "server_encoding": "UTF8",
    "server_version": "16.4",
    "server_version_num": "160004",
    "session_authorization": "",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
    "TimeZone": "UTC",
    "transaction_isolation": "read committed",
    "default_transaction_isolation": "read committed",
    "transaction_read_only": "off",
}
REPORTED = (
    "in_hot_standby", "integer_datetimes", "TimeZone", "IntervalStyle", "is_superuser", "application_name",
    "default_transaction_read_only", "scram_iterations", "standard_conforming_strings", "DateStyle",
    "client_encoding", "session_authorization", "server_encoding", "server_version",
)  # fmt: skip
"""What a server tells of when a session starts and whenever it changes (chapter "Asynchronous Operations"); where the record says, what the
recorded server told of."""

_ENCODINGS = {"utf8": "UTF8", "unicode": "UTF8", "latin1": "LATIN1", "sql_ascii": "SQL_ASCII"}


class Settings:
    """Names compare without case; the server's own spelling is kept."""

    def __init__(self, recorded: Iterable[tuple[str, str]], asked: Iterable[tuple[str, str]]) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._changed: dict[str, None] = {}
        recorded = list(recorded)
        self._told = tuple(name for name, _ in recorded) or REPORTED
        for name, value in [*DEFAULTS.items(), *recorded, *asked]:
            self.set(name, value)
        self._changed.clear()
        self._initial = dict(self._values)

    def reported(self) -> list[tuple[str, str]]:
        """What is told when the session starts."""
        return [(name, self.get(name) or "") for name in self._told]

    def changes(self) -> list[tuple[str, str]]:
        """What has changed since the last call and is told."""
        if not self._changed:
            return []
        changed = [(name, self._values[name.lower()]) for name in self._told if name.lower() in self._changed]
        self._changed.clear()
        return changed

    def get(self, name: str) -> str | None:
        return self._values.get(name.lower())

    def spelled(self, name: str) -> str:
        return self._names.get(name.lower(), name)

    def set(self, name: str, value: str) -> None:
        key = name.lower()
        if key == "client_encoding":
            value = _ENCODINGS.get(value.lower().replace("-", ""), value)
        self._names.setdefault(key, name)
        if self._values.get(key) != value:
            self._values[key] = value
            self._changed[key] = None

    def reset(self, name: str | None = None) -> None:
        """One parameter, or all of them, to what it was when the session started."""
        for key in [name.lower()] if name else list(self._values):
            if key in self._initial:
                self.set(key, self._initial[key])

    def apply(self, text: str) -> None:
        """What SET, RESET or DISCARD ALL says. What cannot be read changes nothing."""
        words = [token for token in tokens(text) if token.text != ";"]
        verb, rest = (words[0].text, words[1:]) if words else ("", [])
        if rest and rest[0].text in {"session", "local"} and len(rest) > 1 and rest[1].text != "characteristics":
            rest = rest[1:]
        if verb == "discard" or (verb == "reset" and rest and rest[0].text == "all"):
            self.reset()
        elif verb == "reset":
            self.reset(_name(rest)[0])
        elif verb == "set":
            self._assign(rest)

    def _assign(self, words: list[Token]) -> None:
        name, rest = _name(words)
        if name == "TimeZone" and rest:
            self.set(name, rest[0].text)
        elif name == "client_encoding" and rest:
            self.set(name, rest[-1].text)
        elif len(rest) > 1 and rest[0].text in {"to", "="}:
            if rest[1].text == "default":
                self.reset(name)
            else:
                self.set(name, ", ".join(_value(token) for token in rest[1:] if token.text != ","))


def _value(token: Token) -> str:
    return token.source if token.kind is Kind.NAME else token.text


def _name(words: list[Token]) -> tuple[str, list[Token]]:
    """The parameter's name at the beginning of `words`, and the rest."""
    text = [word.text for word in words]
    if text[:2] == ["time", "zone"]:
        return "TimeZone", words[2:]
    if text[:1] == ["names"]:
        return "client_encoding", words[1:]
    if text[:3] == ["transaction", "isolation", "level"]:  # of SHOW: what SET says of it is the transaction's to keep
        return "transaction_isolation", []
    size = 1
    while size + 1 < len(text) and text[size] == ".":
        size += 2
    return "".join(text[:size]), words[size:]


def show_name(text: str) -> str:
    """The parameter that a SHOW statement asks for."""
    return _name([token for token in tokens(text) if token.text != ";"][1:])[0]
