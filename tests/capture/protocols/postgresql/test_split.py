"""Statements are cut where the server cuts them."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples.servers import Server

from flowtape.capture.protocols.postgresql.split import bare, is_blank, split


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("", []), (" ; ;; ", []), ("-- only a comment", []), ("SELECT 1", ["SELECT 1"]), ("SELECT 1;", ["SELECT 1;"]),
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]), ("SELECT ';'; SELECT 2", ["SELECT ';'", "SELECT 2"]),
        ("SELECT 'it''s;'; x", ["SELECT 'it''s;'", "x"]), (r"SELECT E'\';'; x", [r"SELECT E'\';'", "x"]),
        (r"SELECT '\'; x", [r"SELECT '\'", "x"]), ('SELECT ";"; x', ['SELECT ";"', "x"]), ('SELECT "a"";"; x', ['SELECT "a"";"', "x"]),
        ("SELECT $$;$$; x", ["SELECT $$;$$", "x"]), ("SELECT $a$;$$;$a$; x", ["SELECT $a$;$$;$a$", "x"]), ("SELECT a$b$; x", ["SELECT a$b$", "x"]),
        ("SELECT $1; x", ["SELECT $1", "x"]), ("SELECT 1 -- ;\n; x", ["SELECT 1 -- ;", "x"]), ("/* ; /* ; */ ; */ SELECT 1; x", ["/* ; /* ; */ ; */ SELECT 1", "x"]),
        ("CREATE RULE r AS ON INSERT TO t DO (a; b); x", ["CREATE RULE r AS ON INSERT TO t DO (a; b)", "x"]),
        ("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END", ["CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END"]),
        ("a; b /*traceparent='x'*/", ["a", "b /*traceparent='x'*/"]), ("a; b; /*traceparent='x'*/", ["a", "b /*traceparent='x'*/"]),
        ("SELECT 'open; x", ["SELECT 'open; x"]), ("SELECT 1 /* open; x", ["SELECT 1 /* open; x"]), ("SELECT U&'\\0061;'; x", ["SELECT U&'\\0061;'", "x"]),
    ],
)  # fmt: skip
def test_split(text: str, statements: list[str]) -> None:
    assert split(text) == statements


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["SELECT 1", ";", "'", '"', "$$", "$a$", "--", "\n", "/*", "*/", "E'", "\\", " ", "(", ")", "a", ","]
        ),
        max_size=12,
    )
)
def test_as_many_statements_as_the_server_finds(postgresql_server: Server, words: list[str]) -> None:
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        pgconn = connection.pgconn
        pgconn.send_query("".join(words).encode())
        results = []
        while (result := pgconn.get_result()) is not None:
            results.append(result)
    if all(result.status == psycopg.pq.ExecStatus.TUPLES_OK for result in results):
        assert len(split("".join(words))) == len(results)


@pytest.mark.parametrize(
    "text", ["'" * 20_000, "/*" * 20_000, "$" * 20_000, ";" * 20_000, "--" * 20_000, "E'\\" * 10_000]
)
def test_hostile_text_is_split_at_once(text: str) -> None:
    split(text + ";")


def test_what_is_left_without_comments() -> None:
    assert bare(" -- x\n /* y /* z */ */ SELECT 1 ") == "SELECT 1"
    assert is_blank(" /* a */ -- b")
    assert not is_blank("x")
