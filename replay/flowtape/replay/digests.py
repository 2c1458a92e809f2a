"""Digests of what the run itself knows, computed anew: of a message's body, or of another variable."""

from __future__ import annotations

from collections.abc import Iterator

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.bodies import content
from flowtape.replay.shapes.digest import BODY, Digest
from flowtape.replay.tape import Tape


def differences(tape: Tape, observed: HttpResponse) -> list[str]:
    """A line for each bound digest that is not the one of what it should be of. `observed` is the response of the run."""
    lines = []
    for name, shape in tape.case.variables.items():
        value = tape.variables.bound.get(name)
        if not isinstance(shape, Digest) or not shape.of or value is None:
            continue
        for what, data in _sources(tape, observed, name, shape):
            if (wanted := shape.of_data(data)) != value:
                lines.append(f"${name}: {value} is not the {shape.algorithm} of {what}, which is {wanted}")
    return lines


def _sources(tape: Tape, observed: HttpResponse, name: str, shape: Digest) -> Iterator[tuple[str, bytes]]:
    """What the digest must be of, with its name; nothing where the run does not have it."""
    if shape.of != BODY:
        other = tape.variables.bound.get(shape.of[1:])
        if other is not None:
            yield shape.of, other.encode("utf-8", "surrogateescape")
        return
    if _stands_in(tape, tape.case.response, name):
        yield "the response's body", content(observed.headers, observed.body)
    for seen in tape.observed:
        index = -1 if seen.recorded is None else seen.recorded
        recorded = tape.case.calls[index].question if index >= 0 else None
        if isinstance(recorded, HttpRequest) and _stands_in(tape, recorded, name):
            assert isinstance(seen.question, HttpRequest)
            yield f"the body of {seen.question.method} {seen.question.target}", seen.question.body


def _stands_in(tape: Tape, message: HttpRequest | HttpResponse, name: str) -> bool:
    return any(name in tape.variables.names(text) for _, text in message.headers)
