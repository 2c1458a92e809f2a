"""Flow files and session files: text to `Case` and `Session`, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowtape.capture.exchange import (
    Answer,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    Question,
    RedisCommand,
    RedisReply,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile import cassette, redis, sql
from flowtape.replay.flowfile.case import Captured, Case, RecordedCall, Session
from flowtape.replay.flowfile.circumstances import CALL_KEYS, circumstances_in, circumstances_out
from flowtape.replay.flowfile.document import (
    FlowFileError,
    Place,
    Tall,
    WrongAt,
    integer,
    located,
    only,
    read,
    text_in,
    text_out,
    write,
)
from flowtape.replay.flowfile.http import request_in, request_out, response_in, response_out
from flowtape.replay.shapes import Shape, contradiction, shape

VERSION = "1"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
OPAQUE = "opaque"
FRACTION = re.compile(r"(\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z\Z")


def cassette_path(path: Path) -> Path:
    """Where the HTTP dependencies of the flow file `path` are kept."""
    return path.with_name(f"{path.stem}.http.yaml")


def load(path: Path) -> Case:
    """Read a flow file and, if it has HTTP calls, the cassette beside it. Raises FlowFileError."""
    return parse(_text(path), _cassette_text(path), str(path))


def load_session(path: Path) -> Session:
    """Read a suite's session file and its cassette. Raises FlowFileError."""
    return parse_session(_text(path), _cassette_text(path), str(path))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise FlowFileError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise FlowFileError(f"{path}: not UTF-8 from byte {error.start} on") from None


def _cassette_text(path: Path) -> str | None:
    try:
        return _text(cassette_path(path))
    except FlowFileError as error:
        if isinstance(error.__context__, FileNotFoundError):
            return None
        raise


def parse(text: str, cassette_text: str | None = None, file: str = "flow") -> Case:
    """The Case in the text of a flow file and that of its cassette. Raises FlowFileError that names `file`."""
    interactions = _interactions(cassette_text, file)
    try:
        return _case_in(Place(read(text, file)), interactions)
    except WrongAt as wrong:
        raise located(wrong, text, file) from None


def parse_session(text: str, cassette_text: str | None = None, file: str = "session") -> Session:
    interactions = _interactions(cassette_text, file)
    try:
        fields = _versioned(Place(read(text, file)), ["calls"], [])
        return Session(_calls_in(fields.get("calls"), interactions))
    except WrongAt as wrong:
        raise located(wrong, text, file) from None


def dump(case: Case) -> tuple[str, str | None]:
    """The text of the flow file and of its cassette, None where it has no HTTP calls. `parse` gives `case` again.

    Raises ValueError for what no flow file can hold, such as a variable whose name is not an identifier.
    """
    tapes = _cassette_out(case.calls)
    tape_text = None if tapes is None else write(tapes)
    for plain_styles in (True, False):
        text = write(_case_out(case), plain_styles=plain_styles)
        tape_text = None if tapes is None else write(tapes, plain_styles=plain_styles)
        if _reads_as(text, tape_text, case):
            return text, tape_text
    raise ValueError("this flow cannot be written so that it reads the same")


def _reads_as(text: str, tape_text: str | None, case: Case) -> bool:
    try:
        return parse(text, tape_text) == case
    except FlowFileError:
        return False


def dump_session(session: Session) -> tuple[str, str | None]:
    """The text of a suite's session file and of its cassette."""
    tapes = _cassette_out(session.calls)
    text = write({"flowtape": Number(VERSION), "calls": [_call_out(call) for call in session.calls]})
    return text, None if tapes is None else write(tapes)


# -- writing


