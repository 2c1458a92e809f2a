"""Where such lists stand, as a flow file names it: `response.json.items[].tags`, `calls[3].parameters[0]`; `[]` stands for every index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flowtape.capture.exchange import HttpResponse, Question
from flowtape.replay.bodies import leaves, read
from flowtape.replay.unordered.arranging import all_lists
from flowtape.replay.unordered.words import places_of_words

PLACE = re.compile(
    r"(response|calls\[\d{1,6}\])\.((?:json|form|query|headers|html|xml|values|in|arrays|parameters|arguments)(?:[.\[].*)?)",
    re.DOTALL,
)


def within(places: Iterable[str], owner: str) -> frozenset[str]:
    """The paths below `owner`, which is `response` or `calls[3]`."""
    found = (PLACE.fullmatch(place) for place in places)
    return frozenset(match[2] for match in found if match is not None and match[1] == owner)


def wrong(place: str, response: HttpResponse, questions: Sequence[Question]) -> str:
    """Why `place` is no list of a flow, "" if it is one."""
    match = PLACE.fullmatch(place)
    if match is None:
        return "a list's place is written `response.json.tags`, `calls[0].json.items[].ids` or `calls[0].parameters[1]`"
    if match[1] == "response":
        found = {path for path, _ in all_lists(response)} | _words(response)
    else:
        index = int(match[1][6:-1])
        found = {path for path, _ in all_lists(questions[index])} if index < len(questions) else set()
    return "" if match[2] in found else f"no list stands at `{place}`"


def _words(response: HttpResponse) -> set[str]:
    """The places of attributes that may be lists."""
    body = read(response.headers, response.body)
    return {places_of_words(path) for path, _ in leaves(body.tree, body.kind)}


def kept(places: Iterable[str], response: HttpResponse, calls: Sequence[tuple[int, Question]]) -> tuple[str, ...]:
    """Those of `places` at which a list still stands, where of the calls only these are left, each with its former index."""
    names = {f"calls[{before}]": f"calls[{now}]" for now, (before, _) in enumerate(calls)}
    found = []
    for place in places:
        match = PLACE.fullmatch(place)
        owner = None if match is None else names.get(match[1], match[1] if match[1] == "response" else None)
        if match is not None and owner is not None:
            found.append(f"{owner}.{match[2]}")
    return tuple(place for place in found if not wrong(place, response, [question for _, question in calls]))
