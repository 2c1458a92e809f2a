"""The recorded response as a run should have given it: variables bound to what the run has in their place.

Where the observed value has the variable's shape and is the same as wherever else it appeared, the recorded text becomes the
observed one; where not, the variable's name stays, and the comparison shows it.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from flowtape.capture.exchange import Headers, HttpResponse
from flowtape.replay.bodies import NOTHING, Number, content, edited, json_body, media_type, read
from flowtape.replay.difference import tree_differences
from flowtape.replay.unordered.arranging import arranged
from flowtape.replay.unordered.places import within
from flowtape.replay.unordered.trees import arranged_tree, without_variables
from flowtape.replay.variables import Variables

NUMBERS_FROM = {"json": 0, "events": 3}
"""So deep in a body of this kind, and deeper, a text is no number: an event's own fields are texts, and its data is JSON."""


def settle(
    recorded: HttpResponse, observed: HttpResponse, variables: Variables, unordered: Collection[str] = ()
) -> HttpResponse:
    """`recorded` with this run's values for its variables; binds those that appear in the response first.

    Lists at one of the places `unordered` are in this run's order.
    """
    if not variables.shapes and not unordered:
        return recorded
    before = recorded.body
    paths = within(unordered, "response") if unordered else frozenset()
    telling = without_variables(variables.names)
    headers = arranged(replace(recorded, body=b""), observed, paths, telling).headers if paths else recorded.headers
    found = replace(recorded, headers=_headers(headers, observed.headers, variables))
    if b"$" not in before and not paths:
        return found
    template, data = read(recorded.headers, before), read(observed.headers, observed.body)
    if template.kind == data.kind != "body":
        tree = arranged_tree(template.tree, data.tree, paths, template.kind, telling) if paths else template.tree
        settled = _value(tree, data.tree, variables, NUMBERS_FROM.get(template.kind, math.inf))
        if next(tree_differences(settled, data.tree, ""), None) is None:
            # The two say the same: what the run sent stands for both, so that other ways of writing it do not count either.
            sent = content(observed.headers, observed.body)
            return replace(found, headers=_typed(found.headers, observed.headers), body=sent)
        if template.kind == "json":
            return replace(found, body=json_body.write(settled).encode())
        return replace(found, body=edited(recorded.headers, before, variables.render))
    after = content(observed.headers, observed.body)
    return replace(found, body=_lines(before, after, variables))


def _typed(recorded: Headers, observed: Headers) -> Headers:
    """With the observed content type in place of a multipart one: its boundary is that of the observed body."""
    sent = {name.lower(): text for name, text in observed}.get("content-type", "")
    if not media_type(sent).startswith("multipart/"):
        return recorded
    return tuple((name, sent if name.lower() == "content-type" else text) for name, text in recorded)


def _lines(template: bytes, observed: bytes, variables: Variables) -> bytes:
    """A text as a whole, else line by line, so that one line that differs leaves the variables of the others bound."""
    before, after = (text.decode("utf-8", "surrogateescape") for text in (template, observed))
    if variables.unify(before, after):
        return observed
    old, new = before.split("\n"), after.split("\n")
    if len(old) == len(new):
        before = "\n".join(_text(line, other, variables) for line, other in zip(old, new, strict=True))
    return variables.render(before).encode("utf-8", "surrogateescape")


def _headers(recorded: Headers, observed: Headers, variables: Variables) -> Headers:
    left: dict[str, list[str]] = {}
    for name, text in observed:
        left.setdefault(name.lower(), []).append(text)
    found = []
    for name, text in recorded:
        sent = left.get(name.lower())
        found.append((name, _text(text, sent.pop(0), variables) if sent else variables.render(text)))
    return tuple(found)


def _text(template: str, observed: str, variables: Variables) -> str:
    if not variables.names(template):
        return template
    return observed if variables.unify(template, observed) else variables.why(template, observed)


def _value(template: Any, observed: Any, variables: Variables, numbers_from: float) -> Any:
    if isinstance(template, dict):
        other = observed if isinstance(observed, dict) else {}
        return {
            variables.render(key): _value(value, other.get(variables.render(key), NOTHING), variables, numbers_from - 1)
            for key, value in template.items()
        }
    if isinstance(template, list):
        items = observed if isinstance(observed, list) else []
        return [
            _value(item, items[i] if i < len(items) else NOTHING, variables, numbers_from - 1)
            for i, item in enumerate(template)
        ]
    if not isinstance(template, str) or not (names := variables.names(template)):
        return template
    if template == f"${names[0]}" and variables.shapes[names[0]].numeric:
        return _number(names[0], observed, variables, typed=numbers_from <= 0)
    if isinstance(observed, Number) or not isinstance(observed, str):
        return variables.render(template)
    return observed if variables.unify(template, str(observed)) else variables.why(template, str(observed))


def _number(name: str, observed: Any, variables: Variables, *, typed: bool) -> Any:
    """Where a numeric variable stands alone. `typed` says that a text is not what was recorded as a number."""
    json = variables.shapes[name].json
    if isinstance(observed, Number) and variables.unify(f'"${name}"', str(observed)):
        return observed
    if type(observed) is str and not (typed and json) and variables.unify(f"${name}", observed):
        return observed
    if name in variables.bound:
        return Number(variables.bound[name])
    return f"${name} (a JSON number)" if json else f"${name}"
