"""Values out of texts."""

from __future__ import annotations

from flowtape.capture.sql.fold import MARKER, fold


def shown(text: str) -> str:
    return MARKER.sub("?", fold(text).text)


def test_values_leave_markers() -> None:
    assert shown("select 1, 'a', $1, true, null from t") == "select ? , ? , ? , ? , ? from t"


def test_null_and_booleans_that_are_no_values_stay() -> None:
    assert shown("select a is null, b is not true, c is not null") == "select a is null , b is not true , c is not null"
    assert shown("create table t (a int not null default null)").endswith("not null default null )")


def test_casts_on_values_go_and_others_stay() -> None:
    assert shown("select $1::timestamp(3) with time zone, '1'::s.t[], a::double precision") == (
        "select ? , ? , a :: double precision"
    )
    assert shown("select '1'::character varying(10)::text") == "select ( ? ) :: text"
    assert shown("select '1'::uuid::UUID, a::uuid::uuid") == "select ? , a :: uuid :: uuid"
    assert shown("select '1'::uuid::uuid::text, '1'::text::uuid") == "select ( ? ) :: text , ( ? ) :: uuid"


def test_lists_are_as_long_as_one() -> None:
    assert shown("select a in (1,2,3)") == shown("select a in (4)")
    assert shown("insert into t values (1, now()), (2, now())") == shown("insert into t values (3, now())")
    assert shown("insert into t values (1, now()), (2, default)") != shown("insert into t values (3, now())")
    assert shown("select a in (1, b)") == "select a in ( ? , b )"
    assert shown("select (a, b) in ((1, 2), (3, 4)) or c in (5, 6)") == shown("select (a, b) in ((1, 2)) or c in (5)")
    assert shown("select (a, b) in ((1, 2), (3, c))") == "select ( a , b ) in ( ( ? , ? ) , ( ? , c ) )"
    assert len(fold("insert into t values " + ",".join(["(1,'x')"] * 5000)).text) < 100


def test_an_array_of_placeholders_stays() -> None:
    assert shown("select array[$1, $2]") == "select array [ ? , ? ]"
    assert [group.rows[0][0].value for group in fold("select array['a,b', 'null', '\"', 'c']").groups] == [
        '{"a,b","null","\\"",c}'
    ]


def test_a_sign_belongs_to_a_number_only_where_no_operand_precedes() -> None:
    assert shown("select -1, a-1, a - -1, (-1), ) -1") == "select ? , a - ? , a - ? , ( ? ) , ) - ?"


def test_rows_that_do_not_close_stay() -> None:
    assert shown("values (1, 2), (3") == "values ( ? , ? ) , ( ?"
    assert shown("a in ((1, 2), (3") == "a in ( ( ? , ? ) , ( ?"
    assert shown("a in ((1, 2)") == "a in ( ( ? , ? )"
    assert shown("in ((") == "in ( ("


def test_a_uuid_has_its_dashes_where_it_is_said_to_be_one() -> None:
    def values(text: str) -> list[object]:
        return [group.rows[0][0].value for group in fold(text).groups]

    bare, dashed = "5602c80dc9a8473f92e811a6352e5e18", "5602c80d-c9a8-473f-92e8-11a6352e5e18"
    assert values(f"select '{bare}'::uuid, '{dashed}'::uuid") == [dashed, dashed]
    assert values(f"select '{bare}', '{bare}'::text, '{bare[:-1]}'::uuid, $1::uuid") == [bare, bare, bare[:-1], None]