def _case_out(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = {"flowtape": Number(VERSION), "captured": _captured_out(case.captured)}
    if case.notes:
        found["notes"] = [text_out(note) for note in case.notes]
    if case.variables:
        found["variables"] = {name: _numbers(each.dump()) for name, each in case.variables.items()}
    if case.unordered:
        found["unordered"] = [text_out(place) for place in case.unordered]
    found["request"] = request_out(case.request)
    if case.calls:
        found["calls"] = [_call_out(call) for call in case.calls]
    found["response"] = response_out(case.response)
    return found


def _numbers(data: Any) -> Any:
    """Plain data with its numbers as a document has them."""
    if isinstance(data, dict):
        return {key: _numbers(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_numbers(value) for value in data]
    return integer(data) if isinstance(data, int) and not isinstance(data, bool) else data


def _captured_out(captured: Captured) -> dict[str, Any]:
    texts = {"service": captured.service, "owner": captured.owner}
    found: dict[str, Any] = {
        "at": moment_out(captured.at),
        **{key: text_out(text) for key, text in texts.items() if text},
    }
    found["confidence"] = Number(repr(float(captured.confidence)))
    return Tall({**found, "id": text_out(captured.id)} if captured.id else found)


def moment_out(at: int) -> str:
    """Nanoseconds since the epoch as 2026-11-20T10:11:12.123456Z; a plain number outside of the years 1970 to 9999."""
    seconds, nanoseconds = divmod(at, 1_000_000_000)
    if not 0 <= seconds < 253402300800:
        return integer(at)
    when = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{nanoseconds:09}".rstrip("0")
    # Plain in the file: other YAML readers take it for the time that it is.
    return Number(f"{when}.{fraction}Z" if fraction else f"{when}Z")


def _call_out(call: RecordedCall) -> dict[str, Any]:
    key = call.dependency
    question, answer = call.question, call.answer
    found: dict[str, Any]
    match question:
        case SqlStatement():
            found = {key: text_out(question.text), **_beside(key, sql.call_out(question, _as(SqlResult, answer)))}
        case RedisCommand():
            reply = {"unanswered": "redis"} if answer is None else {"reply": redis.reply_out(_as(RedisReply, answer))}
            found = {key: redis.command_out(question), **_beside(key, reply)}
        case HttpRequest():
            found = {key: f"{question.method} {question.target}"}
        case OpaqueBytes():
            answered = {} if answer is None else {"answered": integer(_as(OpaqueBytes, answer).length)}
            found = {key: OPAQUE, **_beside(key, {"asked": integer(question.length), **answered})}
    return Tall(found | circumstances_out(call))


def _beside(dependency: str, keys: dict[str, Any]) -> dict[str, Any]:
    if dependency in keys or dependency in CALL_KEYS:
        raise ValueError(f"a dependency cannot be named `{dependency}`: in a flow file the name has another meaning")
    return keys


def _as(kind: type[Any], answer: Answer | None) -> Any:
    if answer is not None and not isinstance(answer, kind):
        raise ValueError(f"the answer {type(answer).__name__} does not fit its question")
    return answer


def _cassette_out(calls: tuple[RecordedCall, ...]) -> dict[str, Any] | None:
    interactions = [
        cassette.Interaction(call.origin + call.question.target, call.question, _as(HttpResponse, call.answer))
        for call in calls
        if isinstance(call.question, HttpRequest)
    ]
    return cassette.cassette_out(interactions) if interactions else None


# -- reading


def _interactions(text: str | None, file: str) -> list[cassette.Interaction]:
    if text is None:
        return []
    name = f"{file.removesuffix('.yaml')}.http.yaml"
    try:
        return [each for _, each in cassette.cassette_in(Place(read(text, name, binary=True)))]
    except WrongAt as wrong:
        raise located(wrong, text, name, binary=True) from None


def _versioned(place: Place, known: list[str], required: list[str]) -> dict[str, Place]:
    version = place.items().get("flowtape")
    if version is None:
        raise place.wrong("the key `flowtape`, the format's version, is missing")
    if version.value != VERSION:
        raise version.wrong(f"this is version {VERSION} of the format, the file says {version.value}; update flowtape")
    return place.fields([*known, "flowtape"], required)


def _case_in(place: Place, interactions: list[cassette.Interaction]) -> Case:
    fields = _versioned(place, ["notes", "variables", "unordered", "calls"], ["captured", "request", "response"])
    response, calls = response_in(fields["response"]), _calls_in(fields.get("calls"), interactions)
    return Case(
        _captured_in(fields["captured"]),
        request_in(fields["request"]),
        response,
        calls,
        _variables_in(fields["variables"]) if "variables" in fields else {},
        tuple(text_in(note) for note in fields["notes"].list()) if "notes" in fields else (),
        _unordered_in(fields["unordered"], response, calls) if "unordered" in fields else (),
    )


def _unordered_in(place: Place, response: HttpResponse, calls: tuple[RecordedCall, ...]) -> tuple[str, ...]:
    from flowtape.replay.unordered.places import wrong  # reads SQL, which few flow files need to be read for

    found = []
    for each in place.list():
        found.append(text_in(each))
        if reason := wrong(found[-1], response, [call.question for call in calls]):
            raise each.wrong(reason)
    return tuple(found)


def _captured_in(place: Place) -> Captured:
    fields = place.fields(["service", "owner", "confidence", "id"], ["at"])
    texts = {key: text_in(fields[key]) for key in ("service", "owner", "id") if key in fields}
    confidence = fields["confidence"].number() if "confidence" in fields else 1.0
    return Captured(moment_in(fields["at"]), confidence=confidence, **texts)


def moment_in(place: Place) -> int:
    """Nanoseconds since the epoch."""
    if isinstance(place.value, Number):
        return place.integer()
    found = FRACTION.match(place.text())
    if not found:
        raise place.wrong("a time in UTC is wanted, as in 2026-11-20T10:11:12.123456Z")
    try:
        when = datetime.fromisoformat(f"{found[1]}+00:00")
    except ValueError as error:
        raise place.wrong(str(error)) from None
    return int(when.timestamp()) * 1_000_000_000 + int((found[2] or "").ljust(9, "0"))


def _variables_in(place: Place) -> Mapping[str, Shape]:
    found: dict[str, Shape] = {}
    for name, value in place.items().items():
        if not NAME.match(name):
            raise value.wrong("a variable's name is letters, digits and underscores")
        try:
            found[name] = shape(value.value)
        except ValueError as error:
            raise value.wrong(str(error)) from None
    name, reason = contradiction(found)
    if reason:
        raise place.items()[name].wrong(reason)
    return found


def _calls_in(place: Place | None, interactions: list[cassette.Interaction]) -> tuple[RecordedCall, ...]:
    left = list(reversed(interactions))
    calls = tuple(_call_in(call, left) for call in (place.list() if place is not None else []))
    if left and place is not None:
        raise place.wrong(f"the cassette has {len(left)} interactions more than there are HTTP calls")
    return calls


def _call_in(place: Place, left: list[cassette.Interaction]) -> RecordedCall:
    fields = place.items()
    if not fields:
        raise place.wrong("a call begins with its dependency's name")
    dependency, asked = next(iter(fields.items()))
    del fields[dependency]
    question, answer, origin = _question_in(asked, fields, left)
    return RecordedCall(dependency, question, answer, origin=origin, **circumstances_in(fields))


def _question_in(
    asked: Place, rest: dict[str, Place], left: list[cassette.Interaction]
) -> tuple[Question, Answer | None, str]:
    """What was asked, what was answered, and for HTTP the origin."""
    unanswered = rest["unanswered"].text() if "unanswered" in rest else ""
    if unanswered == "sql" or sql.MARKS & rest.keys():
        only(rest, _SQL_KEYS)
        statement = sql.statement_in(text_in(asked), rest)
        return statement, None if unanswered else sql.result_in(statement.text, rest), ""
    if unanswered == "redis" or "reply" in rest:
        only(rest, _REDIS_KEYS)
        return redis.command_in(asked), None if unanswered else redis.reply_in(rest["reply"]), ""
    if "asked" in rest:
        only(rest, _OPAQUE_KEYS)
        answer = OpaqueBytes(rest["answered"].integer()) if "answered" in rest else None
        return OpaqueBytes(rest["asked"].integer()), answer, ""
    only(rest, _SQL_KEYS | _REDIS_KEYS | _OPAQUE_KEYS)
    if odd := rest.keys() - set(CALL_KEYS):
        raise rest[min(odd)].wrong("a SQL call must say `rows`, `affected`, `tag` or `error` beside it")
    return _http_in(asked, left)


_SQL_KEYS = frozenset([*sql.KEYS, *CALL_KEYS, "unanswered"])
_REDIS_KEYS = frozenset(["reply", *CALL_KEYS, "unanswered"])
_OPAQUE_KEYS = frozenset(["asked", "answered", *CALL_KEYS])


def _http_in(asked: Place, left: list[cassette.Interaction]) -> tuple[HttpRequest, HttpResponse | None, str]:
    method, _, target = asked.text().partition(" ")
    if not target and not method.isupper():
        raise asked.wrong(
            "a call has `rows`, `affected`, `tag` or `error` (SQL), `reply` (Redis), or is METHOD /target (HTTP)"
        )
    if not left:
        raise asked.wrong("the cassette has no interaction for this HTTP call")
    interaction = left.pop()
    if interaction.request.method != method or not interaction.uri.endswith(target):
        raise asked.wrong(f"the cassette has {interaction.request.method} {interaction.uri} in this place")
    origin = interaction.uri[: len(interaction.uri) - len(target)] if target else interaction.uri
    return replace(interaction.request, target=target), interaction.response, origin
