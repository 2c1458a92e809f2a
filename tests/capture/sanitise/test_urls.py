from __future__ import annotations

from urllib.parse import quote_plus, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise import urls
from flowtape.capture.sanitise.policy import Policy
from flowtape.capture.sanitise.visitor import Visitor


class Silent:
    """Recognises nothing."""

    def __init__(self, visitor: Visitor) -> None:
        self.policy = visitor.policy

    def value(self, kind: str, value: str) -> str:
        return value

    text = data = token = lambda self, value, *_: value


@pytest.mark.parametrize(
    ("url", "kinds"),
    [
        ("/customers/ana@quux.de", ["email"]),
        ("/customers/ana%40quux.de?x=1", ["email"]),
        ("/reset-password/Zk3vP0qL9xYw2", ["password"]),
        ("/reset-password/confirm", []),
        ("/search?q=a+b&email=a%40quux.de&page=2", ["email"]),
        ("/?user[email]=a&access_token=abc", ["username", "token"]),
        ("https://app:hunter2@host/x", ["username", "password"]),
        ("/cb#access_token=abc&state=1", ["token"]),
        ("/orders/550e8400-e29b-41d4-a716-446655440000/items/42?limit=10", []),
        ("*", []),
    ],
)
def test_a_url_is_taken_apart(marking: Visitor, url: str, kinds: list[str]) -> None:
    made = unquote(urls.url(marking, url))
    assert [part.partition("›")[0] for part in made.split("‹")[1:]] == kinds


@given(st.text("/?&=#%:@[]a1.+ é\n", max_size=40))
def test_nothing_recognised_changes_nothing(marking_url: str) -> None:
    silent = Silent.__new__(Silent)

    silent.policy = Policy()
    assert urls.url(silent, marking_url) == marking_url


def test_the_rest_of_a_query_stays_as_it_was(marking: Visitor) -> None:
    assert urls.form(
        marking, "q=a+b%20c&&email=&x&phone=%2B49+170+1234567"
    ) == "q=a+b%20c&&email=&x&phone=" + quote_plus("‹phone›")


@pytest.mark.parametrize(
    ("raw", "made"),
    [
        ("email=ana%40quux.de", "email=x%40example.com"),
        ("email=ana@quux.de", "email=x@example.com"),
        ("email=%61na@quux.de", "email=x@example.com"),
    ],
)
def test_a_value_that_changes_is_quoted_as_it_was(raw: str, made: str) -> None:
    class Fixed(Silent):
        def value(self, kind: str, value: str) -> str:
            return "x@example.com" if kind == "email" else value

    visitor = Fixed.__new__(Fixed)
    visitor.policy = Policy()
    assert urls.form(visitor, raw) == made
