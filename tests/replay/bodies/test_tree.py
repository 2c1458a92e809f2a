from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.tree import Number, Tree, child, leaves, plainly_edited, same, too_deep

SCALARS = st.none() | st.booleans() | st.text(max_size=5) | st.integers().map(lambda n: Number(str(n)))
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


def test_leaves_stand_in_their_order_by_their_paths() -> None:
    tree: Tree = {"a": [{"b c": "1"}, Number("2")], "d": {}, "e": [], "f": None}
    assert list(leaves(tree, "x")) == [
        ('x.a[0]["b c"]', "1"), ("x.a[1]", Number("2")), ("x.d", {}), ("x.e", []), ("x.f", None),
    ]  # fmt: skip


@given(TREES)
def test_each_leaf_has_a_path_of_its_own(tree: Tree) -> None:
    paths = [path for path, _ in leaves(tree, "x")]
    assert len(set(paths)) == len(paths) >= 1


def test_a_key_cannot_pretend_to_be_a_path() -> None:
    assert child("x", "a.b") == 'x["a.b"]'
    assert child("x", "a") == "x.a"


@pytest.mark.parametrize(
    ("old", "new", "equal"),
    [
        (Number("19.90"), Number("19.9"), True),
        (Number("1"), Number("1.0"), False),
        (Number("1"), "1", False),
        (Number("NaN"), Number("NaN"), True),
        (Number("NaN"), Number("1"), False),
        (Number("Infinity"), Number("-Infinity"), False),
        (True, Number("1"), False),
        (None, "", False),
        ({}, [], False),
        (b"a", "a", False),
    ],
)
def test_leaves_are_the_same_by_value_and_type(old: Tree, new: Tree, *, equal: bool) -> None:
    assert same(old, new) is equal


def test_depth_is_found_without_recursion() -> None:
    tree: Tree = []
    for _ in range(5000):
        tree = [tree]
    assert too_deep(tree)
    assert not too_deep([[1]] * 5000)


@given(st.binary(max_size=30))
def test_an_edit_lets_bytes_of_any_encoding_through(body: bytes) -> None:
    assert plainly_edited(body, str) == body
