"""What is left: a recording, a suite or any other files are looked through for values that are no pseudonyms.

An audit recognises values as the sanitiser does, by shape and by name, and lets pass what carries a pseudonym's mark. It needs no
key: a mark can be checked by anyone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import yaml

from flowtape.capture.flow import Flow, Outside
from flowtape.capture.recording import Reader, RecordingError
from flowtape.capture.recording.segment import SUFFIX
from flowtape.capture.sanitise import http, sql, urls
from flowtape.capture.sanitise import visitor as visitors
from flowtape.capture.sanitise.names import BARE_NAME
from flowtape.capture.sanitise.policy import Policy
from flowtape.capture.sanitise.pseudonyms import jwt, password_hash, shape, signed, tokens
from flowtape.capture.sanitise.pseudonyms.registry import KINDS, ours
from flowtape.capture.sanitise.statements import CATALOG
from flowtape.capture.sanitise.walk import Walk

MAX_FILE = 256 * 1024 * 1024
MAX_PASSED = 100_000
SKIPPED = frozenset({".git", "__pycache__", ".venv", "node_modules", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
UNREADABLE = "unreadable"
_SQL = re.compile(
    r"\s*(?:/\*.*?\*/\s*)?(?:select|insert|update|delete|with|copy|merge|values)\b", re.IGNORECASE | re.DOTALL
)
_HEADERS = frozenset({"headers", "trailers"})
_TARGETS = frozenset({"target", "uri", "url"})


@dataclass(frozen=True, slots=True)
class Finding:
    """A value that seems raw. `place` says where in the file, `excerpt` shows its ends only. `kind` "unreadable" is a place that
    could not be looked into.
    """

    file: Path
    place: str
    kind: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.kind}: {self.excerpt}"


def audit(path: Path, policy: Policy, key: bytes | None = None) -> Iterator[Finding]:  # noqa: ARG001 - marks need no key
    """Everything under `path`, a file or a folder, that seems raw. Files are read as data, whatever they hold."""
    for file in _files(path):
        yield from _file(file, policy)


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    found = (file for file in path.rglob("*") if not SKIPPED.intersection(file.relative_to(path).parts))
    return sorted(file for file in found if file.is_file() and not file.is_symlink())


def _file(file: Path, policy: Policy) -> Iterator[Finding]:
    auditor = _Auditor(policy, file)
    try:
        if file.name.endswith(SUFFIX):
            return _recording(auditor)
        if file.stat().st_size > MAX_FILE:
            return iter([Finding(file, "the whole file", UNREADABLE, f"it is larger than {MAX_FILE} bytes")])
        data = file.read_bytes()
    except OSError as error:
        return iter([Finding(file, "the whole file", UNREADABLE, str(error))])
    text = visitors.text_of(data)
    if text is None:
        return _binary(auditor, data)
    if file.suffix in {".yaml", ".yml", ".json"}:
        return _document(auditor, text)
    return _lines(auditor, text)


class _Auditor:
    """A visitor that changes nothing and notes what is no pseudonym. `variables` are names that stand for values in a flow file."""

    def __init__(self, policy: Policy, file: Path) -> None:
        self.policy = policy
        self.file = file
        self.place = ""
        self._findings: list[tuple[Finding, str]] = []
        self._passed: set[str] = set()
        self.variables: frozenset[str] = frozenset()

    def taken(self) -> list[Finding]:
        """The findings since the last call, each once: less digests of pseudonyms, which stand for digests of raw values."""
        found, self._findings = self._findings, []
        digests = {digest for value in self._passed for digest in self._digests(value)} if found else set()
        self._passed.clear()
        return list(dict.fromkeys(finding for finding, value in found if value not in digests))

    def _digests(self, value: str) -> Iterator[str]:
        data = value.encode("utf-8", "surrogatepass")
        yield from (digest(data).hexdigest() for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256))
        if self.policy.secrets.key and password_hash.is_hash(value):
            yield signed.auth_hash(self.policy.secrets.key, value)

    def value(self, kind: str, value: str) -> str:
        refined = self.policy.refine(kind, value)
        if value.startswith("$") and value.strip("${}") in self.variables:
            return value
        if not refined:
            return self.text(value)
        if refined == "jwt":
            token = jwt.read(value)
            return self.token(value, token) if token else value
        if not ours(refined, value):
            self._note(refined, value)
        elif len(self._passed) < MAX_PASSED:
            self._passed.add(value)
        return value

    def text(self, value: str) -> str:
        for start, end, kind in self.policy.find(value):
            self.found(kind, value[start:end])
        return value

    def found(self, kind: str, value: str) -> None:
        """A part of a text that is recognised; an e-mail address may be quoted for a URL."""
        self.value(kind, unquote(value) if kind == "email" and "@" not in value else value)

    def data(self, value: bytes) -> bytes:
        for start, end, kind in self.policy.find(visitors.ascii_of(value)):
            if kind in visitors.IN_BYTES:
                self._data(kind, value[start:end].decode("latin-1"))
        return value

    def _data(self, kind: str, found: str) -> None:
        """In bytes an e-mail address is replaced by letters of the same length, at no example domain."""
        if not ours(kind, found) and not shape.ours(found):
            self._note(kind, found)

    def token(self, value: str, token: tokens.Token) -> str:
        if token.kind not in self.policy.excluded and not tokens.ours(token, value, self.policy.secrets):
            self._note(token.kind, value)
        visitors.claims(self, token)
        return value

    def failed(self, error: Exception) -> None:
        self._findings.append((Finding(self.file, self.place, UNREADABLE, type(error).__name__), ""))

    def _note(self, kind: str, value: str) -> None:
        self._findings.append((Finding(self.file, self.place, kind, masked(value)), value))


def masked(value: str) -> str:
    """The ends of a value, its length, and nothing by which it could be used or known."""
    plain = " ".join(value.split())
    shown = f"{plain[:2]}…{plain[-1:]}" if len(plain) >= 8 else "…"
    return f"{shown} ({len(value)} characters)"


def _recording(auditor: _Auditor) -> Iterator[Finding]:
    file = auditor.file
    try:
        reader = Reader(str(file))
        for number, record in enumerate(reader, 1):
            if isinstance(record, (Flow, Outside)):
                _record(auditor, record, f"record {number}")
                yield from auditor.taken()
    except RecordingError as error:
        yield Finding(file, "the whole file", UNREADABLE, str(error))
        return
    for damage in reader.damages:
        yield Finding(file, f"byte {damage.offset}", UNREADABLE, damage.reason)


def _record(auditor: _Auditor, record: Flow | Outside, place: str) -> None:
    walk = Walk(auditor, auditor.failed)
    if isinstance(record, Outside):
        auditor.place = f"{place}, outside ({record.exchange.protocol})"
        walk.exchange(record.exchange)
        auditor.text(record.reason)
        return
    auditor.place = f"{place}, entry"
    auditor.text(record.problem)
    walk.exchange(record.entry, entry=True)
    for number, call in enumerate(record.calls, 1):
        to = call.exchange.connection.dependency or call.exchange.protocol
        auditor.place = f"{place}, call {number} ({to})"
        walk.call(call)


def _lines(auditor: _Auditor, text: str) -> Iterator[Finding]:
    """Program text names passwords and tokens all the time: only a value that looks like one counts."""
    for number, line in enumerate(text.splitlines(), 1):
        auditor.place = f"line {number}"
        for one in {line, unquote(line)}:
            for start, end, kind in auditor.policy.find(one):
                if kind not in KINDS or not KINDS[kind].secret or kind == "jwt" or _random(one[start:end]):
                    auditor.found(kind, one[start:end])
        yield from auditor.taken()


def _random(value: str) -> bool:
    return len(value) >= 8 and any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)


def _binary(auditor: _Auditor, data: bytes) -> Iterator[Finding]:
    auditor.place = "binary data"
    auditor.data(data)
    yield from auditor.taken()


def _document(auditor: _Auditor, text: str) -> Iterator[Finding]:
    """YAML (and JSON, which is YAML), value by value with their names; never an object, whatever a tag says."""
    try:
        nodes = list(yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (yaml.YAMLError, RecursionError):
        yield from _lines(auditor, text)
        return
    for node in nodes:
        _Document(auditor).read(node)
        yield from sorted(auditor.taken(), key=lambda finding: int(finding.place.removeprefix("line ")))


class _Document:
    """One YAML document. A node that several aliases name is read once."""

    def __init__(self, auditor: _Auditor) -> None:
        self.auditor = auditor
        self._seen: set[int] = set()
        self._asked: set[int] = set()
        self._catalogued: set[int] = set()
        """Rows that tell of types and tables, whose names are nobody's."""

    def read(self, root: yaml.Node) -> None:
        """Without recursion: a stranger may have nested it."""
        waiting: list[tuple[yaml.Node, str, str]] = [(root, "", "")]
        if isinstance(root, yaml.MappingNode):
            variables = dict(_entries(root)).get("variables")
            if isinstance(variables, yaml.MappingNode):
                self.auditor.variables = frozenset(name for name, _ in _entries(variables))
            self._asked = set(_asked(root))
        while waiting:
            node, name, kind = waiting.pop()
            if isinstance(node, yaml.ScalarNode):
                self._scalar(node, name, kind)
            elif id(node) not in self._seen:
                self._seen.add(id(node))
                if isinstance(node, yaml.MappingNode):
                    waiting += self._mapping(node, name)
                elif isinstance(node, yaml.SequenceNode):
                    waiting += [(one, name, kind) for one in node.value]

    def _mapping(self, node: yaml.MappingNode, parent: str) -> Iterator[tuple[yaml.Node, str, str]]:
        entries = list(_entries(node))
        names = frozenset(name for name, _ in entries)
        columns = _statement(entries)
        self._catalogued |= set(_catalogued(entries))
        for name, value in entries:
            self.auditor.place = f"line {value.start_mark.line + 1}"
            self.auditor.text(name)
            if name == "columns" and "rows" in names:
                # A flow file's result: these are the names of types.
                continue
            if id(value) in self._asked:
                yield value, "", ""
                continue
            if name == "parameters" and columns and isinstance(value, yaml.SequenceNode):
                for place, one in enumerate(value.value, 1):
                    column = columns.parameters.get(place)
                    yield one, "", self.auditor.policy.column(*column) if column else ""
            elif parent.lower() in _HEADERS:
                yield value, f"header {name}", ""
            else:
                kind = self.auditor.policy.field(name, parent, names)
                yield value, name, "" if kind == BARE_NAME and id(node) in self._catalogued else kind

    def _scalar(self, node: yaml.ScalarNode, name: str, kind: str) -> None:
        auditor, value = self.auditor, node.value
        auditor.place = f"line {node.start_mark.line + 1}"
        if node.tag in {"tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"}:
            return
        if name.startswith("header "):
            http.header(auditor, name.removeprefix("header "), value)
        elif name in _TARGETS:
            urls.url(auditor, value)
        elif node.tag in {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}:
            if kind:
                auditor.value(kind, value)
        else:
            visitors.leaf(auditor, kind, value)


