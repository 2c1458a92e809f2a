from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.html_body import read
from flowtape.replay.bodies.tree import leaves

PAGE = """<!DOCTYPE html><html><body><form action="/pay" method="post">
<input type="hidden" name="csrf" value="a1b2"><p>Total: <b>19.90</b> now<ul><li>one<li>two</ul></form></body></html>"""


def test_elements_have_paths_that_a_person_can_read() -> None:
    found = dict(leaves(read(PAGE), "html"))
    assert found["html.html.body.form.@action"] == "/pay"
    assert found["html.html.body.form.input.@value"] == "a1b2"
    assert found["html.html.body.form.p.b"] == "19.90"
    assert found["html.html.body.form.p.ul.li:2"] == "two"


@pytest.mark.parametrize(
    "same",
    [
        PAGE.replace("\n", " \n\t "),
        PAGE.replace('action="/pay" method="post"', "METHOD=post ACTION='/pay'"),
        PAGE.replace("<li>one<li>two", "<li>one</li> <li>two</li>"),
        PAGE.replace('value="a1b2">', 'value="a1b2" />'),
        PAGE.replace("DOCTYPE", "doctype"),
    ],
)
def test_the_same_page_written_otherwise(same: str) -> None:
    assert read(same) == read(PAGE)


@pytest.mark.parametrize(
    ("old", "new"),
    [("/pay", "/charge"), ("19.90", "19.9"), ("now", "later"), ("<b>19.90</b> now", "now <b>19.90</b>"), ("<li>two", ""),
     ("post", "get"), ("<p>", "<p hidden>"), ("</form>", "</form><!-- debug -->"), ("<b>", "<i>")],
)  # fmt: skip
def test_a_change_of_the_page_is_a_difference(old: str, new: str) -> None:
    assert read(PAGE.replace(old, new)) != read(PAGE)


def test_white_space_counts_where_it_is_shown() -> None:
    assert read("<pre>a  b</pre>") != read("<pre>a b</pre>")
    assert read("<p>a  b</p>") == read("<p>a b</p>")


@pytest.mark.parametrize("page", ["<div>" * 9999, "<![x[", "<" * 50 + "!" * 50])
def test_what_is_broken_on_purpose_does_not_raise(page: str) -> None:
    read(page)


@given(st.text(alphabet="<>/!-[]&;ab=\"' \n", max_size=60))
def test_nothing_raises(page: str) -> None:
    read(page)
