from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.unordered.sql_text import literal_lists


@pytest.mark.parametrize(
    ("text", "path", "items", "other"),
    [
        ("SELECT a FROM t WHERE b IN ('x', 'y,z') AND c = 1", "in[0]", ["'x'", "'y,z'"], "SELECT a FROM t WHERE b IN ('y,z', 'x') AND c = 1"),
        ("SELECT a FROM t WHERE c IN (1) AND b in(1,-2)", "in[1]", ["1", "-2"], "SELECT a FROM t WHERE c IN (1) AND b in(-2,1)"),
        ("INSERT INTO t (a, b) VALUES (1, now()), (2, f('x', 3)) RETURNING a", "values", [["1", "now()"], ["2", "f('x', 3)"]],
         "INSERT INTO t (a, b) VALUES (2, f('x', 3)), (1, now()) RETURNING a"),
        ("INSERT INTO t (a) VALUES (ARRAY['x'::text, 'y'])", "arrays[0]", ["'x'::text", "'y'"], "INSERT INTO t (a) VALUES (ARRAY['y', 'x'::text])"),
    ],
)  # fmt: skip
def test_a_list_in_the_text_is_put_into_another_order(text: str, path: str, items: list[object], other: str) -> None:
    (found,) = literal_lists(text)
    assert (found.path, found.items) == (path, items)
    assert found.put(range(len(items))) == text
    assert found.put(range(len(items))[::-1]) == other


@pytest.mark.parametrize(
    "text",
    ["SELECT a FROM t WHERE b IN ($1, $2)", "INSERT INTO t VALUES ($1), (2)", "SELECT a FROM t WHERE b IN (SELECT c, d FROM u)",
     "SELECT 'IN (1, 2)'", "SELECT a IN (1", "INSERT INTO t VALUES (1", "SELECT a -- IN (1, 2)"],
)  # fmt: skip
def test_what_is_no_such_list(text: str) -> None:
    assert list(literal_lists(text)) == []


@given(
    st.lists(
        st.sampled_from(["IN", "VALUES", "ARRAY", "(", ")", "[", "]", ",", "'a'", "1", "$1", " ", "--", "/*", "'"]),
        max_size=14,
    )
)
def test_nothing_raises_and_the_first_order_is_the_text(parts: list[str]) -> None:
    text = " ".join(parts)
    for found in literal_lists(text):
        assert found.put(range(len(found.items))) == text
