"""sqlcommenter's comments, and strings that look like them."""

from __future__ import annotations

from flowtape.capture.sql.comment import split_comment, trace_comment

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_pairs_are_decoded() -> None:
    assert trace_comment(f"SELECT 1 /*route='%2Forders%2F%3Aid',traceparent='{TRACE}'*/;") == {
        "route": "/orders/:id",
        "traceparent": TRACE,
    }
    assert trace_comment(f"/*traceparent='{TRACE}'*/ SELECT 1") == {"traceparent": TRACE}
    assert trace_comment("SELECT 1 /* a = 'it\\'s' */") == {"a": "it's"}


def test_opentelemetry_writes_numbers_without_quotes() -> None:
    """As its instrumentation of psycopg2 does."""
    text = f"SELECT 1 /*db_driver='psycopg2%3A2.9',dbapi_threadsafety=2,libpq_version=170011,traceparent='{TRACE}'*/"
    assert trace_comment(text)["traceparent"] == TRACE
    assert trace_comment(text)["dbapi_threadsafety"] == "2"
    assert split_comment(text)[0] == "SELECT 1"


def test_any_other_comment_says_nothing() -> None:
    for text in (
        "SELECT 1",
        "SELECT 1 /* why */",
        "/* a */ SELECT 1",
        "SELECT 1 /*",
        "*/",
        "/*",
        "",
        "SELECT 1 -- a='b'",
        "SELECT 1 /*a='b'xx",
        "SELECT 1 /*limit=ten*/",
    ):
        assert trace_comment(text) == {}
        assert split_comment(text)[0] == text


def test_a_strangers_string_is_no_comment() -> None:
    assert trace_comment(f"SELECT '/*traceparent=''{TRACE}''*/'") == {}
    assert trace_comment(f"SELECT '/*traceparent=''{TRACE}''*/' /* mine */") == {}
    assert trace_comment(f"INSERT INTO t VALUES ('/*traceparent=''{TRACE}''*/', 1)") == {}


def test_the_comment_is_cut_off() -> None:
    assert split_comment("SELECT 1 /*a='b'*/ ") == ("SELECT 1", {"a": "b"})
    assert split_comment("/*a='b'*/ SELECT 1") == ("SELECT 1", {"a": "b"})


def test_a_long_comment_is_not_read() -> None:
    assert trace_comment("SELECT 1 /*a='" + "b" * 100_000 + "'*/") == {}
