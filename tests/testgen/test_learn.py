"""What varies becomes a variable wherever it stands; what cannot be told quarantines the flow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.testgen.learning import AT, IDS, LATER, case_with, insert, learned, moved, run_with

from flowtape.capture.exchange import (
    Answer,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.flowfile import Captured, RecordedCall, dump
from flowtape.replay.shapes import (
    Digest,
    Duration,
    Etag,
    Integer,
    PasswordHash,
    Shape,
    Timestamp,
    Token,
    Uuid,
)
from flowtape.testgen.causes import ORDER, OTHER_CLOCK, REFUSED, TIME_ZONE, Cause, Problem
from flowtape.testgen.learn import Lesson, learn

CARD = "4242421128719141"


def test_an_answer_given_before_the_service_said_it_keeps_its_text() -> None:
    def calls(id_: str) -> tuple[Question, ...]:
        return RedisCommand((b"GET", b"last")), insert(id_, "x"), RedisCommand((b"GET", b"now"))

    said = RedisReply(Resp("bulk", IDS[0].encode()))
    answers: tuple[Answer, ...] = (said, SqlResult(tag="INSERT 0 1"), said)
    recorded = case_with(
        {"id": IDS[0]},
        *(RecordedCall("d", question, answer) for question, answer in zip(calls(IDS[0]), answers, strict=True)),
    )
    case = learned(learn(recorded, [run_with({"id": id_}, *calls(id_)) for id_ in IDS[1:]]))
    assert [call.answer for call in case.calls] == [
        said,
        SqlResult(tag="INSERT 0 1"),
        RedisReply(Resp("bulk", b"$order_id")),
    ]


def test_one_variable_stands_wherever_the_same_value_stood() -> None:
    def calls(id_: str) -> tuple[Question, ...]:
        charge = HttpRequest("POST", f"/charges/{id_}", (("Idempotency-Key", id_),), f'{{"order":"{id_}"}}'.encode())
        return insert(id_, "x"), RedisCommand((b"PUBLISH", b"orders", id_.encode())), charge

    answers: tuple[Answer, ...] = (
        SqlResult(tag="INSERT 0 1"),
        RedisReply(Resp("bulk", IDS[0].encode())),
        HttpResponse(200, body=IDS[0].encode()),
    )
    recorded = case_with(
        {"id": IDS[0]},
        *(RecordedCall("d", question, answer) for question, answer in zip(calls(IDS[0]), answers, strict=True)),
        headers=(("Location", f"/orders/{IDS[0]}"),),
    )
    runs = [run_with({"id": id_}, *calls(id_), headers=(("Location", f"/orders/{id_}"),)) for id_ in IDS[1:]]
    case = learned(learn(recorded, runs))
    assert case.variables == {"order_id": Uuid(4)}
    assert IDS[0] not in str(case)
    assert case.response.headers == (("Location", "/orders/$order_id"),)
    assert case.calls[2].question == HttpRequest(
        "POST", "/charges/$order_id", (("Idempotency-Key", "$order_id"),), b'{"order":"$order_id"}'
    )
    assert case.calls[1].answer == RedisReply(Resp("bulk", b"$order_id"))
    assert case.request == recorded.request


def test_a_header_that_varies_is_learned_though_it_stands_nowhere_else() -> None:
    def charge(key: str) -> HttpRequest:
        return HttpRequest("POST", "/charges", (("Idempotency-Key", key), ("Date", key), ("Cookie", key)), b"")

    recorded = case_with({}, RecordedCall("pay", charge(IDS[0]), HttpResponse(200), origin="http://pay"))
    case = learned(learn(recorded, [run_with({}, charge(id_)) for id_ in IDS[1:]]))
    question = case.calls[0].question
    assert isinstance(question, HttpRequest)
    assert question.headers[0] == ("Idempotency-Key", "$uuid")


def test_one_instant_written_in_two_ways_is_one_variable() -> None:
    def at(milliseconds: int) -> tuple[str, str]:
        moment = AT + timedelta(milliseconds=milliseconds)
        return moment.isoformat().replace("+00:00", "Z"), moment.isoformat(" ")

    recorded = case_with(
        {"placed_at": at(5)[0]}, RecordedCall("db", insert(IDS[0], at(5)[1]), SqlResult(tag="INSERT 0 1"))
    )
    case = learned(learn(recorded, [run_with({"placed_at": at(0)[0]}, insert(IDS[0], at(0)[1]))]))
    assert case.variables == {"placed_at": Timestamp("iso8601", zone=True)}
    assert case.calls[0].question == insert(IDS[0], "$placed_at")


def test_several_shapes_in_one_text() -> None:
    def text(id_: str, seconds: int) -> SqlStatement:
        return SqlStatement(
            f"INSERT INTO t VALUES ('{id_}'::uuid, 3, '{(AT + timedelta(seconds=seconds)).isoformat()}')"
        )

    recorded = case_with({}, RecordedCall("db", text(IDS[0], 1), SqlResult(tag="INSERT 0 1")))
    case = learned(learn(recorded, [run_with({}, text(IDS[1], 0)), run_with({}, text(IDS[2], 0))]))
    question = case.calls[0].question
    assert isinstance(question, SqlStatement)
    assert question.text == "INSERT INTO t VALUES ('$uuid'::uuid, 3, '$timestamp')"


def test_a_number_in_json_becomes_a_variable_of_its_own_kind() -> None:
    seconds = int(AT.timestamp())
    case = learned(learn(case_with({"at": seconds + 1}), [run_with({"at": seconds})]))
    assert json.loads(case.response.body) == {"at": "$order_at"}
    assert case.variables == {"order_at": Timestamp("epoch", json="integer")}


def test_the_type_of_a_number_belongs_to_its_place() -> None:
    def body(n: int) -> object:
        return {"ref": str(n), "id": n, "note": f"order {n} is here", "cached": [{"id": n}]}

    def store(n: int) -> RedisCommand:
        return RedisCommand((b"SET", b"orders:last", json.dumps({"id": n, "ref": str(n)}).encode()))

    numbers = [81234567, 23456789, 34567890, 45678901]
    recorded = case_with(body(numbers[0]), RecordedCall("cache", store(numbers[0]), RedisReply(Resp("simple", "OK"))))
    case = learned(learn(recorded, [run_with(body(n), store(n)) for n in numbers[1:]]))
    assert case.variables == {"order_id": Integer(8, "integer")}
    assert json.loads(case.response.body) == {
        "ref": "${order_id}", "id": "$order_id", "note": "order $order_id is here", "cached": [{"id": "$order_id"}],
    }  # fmt: skip
    stored = RedisCommand((b"SET", b"orders:last", b'{"id": "$order_id", "ref": "${order_id}"}'))
    assert case.calls[0].question == stored


def test_one_second_as_text_and_as_a_number_is_two_variables() -> None:
    def body(later: float) -> object:
        return {"at": (AT + timedelta(seconds=later)).isoformat(), "epoch": int(AT.timestamp() + later)}

    case = learned(learn(case_with(body(0)), [moved(body(later), later) for later in (1, 4, 11)]))
    assert json.loads(case.response.body) == {"at": "$order_at", "epoch": "$epoch"}


def test_a_while_inside_of_a_cached_value_stands_there_alone() -> None:
    def store(took: object) -> RedisCommand:
        return RedisCommand((b"SET", b"k", json.dumps({"elapsed_ms": took, "n": 12}).encode()))

    recorded = case_with({}, RecordedCall("cache", store(12), RedisReply(Resp("simple", "OK"))))
    case = learned(learn(recorded, [run_with({}, store(took)) for took in (3, 41, 5)]))
    assert case.calls[0].question == store("$elapsed_ms")
    assert case.variables == {"elapsed_ms": Duration("ms", json="integer")}


@pytest.mark.parametrize(
    ("recorded", "others", "shape"),
    [
        ("re_9f86d081884c", ["re_7d65ea99ec35", "re_1b2c3d4e5f60"], Token(12, "hex")),
        ("zzKqPw81", ["aaB3cDe4", "Qw3rTy99"], Token(8, "alnum")),
    ],
)
def test_tokens(recorded: str, others: list[str], shape: object) -> None:
    case = learned(learn(case_with({"refund": recorded}), [run_with({"refund": other}) for other in others]))
    assert list(case.variables.values()) == [shape]


@pytest.mark.parametrize(
    ("recorded", "runs", "why"),
    [
        ({"n": 1}, [{"n": 2}, {"n": 3}], "response.json.n: recorded 1, at replay 2 and 3"),
        ({"n": 1}, [{"n": 1}, {"n": "1"}], "response.json.n: recorded 1, at replay 1 and '1'"),
        ({"n": 1}, [{"n": 1}, {}], "response.json.n: recorded 1, and not there at replay"),
        ({"n": 1}, [{"n": 1, "m": 2}], "response.json.m: not recorded, and 2 at replay"),
        ({"n": [1, 2]}, [{"n": [1]}], "response.json.n[1]: recorded 2, and not there at replay"),
        ({"a": IDS[0], "b": IDS[0]}, [{"a": IDS[1], "b": IDS[2]}], "was one value when recorded, and became several"),
        ({"word": "abcdef"}, [{"word": "abc"}, {"word": "abcd"}], "response.json.word"),
    ],
)
def test_what_cannot_be_told_is_a_problem_with_its_place(recorded: object, runs: list[object], why: str) -> None:
    assert why in str(learn(case_with(recorded), [run_with(body) for body in runs]).problem)


def test_another_status_is_never_taken_anew() -> None:
    lesson = learn(case_with({}), [run_with({}, status=500), run_with({}, status=500)])
    assert lesson.problem == Problem(REFUSED, "response.status", "recorded 201, at replay 500")


def test_what_all_runs_agree_on_is_taken_anew_and_marked() -> None:
    runs = [run_with({"id": id_, "hash": "0123456789"}) for id_ in IDS[1:]]
    case = learned(learn(case_with({"id": IDS[0], "hash": "abcdefabcd"}), runs))
    assert json.loads(case.response.body) == {"id": "$order_id", "hash": "0123456789"}
    assert case.notes == ("response.json.hash: taken anew when the test was generated",)


def test_a_time_far_from_the_flows_own_is_no_timestamp_of_it() -> None:
    recorded = case_with({"at": "2020-01-01T00:00:00Z"})
    runs = [run_with({"at": f"2020-01-01T00:00:0{n}Z"}) for n in (1, 2)]
    assert "response.json.at" in str(learn(recorded, runs).problem)


def test_a_variables_name_never_stands_in_the_flow_already() -> None:
    recorded = case_with({"id": IDS[0], "note": "costs $order_id and $order_id_2"})
    runs = [run_with({"id": id_, "note": "costs $order_id and $order_id_2"}) for id_ in IDS[1:]]
    assert list(learned(learn(recorded, runs)).variables) == ["order_id_3"]


def test_a_longer_word_that_holds_the_value_is_left_alone() -> None:
    recorded = case_with({"at": "1795000000", "reference": "x1795000000y"})
    recorded = replace(recorded, captured=Captured(1_795_000_000_000_000_000))
    case = learned(learn(recorded, [run_with({"at": "1795000001", "reference": "x1795000000y"})]))
    assert json.loads(case.response.body) == {"at": "$order_at", "reference": "x1795000000y"}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8))  # fmt: skip
def test_what_is_steady_is_left_as_it_is(body: object) -> None:
    recorded = case_with(body)
    assert learn(recorded, [run_with(body), run_with(body)]) == Lesson(recorded)


@pytest.mark.parametrize(
    ("format_", "write"),
    [
        ("iso8601", lambda at: at.isoformat()),
        ("http", lambda at: at.strftime("%a, %d %b %Y %H:%M:%S GMT")),
        ("rfc2822", lambda at: at.strftime("%a, %d %b %Y %H:%M:%S +0000")),
        ("epoch", lambda at: int(at.timestamp())),
        ("epoch", lambda at: at.timestamp()),
        ("epoch_ms", lambda at: int(at.timestamp() * 1000)),
        ("epoch_us", lambda at: int(at.timestamp() * 1_000_000)),
        ("epoch_ns", lambda at: int(at.timestamp() * 1_000_000) * 1000),
        ("epoch_ns", lambda at: str(int(at.timestamp() * 1_000_000) * 1000)),
    ],
)
@pytest.mark.parametrize("ahead", [3600, -86_400 * 30])
def test_a_time_at_an_offset_from_the_clock_is_a_variable_with_bounds_around_it(
    format_: str, write: Callable[[datetime], object], ahead: int
) -> None:
    def body(later: float) -> object:
        return {"expires_at": write(AT + timedelta(seconds=later + ahead + 0.003))}

    case = learned(learn(case_with(body(0)), [moved(body(later), later) for later in LATER]))
    (shape,) = case.variables.values()
    assert isinstance(shape, Timestamp)
    number, epoch = not isinstance(write(AT), str), format_.startswith("epoch")
    assert bool(shape.json) is number
    written = "${expires_at}" if epoch and not number else "$expires_at"
    assert (shape.format, json.loads(case.response.body)) == (format_, {"expires_at": written})
    assert ahead - 2.5 <= shape.since < ahead < shape.until <= ahead + 3


def test_what_all_runs_agree_on_is_asserted_though_it_has_a_shape() -> None:
    """A UUID that hangs on nothing which was changed between the runs, and so is always the same."""
    case = learned(learn(case_with({"id": IDS[0]}), [moved({"id": IDS[1]}, later) for later in LATER]))
    assert json.loads(case.response.body) == {"id": IDS[1]}
    assert case.notes


@pytest.mark.parametrize(
    ("body", "values", "shape"),
    [
        ("elapsed_ms", [12, 0.5, 31, 7], Duration("ms", json="number")),
        ("took", [0.012, 0.013, 0.014, 0.0151], Duration("s", json="number")),
        ("elapsed_us", [312345, 712345, 512345, 812345], Duration("us", json="integer")),
        ("took_us", ["312345", "712345", "512345", "812345"], Duration("us")),
        (
            "message",
            ["done in 312345 us", "done in 712345 us", "done in 512345 us", "done in 812345 us"],
            Duration("us"),
        ),
        ("message", ["done in 12 ms", "done in 7 ms", "done in 103 ms", "done in 9 ms"], Duration("ms")),
        ("number", [12345678, 23456789, 34567890, 45678901], Integer(8, "integer")),
        ("hash", [hashlib.sha256(bytes([n])).hexdigest() for n in range(4)], Digest("sha256")),
        ("hash", [hashlib.sha1(bytes([n])).hexdigest() for n in range(4)], Digest("sha1")),
        ("code", ["JBSWY3DP", "KRUGS4ZA", "NBSWY3DP", "ORSXG5BA"], Token(8, "alnum")),
    ],
)
def test_more_shapes(body: str, values: list[object], shape: Shape) -> None:
    runs = [moved({body: value}, later) for value, later in zip(values[1:], LATER, strict=True)]
    case = learned(learn(case_with({body: values[0]}), runs))
    assert list(case.variables.values()) == [shape]
    assert "$" in case.response.body.decode()
    assert learn(case_with({body: values[0], "x": 12}), [moved({body: v, "x": 12}, 0) for v in values[1:]]).case.response.body.endswith(b' 12}')  # fmt: skip


def test_a_duration_stands_for_its_own_place_alone_and_twice_where_it_was_the_same_twice() -> None:
    def question(value: int) -> SqlStatement:
        return SqlStatement("INSERT INTO timings (ms) VALUES ($1)", (str(value),), (23,))

    recorded = case_with(
        {"elapsed_ms": 12, "quantity": 12}, RecordedCall("db", question(12), SqlResult(tag="INSERT 0 1"))
    )
    runs = [
        run_with({"elapsed_ms": n, "quantity": 12}, question(n), later=at)
        for n, at in zip((3, 41, 5), LATER, strict=True)
    ]
    case = learned(learn(recorded, runs))
    assert json.loads(case.response.body) == {"elapsed_ms": "$elapsed_ms", "quantity": 12}
    assert case.calls[0].question == question("$elapsed_ms")  # type: ignore[arg-type]


def test_an_entity_tag_of_no_fixed_length() -> None:
    def headers(tag: str) -> tuple[tuple[str, str], ...]:
        return (("ETag", tag),)

    tags = ['W/"1-a"', 'W/"22-bc"', 'W/"3-d"', 'W/"4-ee"']
    runs = [run_with({}, headers=headers(tag), later=at) for tag, at in zip(tags[1:], LATER, strict=True)]
    case = learned(learn(case_with({}, headers=headers(tags[0])), runs))
    assert (case.variables, case.response.headers) == ({"etag": Etag(weak=True)}, headers("$etag"))


def scrypt(password: str, salt: str) -> str:
    return f"scrypt:1024:8:1${salt}${hashlib.scrypt(password.encode(), salt=salt.encode(), n=1024, r=8, p=1).hex()}"


def test_a_password_hash_is_verified_against_the_password_in_the_request() -> None:
    def question(hash_: str) -> SqlStatement:
        return SqlStatement("INSERT INTO users (password_hash) VALUES ($1)", (hash_,), (25,))

    recorded = case_with(
        {}, RecordedCall("db", question(scrypt("another", "saltsaltsaltsal0")), SqlResult(tag="INSERT 0 1"))
    )
    request = HttpRequest(
        "POST", "/users", (("content-type", "application/json"),), b'{"name": "a", "password": "sesame"}'
    )
    runs = [run_with({}, question(scrypt("sesame", f"saltsaltsaltsal{n}")), later=at) for n, at in enumerate(LATER, 1)]
    case = learned(learn(replace(recorded, request=request), runs))
    length = len(scrypt("", "saltsaltsaltsal0"))
    assert case.variables == {"password_hash": PasswordHash("scrypt:1024:8:1", length, "json.password")}
    assert case.calls[0].question == question("$password_hash")


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        (["2026-11-20T10:11:12", "2026-11-21T00:11:13", "2026-11-20T06:41:16", "2026-11-20T15:56:23"], TIME_ZONE),
        (["2026-11-20T10:11:12Z", "2026-11-25T10:11:12Z", "2026-11-25T10:11:14Z", "2026-11-25T10:11:15Z"], OTHER_CLOCK),
        (["a b c", "b a c", "c a b", "b c a"], ORDER),
    ],
)
def test_the_likely_cause_is_named(values: list[str], cause: Cause) -> None:
    runs = [moved({"at": value}, later) for value, later in zip(values[1:], LATER, strict=True)]
    problem = learn(case_with({"at": values[0]}), runs).problem
    assert problem is not None
    assert (problem.cause, problem.path) == (cause, "response.json.at")


def test_a_csrf_token_in_a_page_is_the_one_in_the_cookie() -> None:
    def page(token: str) -> HttpResponse:
        headers = (("Content-Type", "text/html"), ("Set-Cookie", f"csrf={token}; Path=/"))
        return HttpResponse(200, "OK", headers, f'<form><input name="csrf_token" value="{token}">Pay</form>'.encode())

    tokens = [hashlib.md5(bytes([n])).hexdigest() for n in range(4)]
    recorded = replace(case_with({}), response=page(tokens[0]))
    runs = [replace(moved({}, later), response=page(token)) for token, later in zip(tokens[1:], LATER, strict=True)]
    case = learned(learn(recorded, runs))
    assert case.variables == {"csrf_token": Token(32, "hex")}
    assert case.response == page("$csrf_token")
    other = replace(runs[0], response=HttpResponse(200, "OK", page(tokens[1]).headers, page(tokens[1][::-1]).body))
    assert "became several at replay" in str(learn(recorded, [other, *runs[1:]]).problem)


def test_a_message_without_a_schema_has_variables_and_its_lengths_stay_true() -> None:
    def message(id_: str, n: int) -> HttpResponse:
        inner = b"\x0a\x24" + id_.encode() + b"\x10" + bytes([n])
        return HttpResponse(
            200, "OK", (("content-type", "application/x-protobuf"),), b"\x0a" + bytes([len(inner)]) + inner
        )

    runs = [replace(moved({}, later), response=message(IDS[n], 7)) for n, later in enumerate(LATER, 1)]
    case = learned(learn(replace(case_with({}), response=message(IDS[0], 7)), runs))
    assert case.response.body == b"\x0a\x09\x0a\x05$uuid\x10\x07"
    assert "'1': {'1': $uuid, '2': 7}" in dump(case)[0]
