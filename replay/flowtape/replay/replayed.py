"""What a test holds in its hand: the flow as it was replayed, beside the flow as it was recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flowtape.capture.exchange import HttpResponse
from flowtape.replay import difference
from flowtape.replay.effects import Effects
from flowtape.replay.flowfile.http import header
from flowtape.replay.verdict import Verdict

BRIEF_LINES, BRIEF_LINE, BRIEF_CHARACTERS = 5, 160, 560
"""pytest cuts off after 8 lines or 640 characters, of which its own take some."""


class Response:
    """An HTTP response that is equal to another of the same meaning (difference.py says what that is)."""

    __hash__ = None  # type: ignore[assignment] # compared, never a key

    def __init__(self, http: HttpResponse) -> None:
        self.http = http

    @property
    def status(self) -> int:
        return self.http.status

    @property
    def headers(self) -> dict[str, str]:
        """By name in small letters; of a repeated field the last value."""
        return {name.lower(): value for name, value in self.http.headers}

    @property
    def body(self) -> bytes:
        """Without gzip or deflate."""
        return difference.decoded(self.http)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """Raises ValueError if the body is not JSON."""
        return json.loads(self.body)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Response) and not difference.differences(self.http, other.http)

    def __repr__(self) -> str:
        kind = header(self.http.headers, "content-type")
        return f"<Response {self.status} {kind} {len(self.http.body)} bytes>"


@dataclass(frozen=True, slots=True)
class Recorded:
    """With this run's values for the flow's variables."""

    response: Response
    effects: Effects


@dataclass(frozen=True, slots=True)
class Replayed:
    """`verdict` is flowtape's own; `error` is the traceback of what the application raised, "" if nothing."""

    response: Response
    effects: Effects
    recorded: Recorded
    verdict: Verdict
    error: str = ""


def explain(left: object, right: object, what: str, *, brief: bool = False) -> list[str] | None:
    """The lines that pytest shows for `left == right`, None if that is not ours to explain. `right` is what was recorded.

    `brief` keeps them within what pytest shows without -vv, so that it does not cut off `what`, whose last line says what to do.
    """
    if isinstance(left, Response) and isinstance(right, Response):
        return [
            "the response is the recorded one",
            *_after(difference.differences(right.http, left.http), what, brief=brief),
        ]
    if isinstance(left, Effects) and isinstance(right, Effects):
        from flowtape.replay.effects import differences

        return ["the effects are the recorded ones", *_after(differences(right, left), what, brief=brief)]
    return None


def _after(differing: list[str], what: str, *, brief: bool) -> list[str]:
    lines, advice = [line for each in differing for line in each.splitlines()], what.splitlines()
    if not brief:
        return lines + advice
    advice = advice[-1:]
    left = BRIEF_CHARACTERS - sum(map(len, advice))
    shown: list[str] = []
    for line in lines:
        cut = line if len(line) <= BRIEF_LINE else f"{line[: BRIEF_LINE - 1]}…"
        left -= len(cut)
        if len(shown) == BRIEF_LINES or left < 0:
            break
        shown.append(cut)
    if len(shown) < len(lines):
        shown.append("… and more: -vv shows all")
    return shown + advice
