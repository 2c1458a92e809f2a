"""The sanitiser: a flow goes in as it was heard, and comes out as it may be written.

Two passes over each flow. The first collects every value that its place or its shape gives away; the second rewrites all places with
what was collected, so that a value recognised anywhere is replaced everywhere in the flow. Across flows equal values get equal
pseudonyms because these depend on the key and the value alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote, unquote

from flowtape.capture.exchange import HttpResponse
from flowtape.capture.flow import Flow, Outside
from flowtape.capture.sanitise import visitor as visitors
from flowtape.capture.sanitise import walk
from flowtape.capture.sanitise.known import Hit, Known, Variants, variants_under
from flowtape.capture.sanitise.policy import Policy
from flowtape.capture.sanitise.pseudonyms import jwt, password_hash, shape, signed
from flowtape.capture.sanitise.pseudonyms.registry import KINDS, Pseudonyms
from flowtape.capture.sanitise.pseudonyms.tokens import Secrets, Token, write

MAX_TRIES = 8
"""So many pairs of a password and a hash are tried in one flow: each costs what a log-in costs."""
MAX_HASHES = 1000
_AUTH_HASH = re.compile(rb"_auth_user_hash\x94?\x8c@([0-9a-f]{64})")
"""In a pickled session, as Django keeps them in a cache."""


class Sanitiser:
    """`policy` says what is hidden, `key` (at least 16 bytes) which pseudonyms are made.

    `counters` counts the replaced values by kind, and `failed` exchanges that had to be left out. Raw values are remembered in
    memory only, up to a bound. Not for several threads at once.
    """

    def __init__(self, policy: Policy, key: bytes) -> None:
        self.policy = policy
        self.counters: Counter[str] = Counter()
        self._pseudonyms = Pseudonyms(key)
        self._hash_of = lru_cache(maxsize=MAX_HASHES)(self._hash_anew)
        self._variants: Variants = variants_under(self._pseudonyms)

    def flow(self, record: Flow, *, sent: bool = False) -> Flow:
        """The flow without raw values. Never raises: what cannot be sanitised is left out and marked incomplete.

        `sent` says that its request is one of a suite, which was sanitised before: what it holds stays as it is, everywhere.
        """
        collector = self._collector()
        walk.flow(collector, record, _ignore)
        kept = self._sent(record) if sent else {}
        # A token that the service refused must be refused at replay: it is not signed truly.
        refused = isinstance(record.entry.answer, HttpResponse) and record.entry.answer.status == 401
        secrets = self.policy.secrets._replace(jwt=b"") if refused else self.policy.secrets
        return walk.flow(self._rewriter(collector, secrets, kept), record, self._failed)

    def _sent(self, record: Flow) -> dict[str, str]:
        """What the places and shapes of the request give away, with its kinds."""
        collector = self._collector()
        request = replace(record.entry, answer=None)
        walk.flow(collector, replace(record, entry=request, calls=()), _ignore)
        return {**collector.known.values, **{value: token.kind for value, token in collector.tokens.items()}}

    def outside(self, record: Outside) -> Outside:
        collector = self._collector()
        walk.outside(collector, record, _ignore)
        return walk.outside(self._rewriter(collector, self.policy.secrets, {}), record, self._failed)

    def _collector(self) -> _Collector:
        return _Collector(self.policy, Known(self._variants))

    def _rewriter(self, collector: _Collector, secrets: Secrets, kept: Mapping[str, str]) -> _Rewriter:
        """Ready to rewrite: tokens and hashes need all that the first pass found."""
        known = collector.known
        rewriter = _Rewriter(self.policy, known, self._pseudonyms, self.counters, secrets)
        for value, kind in kept.items():
            known.set(kind, value, value)
        for value, made in self._verified(collector, kept):
            known.set("password_hash", value, made)
        for value, made in self._signed_in(collector, secrets):
            known.set("auth_hash", value, made)
        for value, token in collector.tokens.items():
            if value not in kept:
                known.set(token.kind, value, rewriter.token(value, token))
        return rewriter

    def _verified(self, collector: _Collector, kept: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Hashes of passwords that the flow holds too, as true hashes of their pseudonyms."""
        tries = 0
        for value in collector.of("password_hash"):
            for password in collector.of("password"):
                tries += 1
                if tries > MAX_TRIES:
                    return
                pseudonym = password if password in kept else self._pseudonyms.of("password", password)
                made = self._hash_of(value, password, pseudonym)
                if made is not None:
                    yield value, made
                    break

    def _signed_in(self, collector: _Collector, secrets: Secrets) -> Iterator[tuple[str, str]]:
        """What Django's sessions say of the password of the user who signed in: the first whose hash the flow holds."""
        password = next(iter(collector.of("password_hash")), "")
        if secrets.key and password:
            for value in collector.of("auth_hash"):
                yield value, signed.auth_hash(secrets.key, collector.known.whole[password][1])

    def _hash_anew(self, value: str, password: str, pseudonym: str) -> str | None:
        return password_hash.of_password(self._pseudonyms.keyed, value, password, pseudonym)

    def _failed(self, error: Exception) -> None:
        self.counters["failed"] += 1


