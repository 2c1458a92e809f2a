from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.reporting import markdown
from flowtape.replay.reporting.entry import Entry

Make = Callable[..., Entry]


def outside_of_fences(text: str) -> str:
    """What a reader of Markdown takes for more than plain text (CommonMark 0.31, "Fenced code blocks")."""
    left, fence = [], ""
    for line in text.splitlines():
        if fence:
            fence = "" if re.fullmatch(rf"{fence}`*\s*", line) else fence
        elif opening := re.match(r"(`{3,})[^`]*\Z", line):
            fence = opening[1]
        else:
            left.append(line)
    assert not fence, "a fence is left open"
    return "\n".join(left)


def test_a_table_of_verdicts_and_what_to_look_at(entry: Make) -> None:
    text = markdown.written([entry(), entry("regression"), entry("drift", notes=["a read is no longer asked"])])
    assert text.startswith("## flowtape: 1 regression, 1 drift, 1 passed\n")
    assert "| ❌ regression | 1 |" in text
    assert "response.status: recorded 201, got 500" in text
    assert "note: a read is no longer asked" in text
    assert "do something about" in text


def test_a_run_without_flows_says_so() -> None:
    assert markdown.written([]) == "## flowtape: no flow was replayed\n"


def test_a_change_that_was_accepted_is_a_diff(entry: Make) -> None:
    assert "```diff\n-was\n+is\n```" in markdown.written([entry("regression", accepted="-was\n+is")])


def test_nothing_hostile_becomes_markup(entry: Make, hostile: str) -> None:
    entries = [
        entry("regression", hostile, flow=hostile, lines=[hostile], notes=[hostile], error=hostile, next=hostile),
        entry("broken", hostile, lines=[hostile, "````", "</details>"]),
        entry("regression", file=hostile, accepted=hostile),
    ]
    text = markdown.written(entries)
    left = outside_of_fences(text)
    assert not set("\x1b\x07\u202e\r") & set(text)
    assert "<img" not in left
    for line in left.splitlines():
        if "@all" in line:
            assert re.fullmatch(r"<details><summary>[^<]*<code>[^<]*</code>[^<]*</summary>", line), line


@given(st.lists(st.text(st.sampled_from("`~ \n<>\\|x"), max_size=30), max_size=5))
def test_no_text_ends_its_fence(texts: list[str]) -> None:
    block = markdown._fenced(texts, "")
    assert outside_of_fences(f"{block}\nafter") == "after"


def test_a_page_is_never_too_large_for_its_place(entry: Make) -> None:
    text = markdown.written([entry("regression", f"t.py::{number}", lines=["é" * 999] * 40) for number in range(40)])
    assert len(text.encode()) < 1024 * 1024
    assert text.endswith("… and more: this page is full.\n")
    assert text.count("<details>") == text.count("</details>")
