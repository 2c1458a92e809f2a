"""Which literals are part of the question, and which are values."""

from __future__ import annotations

import pytest

from flowtape.capture import sql
from flowtape.capture.sql.constants import constants
from flowtape.capture.sql.scan import tokens

PARTS = {
    "SELECT a, b FROM t WHERE c = 3 ORDER BY 1, 2 DESC LIMIT 4": ["1", "2"],
    "SELECT a, count(*) FROM t GROUP BY 1, b HAVING count(*) > 5": ["1"],
    "SELECT a FROM (SELECT a FROM t ORDER BY 1) q ORDER BY b, 1 NULLS FIRST": ["1", "1"],
    "SELECT a FROM t ORDER BY coalesce(a, 1), b = 2, 3 + 4, ARRAY[5, 6, 7]": [],
    "SELECT a FROM t WHERE by IN (1, 2)": [],
    "SELECT by, 1, 2 FROM t": [],
    "SELECT a FROM t ORDER BY 1::integer": [],
    "SELECT a FROM t ORDER BY $1, 'x', 1.5, 1000": [],
    "SELECT count(1), sum(2), s.count(3), count(4, 5) FROM t": ["1"],
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE b = 2) AND c IN (SELECT 3 FROM u)": ["1"],
    "SELECT a FROM t WHERE true": ["true"],
    "SELECT a FROM t WHERE (true AND b) OR false": ["true", "false"],
    "SELECT a FROM t WHERE 1 = 1 AND b = 1": ["1", "1"],
    "SELECT a FROM t WHERE 1 = 2 OR 1.0 = 1.0 OR 'a' = 'a' OR $1 = $1": [],
    "SELECT a FROM t WHERE b = true AND true = c AND d IS true AND f(true)": [],
    "SELECT a FROM t WHERE b BETWEEN false AND true": [],
    "SELECT a FROM t WHERE b BETWEEN c AND 1 = 1": [],
    "SELECT a FROM t WHERE b BETWEEN 1 AND 2 AND true": ["true"],
    "SELECT a FROM t WHERE (b AND c BETWEEN 1 AND (2)) AND true": ["true"],
    "SELECT a FROM t WHERE b AND 2 + 1 = 1 AND 1 = 1 + c": [],
    "SELECT true, a AND true AS b FROM t JOIN u ON true JOIN v ON true": ["true", "true"],
    "INSERT INTO t (a, b) VALUES (true, 1)": [],
    "UPDATE t SET a = true WHERE b": [],
}


@pytest.mark.parametrize(("text", "parts"), PARTS.items())
def test_what_stands_before_and_behind_tells(text: str, parts: list[str]) -> None:
    found = list(tokens(text))
    assert [found[at].text for at in sorted(constants(found))] == parts


def test_a_part_of_the_question_is_no_argument() -> None:
    text = "SELECT count(1), a FROM t WHERE 1 = 1 AND b = 7 AND EXISTS (SELECT 1 FROM u) GROUP BY 2 ORDER BY 2"
    assert sql.read(text).literals == ("7",)


def test_another_position_is_another_question() -> None:
    assert sql.read("SELECT * FROM t ORDER BY 1").fingerprint != sql.read("SELECT * FROM t ORDER BY 2").fingerprint


def test_how_far_is_looked_back_for_a_between_is_bounded() -> None:
    """So that a deep nest takes no longer than a flat one; a condition that is not found is a value as it ever was."""
    for length, parts in ((20, ["true"]), (200, [])):
        found = list(tokens(f"SELECT a FROM t WHERE b IN ({', '.join(['c'] * length)}) AND true"))
        assert [found[at].text for at in sorted(constants(found))] == parts
