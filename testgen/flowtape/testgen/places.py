"""The places of a flow at which its outputs stand: leaf by leaf, in the response and in what is asked of the dependencies.

What a record holds at each place is compared with what a replay had there; what is learned is written back.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from flowtape.capture.exchange import (
    Answer,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
    Value,
)
from flowtape.replay.bodies import Number, Tree, json_body, leaves, read, without_boundary
from flowtape.replay.bodies import edited as body_edited
from flowtape.replay.flowfile import Case, RecordedCall
from flowtape.replay.match import SECRET_HEADERS, VOLATILE_HEADERS

RESPONSE = -1
NOT_COMPARED = VOLATILE_HEADERS | SECRET_HEADERS | {"content-type", "content-encoding"}
"""Request headers whose values say nothing of what is asked, or no more than the body does."""
VALUE = re.compile(r"(?:parameters|arguments)\[(\d+)\](?:\.(json.*))?", re.DOTALL)
"""A value of a statement or a command, and where inside of it, if it is JSON."""
Edit = Callable[[str], str]
Message = TypeVar("Message", HttpRequest, HttpResponse)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """`call` is the index of the flow's call, RESPONSE for the response. `derivable` is False where a difference is never taken
    for the work of sanitising, such as the status.
    """

    call: int
    path: str
    derivable: bool = True

    @property
    def in_json(self) -> bool:
        return self.path.startswith("json") or ((found := VALUE.fullmatch(self.path)) is not None and bool(found[2]))

    @property
    def is_cookie(self) -> bool:
        return self.path.endswith(".set-cookie")

    def __str__(self) -> str:
        return f"response.{self.path}" if self.call == RESPONSE else f"calls[{self.call}].{self.path}"


@dataclass(frozen=True, slots=True)
class Run:
    """One replay: its response (tidied), and what it asked in the place of each recorded call, by the call's index.

    `at` is its clock, nanoseconds since the epoch; None if that was the flow's own.
    """

    response: HttpResponse
    questions: Mapping[int, Question]
    at: int | None = None


def places(response: HttpResponse, questions: Mapping[int, Question]) -> dict[Place, str]:
    """Each place and the text that stands there; in bodies, what is no text is a `Number`, written as JSON writes it."""
    found = {Place(RESPONSE, "status", derivable=False): str(response.status)}
    for index, (name, value) in enumerate(sorted(_lower(response.headers))):
        found[Place(RESPONSE, f"headers[{index}].{name}")] = (
            without_boundary(value) if name == "content-type" else value
        )
    found.update({Place(RESPONSE, path): text for path, text in _body(response)})
    for call, question in questions.items():
        found.update({Place(call, path): text for path, text in _question(question)})
    return found


def recorded_questions(case: Case) -> dict[int, Question]:
    return {index: call.question for index, call in enumerate(case.calls)}


def edited(
    case: Case,
    edit: Edit,
    taken: Mapping[int, Question | HttpResponse],
    edit_taken: Edit,
    edit_answer: Callable[[int], Edit] | None = None,
) -> Case:
    """`case` with `edit` done to every text of its response, its questions and its answers, but not of its request. `edit_answer`
    gives what is done to the answer of a call instead.

    Where `taken` holds a question, or under RESPONSE a response, that one stands instead, with `edit_taken` done to it.
    """
    response = taken.get(RESPONSE)
    edited_response = (
        _message(response, edit_taken) if isinstance(response, HttpResponse) else _message(case.response, edit)
    )
    calls = []
    for index, call in enumerate(case.calls):
        other = taken.get(index)
        question = _asked(call.question, edit)
        answer_edit = edit if edit_answer is None else edit_answer(index)
        if other is not None and not isinstance(other, HttpResponse):
            question = _asked(_merged(call.question, other), edit_taken)
        calls.append(replace(call, question=question, answer=_answered(call.answer, answer_edit)))
    return replace(case, response=edited_response, calls=tuple(calls))


def all_texts(case: Case) -> str:
    """Every text of the case in one: what a variable's name must not occur in."""
    parts: list[str] = [str(case.request), str(case.response), *(str(call) for call in case.calls)]
    bodies = [case.request.body, case.response.body, *(_call_body(call) for call in case.calls)]
    return "\n".join([*parts, *(body.decode(errors="replace") for body in bodies)])


def _call_body(call: RecordedCall) -> bytes:
    """Whatever bytes a call holds."""
    found = b""
    for side in (call.question, call.answer):
        if isinstance(side, HttpRequest | HttpResponse):
            found += side.body
        elif isinstance(side, RedisCommand):
            found += b" ".join(side.arguments)
    return found


