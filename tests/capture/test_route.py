from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.route import segments, template

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
    "/bookings/D4F7E1E8": "/bookings/{id}",
    "/articles/SKU-1001/stock": "/articles/{id}/stock",
    "/commits/9f3ab21c": "/commits/{id}",
    "/v1/orders": "/v1/orders",
    "/V2/ORDERS": "/V2/ORDERS",
    "/A4": "/A4",
    "/base64/PNG": "/base64/PNG",
    "/WEBHOOKS2": "/WEBHOOKS2",
    "/sha256": "/sha256",
    "/face2face": "/face2face",
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


def test_segments_are_what_stands_between_the_slashes() -> None:
    assert segments("/users/ana%40example.com/?page=2") == ["", "users", "ana@example.com", ""]
