from __future__ import annotations

import pytest

from flowtape.capture.sanitise import names


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("email", "email"), ("customerEmail", "email"), ("e-mail", "email"), ("E_MAIL", "email"), ("contact_email_address", "email"),
        ("phoneNumber", "phone"), ("mobile", "phone"), ("cardNumber", "card"), ("PAN", "card"), ("last4", "card_tail"), ("cvc2", "cvv"),
        ("iban", "iban"), ("first_name", "name"), ("lastName", "family_name"), ("customer_name", "name"), ("name", names.BARE_NAME),
        ("billingStreet", "address"), ("address_line_1", "address"), ("address1", "address"), ("zip", "postcode"), ("dob", "birth_date"),
        ("dateOfBirth", "birth_date"), ("X-Forwarded-For", "ip"), ("client_ip", "ip"), ("ssn", "national_id"), ("passwd", "password"),
        ("newPassword", "password"), ("password_hash", "password_hash"), ("X-Api-Key", "api_key"), ("clientSecret", "api_key"),
        ("accessToken", "token"), ("csrf_token", "csrf"),
        ("csrfmiddlewaretoken", "csrf"),
        ("_auth_user_hash", "auth_hash"),
        ("last_login", ""), ("sessionid", "session"), ("sid", "session"), ("Set-Cookie", "cookie"),
        ("user_name", "username"), ("card", "card"),
    ],
)  # fmt: skip
def test_a_name_tells_its_kind(name: str, kind: str) -> None:
    assert names.kind_of(name) == kind


@pytest.mark.parametrize(
    "name", ["id", "order_id", "token_type", "product_name", "file_name", "created_at", "total", "email_verified", "status", "", "quantity", "expires_in", "shipping", "pin_count", "__"]
)  # fmt: skip
def test_a_name_tells_nothing(name: str) -> None:
    assert names.kind_of(name) == ""


def test_parts_of_a_name_inside_an_object() -> None:
    assert names.within("name", "first") == "name"
    assert names.within("customerName", "last") == "family_name"
    assert names.within("phone", "number") == "phone"
    assert names.within("order", "first") == ""
    assert names.within("phone", "kind") == ""


def test_a_bare_name_beside_a_price_is_a_things() -> None:
    assert names.of_thing(frozenset({"id", "name", "price"}))
    assert not names.of_thing(frozenset({"id", "name", "price", "email"}))
    assert not names.of_thing(frozenset({"id", "name"}))
    assert names.thing_table("products")
    assert not names.thing_table("customers")


@pytest.mark.parametrize(("value", "like"), [("Ana Silva", True), ("O'Neil", True), ("山田 太郎", True), ("mug 0.3l", False), ("a_b", False), ("https://x", False), ("x" * 5000, True)])  # fmt: skip
def test_what_looks_like_a_name(value: str, like: bool) -> None:
    assert names.like_name(value) is like