# -- reading


def _lower(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers]


def _question(question: Question) -> Iterator[tuple[str, str]]:
    match question:
        case SqlStatement():
            yield "text", question.text
            for index, value in enumerate(question.parameters):
                yield from _inside(f"parameters[{index}]", _value(value))
            if question.copy_in is not None:
                yield "copy_in", _text(question.copy_in)
        case RedisCommand(arguments=arguments):
            for index, argument in enumerate(arguments):
                yield from _inside(f"arguments[{index}]", _text(argument))
        case HttpRequest():
            yield "target", question.target
            yield from _headers(question)
            yield from _body(question)


def _headers(question: HttpRequest) -> Iterator[tuple[str, str]]:
    """Those that are compared by their values."""
    compared = [(name, value) for name, value in sorted(_lower(question.headers)) if name not in NOT_COMPARED]
    for index, (name, value) in enumerate(compared):
        yield f"headers[{index}].{name}", value


def _inside(path: str, text: str) -> Iterator[tuple[str, str]]:
    """A value as it is; one that is JSON leaf by leaf."""
    tree = json_body.read(text.encode("utf-8", "surrogatepass")) if text[:1] in ("{", "[") else None
    if tree is None:
        yield path, text
    else:
        yield from ((at, _leaf(leaf)) for at, leaf in leaves(tree, f"{path}.json"))


def _value(value: Value) -> str:
    if value is None:
        return "NULL"
    return value if isinstance(value, str) else "\\x" + value.hex()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def _body(message: HttpRequest | HttpResponse) -> Iterator[tuple[str, str]]:
    body = read(message.headers, message.body)
    return ((path, _leaf(leaf)) for path, leaf in leaves(body.tree, body.kind))


def _leaf(leaf: Tree) -> str:
    """Text as it is, all else as a `Number`: 1 is not "1"."""
    if isinstance(leaf, bytes):
        return base64.b64encode(leaf).decode()
    return leaf if isinstance(leaf, str) else Number(json.dumps(leaf))


# -- writing


def _merged(recorded: Question, observed: Question) -> Question:
    """The observed question; of an HTTP request's headers only those that are compared: the others are the client library's."""
    if isinstance(recorded, HttpRequest) and isinstance(observed, HttpRequest):
        sent = {name: value for name, value in _lower(observed.headers) if name not in NOT_COMPARED}
        headers = tuple((name, sent.get(name.lower(), value)) for name, value in recorded.headers)
        return replace(recorded, target=observed.target, headers=headers, body=observed.body)
    if isinstance(recorded, SqlStatement) and isinstance(observed, SqlStatement):
        return replace(recorded, text=observed.text, parameters=observed.parameters, copy_in=observed.copy_in)
    return observed


def _bytes(data: bytes, edit: Edit) -> bytes:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    return edit(text).encode()


def _message(message: Message, edit: Edit) -> Message:
    headers = tuple((name, edit(value)) for name, value in message.headers)
    return replace(message, headers=headers, body=body_edited(message.headers, message.body, edit))


def _values(values: tuple[Value, ...], edit: Edit) -> tuple[Value, ...]:
    return tuple(edit(value) if isinstance(value, str) else value for value in values)


def _asked(question: Question, edit: Edit) -> Question:
    match question:
        case SqlStatement(copy_in=copy_in):
            copied = None if copy_in is None else _bytes(copy_in, edit)
            return replace(
                question, text=edit(question.text), parameters=_values(question.parameters, edit), copy_in=copied
            )
        case RedisCommand(arguments=arguments):
            return RedisCommand(tuple(_bytes(argument, edit) for argument in arguments))
        case HttpRequest():
            return replace(_message(question, edit), target=edit(question.target))
        case _:
            return question


def _answered(answer: Answer | None, edit: Edit) -> Answer | None:
    match answer:
        case SqlResult(rows=rows):
            return replace(answer, rows=tuple(_values(row, edit) for row in rows))
        case RedisReply(value=value):
            return RedisReply(_resp(value, edit))
        case HttpResponse():
            return _message(answer, edit)
        case _:
            return answer


def _resp(value: Resp, edit: Edit) -> Resp:
    match value.value:
        case str() as text:
            return Resp(value.kind, edit(text))
        case bytes() as data:
            return Resp(value.kind, _bytes(data, edit))
        case tuple() as items:
            return Resp(value.kind, tuple(_resp(item, edit) for item in items))
        case _:
            return value
