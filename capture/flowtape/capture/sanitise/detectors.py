"""Personal data and secrets recognised by their shape alone, in any text.

Strangers write the text, so every detector is linear in its length: it looks for a sign that must be there, or for the start of a
run that no other run may precede, and reads a bounded number of characters from there.

UUIDs, plain numbers, amounts of money and times are nobody's: a telephone number in free text has a + or is written in groups, a
card passes Luhn and begins as its network's cards do, an IBAN is valid modulo 97.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from flowtape.capture.sanitise import names
from flowtape.capture.sanitise.pseudonyms import card, iban, jwt, network, password_hash, private_key, shape


class Span(NamedTuple):
    """`text[start:end]` is a `kind`."""

    start: int
    end: int
    kind: str


MAX_LOCAL = 64
_LOCAL = re.compile(r"[\w.%+\-'!#$&*/=?^`{|}~]{1,64}", re.ASCII)
_LOCAL_LETTERS = re.compile(r"[\w.%+\-']{1,64}")
_DOMAIN = re.compile(r"[^\W_](?:[\w-]{0,62})(?:\.[^\W_][\w-]{0,62}){1,8}")
_RUN = re.compile(r"(?<![\w\-.])[\w\-]{8,}\.[\w\-]{4,}\.[\w\-]*")
_NUMBER = re.compile(r"(?<![\w.+\-])\d(?:[ \-]?\d){11,18}(?!\w)(?!\.\d)(?!-\w)")
_PHONE = re.compile(
    r"(?<![\w+.\-])(?:"
    r"\+[1-9](?:[ .\-/()]{0,2}\d){6,14}(?![\w])"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}(?![\w\-])"
    r"|(?:1[ .-])?[2-9]\d{2}([ .-])[2-9]\d{2}\1\d{4}(?![\w\-]|\.\d)"
    r"|00[1-9]\d{0,2}[ \-](?:[ .\-/()]{0,2}\d){6,12}(?![\w\-])"
    r"|0[1-9]\d{1,3}[ /][1-9]\d{2,8}(?: \d{2,5}){0,3}(?![\w\-:]|\.\d)"
    r")"
)
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}")
_ISSUED = re.compile(
    rf"(?<![^\W_])(?:{shape.PREFIX.pattern})[\w\-.]{{10,}}",
)
_AUTH = re.compile(r"(?i)(?<!\w)(?:bearer|basic|token|apikey) +([\w.~+/\-]{8,}={0,2})")
_USERINFO = re.compile(r"(?<=://)([^/\s:@\"'<>]{0,128}):([^/\s@\"'<>]{1,256})@")
_HASH = re.compile(rf"(?<![\w$])(?:{password_hash.HASH.pattern})(?![\w/+$])")
_IPV4 = re.compile(r"(?<![\w.\-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w\-]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){2}[0-9A-Fa-f:]{2,32}(?![\w:])")
_SSN = re.compile(r"(?<![\w\-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w\-])")
_ASSIGNED = re.compile(
    r"(?<![\w\-])([A-Za-z_][\w\-]{1,40})[\"']?(?: ?[=:] ?|=&gt; ?)[\"']?([^\s\"',;&<>(){}\[\]]{3,256})"
)
_PLACEHOLDER = re.compile(r"\$\d{1,4}(?:::\w+.*)?", re.DOTALL)
"""In the place of a value in SQL: `email = $1::varchar`."""
_WORDY = frozenset({"name", names.BARE_NAME, "family_name", "address", "ip", "username"})
"""Values of several words, or of common ones: `name: …` in a text tells too little."""
_FIELD = re.compile(r"<(?:input|meta)\b[^<>]{1,4000}>", re.IGNORECASE)
_FIELD_NAME = re.compile(r"\bname=[\"']?([\w\-.\[\]]{1,80})", re.IGNORECASE)
_FIELD_VALUE = re.compile(r"\b(?:value|content)=([\"'])(.*?)\1", re.IGNORECASE | re.DOTALL)
_MASKED = re.compile(r"(?<!\w)(?:\d{4,6})?(?:[*xX•●][ \-]?){4,15}(\d{4})(?!\d)")
_KEY_DETAIL = re.compile(r"\(([\w\", ]{1,200})\)=\(([^)]{1,1000})\)")
_DIGITS = re.compile(r"\d[\d .()/\-]{6}|\d\.\d|:[0-9a-fA-F]{0,4}:")
_WORTH = re.compile(
    r"[@$=:*•●]|[xX]{4}|%40|\d[\d .()/\-]{5}|\d\.\d|[a-zA-Z]{2}\d\d|eyJ|AKIA|ASIA|AIza|SG\.|_|-|(?i:bearer|basic)"
)
"""Without one of these there is nothing to find."""

Detector = Callable[[str], Iterable[Span]]


def find(text: str, excluded: frozenset[str] = frozenset()) -> list[Span]:
    """What is recognised in `text`: in order, without overlap, the stronger kind first where two overlap."""
    if len(text) < 5 or _WORTH.search(text) is None:
        return []
    spans: list[Span] = []
    for sign, detector in _DETECTORS:
        if sign(text):
            spans += (span for span in detector(text) if span.kind not in excluded)
    return _disjoint(spans) if len(spans) > 1 else spans


def _disjoint(spans: list[Span]) -> list[Span]:
    """Detectors are in the order of their strength: an earlier one's finding stays."""
    kept: list[Span] = []
    for span in spans:
        place = bisect_left(kept, span)
        before = place > 0 and kept[place - 1].end > span.start
        after = place < len(kept) and kept[place].start < span.end
        if not before and not after:
            kept.insert(place, span)
    return kept


