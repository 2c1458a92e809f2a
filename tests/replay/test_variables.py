from __future__ import annotations

from flowtape.capture.exchange import HttpResponse, RedisReply, Resp, SqlResult
from flowtape.replay.shapes import Integer, Pinned, Timestamp, Uuid
from flowtape.replay.variables import Variables

ONE, TWO = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", "00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69"


def variables() -> Variables:
    return Variables({"id": Uuid(), "id_2": Uuid(), "n": Integer(), "at": Timestamp()}, 1795169472_000000000)


def test_a_variable_is_bound_once_and_the_same_from_then_on() -> None:
    found = variables()
    assert found.unify("/orders/$id/items", f"/orders/{ONE}/items")
    assert found.unify("$id", ONE.upper())
    assert not found.unify("$id", TWO)
    assert found.bound == {"id": ONE}


def test_a_value_of_another_shape_is_not_bound() -> None:
    found = variables()
    assert not found.unify("$id", "robert'); drop table")
    assert not found.unify("$id and $id", f"{ONE} and {TWO}")
    assert not found.unify("$at", "2020-01-01T00:00:00Z")
    assert not found.unify("$id", None)
    assert found.bound == {}


def test_only_declared_names_are_variables() -> None:
    found = variables()
    assert found.names("$1 $order $id2 $id_2 $id") == ["id_2", "id"]
    assert found.unify("$1", "$1")
    assert not found.unify("$1", "x")
    assert found.unify("$order-$id", f"$order-{ONE}")
    assert not found.unify("$order-$id", f"x-{ONE}")
    assert found.render("$order $id2 $id") == f"$order $id2 {ONE}"


def test_one_value_written_in_two_ways_is_one_variable() -> None:
    found = variables()
    assert found.unify("$at", "2026-11-20T10:11:12.5Z")
    assert found.unify("$at", "2026-11-20 10:11:12.500+00")


def test_answers_are_rendered_with_what_is_bound() -> None:
    found = variables()
    assert found.unify("$id $n", f"{ONE} 17")
    rows = found.answer(SqlResult((), (("$id", None, b"$id"),)))
    assert isinstance(rows, SqlResult)
    assert rows.rows == ((ONE, None, b"$id"),)
    http = found.answer(HttpResponse(200, "", (("location", "/$id"),), b'{"id":"$id","n":"$n","s":"no $n","at":"$at"}'))
    assert isinstance(http, HttpResponse)
    assert http.headers == (("location", f"/{ONE}"),)
    assert http.body == f'{{"id":"{ONE}","n":17,"s":"no 17","at":"$at"}}'.encode()
    reply = found.answer(RedisReply(Resp("array", (Resp("bulk", b"k:$id"), Resp("simple", "$n")))))
    assert reply == RedisReply(Resp("array", (Resp("bulk", f"k:{ONE}".encode()), Resp("simple", "17"))))


def test_a_bound_value_cannot_break_out_of_json() -> None:
    from flowtape.replay.shapes import Anything

    found = Variables({"x": Anything()}, 0)
    assert found.unify("$x", '","admin":true,"y":"')
    assert found.body(b'{"x":"$x"}') == b'{"x":"\\",\\"admin\\":true,\\"y\\":\\""}'


def test_a_time_that_has_lost_its_zone_is_not_the_same_though_the_instant_is() -> None:
    found = Variables({"at": Timestamp(zone=True)}, 1795169472_000000000)
    assert found.unify("$at", "2026-11-20T10:11:12Z")
    assert found.unify("$at", "2026-11-20 11:11:12+01")
    assert not found.unify("$at", "2026-11-20T10:11:12")


def test_braces_are_text_and_quotes_around_a_number_are_none() -> None:
    found = Variables({"n": Integer(json="integer"), "id": Uuid()}, 0)
    assert found.names("${n} $n ${other} ${n $id}") == ["n", "n", "id"]
    assert found.unify('{"n":"$n","s":"${n}"}', '{"n":17,"s":"17"}')
    for other in ('{"n":"17","s":"17"}', '{"n":17,"s":17}', '{"n":17.0,"s":"17"}', '{"n":17,"s":"18"}'):
        assert not found.unify('{"n":"$n","s":"${n}"}', other)
    assert (
        found.render('{"n":"$n","s":"${n}","t":"no $n","o":"${other}"}')
        == '{"n":17,"s":"17","t":"no 17","o":"${other}"}'
    )
    assert found.render("$n ${n} ${other}") == "17 17 ${other}"
    assert found.render('[$n] is no JSON: "$n"') == '[17] is no JSON: "17"'


def test_a_number_inside_a_value_that_is_json_is_one_in_answers_too() -> None:
    found = Variables({"n": Integer(json="integer")}, 0)
    assert found.unify("$n", "17")
    rows = found.answer(SqlResult((), (('{"n": "$n"}', '{"$n"}'),)))
    assert isinstance(rows, SqlResult)
    assert rows.rows == (('{"n": 17}', '{"17"}'),)


def test_a_flow_file_without_types_takes_numbers_and_texts() -> None:
    found = Variables({"n": Integer()}, 0)
    for observed in ('{"n":17}', '{"n":"17"}'):
        assert found.unify('{"n":"$n"}', observed)


def test_what_is_pinned_keeps_its_type() -> None:
    found = Variables({"n": Pinned("17", Integer(json="integer"))}, 0)
    assert found.unify('"$n"', "17")
    assert not found.unify('"$n"', '"17"')
