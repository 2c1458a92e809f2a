"""What varies becomes a variable wherever it stands; what cannot be told quarantines the flow."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from flowtape.replay.flowfile import Captured, Case, RecordedCall, dump, parse
from flowtape.replay.shapes import Jwt, Timestamp, Token, Uuid
from flowtape.testgen.learn import Lesson, learn
from flowtape.testgen.places import Run

AT = datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)
IDS = [str(uuid.UUID(int=number << 64 | 0x8000 << 48, version=4)) for number in (7, 8, 9, 10)]
CARD = "4242421128719141"


def case_with(body: object, *calls: RecordedCall, headers: tuple[tuple[str, str], ...] = ()) -> Case:
    request = HttpRequest("POST", "/orders", (), b'{"card": "4242"}')
    captured = Captured(int(AT.timestamp()) * 1_000_000_000)
    return Case(captured, request, HttpResponse(201, "Created", headers, json.dumps(body).encode()), calls)


def run_with(body: object, *questions: Question, headers: tuple[tuple[str, str], ...] = (), status: int = 201) -> Run:
    response = HttpResponse(status, "Created", headers, json.dumps(body).encode())
    return Run(response, dict(enumerate(questions)))


def insert(id_: str, at: str) -> SqlStatement:
    return SqlStatement("INSERT INTO orders (id, placed_at) VALUES ($1, $2)", (id_, at), (2950, 1184))


def learned(lesson: Lesson) -> Case:
    assert lesson.problem == ""
    text, cassette = dump(lesson.case)
    assert parse(text, cassette) == lesson.case
    return lesson.case


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


def test_one_instant_written_in_two_ways_is_one_variable() -> None:
    def at(milliseconds: int) -> tuple[str, str]:
        moment = AT + timedelta(milliseconds=milliseconds)
        return moment.isoformat().replace("+00:00", "Z"), moment.isoformat(" ")

    recorded = case_with(
        {"placed_at": at(5)[0]}, RecordedCall("db", insert(IDS[0], at(5)[1]), SqlResult(tag="INSERT 0 1"))
    )
    case = learned(learn(recorded, [run_with({"placed_at": at(0)[0]}, insert(IDS[0], at(0)[1]))]))
    assert case.variables == {"placed_at": Timestamp("iso8601")}
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
    assert case.variables == {"order_at": Timestamp("epoch")}


@pytest.mark.parametrize(
    ("recorded", "others", "shape"),
    [
        ("re_9f86d081884c", ["re_7d65ea99ec35", "re_1b2c3d4e5f60"], Token(12, "hex")),
        ("zzKqPw81", ["aaB3cDe4", "Qw3rTy99"], Token(8, "alnum")),
        ("eyJhIjoxfQ.eyJiIjoxfQ.x", ["eyJhIjoxfQ.eyJiIjoyfQ.y", "eyJhIjoxfQ.eyJiIjozfQ.z"], Jwt()),
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
    assert why in learn(case_with(recorded), [run_with(body) for body in runs]).problem


def test_another_status_is_never_taken_anew() -> None:
    lesson = learn(case_with({}), [run_with({}, status=500), run_with({}, status=500)])
    assert lesson.problem == "response.status: recorded '201', at replay '500'"


def test_what_all_runs_agree_on_is_taken_anew_and_marked() -> None:
    runs = [run_with({"id": id_, "hash": "0123456789"}) for id_ in IDS[1:]]
    case = learned(learn(case_with({"id": IDS[0], "hash": "abcdefabcd"}), runs))
    assert json.loads(case.response.body) == {"id": "$order_id", "hash": "0123456789"}
    assert case.notes == ("response.json.hash: taken anew when the test was generated",)


def test_a_time_far_from_the_flows_own_is_no_timestamp_of_it() -> None:
    recorded = case_with({"at": "2020-01-01T00:00:00Z"})
    runs = [run_with({"at": f"2020-01-01T00:00:0{n}Z"}) for n in (1, 2)]
    assert "response.json.at" in learn(recorded, runs).problem


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
