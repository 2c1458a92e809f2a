from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.flowfile.comments import with_comments
from flowtape.replay.flowfile.document import read, write

BEFORE = """\
# An order that is paid by card.
flowtape: 1
request:
  method: POST  # as the app sends it
  # the customer is a test one
  json: {customer: 7, note: '# no comment'}
calls:
- db: |
    SELECT email # no comment either
    FROM customers
  rows: []  # nobody
# in the shop's own words
response:
  status: 201
  text: >-
    one
    # two
    three
# the end
"""


def test_nothing_changes_where_nothing_changed() -> None:
    after = "".join(
        line for line in BEFORE.splitlines(keepends=True) if not line.lstrip().startswith("# ") or "two" in line
    )
    after = after.replace("  # as the app sends it", "").replace("  # nobody", "")
    assert read(after, "") == read(BEFORE, "")
    assert with_comments(BEFORE, after) == BEFORE


def test_what_changes_keeps_the_comments_around_it() -> None:
    after = write(
        {
            "flowtape": "1",
            "request": {"method": "PUT", "json": {"customer": "7", "note": "# no comment"}},
            "response": {"status": "201", "text": "one # two three"},
        }
    )
    made = with_comments(BEFORE, after)
    assert read(made, "") == read(after, "")
    assert [
        line.strip() for line in made.splitlines() if "# " in line and "note" not in line and "text" not in line
    ] == [
        "# An order that is paid by card.",
        "# as the app sends it",
        "# the customer is a test one",
        "# nobody",
        "# in the shop's own words",
        "# the end",
    ]


def test_behind_a_line_that_goes_on_now_a_comment_stands_above_it() -> None:
    assert with_comments("a: one  # why\nb: 2\n", "a: one\n  more\nb: 2\n") == "# why\na: one\n  more\nb: 2\n"


@pytest.mark.parametrize("before", ["", "a: 1\n", "a: '# none'\n", "\t# no yaml\n\tx: {"])
def test_where_there_is_no_comment_or_no_yaml_nothing_is_added(before: str) -> None:
    assert with_comments(before, "a: 2\n") == "a: 2\n"


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["# x", "a # b", "two\n# lines\n", "- x: # y", "long " * 40 + "# z"]
)
DATA = st.dictionaries(
    st.from_regex(r"[a-z]{1,5}", fullmatch=True),
    st.recursive(TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), inner, max_size=3), max_leaves=6),
    max_size=5,
)  # fmt: skip


@given(DATA, DATA, st.data())
def test_comments_are_all_kept_and_change_nothing(
    old: dict[str, object], new: dict[str, object], data: st.DataObject
) -> None:
    lines = write(old).splitlines()
    places = data.draw(st.lists(st.integers(0, len(lines)), max_size=4, unique=True))
    for number, place in enumerate(sorted(places, reverse=True)):
        lines.insert(place, f"# comment {number}")
    before, after = "\n".join(lines) + "\n", write({**old, **new})
    if read_or_none(before) != old:
        return  # it stands inside of a text
    behind = data.draw(st.integers(0, len(lines) - 1))
    marked = "\n".join([*lines[:behind], f"{lines[behind]}  # behind", *lines[behind + 1 :]]) + "\n"
    if (
        read_or_none(marked) == old
        and not lines[behind].startswith("#")
        and not lines[behind].endswith((">-", ">", "|", "|-"))
    ):
        assert "# behind" in with_comments(marked, after)
        assert with_comments(marked, write(old)) == marked
    made = with_comments(before, after)
    assert read(made, "") == read(after, "")
    assert all(f"# comment {number}" in made for number in range(len(places)))
    assert with_comments(before, write(old)) == before


def read_or_none(text: str) -> object:
    try:
        return read(text, "")
    except ValueError:
        return None