def _asked(root: yaml.MappingNode) -> Iterator[int]:
    """What a flow file's calls asked: it stands under the name of a dependency, which may be `mail` and says nothing of the value."""
    calls = dict(_entries(root)).get("calls")
    for call in calls.value if isinstance(calls, yaml.SequenceNode) else []:
        if isinstance(call, yaml.MappingNode) and call.value:
            yield id(call.value[0][1])


def _entries(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    return ((key.value if isinstance(key, yaml.ScalarNode) else "", value) for key, value in node.value)


def _catalogued(entries: list[tuple[str, yaml.Node]]) -> Iterator[int]:
    if not any(
        isinstance(value, yaml.ScalarNode) and _SQL.match(value.value) and CATALOG.search(value.value)
        for _, value in entries
    ):
        return
    for name, value in entries:
        if name == "rows" and isinstance(value, yaml.SequenceNode):
            yield from map(id, value.value)


def _statement(entries: list[tuple[str, yaml.Node]]) -> sql.Columns | None:
    """What the parameters beside a SQL text mean."""
    if not any(name == "parameters" for name, _ in entries):
        return None
    texts = (value.value for _, value in entries if isinstance(value, yaml.ScalarNode))
    return next((sql.columns(text) for text in texts if _SQL.match(text)), None)
