"""What a flow file leaves out."""

from __future__ import annotations

import gzip

import pytest

from flowtape.capture.exchange import (
    Column,
    HttpRequest,
    HttpResponse,
    RedisCommand,
    RedisReply,
    Resp,
    SqlNotice,
    SqlResult,
    SqlStatement,
)
from flowtape.testgen.tidy import tidy_answer, tidy_question, tidy_request, tidy_response

BODY = b'{"id": 7}'
PACKED = gzip.compress(BODY)


def test_what_belongs_to_the_connection_is_left_out() -> None:
    travelled = (
        ("Connection", "close"),
        ("TE", "trailers"),
        ("Content-Length", "9"),
        ("X-Shop", "a"),
        ("Accept", "*/*"),
    )
    request = tidy_request(HttpRequest("POST", "/", travelled, BODY, trailers=(("X-Sum", "1"),)))
    assert request == HttpRequest("POST", "/", (("X-Shop", "a"), ("Accept", "*/*")), BODY)


def test_what_the_web_server_adds_is_left_out_of_responses_alone() -> None:
    headers = (("date", "today"), ("Server", "uvicorn"), ("TRANSFER-ENCODING", "chunked"), ("Location", "/orders/7"))
    assert tidy_response(HttpResponse(201, "", headers, BODY)).headers == (("Location", "/orders/7"),)
    assert tidy_request(HttpRequest("GET", "/", headers)).headers == (headers[0], headers[1], headers[3])


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_a_body_is_written_without_its_coding(coding: str) -> None:
    coded = (("Content-Encoding", coding), ("Vary", "Accept-Encoding"))
    for tidied in (
        tidy_response(HttpResponse(200, "", coded, PACKED)),
        tidy_request(HttpRequest("P", "/", coded, PACKED)),
    ):
        assert (tidied.body, tidied.headers) == (BODY, (("Vary", "Accept-Encoding"),))


BOMB = gzip.compress(bytes(65 * 1024 * 1024), 9)


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", PACKED[:-3]), ("gzip", b"no gzip"), ("moon", BODY), ("gzip", BOMB)],
    ids=["torn", "none", "unknown", "bomb"],
)
def test_a_body_that_cannot_be_decoded_keeps_its_coding(coding: str, body: bytes) -> None:
    response = HttpResponse(200, "", (("Content-Encoding", coding),), body)
    assert tidy_response(response) == response


def test_what_a_database_numbers_is_left_out() -> None:
    result = SqlResult(
        (Column("id", 23, -1, 4, table=16_401, attribute=2),), (("7",),), "SELECT 1", transaction="active"
    )
    assert tidy_answer(result) == SqlResult((Column("id", 23, -1, 4),), (("7",),), "SELECT 1")


def test_where_in_the_servers_source_an_error_arose_is_left_out() -> None:
    fields = (
        ("S", "ERROR"),
        ("C", "23505"),
        ("M", "duplicate"),
        ("F", "nbtinsert.c"),
        ("L", "666"),
        ("R", "_bt_check"),
    )
    tidied = tidy_answer(SqlResult(error=SqlNotice(fields), notices=(SqlNotice(fields),)))
    assert tidied == SqlResult(error=SqlNotice(fields[:3]), notices=(SqlNotice(fields[:3]),))


def test_the_rest_stays() -> None:
    assert tidy_answer(None) is None
    reply = RedisReply(Resp("bulk", b"a"))
    assert tidy_answer(reply) is reply
    for question in (SqlStatement("SELECT 1", ("7",)), RedisCommand((b"GET", b"a"))):
        assert tidy_question(question) is question
    assert tidy_question(HttpRequest("GET", "/", (("te", "x"),))) == HttpRequest("GET", "/")


def test_tidying_twice_changes_nothing() -> None:
    response = HttpResponse(200, "", (("Content-Encoding", "gzip"), ("Date", "x")), PACKED)
    assert tidy_response(tidy_response(response)) == tidy_response(response)
