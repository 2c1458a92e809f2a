"""Accepting a change: the recorded expectation becomes what was observed. Deciding only; the plugin writes the file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest

from flowtape.capture.exchange import Headers, HttpRequest, HttpResponse, Question, RedisCommand, SqlStatement, Value
from flowtape.replay.bodies import Tree, content, edited, json_body
from flowtape.replay.conduct import answered, must_happen, observed_conduct
from flowtape.replay.difference import VOLATILE_HEADERS, decoded, differences
from flowtape.replay.flowfile import Case, RecordedCall
from flowtape.replay.match import asked
from flowtape.replay.settle import settle
from flowtape.replay.shapes import Claims, Shape
from flowtape.replay.tape import Tape
from flowtape.replay.unordered.places import kept
from flowtape.replay.variables import Variables

SHORTEST = 6
"""Shorter values of variables are not looked for inside other texts: they would be found where they only happen to be."""


class NotAcceptableError(Exception):
    """What was observed cannot become the expectation: the text says why and what to do."""


def accepted(case: Case, tape: Tape, observed: HttpResponse) -> Case:
    """The case with the response and the effects that were observed on a learning tape. Raises NotAcceptableError."""
    if misses := tape.misses:
        raise NotAcceptableError(
            "the record holds no answer to what the service asks now, so there is nothing to accept. "
            "Capture the flow again and run: flowtape generate\n" + "\n".join(miss.note for miss in misses)
        )
    guessed = [seen for seen in tape.observed if seen.learned and not seen.asked.effect]
    if guessed:
        raise NotAcceptableError(
            f"{guessed[0].dependency} is now asked `{guessed[0].asked.words}` with other values, and the record does not hold the answer "
            "to that. Capture the flow again and run: flowtape generate"
        )
    shapes = _shapes(case, tape.variables, observed)
    response, calls = _response(case, tape, observed), _calls(case, tape)
    lists = kept(case.unordered, response, [(index, call.question) for index, call in calls.items()])
    return replace(case, response=response, calls=tuple(calls.values()), variables=shapes, unordered=lists)


def _shapes(case: Case, variables: Variables, observed: HttpResponse) -> Mapping[str, Shape]:
    """The variables' shapes; of a token that claims something else now with what it claims. Binds such tokens."""
    settle(case.response, observed, variables, case.unordered)
    found = dict(case.variables)
    texts = [*(text for _, text in observed.headers), decoded(observed).decode("utf-8", "replace")]
    for name, shape in case.variables.items():
        if not isinstance(shape, Claims) or not shape.claims or name in variables.bound:
            continue
        told = variables.shapes[name]
        assert isinstance(told, Claims)
        like = told.claiming("")
        tokens = (match[0] for text in texts for match in re.finditer(like.regex, text))
        token = next((each for each in tokens if like.matches(each, variables.at)), None)
        if token is None:
            continue
        for _, template, now in told.inner(token):
            variables.unify(template, now)
        variables.bound[name] = token
        before, now = json_body.read(shape.claims.encode()), _named(json_body.write(told.content(token)), variables)
        found[name] = shape.claiming(json_body.write(_with_names(before, json_body.read(now.encode()), variables)))
    return found


def _response(case: Case, tape: Tape, observed: HttpResponse) -> HttpResponse:
    variables = tape.variables
    if not differences(settle(case.response, observed, variables, case.unordered), observed):
        return case.response
    body = decoded(observed)
    return HttpResponse(
        observed.status,
        observed.reason or (case.response.reason if case.response.status == observed.status else ""),
        _headers(case.response.headers, observed.headers, variables),
        body if body == decoded(case.response) else _body(case.response, body, variables, observed.headers),
        case.response.version,
    )


def _headers(recorded: Headers, observed: Headers, variables: Variables) -> Headers:
    """The compared fields as observed; of the others what was recorded."""
    kept = tuple((name, value) for name, value in recorded if name.lower() in VOLATILE_HEADERS)
    now = tuple(
        (name, _header(name, value, recorded, variables))
        for name, value in observed
        if name.lower() not in VOLATILE_HEADERS
    )
    return now + tuple((name, value) for name, value in kept if name.lower() != "content-length")


