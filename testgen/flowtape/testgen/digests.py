"""Which of the values that vary are digests of others: of a message's body, or of another variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.flowfile import Case
from flowtape.replay.shapes import Digest, Shape
from flowtape.replay.shapes.digest import ALGORITHMS, ENCODINGS
from flowtape.testgen.places import Run


def related(shape: Shape, values: Sequence[str], sources: Mapping[str, Sequence[bytes]]) -> Shape:
    """`shape`, or the digest that all of `values`, one a run, are of one of `sources`, which are by what a flow file calls them."""
    for of, data in sources.items():
        for algorithm in ALGORITHMS:
            for encoding in ENCODINGS:
                found = Digest(algorithm, encoding, len(values[0]), of)
                if all(found.of_data(each) == value for each, value in zip(data, values, strict=True)):
                    return Digest(algorithm, encoding, found.length if _cut(found) else 0, of)
    return shape


def _cut(digest: Digest) -> bool:
    return len(Digest(digest.algorithm, digest.encoding).of_data(b"")) > digest.length


def bodies(case: Case, runs: Sequence[Run], recorded: str) -> list[bytes] | None:
    """The bodies, one a run, of the first message in whose headers `recorded` stands; None if it stands in none."""
    for before, after in _messages(case, runs):
        if any(recorded in text for _, text in before.headers):
            return [message.body for message in after]
    return None


def _messages(
    case: Case, runs: Sequence[Run]
) -> Iterator[tuple[HttpRequest | HttpResponse, Sequence[HttpRequest | HttpResponse]]]:
    yield case.response, [run.response for run in runs]
    for index, call in enumerate(case.calls):
        asked = [run.questions.get(index) for run in runs]
        requests = [each for each in asked if isinstance(each, HttpRequest)]
        if isinstance(call.question, HttpRequest) and len(requests) == len(runs):
            yield call.question, requests
