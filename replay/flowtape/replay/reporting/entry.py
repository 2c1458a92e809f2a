"""What is told of one replay."""

from __future__ import annotations

from typing import Literal, TypedDict

Kind = Literal["passed", "regression", "drift", "broken"]


class Entry(TypedDict):
    """`outcome` is pytest's, of the whole test: a test may assert more or less than the verdict is about.

    `lines` say what differs, the most important first; of these `response` and `effects` are what differs in either. `error` is
    what the application raised. `next` is what to do. `accepted` is the change of the flow's files, as a unified diff, "" if
    there was none. `file` is the flow file from where pytest was started, as far as `test` tells.
    """

    test: str
    flow: str
    file: str
    outcome: str
    verdict: Kind
    lines: list[str]
    notes: list[str]
    response: list[str]
    effects: list[str]
    error: str
    next: str
    accepted: str


MEANINGS: dict[Kind, str] = {
    "regression": "the service does not do what it did",
    "drift": "the service asks its dependencies something new",
    "broken": "the flow could not be replayed",
    "passed": "the service does what it did",
}
"""Every verdict, the one to look at first before the others."""


def file_of(test: str, flow: str) -> str:
    """Where the flow file is that a test names, from where its test's name starts."""
    folder = test.partition("::")[0].rpartition("/")[0]
    return f"{folder}/{flow}" if folder else flow
