"""A person's name: word by word, so that a full name is made of the pseudonyms of its parts.

The last of several words is a family name, all others are given names; "Silva, Ana" is read the other way round. Titles and
particles stay. A single word is taken as a given name unless its place says otherwise.
"""

from __future__ import annotations

import re

from flowtape.capture.sanitise.pseudonyms import words
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
KEPT = frozenset(
    "mr mrs ms dr prof herr frau sr sra jr ii iii de da do dos das del della di la le van von der den ten zu bin ibn al el y".split()
)


def make(keyed: Keyed, value: str) -> str:
    found = list(WORD.finditer(value))
    named = [match for match in found if match[0].lower() not in KEPT]
    comma = value.find(",")
    parts, end = [], 0
    for match in found:
        is_last = len(named) > 1 and match is named[-1]
        is_family = match.start() < comma if comma >= 0 else is_last
        parts += [value[end : match.start()], _word(keyed, match[0], is_family=is_family)]
        end = match.end()
    return "".join(parts) + value[end:]


def make_family(keyed: Keyed, value: str) -> str:
    """For a value whose place says that it is a family name alone."""
    return WORD.sub(lambda found: _word(keyed, found[0], is_family=True), value)


def ours(value: str) -> bool:
    return all(word.lower() in words.KNOWN or word.lower() in KEPT for word in WORD.findall(value))


def _word(keyed: Keyed, word: str, *, is_family: bool) -> str:
    if word.lower() in KEPT:
        return word
    return words.family(keyed, word) if is_family else words.given(keyed, word)
