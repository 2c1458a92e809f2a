from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.form import by_name, edited, read


def test_fields_by_name_and_repeated_ones_in_their_order() -> None:
    assert read(b"b=2&a=%20x&b=1&c=") == {"b": ["2", "1"], "a": " x", "c": ""}
    assert read(b"\xff") is None
    assert by_name([("a", 1)]) == {"a": 1}


def test_an_edit_sees_values_without_their_escapes_and_leaves_a_variable_bare() -> None:
    body = b"at=2026-11-20T10%3A11%3A12Z&x=a%26b"
    assert edited(body, lambda text: text.replace("2026-11-20T10:11:12Z", "$at")) == b"at=$at&x=a%26b"
    assert edited(body, str) == body


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4))
def test_an_edited_form_says_the_rest_as_before(pairs: list[tuple[str, str]]) -> None:
    try:
        body = urlencode(pairs).encode()
    except UnicodeEncodeError:
        return
    changed = edited(body, lambda text: text + "!")
    assert parse_qsl(changed.decode(), keep_blank_values=True) == [(name, value + "!") for name, value in pairs]
