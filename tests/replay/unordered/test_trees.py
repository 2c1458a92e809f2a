from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies import Number, Tree
from flowtape.replay.unordered.trees import (
    arranged_tree,
    each_list,
    every,
    in_order_of,
    key,
    tree_lists,
    without_variables,
)

TREES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3) | st.integers().map(lambda n: Number(str(n))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
STEADY = without_variables(lambda _: ())
NAMED = without_variables(lambda leaf: ["id"] if "$id" in str(leaf) else [])


@given(st.lists(TREES, max_size=6), st.randoms(use_true_random=False))
def test_a_list_takes_the_order_of_one_with_the_same_in_it(items: list[Tree], chance: random.Random) -> None:
    shuffled = list(items)
    chance.shuffle(shuffled)
    assert arranged_tree({"a": items}, {"a": shuffled}, {"json.a"}, "json", STEADY) == {"a": shuffled}
    assert arranged_tree({"a": items}, {"a": shuffled}, (), "json", STEADY) == {"a": items}


@given(st.lists(TREES, max_size=5), st.lists(TREES, max_size=5))
def test_nothing_is_lost_and_nothing_comes_in(items: list[Tree], like: list[Tree]) -> None:
    found = arranged_tree(items, like, {"json"}, "json", STEADY)
    assert Counter(map(key, found)) == Counter(map(key, items))


def test_every_index_is_meant_by_empty_brackets() -> None:
    tree = {"items": [{"tags": ["a", "b"]}, {"tags": ["c", "d"]}]}
    like = {"items": [{"tags": ["b", "a"]}, {"tags": ["d", "c"]}]}
    assert arranged_tree(tree, like, {"json.items[].tags"}, "json", STEADY) == like
    assert every("parameters[1].json.items[0].tags[2]") == "parameters[1].json.items[].tags[]"
    assert dict(tree_lists(tree, "json")).keys() == {"json.items", "json.items[].tags"}


def test_what_is_equal_has_one_key() -> None:
    assert key(Number("19.90")) == key(Number("19.9"))
    unlike: list[Tree] = [Number("1"), "1", Number("1.0"), True, None, [], {}]
    assert len(set(map(key, unlike))) == 7


def test_an_item_is_found_by_what_does_not_vary_in_it() -> None:
    items = [{"id": "$id", "name": "a"}, {"id": "$id_2", "name": "b"}]
    like = [{"id": "2", "name": "b"}, {"id": "1", "name": "a"}]
    assert in_order_of(items, like, NAMED("json", items)) == [1, 0]
    assert arranged_tree(items, like, {"json"}, "json", NAMED) == [items[1], items[0]]


def test_a_text_that_is_a_list_takes_the_order_of_another() -> None:
    tree, like = {"p": {"@class": "a  b c"}}, {"p": {"@class": "c a b"}}
    assert arranged_tree(tree, like, {"html.p.@class"}, "html", STEADY) == {"p": {"@class": "c  a b"}}


def test_each_list_is_changed_the_innermost_first() -> None:
    seen: list[str] = []

    def last_first(path: str, items: list[Tree]) -> list[Tree]:
        seen.append(path)
        return items[::-1]

    assert each_list({"a": [["x", "y"], ["z"]]}, "json", last_first) == {"a": [["z"], ["y", "x"]]}
    assert seen == ["json.a[]", "json.a[]", "json.a"]
