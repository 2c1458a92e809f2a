"""What a call says beside its question and its answer."""

from __future__ import annotations

from typing import Any

import pytest

from flowtape.capture.exchange import RedisCommand, RedisReply, Resp
from flowtape.replay.flowfile import RecordedCall
from flowtape.replay.flowfile.circumstances import circumstances_in, circumstances_out
from flowtape.replay.flowfile.document import Place, WrongAt, read, write

GET, NULL = RedisCommand((b"GET", b"a")), RedisReply(Resp("null"))


def circumstances(text: str) -> dict[str, Any]:
    return circumstances_in(Place(read(text, "a.yaml")).items())


@pytest.mark.parametrize(
    "fields",
    [
        {"transaction": 1, "committed": True, "isolation": "serializable, read only, deferrable"},
        {"transaction": 1, "committed": False},
        {"before_commit": 1, "after_commit": 2, "overlaps": 3},
        {"budget": 4},
    ],
)
def test_what_is_written_is_read(fields: dict[str, Any]) -> None:
    assert circumstances(write(circumstances_out(RecordedCall("cache", GET, NULL, **fields)))) == fields


def test_what_goes_without_saying_is_not_said() -> None:
    assert circumstances_out(RecordedCall("cache", GET, NULL)) == {}
    assert circumstances_in({}) == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("isolation: serialisable", "one of serializable, repeatable read"),
        ("isolation: ''", "one of serializable"),
        ("budget: 0", "1 or more"),
        ("budget: 9999999", "1 or more"),
        ("budget: often", "number"),
        ("committed: perhaps", "true or false"),
    ],
)
def test_what_means_nothing_is_refused(text: str, reason: str) -> None:
    with pytest.raises(WrongAt, match=reason):
        circumstances(text)
