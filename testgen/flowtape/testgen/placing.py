"""Writing a text at one place of a case and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from flowtape.capture.exchange import HttpRequest, HttpResponse, Question, RedisCommand, SqlStatement
from flowtape.replay.bodies import Tree, child, content, json_body, read
from flowtape.replay.flowfile import Case
from flowtape.replay.flowfile.body import json_out, json_text
from flowtape.testgen.places import RESPONSE, VALUE, Place

Message = TypeVar("Message", HttpRequest, HttpResponse)


def placed(case: Case, place: Place, text: str) -> Case | None:
    """`case` with `text` at `place`; None where nothing can be written at such a place alone."""
    if place.call == RESPONSE:
        response = _in_message(case.response, place.path, text)
        return None if response is None else replace(case, response=response)
    call = case.calls[place.call]
    question = _in_question(call.question, place.path, text)
    if question is None:
        return None
    return replace(
        case, calls=(*case.calls[: place.call], replace(call, question=question), *case.calls[place.call + 1 :])
    )


def _in_question(question: Question, path: str, text: str) -> Question | None:
    if isinstance(question, HttpRequest):
        return _in_message(question, path, text)
    found = VALUE.fullmatch(path)
    if found is None:
        return None
    index = int(found[1])
    match question:
        case SqlStatement(parameters=values):
            value = _in_json(str(values[index]), found[2], text) if found[2] else text
            return replace(question, parameters=(*values[:index], value, *values[index + 1 :]))
        case RedisCommand(arguments=words):
            word = _in_json(words[index].decode(), found[2], text) if found[2] else text
            return RedisCommand((*words[:index], word.encode(), *words[index + 1 :]))
        case _:
            return None


def _in_message(message: Message, path: str, text: str) -> Message | None:
    if path.startswith("headers["):
        name = path.partition("].")[2]
        if [key.lower() for key, _ in message.headers].count(name) > 1:
            return None
        return replace(
            message, headers=tuple((key, text if key.lower() == name else value) for key, value in message.headers)
        )
    body = read(message.headers, message.body)
    if body.kind == "body":
        return replace(message, body=text.encode()) if path == "body" else None
    if body.kind != "json" or not path.startswith("json"):
        return None
    return replace(message, body=_in_json(content(message.headers, message.body).decode(), path, text).encode())


def _in_json(value: str, path: str, text: str) -> str:
    told = json_out(value) or {"json": json_body.read(value.encode())}
    return json_text(_with(told["json"], "json", path, text), told.get("layout", ""))


def _with(tree: Tree, at: str, path: str, text: str) -> Tree:
    if at == path:
        return text
    if isinstance(tree, dict):
        return {key: _with(value, child(at, key), path, text) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with(value, f"{at}[{index}]", path, text) for index, value in enumerate(tree)]
    return tree
