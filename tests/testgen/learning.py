"""A case, and runs of it, to learn from."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

from flowtape.capture.exchange import HttpRequest, HttpResponse, Question, SqlStatement
from flowtape.replay.flowfile import Captured, Case, RecordedCall, dump, parse
from flowtape.testgen.learn import Lesson
from flowtape.testgen.places import Run

AT = datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)
IDS = [str(uuid.UUID(int=number << 64 | 0x8000 << 48, version=4)) for number in (7, 8, 9, 10)]
LATER = (1.25, 4.5, 11.75)
"""How far ahead the clocks of three runs were."""


def case_with(body: object, *calls: RecordedCall, headers: tuple[tuple[str, str], ...] = ()) -> Case:
    request = HttpRequest("POST", "/orders", (), b'{"card": "4242"}')
    captured = Captured(int(AT.timestamp()) * 1_000_000_000)
    return Case(captured, request, HttpResponse(201, "Created", headers, json.dumps(body).encode()), calls)


def run_with(
    body: object,
    *questions: Question,
    headers: tuple[tuple[str, str], ...] = (),
    status: int = 201,
    later: float = 0,
) -> Run:
    """`later` is how far ahead of the flow's time the run's clock was, in seconds."""
    response = HttpResponse(status, "Created", headers, json.dumps(body).encode())
    return Run(response, dict(enumerate(questions)), int((AT.timestamp() + later) * 1000) * 1_000_000)


def insert(id_: str, at: str) -> SqlStatement:
    return SqlStatement("INSERT INTO orders (id, placed_at) VALUES ($1, $2)", (id_, at), (2950, 1184))


def learned(lesson: Lesson) -> Case:
    assert lesson.problem is None
    text, cassette = dump(lesson.case)
    assert parse(text, cassette) == lesson.case
    return lesson.case


def moved(body: object, later: float) -> Run:
    return run_with(body, later=later)
