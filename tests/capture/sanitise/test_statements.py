from __future__ import annotations

import pytest

from flowtape.capture.exchange import Column, SqlNotice, SqlResult, SqlStatement, Value
from flowtape.capture.sanitise import statements
from flowtape.capture.sanitise.visitor import Visitor


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1 FROM c WHERE email = 'x1' AND id = 7", "SELECT 1 FROM c WHERE email = '‹username›' AND id = 7"),
        ("SELECT 1 FROM c WHERE note = 'to a@quux.de' -- a@quux.de", "SELECT 1 FROM c WHERE note = 'to ‹email›' -- ‹email›"),
        ("INSERT INTO c (doc) VALUES ('{\"pin\": \"1\"}'::jsonb)", "INSERT INTO c (doc) VALUES ('{\"pin\":\"‹password›\"}'::jsonb)"),
        ("SELEKT 'a@quux.de' 'x1'", "SELEKT '‹email›' 'x1'"),
        ("SELECT 1 FROM c WHERE email = ANY('{x1,NULL,\"x,2\"}')", "SELECT 1 FROM c WHERE email = ANY('{‹username›,NULL,\"‹username›\"}')"),
        ("SELECT /*traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/ 1", "SELECT /*traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/ 1"),
    ],
)  # fmt: skip
def test_literals_are_replaced_in_place(marking: Visitor, text: str, expected: str) -> None:
    assert statements.statement(marking, SqlStatement(text)).text == expected


@pytest.mark.parametrize(
    ("kind", "value", "oid", "expected"),
    [
        ("email", None, 25, None), ("email", "", 25, ""), ("email", "a@quux.de", 25, "‹email›"), ("", "a@quux.de", 25, "‹email›"),
        ("", "7", 23, "7"), ("phone", "x", 23, "x"), ("session", "550e8400-e29b-41d4-a716-446655440000", 2950, "‹session›"),
        ("username", "550e8400-e29b-41d4-a716-446655440000", 2950, "550e8400-e29b-41d4-a716-446655440000"), ("password", "t", 16, "t"),
        ("birth_date", "1987-03-04", 1082, "‹birth_date›"), ("", "2026-11-20", 1082, "2026-11-20"), ("password", "2026-11-20 10:11:12", 1114, "2026-11-20 10:11:12"),
        ("", "84.17.49.203/32", 869, "‹ip›"), ("", '{"pin": "1"}', 3802, '{"pin":"‹password›"}'), ("email", "{x1}", 1009, "{‹username›}"),
        ("", "\\x" + b"a@quux.de".hex(), 17, "\\x" + "‹email›".encode().hex()), ("", b"\xff\0", 0, b"??"), ("email", b"x1", 0, "‹username›".encode()),
        ("", "{}", 1009, "{}"), ("keep", "a@quux.de", 25, "a@quux.de"),
    ],
)  # fmt: skip
def test_a_value_keeps_its_type(marking: Visitor, kind: str, value: Value, oid: int, expected: Value) -> None:
    assert statements.cell(marking, kind, value, oid) == expected


class Numbers:
    """Answers with a number that no int4 holds."""

    def value(self, kind: str, value: str) -> str:
        return "9999999999"


def test_a_number_stays_in_its_types_range() -> None:
    assert int(str(statements.cell(Numbers(), "phone", "1712345678", 23))) < 2**31  # type: ignore[arg-type]
    assert statements.cell(Numbers(), "phone", "1712345678", 20) == "9999999999"  # type: ignore[arg-type]


def test_results_go_by_origin_and_by_name(marking: Visitor) -> None:
    columns = (Column("a", 25), Column("b", 25), Column("id", 20), Column("name", 25))
    asked = SqlStatement("SELECT email AS a, note AS b, id, name FROM products")
    made = statements.result(marking, asked, SqlResult(columns, (("x1", "x1", "7", "Kettle"),)))
    assert made.rows == (("‹username›", "x1", "7", "Kettle"),)
    star = SqlStatement("SELECT * FROM customers")
    made = statements.result(
        marking, star, SqlResult((Column("phone", 25), Column("x", 25)), (("12345", "12345"), (None, "a@quux.de")))
    )
    assert made.rows == (("‹phone›", "12345"), (None, "‹email›"))


def test_errors_lose_their_values_and_keep_their_codes(marking: Visitor) -> None:
    notice = SqlNotice((("C", "23505"), ("D", "Key (email, phone)=(x1, 12345) already exists."), ("n", "c_email_key")))
    made = statements.result(marking, SqlStatement("SELECT 1"), SqlResult(error=notice, notices=(notice,)))
    assert (
        made.error
        == made.notices[0]
        == SqlNotice(
            (("C", "23505"), ("D", "Key (email, phone)=(‹username›, ‹phone›) already exists."), ("n", "c_email_key"))
        )
    )


def test_copy_goes_by_its_columns(marking: Visitor) -> None:
    asked = SqlStatement("COPY c (id, email) FROM STDIN", copy_in=b"1\tx1\n")
    assert statements.statement(marking, asked).copy_in == "1\t‹username›\n".encode()


def test_what_a_driver_asks_about_types_stays(marking: Visitor) -> None:
    asked = SqlStatement("SELECT t.oid, t.typname AS name FROM pg_catalog.pg_type t WHERE t.oid = $1", ("25",), (26,))
    answer = SqlResult((Column("oid", 26), Column("name", 19)), (("25", "text"),))
    assert statements.result(marking, asked, answer) == answer
    assert statements.statement(marking, asked) == asked
