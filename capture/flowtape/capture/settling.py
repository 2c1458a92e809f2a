"""From silence back to certainty: which exchanges may be trusted after a loss or a join in mid-stream.

A codec that resumes cannot know whether a question that was not heard still waits for its answer; if one does, every pair
from then on is one answer out. It is certain again when the connection has been drained twice: it resumes only
on a question that comes after both sides were quiet; then it *settles*: one question at a time, whose
exchanges are incomplete, until another question comes after another quiet time. An answer too many, or a second question before
the first is answered, ends in silence again. What is assumed: no client leaves a question open through both of these
quiet times, and asks on, without an answer too many showing it.
"""

from __future__ import annotations

from flowtape.capture.stream import DecodeError

QUIET = 10_000_000
"""Nanoseconds without a byte from either side after which nothing is taken to be under way."""

PROBLEM = "the connection was joined in mid-stream"


class Settling:
    """`problem` is what an exchange is incomplete for while the codec settles, "" otherwise."""

    __slots__ = ("_answered", "problem")

    def __init__(self) -> None:
        self.problem = ""
        self._answered = 0

    def begin(self) -> None:
        self.problem = PROBLEM
        self._answered = 0

    def asked(self, first: int, outstanding: int) -> None:
        """A question began at `first` while `outstanding` others waited. Raises DecodeError where that cannot be sorted out."""
        if not self.problem:
            return
        if outstanding:
            raise DecodeError("a second question before the first was answered, on a connection joined in mid-stream")
        if self._answered and first - self._answered >= QUIET:
            self.problem = ""

    def answered(self, last: int) -> None:
        self._answered = last
