"""Tokens, where PostgreSQL's lexer has its corners."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sql.scan import MAX_TOKENS, Kind, needs_no_quotes, tokens


def read(text: str) -> list[str]:
    return [f"{token.kind.value}:{token.text}" for token in tokens(text)]


TOKENS = {
    "a--b\n/*c/*d*/e*/f": ["word:a", "word:f"],
    "'a''b'": ["string:a'b"],
    r"E'a\'b\n\x41\u00e9\101'": ["string:a'b\nAéA"],
    r"'a\' b": [r"string:a\ ", "word:b"][:0] or ["string:a\\", "word:b"],
    "$$a$b$$ $x$c$$d$x$": ["string:a$b", "string:c$$d"],
    '"a""b" U&"c"': ['name:a"b', "name:c"],
    "1 1.5 .5 1e10 0x1F 1_000 1..2": ["number:1", "number:1.5", "number:.5", "number:1e10", "number:0x1F", "number:1000", "number:1", "operator:.", "number:.2"],
    "a=-1": ["word:a", "operator:=", "operator:-", "number:1"],
    "a @-1": ["word:a", "operator:@-", "number:1"],
    "a=--b\n1": ["word:a", "operator:=", "number:1"],
    "a::int": ["word:a", "operator:::", "word:int"],
    "a[1:n]": ["word:a", "operator:[", "number:1", "operator::", "word:n", "operator:]"],
    "a = :name": ["word:a", "operator:=", "placeholder::name"],
    "a = ? and b ? c": ["word:a", "operator:=", "placeholder:?", "word:and", "word:b", "operator:?", "word:c"],
    "a=?": ["word:a", "operator:=", "placeholder:?"],
    "a = %s and b %s": ["word:a", "operator:=", "placeholder:%s", "word:and", "word:b", "operator:%", "word:s"],
    "(%(x)s,%s)": ["operator:(", "placeholder:%(x)s", "operator:,", "placeholder:%s", "operator:)"],
    "a ?| b": ["word:a", "operator:?|", "word:b"],
    "$12": ["placeholder:$12"],
    "a != b": ["word:a", "operator:<>", "word:b"],
    "'open": ["string:open"],
    "$x$open": ["string:open"],
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TOKENS.items())
def test_tokens(text: str, expected: list[str]) -> None:
    assert read(text) == expected


@given(st.text())
def test_every_text_has_tokens(text: str) -> None:
    assert all(token.source for token in tokens(text))


@given(st.text(alphabet=st.characters(exclude_characters="\\", exclude_categories=["Cs"])))
def test_a_quoted_string_is_one_token_whatever_is_in_it(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    assert [(token.kind, token.text) for token in tokens(quoted)] == [(Kind.STRING, text)]


def test_the_number_of_tokens_is_bounded() -> None:
    found = list(tokens("a " * (MAX_TOKENS + 10)))
    assert len(found) == MAX_TOKENS + 1
    assert found[-1].kind is Kind.REST


def test_quotes_that_matter_are_told() -> None:
    assert [name for name in ("a", "A", "a b", "user", "a1$", "1a", "") if needs_no_quotes(name)] == ["a", "a1$"]
