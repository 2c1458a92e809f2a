"""What a developer gave to variables by hand survives; what cannot is said."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowtape.replay.flowfile import Case, dump, parse
from flowtape.testgen.given import LEVEL, carried

TEMPLATE = """
flowtape: 1
captured: {{at: 2026-11-20T10:11:12.123456Z}}
variables: {{{variables}}}
request: {{method: POST, target: /orders, json: {{cart: 42}}}}
calls:
{calls}
response:
  status: 201
  headers: {{location: {location}}}
  json: {{{json}}}
"""
CALLS = """
- db: SELECT id FROM carts WHERE id = $1
  parameters: [42]
  rows: [{{id: 42}}]
  columns: {{id: int4}}
- db: INSERT INTO orders (id, at) VALUES ($1, $2)
  parameters: [{id}, {at}]
  types: [uuid, timestamptz]
  affected: 1
- cache: PUBLISH orders {id}
  reply: 0
"""
LEARNED = "order_id: {uuid: 4}, placed_at: {timestamp: iso8601, zone: true, digits: 6, from: -1s, to: 2s}"
WRITES = CALLS[CALLS.index("- db: INSERT") :]
ID = "5f0c9a3e-8f0e-4c55-9a43-0c2f7a0d8a11"


def case(
    variables: str = LEARNED,
    id_: str = "$order_id",
    at: str = "$placed_at",
    json: str = "id: $order_id, at: $placed_at, currency: EUR",
    location: str = "/orders/$order_id",
    calls: str = CALLS,
) -> Case:
    written = calls.format(id=id_, at=at)
    return parse(TEMPLATE.format(variables=variables, calls=written, json=json, location=location), None)


def test_what_was_left_alone_is_as_it_was_learned() -> None:
    found = carried(case(), case(), LEVEL)
    assert dump(found.case) == dump(case())
    assert (found.tried, found.lost) == (0, ())


def test_a_name_by_hand_is_kept_at_every_place() -> None:
    before = case(
        LEARNED.replace("order_id", "ref"),
        "$ref",
        json="id: $ref, at: $placed_at, currency: EUR",
        location="/orders/$ref",
    )
    found = carried(before, case(), LEVEL)
    assert dump(found.case) == dump(before)
    assert (found.tried, found.lost) == (0, ())


def test_names_may_change_places_and_those_of_new_variables_give_way() -> None:
    before = case(
        LEARNED.replace("order_id", "x").replace("placed_at", "order_id").replace("x:", "placed_at:"),
        "$placed_at", "$order_id", "id: $placed_at, at: $order_id", "/orders/$placed_at",
    )  # fmt: skip
    assert dump(carried(before, case(json="id: $order_id, at: $placed_at"), LEVEL).case) == dump(before)
    before = case("track: {uuid: 4}", "$track", "then", "id: $track", "/orders/$track")
    now = case("order_id: {uuid: 4}, track: {uuid: 7}", at="then", json="id: $order_id, track: $track")
    found = carried(before, now, LEVEL).case
    assert list(found.variables) == ["track", "track_2"]
    assert found.response.body == b'{"id":"$track","track":"$track_2"}'


@settings(deadline=None)
@given(st.permutations(["a", "order_id", "placed_at", "id_2", *string.ascii_uppercase[:3]]))
def test_whatever_the_names_are_they_are_kept(names: list[str]) -> None:
    before = case(
        LEARNED.replace("order_id", "FIRST").replace("placed_at", names[1]).replace("FIRST", names[0]),
        f"${names[0]}", f"${names[1]}", f"id: ${names[0]}, at: ${names[1]}", f"/orders/${names[0]}",
    )  # fmt: skip
    found = carried(before, case(json="id: $order_id, at: $placed_at"), LEVEL)
    assert dump(found.case) == dump(before)


def test_calls_that_came_and_went_do_not_matter() -> None:
    before = case(LEARNED.replace("order_id", "ref"), "$ref", json="id: $ref, at: $placed_at", location="/orders/$ref")
    more = "- db: SELECT name FROM shops\n  rows: [{{name: one}}]\n  columns: {{name: text}}\n"
    found = carried(before, case(json="at: $placed_at", location="/orders", calls=more + WRITES), LEVEL)
    assert list(found.case.variables) == ["ref", "placed_at"]
    assert "$order_id" not in dump(found.case)[0]
    assert found.lost == ()


def test_a_name_that_has_become_a_text_of_the_flow_is_not_used() -> None:
    before = case(LEARNED.replace("order_id", "EUR"), "$EUR", json="id: $EUR, at: $placed_at", location="/orders/$EUR")
    found = carried(before, case(json="id: $order_id, at: $placed_at, price: 'in $EUR'"), LEVEL)
    assert set(found.case.variables) == {"order_id", "placed_at"}
    assert found.lost == ("EUR: {uuid: 4}, and response.headers[0].location is /orders/$order_id now",)


def test_a_shape_by_hand_is_on_trial() -> None:
    before = case(LEARNED.replace("{uuid: 4}", "{any: {}}").replace("to: 2s", "to: 5m"))
    found = carried(before, case(), LEVEL)
    assert dump(found.case) == dump(before)
    assert (found.tried, found.lost) == (1, ())
    failed = carried(before, case(), 0)
    assert dump(failed.case) == dump(case())
    assert failed.lost[0] == "order_id: {any: {}}, learned anew as {uuid: 4}"


def test_a_pinned_value_is_on_trial() -> None:
    before = case(LEARNED.replace("{uuid: 4}", f"{{uuid: 4, value: {ID}}}"))
    found = carried(before, case(), LEVEL)
    assert dump(found.case) == dump(before)
    assert found.tried == 1
    assert carried(before, case(), 0).lost == (f"order_id: {{uuid: 4, value: {ID}}}, learned anew as {{uuid: 4}}",)


def test_what_does_not_vary_stays_a_variable_if_it_is_of_its_shape() -> None:
    before = case(f"{LEARNED}, currency: EUR", json="id: $order_id, at: $placed_at, currency: $currency")
    found = carried(before, case(), LEVEL)
    assert dump(found.case) == dump(before)
    assert (found.tried, found.lost) == (1, ())
    other = carried(before, case(json="id: $order_id, at: $placed_at, currency: USD"), LEVEL)
    assert "currency" not in other.case.variables
    assert other.lost == ("currency: pinned to EUR, and response.json.currency is USD now",)
    gone = carried(before, case(json="id: $order_id, at: $placed_at"), LEVEL)
    assert gone.lost == ("currency: pinned to EUR, and nothing stands where it stood",)


def test_one_variable_is_one_value_at_all_its_places() -> None:
    before = case(f"{LEARNED}, c: {{any: {{}}}}", json="id: $order_id, at: $placed_at, price: $c, tax: $c")
    same = carried(before, case(json="id: $order_id, at: $placed_at, price: '5', tax: '5'"), LEVEL)
    assert dump(same.case) == dump(before)
    other = carried(before, case(json="id: $order_id, at: $placed_at, price: '5', tax: '6'"), LEVEL)
    assert "c" not in other.case.variables
    assert other.lost == ("c: {any: {}}, and response.json.tax is 6 now",)


def test_a_variable_that_was_learned_goes_without_a_word() -> None:
    now = case("placed_at: {timestamp: iso8601, from: -1s, to: 2s}", "none", json="at: $placed_at", location="/orders")
    found = carried(case(json="at: $placed_at", location="/orders"), replace(now, calls=now.calls[:1]), LEVEL)
    assert list(found.case.variables) == ["placed_at"]
    assert [words for words in found.lost if words.startswith("order_id")] == []


def test_a_place_that_held_two_variables_is_not_taken_for_one() -> None:
    before = case(f"{LEARNED}, a: {{any: {{}}}}, b: {{any: {{}}}}", json="id: $order_id, at: $placed_at, link: '$a/$b'")
    found = carried(before, case(json="id: $order_id, at: $placed_at, link: x/y"), LEVEL)
    assert found.lost == tuple(f"{name}: {{any: {{}}}}, and response.json.link is x/y now" for name in "ab")
    assert found.tried == 0


def test_a_value_written_out_is_on_trial_where_it_could_be_one() -> None:
    before = case(json=f"id: {ID}, at: $placed_at, currency: EUR")
    found = carried(before, case(), LEVEL)
    assert dump(found.case) == dump(before)
    assert found.tried == 2
    failed = carried(before, case(), 1)
    assert dump(failed.case) == dump(case())
    assert failed.lost == (f"response.json.id: {ID} was written there, and $order_id varies",)
    assert carried(case(json="id: none, at: $placed_at, currency: EUR"), case(), LEVEL).lost == ()


def test_what_is_written_out_everywhere_leaves_no_variable() -> None:
    before = case("placed_at: {timestamp: iso8601, from: -1s, to: 2s}", ID, json=f"id: {ID}", location=f"/orders/{ID}")
    found = carried(before, case(json="id: $order_id"), LEVEL)
    assert list(found.case.variables) == ["placed_at"]


def test_claims_follow_the_names_and_are_learned_anew() -> None:
    token = "{jwt: {header: {alg: HS256}, claims: {sub: '%s', jti: $%s}}}"
    before = case(
        f"ref: {{uuid: 4}}, token: {token % (1, 'ref')}", "$ref", "x", "id: $ref, token: $token", "/orders/$ref"
    )
    now = case(f"order_id: {{uuid: 4}}, jwt: {token % (2, 'order_id')}", at="x", json="id: $order_id, token: $jwt")
    found = carried(before, now, LEVEL)
    assert found.case.variables["token"].dump()["jwt"]["claims"] == {"sub": "2", "jti": "$ref"}
    assert found.lost == ()


def test_lists_in_any_order_by_hand_stay() -> None:
    before = replace(case(json="tags: [a, b]"), unordered=("response.json.tags", "calls[1].json.gone"))
    assert carried(before, case(json="tags: [b, a]"), LEVEL).case.unordered == ("response.json.tags",)


@pytest.mark.parametrize("asked", [True, False])
def test_a_budget_whose_question_is_gone_is_said(asked: bool) -> None:
    before = case(calls=CALLS.replace("  rows: [{{id: 42}}]", "  rows: [{{id: 42}}]\n  budget: 5"))
    now = case() if asked else case(calls=WRITES)
    lost = carried(before, now, LEVEL).lost
    assert lost == (() if asked else ("budget 5: `SELECT id FROM carts WHERE id = $1` is not asked any more",))
