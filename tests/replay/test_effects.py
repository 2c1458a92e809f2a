from __future__ import annotations

import pytest

from flowtape.capture.exchange import RedisCommand, SqlStatement
from flowtape.replay.effects import Effect, Effects, differences
from flowtape.replay.match import asked


def insert(id_: str, transaction: str = "", committed: bool | None = None) -> Effect:
    return Effect("db", asked(SqlStatement("INSERT INTO t (id) VALUES ($1)", (id_,))), transaction, committed)


def delete(key: str) -> Effect:
    return Effect("cache", asked(RedisCommand((b"DEL", key.encode()))))


@pytest.mark.parametrize(
    ("recorded", "observed"),
    [
        ([insert("1"), delete("a")], [delete("a"), insert("1")]),
        ([insert("1")], [insert("1", "c1 0", True)]),
        ([insert("1", "1", True), insert("2", "1", True)], [insert("1", "c9", True), insert("2", "c9", True)]),
        ([insert("1", "1", None)], [insert("1", "c1", False)]),
        ([insert("1", "1", True), insert("2", "1", False)], [insert("1", "c1", True), insert("2", "c1", True)]),
        ([], []),
    ],
)
def test_the_same_changes_are_the_same(recorded: list[Effect], observed: list[Effect]) -> None:
    assert Effects(recorded) == Effects(observed)


@pytest.mark.parametrize(
    ("recorded", "observed", "line"),
    [
        ([insert("1")], [], "missing   db: INSERT INTO t"),
        ([], [delete("a")], "extra     cache: DEL a"),
        ([insert("1")], [insert("2")], "different db: INSERT INTO t"),
        ([insert("1")], [insert("1"), insert("1")], "extra     db"),
        ([insert("1", "1", True)], [insert("1", "c1", False)], "recorded as committed, now rolled back"),
        (
            [insert("1", "1", True), insert("2", "1", True)],
            [insert("2", "c1", True), insert("1", "c1", True)],
            "order     db",
        ),
        (
            [insert("1", "1", True), insert("2", "1", True)],
            [insert("1"), insert("2")],
            "no longer in the same transaction",
        ),
    ],
)
def test_what_differs_is_said(recorded: list[Effect], observed: list[Effect], line: str) -> None:
    assert Effects(recorded) != Effects(observed)
    assert line in "\n".join(differences(Effects(recorded), Effects(observed)))


def test_effects_can_be_looked_at() -> None:
    found = Effects([insert("1"), delete("a")])
    assert found[0].arguments == {"id": "1"}
    assert list(found[1:]) == [delete("a")]
    assert "DEL a" in repr(found)