def _header(name: str, value: str, recorded: Headers, variables: Variables) -> str:
    templates = (text for other, text in recorded if other.lower() == name.lower())
    return next((text for text in templates if variables.unify(text, value)), None) or _named(value, variables)


def _calls(case: Case, tape: Tape) -> dict[int, RecordedCall]:
    """The calls that stay, by what their index was."""
    by_index, conduct = answered(tape.observed), observed_conduct(tape)
    calls: dict[int, RecordedCall] = {}
    for index, call in enumerate(case.calls):
        seen_now = by_index.get(index)
        if seen_now is None:
            if not must_happen(asked(call.question)):
                calls[index] = call
            continue
        committed = seen_now.committed if call.transaction is not None and seen_now.asked.effect else call.committed
        question = _question(call.question, seen_now.question, tape.variables) if seen_now.learned else call.question
        calls[index] = replace(call, question=question, committed=committed, **conduct[index])
    return calls


def _question(recorded: Question, observed: Question, variables: Variables) -> Question:
    """The observed question with the variables' names put back."""
    match recorded, observed:
        case SqlStatement(), SqlStatement():
            values = tuple(_parameter(recorded, number, v, variables) for number, v in enumerate(observed.parameters))
            types = observed.parameter_types or recorded.parameter_types
            return replace(observed, parameters=values, parameter_types=types)
        case HttpRequest(), HttpRequest():
            target = _named(observed.target, variables)
            return replace(recorded, target=target, body=_body(recorded, observed.body, variables, observed.headers))
        case RedisCommand(), RedisCommand():
            return RedisCommand(tuple(_named_body(argument, variables) for argument in observed.arguments))
        case _:
            return observed


def _parameter(recorded: SqlStatement, number: int, value: Value, variables: Variables) -> Value:
    if not isinstance(value, str):
        return value
    before = recorded.parameters[number] if number < len(recorded.parameters) else None
    return before if _stands_for(before, value, variables) else _named(value, variables)


def _body(recorded: HttpRequest | HttpResponse, body: bytes, variables: Variables, headers: Headers) -> bytes:
    named = _named_body(body, variables, headers)
    before, now = json_body.read(content(recorded.headers, recorded.body)), json_body.read(named)
    after = _with_names(before, now, variables)
    return named if after == now else json_body.write(after).encode()


def _with_names(recorded: Tree, observed: Tree, variables: Variables) -> Tree:
    """JSON in which what was a variable is one again: short values are not looked for elsewhere."""
    if isinstance(recorded, dict) and isinstance(observed, dict):
        return {name: _with_names(recorded.get(name), value, variables) for name, value in observed.items()}
    if isinstance(recorded, list) and isinstance(observed, list):
        return [
            _with_names(before, value, variables) for before, value in zip_longest(recorded[: len(observed)], observed)
        ]
    return recorded if _stands_for(recorded, observed, variables) else observed


def _stands_for(recorded: object, observed: object, variables: Variables) -> bool:
    """Whether `recorded` is the name of a variable whose value is `observed`."""
    return (
        isinstance(recorded, str) and recorded[:1] == "$" and variables.bound.get(recorded[1:].strip("{}")) == observed
    )


def _named(text: str, variables: Variables) -> str:
    """`text` with the variables' names back in it; in JSON each where it is a text, or a number."""
    numeric = [name for name in variables.bound if variables.shapes[name].numeric]
    names = {variables.bound[name]: name for name in numeric if len(variables.bound[name]) >= SHORTEST}
    found = json_body.edited(
        text,
        lambda string: _in_text(string, variables),
        lambda number: f'"${names[number]}"' if number in names else number,
    )
    return _in_text(text, variables) if found is None else found


def _in_text(text: str, variables: Variables) -> str:
    for name, value in variables.bound.items():
        if text == f'"{value}"' and variables.shapes[name].numeric:
            return f'"${{{name}}}"'
        written = json.dumps(value, ensure_ascii=False)[1:-1] if text[:1] == '"' else value
        if len(value) >= SHORTEST:
            text = text.replace(written, f"${name}")
    return text


def _named_body(body: bytes, variables: Variables, headers: Headers = ()) -> bytes:
    return edited(headers, content(headers, body), lambda text: _named(text, variables))
