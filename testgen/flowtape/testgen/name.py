"""What a test is called: what the service did, in words that stand in the flow itself.

Captured text ends up in names only as lower-case letters, digits and underscores.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flowtape.capture import sql
from flowtape.capture.content import ContentError, decode
from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.capture.sanitise.sql import columns
from flowtape.replay.flowfile import Case, RecordedCall
from flowtape.replay.shapes import Shape
from flowtape.testgen.endpoint import slug, template
from flowtape.testgen.places import RESPONSE, Place

TELLING_KEYS = ("code", "error_code", "error", "status", "state", "type", "reason")
TOO_SHORT = frozenset({"id", "uuid", "key", "order", "token", "at"})
KEY = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)(?:\[\d+\])?\Z")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{2,30}")


def names(groups: Sequence[Sequence[Case]], taken: Iterable[str]) -> list[list[str]]:
    """A name for each case of each group (one behaviour a group) of one endpoint, unlike each other and those in `taken`."""
    used = set(taken)
    outcomes = [outcome(group[0]) for group in groups]
    result: list[list[str]] = []
    for index, group in enumerate(groups):
        rivals = [groups[other][0] for other, name in enumerate(outcomes) if name == outcomes[index] and other != index]
        base = outcomes[index]
        if rivals and (difference := _difference(group[0], rivals)):
            base = f"{base}_{difference}"
        result.append([_unused(base, used) for _ in group])
    return result


def outcome(case: Case) -> str:
    """The word that the response uses for what happened ("card_declined"), else the status phrase ("not_found")."""
    word = _telling(_json(case.response))
    if word:
        return slug(word)
    try:
        return slug(HTTPStatus(case.response.status).phrase)
    except ValueError:
        return f"status_{case.response.status}"


def label(call: RecordedCall) -> str:
    """A call in few words: "update_orders", "cache_del", "payments_post"."""
    match call.question:
        case SqlStatement(text=text):
            statement = sql.read(text)
            return slug("_".join([statement.verb, *statement.tables[:1]]))
        case RedisCommand(arguments=arguments):
            return slug(f"{call.dependency} {arguments[0].decode('latin-1') if arguments else ''}")
        case HttpRequest(method=method):
            return slug(f"{call.dependency} {method}")
        case _:
            return slug(call.dependency)


def variable_name(
    case: Case, places: Iterable[Place], shape: Shape, taken: Callable[[str], bool], texts: Mapping[Place, str]
) -> str:
    """What a variable is called: after the JSON field, the HTML field, the cookie or the SQL column that it is, else after its shape.

    `texts` are those of all places.
    """
    ordered = sorted(places, key=lambda place: (".claims." in place.path, place.is_cookie, place))
    words = [
        word
        for place in ordered
        if (word := place_word(case, place) or _html_word(place, texts) or _cookie_word(place, texts))
    ]
    base = next(iter(words), "") or type(shape).__name__.lower()
    name, number = base, 1
    while taken(name):
        number += 1
        name = f"{base}_{number}"
    return name


def _html_word(place: Place, texts: Mapping[Place, str]) -> str:
    """`csrf_token` for the value of `<input name="csrf_token">`."""
    element, _, attribute = place.path.rpartition(".")
    if attribute not in ("@value", "@content"):
        return ""
    word = slug(texts.get(Place(place.call, f"{element}.@name"), ""))
    return word if word[:1].isalpha() else ""


def _cookie_word(place: Place, texts: Mapping[Place, str]) -> str:
    word = slug(texts[place].partition("=")[0]) if place.is_cookie else ""
    return word if word[:1].isalpha() else ""


def place_word(case: Case, place: Place) -> str:
    """`order_id` for the field `id` of an answer of /orders and for the column `id` of the table `orders`."""
    owner, key = "", ""
    if place.in_json or ".claims." in place.path:
        key = found[1] if (found := KEY.search(place.path)) else ""
        if place.call == RESPONSE:
            segments = [part for part in template(case.request.target).split("/") if part and part != "{id}"]
            owner = segments[-1] if segments else ""
    elif place.path.startswith("parameters["):
        question = case.calls[place.call].question
        assert isinstance(question, SqlStatement)
        column = columns(question.text).parameters.get(int(place.path[11:-1]) + 1)
        owner, key = column or ("", "")
    key = slug(key) if key else ""
    if key in TOO_SHORT and owner:
        key = f"{slug(owner).removesuffix('s')}_{key}"
    return key if key[:1].isalpha() else ""


def _difference(case: Case, rivals: Sequence[Case]) -> str:
    """What this one does and no rival does, or does without and every rival does with; "" where neither can be said."""
    own = [label(call) for call in case.calls]
    theirs = [{label(call) for call in rival.calls} for rival in rivals]
    only = next((one for one in own if not any(one in other for other in theirs)), None)
    if only:
        return f"with_{only}"
    missing = sorted(set.intersection(*theirs) - set(own))
    return f"without_{missing[0]}" if missing else ""


def _unused(base: str, used: set[str]) -> str:
    name, number = base, 1
    while name in used:
        number += 1
        name = f"{base}_{number}"
    used.add(name)
    return name


def _json(response: HttpResponse) -> Any:
    try:
        return json.loads(decode(response.headers, response.body))
    except (ValueError, ContentError, RecursionError):
        return None


def _telling(data: Any, depth: int = 0) -> str:
    if not isinstance(data, Mapping) or depth > 2:
        return ""
    for key in TELLING_KEYS:
        value = data.get(key)
        if isinstance(value, str) and WORD.fullmatch(value):
            return value
    return next((word for value in data.values() if (word := _telling(value, depth + 1))), "")
