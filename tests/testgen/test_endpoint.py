from __future__ import annotations

import keyword
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.testgen.endpoint import module_name, slug


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("POST /orders", "post_orders"),
        ("cardDeclined", "card_declined"),
        ("Not Found", "not_found"),
        ("../../etc/passwd", "etc_passwd"),
        ("'; DROP TABLE", "drop_table"),
        ("", "root"),
        ("żółć", "root"),
        ("a" * 59 + " bcd", "a" * 59),
    ],
)
def test_a_slug_is_words_joined(text: str, expected: str) -> None:
    assert slug(text) == expected


@given(st.text(max_size=200))
def test_a_slug_can_be_a_file_and_part_of_an_identifier(text: str) -> None:
    found = slug(text)
    assert re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)*", found)
    assert len(found) <= 60
    assert f"test_{found}".isidentifier()
    assert not keyword.iskeyword(f"test_{found}")


def test_a_module_is_named_after_its_endpoint() -> None:
    assert module_name("POST", "/orders") == "post_orders"
    assert module_name("GET", "/orders/{id}/items") == "get_orders_id_items"
    assert module_name("GET", "/") == "get"