def private_keys(text: str) -> Iterator[Span]:
    start = text.find(private_key.BEGIN)
    while start >= 0:
        stop = start + 1
        line = text.find("-----", start + len(private_key.BEGIN), start + 100)
        if line >= 0 and "PRIVATE KEY" in text[start:line]:
            end = text.find(private_key.END, line)
            close = text.find("-----", end + len(private_key.END), end + 100) if end >= 0 else -1
            stop = close + 5 if close >= 0 else len(text)
            yield Span(start, stop, "private_key")
        start = text.find(private_key.BEGIN, stop)


def tokens(text: str) -> Iterator[Span]:
    for match in _RUN.finditer(text):
        at = match[0].find("eyJ")
        if at >= 0 and jwt.read(match[0][at:]) is not None:
            yield Span(match.start() + at, match.end(), "jwt")


def emails(text: str) -> Iterator[Span]:
    done = 0
    for sign in re.finditer("@|%40", text):
        before = text[max(done, sign.start() - MAX_LOCAL) : sign.start()][::-1]
        local = _LOCAL_LETTERS.match(before)
        domain = _DOMAIN.match(text, sign.end())
        if local is None or domain is None:
            continue
        size = len(local[0].rstrip(".'-"))
        last = domain[0].rpartition(".")[2]
        if size and not last.isdigit() and len(last) >= 2:
            yield Span(sign.start() - size, domain.end(), "email")
            done = domain.end()


def credentials(text: str) -> Iterator[Span]:
    """The user and the password of a URL."""
    for match in _USERINFO.finditer(text):
        if match[1]:
            yield Span(*match.span(1), "username")
        yield Span(*match.span(2), "password")


def cards(text: str) -> Iterator[Span]:
    for match in _NUMBER.finditer(text):
        if card.plausible(match[0]):
            yield Span(*match.span(), "card")


def masked_cards(text: str) -> Iterator[Span]:
    """The last four digits behind a mask."""
    return (Span(*match.span(1), "card_tail") for match in _MASKED.finditer(text))


def ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        size = iban.LENGTHS.get(match[0][:2].upper())
        end = _after(match[0], size) if size else None
        if end and iban.valid(match[0][:end]) and not match[0][end : end + 1].isalnum():
            yield Span(match.start(), match.start() + end, "iban")


