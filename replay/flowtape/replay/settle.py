"""The recorded response as a run should have given it: variables bound to what the run has in their place.

Where the observed value has the variable's shape and is the same as wherever else it appeared, the recorded text becomes the
observed one; where not, the variable's name stays, and the comparison shows it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from flowtape.capture.exchange import Headers, HttpResponse
from flowtape.replay.difference import NOTHING, Number, decoded, json_of
from flowtape.replay.variables import Variables


def settle(recorded: HttpResponse, observed: HttpResponse, variables: Variables) -> HttpResponse:
    """`recorded` with this run's values for its variables; binds those that appear in the response first."""
    if not variables.shapes:
        return recorded
    found = replace(recorded, headers=_headers(recorded.headers, observed.headers, variables))
    before = recorded.body
    if b"$" not in before:
        return found
    after = decoded(observed)
    template, data = json_of(before), json_of(after)
    if template is not NOTHING and data is not NOTHING:
        return replace(found, body=_written(_value(template, data, variables)).encode())
    try:
        text = _text(before.decode(), after.decode(), variables)
    except UnicodeDecodeError:
        return found
    return replace(found, body=text.encode())


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
    return observed if variables.unify(template, observed) else variables.render(template)


def _value(template: Any, observed: Any, variables: Variables) -> Any:
    if isinstance(template, dict):
        other = observed if isinstance(observed, dict) else {}
        return {
            variables.render(key): _value(value, other.get(variables.render(key), NOTHING), variables)
            for key, value in template.items()
        }
    if isinstance(template, list):
        items = observed if isinstance(observed, list) else []
        return [_value(item, items[i] if i < len(items) else NOTHING, variables) for i, item in enumerate(template)]
    if not isinstance(template, str) or not (names := variables.names(template)):
        return template
    if isinstance(observed, Number) and not (template == f"${names[0]}" and variables.shapes[names[0]].numeric):
        return variables.render(template)
    if isinstance(observed, str) and variables.unify(template, str(observed)):
        return observed
    return variables.render(template)


def _written(data: Any) -> str:
    """JSON with its numbers as they were written."""
    if isinstance(data, Number):
        return str(data)
    if isinstance(data, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_written(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ",".join(map(_written, data)) + "]"
    return json.dumps(data)
