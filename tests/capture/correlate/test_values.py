from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.correlate.values import answered, asked, normal, rare
from flowtape.capture.exchange import (
    Column,
    HttpRequest,
    HttpResponse,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)

ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiIsInJvbGUiOiJidXllciJ9.c2ln"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("19.90", "19.9"),
        ("42", "+42"),
        ("42.00", "42"),
        ("t", "true"),
        ("f", "False"),
        (ID, ID.upper()),
        ("2026-11-20 10:11:12.120+00", "2026-11-20T10:11:12.12Z"),
        ("2026-11-20 10:11:12", "2026-11-20T10:11:12+00:00"),
    ],
)
def test_equal_values_are_equal_however_they_are_written(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(("one", "other"), [("100", "1"), ("0.5", "5"), ("42", "042"), ("-1", "1"), ("true", "truth")])
def test_other_values_are_not(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@given(st.text())
def test_a_normal_value_is_its_own(text: str) -> None:
    assert normal(normal(text)) == normal(text)


def test_a_request_is_taken_apart() -> None:
    headers = (("Authorization", f"Bearer {TOKEN}"), ("Cookie", "cart=7; lang=en"), ("Host", "shop"), ("X-Tenant", "9"))
    found = asked(
        HttpRequest("POST", f"/carts/{ID}?page=2&page=3", headers, b'{"items": [{"product": 1}, {"product": 5}]}')
    )
    assert found["path.2"] == {ID}
    assert found["query.page"] == {"2", "3"}
    assert found["header.authorization.claims.sub"] == {"42"}
    assert found["cookie.cart"] == {"7"}
    assert found["header.x-tenant"] == {"9"}
    assert found["json.items.*.product"] == {"1", "5"}
    assert "header.host" not in found


def test_a_form_and_a_comma_list_are_taken_apart() -> None:
    form = (("content-type", "application/x-www-form-urlencoded"),)
    found = asked(HttpRequest("POST", "/a", form, b"customer=4&products=11,12,13"))
    assert found["form.customer"] == {"4"}
    assert found["form.products,"] == {"11", "12", "13"}


def test_a_statement_has_its_values_in_the_text_or_bound() -> None:
    bound = asked(SqlStatement("SELECT a FROM t WHERE b = $1 AND c = 19.90", ("42",)))
    assert sorted(bound.values(), key=str) == [{"19.9"}, {"42"}]
    assert asked(SqlStatement("SELECT a FROM t WHERE b = 42 AND c = 19.90")) == bound


def test_json_within_a_value_is_taken_apart() -> None:
    cached = json.dumps({"id": ID, "items": [{"product": 5, "price": "19.90"}]}).encode()
    found = answered(RedisReply(Resp("bulk", cached)))
    assert found["reply.json.id"] == {ID}
    assert found["reply.json.items.*.price"] == {"19.9"}
    stored = asked(RedisCommand((b"SET", f"cart:{ID}".encode(), cached)))
    assert stored["0:1"] == {ID}
    assert not [place for place in stored if place.startswith("1:")], "what is stored is no key"


def test_an_id_within_a_sentence_is_found() -> None:
    assert ID in {value for held in asked(SqlStatement("SELECT $1", (f"Your order {ID}",))).values() for value in held}


def test_rows_are_taken_by_their_columns() -> None:
    columns = (Column("id", 23), Column("tags", 1009))
    found = answered(SqlResult(columns, (("1", "{a,b}"), ("2", None)), "SELECT 2"))
    assert found["rows.id"] == {"1", "2"}
    assert found["rows.tags,"] == {"a", "b"}


def test_a_body_of_no_structure_is_taken_by_words() -> None:
    found = answered(HttpResponse(200, "OK", (), b"id,amount\n7,1.50\n"))
    assert {"7", "1.5"} <= found["words"]


@given(st.binary(max_size=300), st.text(max_size=200))
def test_nothing_that_is_heard_is_an_error(body: bytes, text: str) -> None:
    asked(HttpRequest("GET", text, (("cookie", text), ("authorization", text)), body))
    answered(HttpResponse(200, "", (("content-encoding", "gzip"),), body))
    asked(RedisCommand((b"SET", body, text.encode("utf-8", "replace"))))
    asked(SqlStatement(text, (body, text, None)))


def test_what_is_huge_stays_small() -> None:
    tree: Any = {f"k{number}": list(range(1000)) for number in range(1000)}
    found = answered(HttpResponse(200, "", (), json.dumps(tree)[:60_000].encode()))
    found |= answered(RedisReply(Resp("array", tuple(Resp("integer", number) for number in range(100_000)))))
    assert sum(map(len, found.values())) < 50_000


def test_rare_is_what_hardly_comes_about_twice_by_chance() -> None:
    cart = "9781e2d9-d35d-41d1-8e55-b5e8aae43574"
    places = asked(RedisCommand((b"SET", f"cart:{cart}".encode(), b"1", b"a plain sentence")))
    assert cart in rare((places,))
    assert not rare((places,)) & {"1", "cart", "a plain sentence"}