def _after(text: str, count: int) -> int | None:
    """Where the `count`th character that is no space ends."""
    for place, sign in enumerate(text):
        count -= sign != " "
        if not count:
            return place + 1
    return None


def issued_keys(text: str) -> Iterator[Span]:
    for match in _ISSUED.finditer(text):
        end = match.end() - (len(match[0]) - len(match[0].rstrip(".-")))
        if any(sign.isdigit() for sign in match[0]):
            yield Span(match.start(), end, "api_key")


def authorizations(text: str) -> Iterator[Span]:
    for match in _AUTH.finditer(text):
        if any(sign.isdigit() for sign in match[1]):
            yield Span(*match.span(1), "token")


def hashes(text: str) -> Iterator[Span]:
    return (Span(*match.span(), "password_hash") for match in _HASH.finditer(text))


def phones(text: str) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        if 7 <= sum(sign.isdigit() for sign in match[0]) <= 16:
            yield Span(*match.span(), "phone")


def addresses(text: str) -> Iterator[Span]:
    """Public IP addresses."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if network.public(match[0]):
                yield Span(*match.span(), "ip")


def national_ids(text: str) -> Iterator[Span]:
    return (Span(*match.span(), "national_id") for match in _SSN.finditer(text))


def assignments(text: str) -> Iterator[Span]:
    """`password=…`, `token: …` and PostgreSQL's `Key (email)=(…)`: values with their names beside them."""
    for match in _KEY_DETAIL.finditer(text):
        yield from _key_detail(match)
    for match in _ASSIGNED.finditer(text):
        kind = names.kind_of(match[1])
        if not kind or kind in _WORDY or match[2].lower() in {"bearer", "basic"} or _PLACEHOLDER.fullmatch(match[2]):
            continue
        # `session:list` is a key or a route as often as not.
        if text[match.start(2) - 1] != ":" or any(sign.isdigit() for sign in match[2]):
            yield Span(*match.span(2), kind)


def _key_detail(match: re.Match[str]) -> Iterator[Span]:
    columns, values = match[1].split(", "), match[2].split(", ")
    if len(columns) != len(values):
        return
    start = match.start(2)
    for column, value in zip(columns, values, strict=True):
        kind = names.kind_of(column.strip('"').removeprefix("lower"))
        if kind:
            yield Span(start, start + len(value), kind)
        start += len(value) + 2


def fields(text: str) -> Iterator[Span]:
    """What stands in a page's form fields, and in its meta elements, each by its name."""
    for tag in _FIELD.finditer(text):
        name, value = _FIELD_NAME.search(tag[0]), _FIELD_VALUE.search(tag[0])
        kind = names.kind_of(name[1]) if name else ""
        if kind and kind != names.BARE_NAME and value and value[2]:
            yield Span(tag.start() + value.start(2), tag.start() + value.end(2), kind)


def _has(*signs: str) -> Callable[[str], bool]:
    return lambda text: any(sign in text for sign in signs)


def _numeric(text: str) -> bool:
    return _DIGITS.search(text) is not None


_DETECTORS: tuple[tuple[Callable[[str], bool], Detector], ...] = (
    (_has(private_key.BEGIN), private_keys),
    (_has("eyJ"), tokens),
    (_has("://"), credentials),
    (_has("$"), hashes),
    (_has("@", "%40"), emails),
    (_has("_", "-", "AKIA", "ASIA", "AIza", "SG.", "ya29"), issued_keys),
    (_numeric, ibans),
    (_numeric, cards),
    (_has("*", "x", "X", "•", "●"), masked_cards),
    (_numeric, national_ids),
    (_numeric, phones),
    (_numeric, addresses),
    (_has(" "), authorizations),
    (_has("<input", "<meta", "<INPUT"), fields),
    (_has("=", ":"), assignments),
)
"""A sign that is cheap to look for, and what it makes worth while; the strongest first."""
