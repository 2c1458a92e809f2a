from __future__ import annotations

import keyword
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.testgen.endpoint import module_name, slug, template

TEMPLATES = {
    "/": "/",
    "/orders": "/orders",
    "/orders/": "/orders/",
    "/orders/42": "/orders/{id}",
    "/orders/42/items/7?x=1": "/orders/{id}/items/{id}",
    "/orders/3f2504e0-4f89-41d3-9a0c-0305e82c3301": "/orders/{id}",
    "/orders/3F2504E04F8941D39A0C0305E82C3301": "/orders/{id}",
    "/objects/507f1f77bcf86cd799439011": "/objects/{id}",
    "/users/ana%40example.com": "/users/{id}",
    "/users/ana@example.com/cart": "/users/{id}/cart",
    "/t/eyJhbGciOiJIUzI1NiJ9": "/t/{id}",
    "/v1/orders": "/v1/orders",
    "/health-check_2.json": "/health-check_2.json",
    "/deliberately": "/deliberately",
    "/facade": "/facade",
    "/effaceddecade": "/effaceddecade",
    "/a%2Fb": "/{id}",
    "/a b": "/{id}",
    "/%0aimport os": "/{id}",
    "//evil.example/orders": "//evil.example/orders",
    "http://shop.example/orders/42": "/orders/{id}",
    "http://[broken/orders": "{id}//{id}/orders",
    "?q=1": "/",
    "/" + "x" * 40: "/{id}",
}


@pytest.mark.parametrize(("target", "expected"), TEMPLATES.items())
def test_what_tells_one_thing_from_another_is_taken_out(target: str, expected: str) -> None:
    assert template(target) == expected


@given(st.text())
def test_any_target_has_a_template_that_is_its_own(target: str) -> None:
    found = template(target)
    assert found
    assert re.fullmatch(r"(?:[A-Za-z0-9_.~/-]|\{id\})+", found)


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
