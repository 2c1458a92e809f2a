"""Every output of a flow has its places, and what is written back goes where it was read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import (
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.testgen.places import RESPONSE, Place, all_texts, edited, places, recorded_questions

CASE = Case(
    Captured(1),
    HttpRequest("POST", "/old", (("X", "old"),), b"old"),
    HttpResponse(200, "OK", (("B", "old"), ("a", "old")), b'{"x": ["old", 1, null], "y": {}}'),
    (
        RecordedCall(
            "db", SqlStatement("SELECT 'old'", ("old", None, b"\x01")), SqlResult((), (("old", None, b"\x02"),))
        ),
        RecordedCall("db", SqlStatement("COPY t FROM STDIN", copy_in=b"old\n"), SqlResult(tag="COPY 1")),
        RecordedCall(
            "cache",
            RedisCommand((b"SET", b"old", b"\xff")),
            RedisReply(Resp("array", (Resp("simple", "old"), Resp("bulk", b"old"), Resp("integer", 1)))),
        ),
        RecordedCall(
            "pay",
            HttpRequest("POST", "/old", (("X-Sign", "old"), ("Date", "old"), ("Authorization", "old")), b"old"),
            HttpResponse(200, body=b"old"),
        ),
        RecordedCall("pay", HttpRequest("GET", "/gone"), None),
        RecordedCall("mail", OpaqueBytes(3), OpaqueBytes(4)),
    ),
)


def found(case: Case) -> dict[str, str]:
    return {str(place): text for place, text in places(case.response, recorded_questions(case)).items()}


def test_each_output_has_its_place() -> None:
    assert found(CASE) == {
        "response.status": "200",
        "response.headers[0].a": "old",
        "response.headers[1].b": "old",
        "response.json.x[0]": "old",
        "response.json.x[1]": "1",
        "response.json.x[2]": "null",
        "response.json.y": "{}",
        "calls[0].text": "SELECT 'old'",
        "calls[0].parameters[0]": "old",
        "calls[0].parameters[1]": "NULL",
        "calls[0].parameters[2]": "\\x01",
        "calls[1].text": "COPY t FROM STDIN",
        "calls[1].copy_in": "old\n",
        "calls[2].arguments[0]": "SET",
        "calls[2].arguments[1]": "old",
        "calls[2].arguments[2]": "/w==",
        "calls[3].target": "/old",
        "calls[3].headers[0].x-sign": "old",
        "calls[3].body": "old",
        "calls[4].target": "/gone",
        "calls[4].body": "",
    }


def test_only_the_status_is_never_derived() -> None:
    assert [place for place in places(CASE.response, {}) if not place.derivable] == [
        Place(RESPONSE, "status", derivable=False)
    ]


def test_an_edit_reaches_every_text_but_the_requests() -> None:
    changed = edited(CASE, lambda text: text.replace("old", "new"), {}, lambda text: text)
    assert changed.request == CASE.request
    assert "old" not in all_texts(changed).replace(str(CASE.request), "").replace("\nold", "", 1)
    assert changed.calls[0].answer == SqlResult((), (("new", None, b"\x02"),))
    assert changed.calls[2].question == RedisCommand((b"SET", b"new", b"\xff"))


def test_what_is_taken_from_a_run_gets_its_own_edit() -> None:
    taken: dict[int, Question | HttpResponse] = {
        RESPONSE: HttpResponse(200, body=b"run"),
        3: HttpRequest("POST", "/run", (("x-sign", "run"), ("Date", "run"), ("Agent", "1")), b"run"),
    }
    changed = edited(CASE, lambda text: text, taken, lambda text: text.replace("run", "$x"))
    assert changed.response == HttpResponse(200, body=b"$x")
    assert changed.calls[3].question == HttpRequest(
        "POST", "/$x", (("X-Sign", "$x"), ("Date", "old"), ("Authorization", "old")), b"$x"
    )
    assert changed.calls[0] == CASE.calls[0]


@given(st.text(max_size=40))
def test_an_edit_that_changes_nothing_changes_nothing(text: str) -> None:
    case = Case(Captured(1), HttpRequest("GET", "/"), HttpResponse(200, body=text.encode(errors="surrogatepass")))
    assert edited(case, str, {}, str) == case
