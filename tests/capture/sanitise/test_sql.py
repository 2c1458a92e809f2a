from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise import sql


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("SELECT 1 FROM c WHERE email = $1 AND id = ANY($2)", {1: "c.email", 2: "c.id"}),
        ("INSERT INTO c (id, email) VALUES ($1, $2), ($3, lower($4))", {1: "c.id", 2: "c.email", 3: "c.id", 4: "c.email"}),
        ("INSERT INTO c (a, email) SELECT $1, $2", {1: "c.a", 2: "c.email"}),
        ("INSERT INTO c (a, email) SELECT unnest($1::int[]), unnest($2::text[])", {1: "c.a", 2: "c.email"}),
        ("INSERT INTO c (a, email) SELECT * FROM UNNEST(($1)::int[], ($2)::text[])", {1: "c.a", 2: "c.email"}),
        ("INSERT INTO c SELECT t.a, t.email FROM unnest($1::int[], $2::text[]) AS t(a, email)", {1: ".a", 2: ".email"}),
        ("SELECT 1 FROM unnest($1::text[]) email", {1: ".email"}),
        ("SELECT 1 FROM unnest($1::text[])", {}),
        ("INSERT INTO c (email) VALUES ($1) ON CONFLICT (email) DO UPDATE SET phone = $2", {1: "c.email", 2: "c.phone"}),
        ("UPDATE c SET email = $1, (a, phone) = ($2, $3) WHERE id = $4", {1: "c.email", 2: "c.a", 3: "c.phone", 4: "c.id"}),
        ("SELECT 1 FROM c WHERE (email, phone) IN (($1, $2))", {1: "c.email", 2: "c.phone"}),
        ("SELECT 1 FROM c WHERE email ILIKE $1 || '%' OR lower(email) = lower($2)", {1: "c.email", 2: "c.email"}),
        ("SELECT 1 FROM c WHERE born BETWEEN $1 AND $2", {1: "c.born", 2: "c.born"}),
        ("DELETE FROM c WHERE email IN ($1, $2)", {1: "c.email", 2: "c.email"}),
        ('SELECT 1 FROM "Customers" x WHERE x."Email" = $1', {1: "Customers.Email"}),
        ("WITH x AS (SELECT email AS e FROM c) SELECT 1 FROM x WHERE e = $1", {1: "c.email"}),
        ("SELECT 1 FROM (SELECT phone AS q FROM c) s WHERE s.q = $1", {1: "c.phone"}),
        ("SELECT 1 FROM o JOIN c ON c.id = o.c WHERE c.phone = $1 LIMIT $2", {1: "c.phone"}),
        ("SELECT $1::jsonb->>'email'", {}),
        ("SELECT 1 FROM c WHERE email = $1 -- $2", {1: "c.email"}),
    ],
)  # fmt: skip
def test_a_parameter_belongs_to_a_column(text: str, parameters: dict[int, str]) -> None:
    found = sql.columns(text).parameters
    assert {number: f"{name.table}.{name.column}" for number, name in found.items()} == parameters


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("SELECT id, email AS e, lower(phone) FROM c", ["id", "email", "phone"]),
        ("SELECT e FROM (SELECT email AS e FROM c) s", ["email"]),
        ("INSERT INTO c (a) VALUES (1) RETURNING id, email AS e", ["id", "email"]),
        ("SELECT * FROM c", []),
        ("SELECT 1 + 1, now()", [None, None]),
        ("WITH a AS (SELECT email x FROM c), b AS (SELECT x y FROM a) SELECT y FROM b", ["email"]),
    ],
)
def test_a_result_belongs_to_a_column(text: str, outputs: list[str | None]) -> None:
    assert [name and name.column for name in sql.columns(text).outputs] == outputs


def test_literals_are_found_at_their_places() -> None:
    text = "UPDATE c SET email = 'it''s', note = E'a\\'b', phone = 491701234567, doc = $x$raw$x$ WHERE d = DATE '2026-01-01' /* 'no' */"
    pieces = [piece for piece in sql.lex(text) if piece.kind in {"literal", "typed"}]
    assert [piece.value for piece in pieces] == ["it's", "a'b", "491701234567", "raw", "2026-01-01"]
    found = sql.columns(text).literals
    assert {place: name.column for place, name in found.items()} == {0: "email", 1: "note", 2: "phone", 3: "doc"}
    assert [piece.written("x'\\$x$") for piece in pieces[:2]] == ["'x''\\$x$'", "E'x''\\\\$x$'"]
    assert pieces[3].written("a$x$b") == "$flowtape$a$x$b$flowtape$"


def test_copy_names_its_columns() -> None:
    assert [name.column for name in sql.columns('COPY public."C" (id, "email") FROM STDIN').copy] == ["id", "email"]
    assert [name.column for name in sql.columns("COPY (SELECT email AS e FROM c) TO STDOUT").copy] == ["email"]
    assert sql.columns("COPY c FROM STDIN").copy == ()


@pytest.mark.parametrize(
    "text",
    [
        "SELEKT",
        "select from from (",
        "",
        ";;",
        "'",
        "$$",
        '"',
        "/*",
        "select " + "(" * 5000,
        "SELECT '" + "x" * 100_000,
    ],
)
def test_what_cannot_be_read_is_unknown(text: str) -> None:
    assert sql.columns(text).parameters == {}


@given(st.text("se lect'\"$1/*-()=,E\\\n;", max_size=80))
def test_pieces_are_in_order_and_inside(text: str) -> None:
    pieces = list(sql.lex(text))
    assert all(one.end <= other.start for one, other in pairwise(pieces))
    assert all(0 <= piece.start < piece.end <= len(text) for piece in pieces)


@given(st.text(max_size=40))
def test_a_written_literal_reads_as_its_value(value: str) -> None:
    for source in ("'x'", "E'x'", "$$x$$"):
        (piece,) = sql.lex(source)
        written = piece.written(value)
        (again,) = sql.lex(written)
        assert again.value == value
        assert again.end == len(written)