def _ignore(error: Exception) -> None:
    """The second pass meets the same error, and counts it."""


class _Collector:
    """The first pass: changes nothing, remembers what is recognised."""

    def __init__(self, policy: Policy, known: Known) -> None:
        self.policy = policy
        self.known = known
        self.tokens: dict[str, Token] = {}

    def of(self, kind: str) -> list[str]:
        return [value for value, found in self.known.values.items() if found == kind]

    def value(self, kind: str, value: str) -> str:
        refined = self.policy.refine(kind, value)
        if refined:
            self.known.add(refined, value.strip())
        else:
            self.text(value)
        return value

    def text(self, value: str) -> str:
        for start, end, kind in self.policy.find(value):
            found = _plain(value[start:end], kind)
            token = jwt.read(found) if kind == "jwt" else None
            if token is not None:
                self.token(found, token)
            else:
                self.value(kind, found)
        return value

    def data(self, value: bytes) -> bytes:
        for match in _AUTH_HASH.finditer(value):
            self.value("auth_hash", match[1].decode())
        return value

    def token(self, value: str, token: Token) -> str:
        if value not in self.tokens and token.kind not in self.policy.excluded:
            self.tokens[value] = token
            visitors.claims(self, token)
        return value


class _Rewriter:
    """The second pass."""

    def __init__(
        self, policy: Policy, known: Known, pseudonyms: Pseudonyms, counters: Counter[str], secrets: Secrets
    ) -> None:
        self.policy = policy
        self.known = known
        self.pseudonyms = pseudonyms
        self.counters = counters
        self.secrets = secrets

    def value(self, kind: str, value: str) -> str:
        found = self.known.whole.get(value)
        if found is not None:
            self.counters[found[0]] += 1
            return found[1]
        refined = self.policy.refine(kind, value)
        if not refined:
            return self.text(value)
        self.counters[refined] += 1
        return self.pseudonyms.of(refined, value)

    def text(self, value: str) -> str:
        if len(value) < 3:
            return value
        found = self.known.whole.get(value)
        if found is not None:
            self.counters[found[0]] += 1
            return found[1]
        hits = [*self.known.find(value), *self._found(value)]
        if not hits:
            return value
        parts, end = [], 0
        for hit in _apart(hits):
            self.counters[hit.kind] += 1
            parts += [value[end : hit.start], hit.made]
            end = hit.end
        return "".join(parts) + value[end:]

    def _found(self, text: str) -> Iterator[Hit]:
        for start, end, kind in self.policy.find(text):
            raw = text[start:end]
            plain = _plain(raw, kind)
            made = self._made(kind, plain)
            if made != plain:
                yield Hit(start, end, kind, made if plain is raw else quote(made, safe=""))

    def _made(self, kind: str, plain: str) -> str:
        found = self.known.whole.get(plain)
        if found is not None:
            return found[1]
        token = jwt.read(plain) if kind == "jwt" else None
        if token is not None:
            return self.token(plain, token)
        refined = self.policy.refine(kind, plain)
        return self.pseudonyms.of(refined, plain) if refined else plain

    def token(self, value: str, token: Token) -> str:
        found = self.known.whole.get(value)
        if found is not None:
            self.counters[token.kind] += 1
            return found[1]
        if token.kind in self.policy.excluded:
            return value
        return write(self.pseudonyms.keyed, token, visitors.claims(self, token), self.secrets)

    def data(self, value: bytes) -> bytes:
        """Bytes that are no text keep their length: their framing may count it."""
        for raw, kind in self.known.values.items():
            plain = raw.encode("utf-8", "surrogatepass")
            if len(raw) >= 4 and (len(raw) >= 9 or not raw.isdigit()) and plain in value:
                self.counters[kind] += 1
                value = value.replace(plain, self._known(raw, plain))
        for start, end, kind in self.policy.find(visitors.ascii_of(value)):
            found = value[start:end].decode("latin-1")
            if kind in visitors.IN_BYTES and not KINDS[kind].ours(found) and not shape.ours(found):
                self.counters[kind] += 1
                value = value[:start] + self._as_long(value[start:end]) + value[end:]
        return value

    def _known(self, raw: str, plain: bytes) -> bytes:
        made = self.known.whole.get(raw, ("", ""))[1].encode("utf-8", "surrogatepass")
        return made if len(made) == len(plain) else self._as_long(plain)

    def _as_long(self, plain: bytes) -> bytes:
        text = plain.decode("latin-1")
        made = shape.fill(self.pseudonyms.keyed.draw("bytes", text), text)
        return made.encode("latin-1")


def _plain(found: str, kind: str) -> str:
    """An e-mail address may be met quoted for a URL."""
    return unquote(found) if kind == "email" and "@" not in found else found


def _apart(hits: list[Hit]) -> Iterator[Hit]:
    """Without overlap: the longer one stays, of equals the first, which is the flow's own knowledge."""
    kept: Hit | None = None
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if kept is None or hit.start >= kept.end:
            if kept is not None:
                yield kept
            kept = hit
        elif hit.end - hit.start > kept.end - kept.start:
            kept = hit
    if kept is not None:
        yield kept
