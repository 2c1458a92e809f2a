from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.events import edited, read


def test_events_with_their_fields() -> None:
    text = ': ping\n\nevent: paid\nid: 7\ndata: {"total": 19.90}\n\ndata: one\ndata:two\n\n'
    assert read(text) == [{"event": "paid", "id": "7", "data": {"total": "19.90"}}, {"data": "one\ntwo"}]


def test_line_ends_and_comments_do_not_count() -> None:
    assert read("data: a\r\n\r\n: x\r\ndata: b") == read("data: a\n\ndata: b\n\n")


def test_data_that_only_begins_like_json_is_text() -> None:
    assert read("data: {no") == [{"data": "{no"}]


@given(st.text(max_size=40))
def test_nothing_raises(text: str) -> None:
    read(text)


def test_each_field_is_edited_by_itself() -> None:
    seen: list[str] = []

    def edit(text: str) -> str:
        seen.append(text)
        return text.upper()

    assert (
        edited(b'id: a\r\ndata: {"a": 1}\ndata:b\n: comment\n\n', edit)
        == b'id: A\r\ndata: {"A": 1}\ndata:B\n: comment\n\n'
    )
    assert seen == ["a", '{"a": 1}', "b"]
    assert edited(b"data: \xff\n", str) == b"data: \xff\n"
