"""HTTP/1, as transcripts: what is framed how, who answers whom, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.codec import Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Connection, Exchange, HttpRequest, HttpResponse
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.protocols.http1 import HEAD_LIMIT, Http1Codec, fields
from flowtape.capture.stream import MAX_MESSAGE, DecodeError

CONNECTION = Connection("1", Address("10.0.0.1", 40000), Address("10.0.0.2", 80))
CLIENT, SERVER = Side.CLIENT, Side.SERVER
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"


def _heard(*chunks: tuple[Side, bytes]) -> tuple[Conversation, list[Exchange]]:
    conversation = Conversation(CONNECTION, CODECS, hint="http1")
    for at, (side, data) in enumerate(chunks, start=1):
        conversation.hear(side, data, at)
    return conversation, conversation.exchanges()


def _problems(*chunks: tuple[Side, bytes]) -> list[str]:
    return _heard(*chunks)[0].problems


def test_a_request_and_its_response_are_an_exchange() -> None:
    request = b"PURGE /a?q=\xc3\xa9 HTTP/1.1\r\nHost: shop\r\nX-Empty:\r\nCookie: a=1 \r\nCookie: b=2\r\nContent-Length: 2\r\n\r\nhi"
    _, (exchange,) = _heard((CLIENT, request), (SERVER, b"HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n"))
    assert exchange.question == HttpRequest(
        "PURGE",
        "/a?q=Ã©",
        (("Host", "shop"), ("X-Empty", ""), ("Cookie", "a=1"), ("Cookie", "b=2"), ("Content-Length", "2")),
        b"hi",
    )
    assert exchange.answer == HttpResponse(299, "", (("Content-Length", "0"),))
    assert (exchange.started, exchange.asked, exchange.answered, exchange.ended) == (1, 1, 2, 2)
    assert (exchange.protocol, exchange.incomplete, exchange.session) == ("http1", "", False)


def test_chunks_extensions_and_trailers_are_undone() -> None:
    chunked = b'Transfer-Encoding: Chunked\r\n\r\n4;a="b;c"\r\nWiki\r\n00005 \r\npedia\r\n0;last\r\nDigest: x\r\n\r\n'
    _, (exchange,) = _heard((CLIENT, POST + chunked), (SERVER, OK))
    assert isinstance(exchange.question, HttpRequest)
    assert (exchange.question.body, exchange.question.trailers) == (b"Wikipedia", (("Digest", "x"),))


@pytest.mark.parametrize(
    ("request_head", "response_head"),
    [
        (b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n"),
        (b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"),
        (GET, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n"),
    ],
)
def test_answers_without_a_body_do_not_swallow_the_next(request_head: bytes, response_head: bytes) -> None:
    _, exchanges = _heard((CLIENT, request_head), (SERVER, response_head), (CLIENT, GET), (SERVER, OK))
    assert [each.answer.body for each in exchanges if isinstance(each.answer, HttpResponse)] == [b"", b"ok"]


def test_what_was_held_back_is_heard_as_soon_as_the_upgrade_is_refused() -> None:
    upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"
    conversation, exchanges = _heard((CLIENT, upgrade), (CLIENT, GET), (SERVER, OK), (SERVER, OK))
    assert [exchange.incomplete for exchange in exchanges] == ["", ""]
    assert conversation.problems == []


def test_interim_answers_answer_nothing() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    _, exchanges = _heard(
        (CLIENT, POST + b"Content-Length: 2\r\n\r\n"), (SERVER, interim), (CLIENT, b"hi"), (SERVER, OK)
    )
    assert [each.answer.status for each in exchanges if isinstance(each.answer, HttpResponse)] == [200]


@pytest.mark.parametrize("status", [b"408 Request Timeout", b"400 Bad", b"503 Busy", b"200 OK", b"100 Continue"])
def test_an_answer_that_nobody_asked_for_is_paired_with_nothing(status: bytes) -> None:
    unasked = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"
    conversation, exchanges = _heard((CLIENT, GET), (SERVER, OK + unasked), (CLIENT, GET), (SERVER, OK))
    assert [each.incomplete for each in exchanges] == [""]
    assert "an answer to no request" in conversation.problems[0]
    assert conversation.counters["errors"] >= 1


def test_a_refused_expectation_leaves_the_body_in_doubt() -> None:
    expecting = POST + b"Expect: 100-continue\r\nContent-Length: 60\r\n\r\n"
    refused = b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"
    conversation, exchanges = _heard((CLIENT, expecting), (SERVER, refused), (CLIENT, GET), (SERVER, OK))
    assert [each.incomplete for each in exchanges] == conversation.problems
    assert "in place of 100 Continue" in conversation.problems[0]


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "Content-Length"),
        (b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "Content-Length"),
        (b"Content-Length: 5, 5\r\n\r\n", "Content-Length"),
        (b"Content-Length: +5\r\n\r\n", "Content-Length"),
        (b"Content-Length: -5\r\n\r\n", "Content-Length"),
        (b"Content-Length: 0x5\r\n\r\n", "Content-Length"),
        (b"Content-Length: 99999999999999999999999999\r\n\r\n", "Content-Length"),
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding"),
        (b"Transfer-Encoding: gzip\r\n\r\n", "Transfer-Encoding"),
        (b"Transfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding"),
        (b"Transfer-Encoding: chunked, chunked\r\n\r\n", "Transfer-Encoding"),
        (b"Transfer-Encoding: chunked\r\n\r\n5x\r\n", "where a chunk's size should be"),
        (b"Transfer-Encoding: chunked\r\n\r\n-5\r\n", "where a chunk's size should be"),
        (b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", "where a chunk's size should be"),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", "where a chunk should end"),
        (b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 5000, "within 4096 bytes"),
        (b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 20_000, "trailers longer than"),
        (b"A: b\n\r\n", "LF in one head"),
        (b"A: b\r\n c: d\r\n\r\n", "header fields"),
        (b"A : b\r\n\r\n", "header fields"),
        (b"A: b\x00c\r\n\r\n", "header fields"),
    ],
)
def test_what_two_recipients_may_read_differently_is_refused(head: bytes, problem: str) -> None:
    conversation, exchanges = _heard((CLIENT, GET), (SERVER, OK), (CLIENT, POST + head), (SERVER, OK))
    assert [each.incomplete for each in exchanges[:1]] == [""]
    assert all(each.incomplete for each in exchanges[1:])
    assert problem in conversation.problems[0]


def test_chunks_in_http_1_0_are_refused() -> None:
    assert _problems((CLIENT, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")) == [
        "a Transfer-Encoding in HTTP/1.0"
    ]


def test_a_header_section_without_end_is_refused_at_the_limit() -> None:
    conversation = Conversation(CONNECTION, CODECS, hint="http1")
    conversation.hear(CLIENT, GET[:-2], 1)
    for at in range(2, 20_000):
        conversation.hear(CLIENT, b"A: b\r\n", at)
    assert f"within {HEAD_LIMIT} bytes" in conversation.problems[0]
    assert len(conversation._streams[CLIENT]) == 0


@pytest.mark.parametrize("framed", [b"Content-Length: %d\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n%x\r\n"])
def test_a_body_too_long_is_passed_over_and_never_kept(framed: bytes) -> None:
    size = MAX_MESSAGE + 10
    conversation, _ = _heard((CLIENT, GET), (SERVER, b"HTTP/1.1 200 OK\r\n" + framed % size))
    piece = bytes(1 << 20)
    for sent in range(0, size, len(piece)):
        conversation.hear(SERVER, piece[: size - sent], 3)
        assert len(conversation._streams[SERVER]) == 0
    if b"chunked" in framed:
        conversation.hear(SERVER, b"\r\n0\r\n\r\n", 4)
    conversation.hear(CLIENT, GET, 5)
    conversation.hear(SERVER, OK, 6)
    long, short = conversation.exchanges()
    assert long.incomplete == f"a body longer than {MAX_MESSAGE} bytes"
    assert isinstance(long.answer, HttpResponse)
    assert long.answer.body == b""
    assert short.incomplete == ""


@pytest.mark.parametrize("lost", [1, 4, 5])
def test_a_loss_within_a_body_of_known_length_costs_one_exchange(lost: int) -> None:
    conversation = Conversation(CONNECTION, CODECS)
    conversation.hear(CLIENT, POST + b"Content-Length: 6\r\n\r\na", 1)
    conversation.lose(CLIENT, lost, 2)
    conversation.hear(CLIENT, b"b" * (5 - lost), 3)
    conversation.hear(SERVER, OK, 4)
    conversation.hear(CLIENT, GET, 5)
    conversation.hear(SERVER, OK, 6)
    first, second = conversation.exchanges()
    assert first.incomplete == f"{lost} bytes of the body are missing"
    assert second.incomplete == ""
    assert conversation.silent == set()


def test_a_loss_beyond_the_body_is_silence() -> None:
    conversation = Conversation(CONNECTION, CODECS)
    conversation.hear(CLIENT, POST + b"Content-Length: 6\r\n\r\na", 1)
    conversation.lose(CLIENT, 6, 2)
    assert conversation.silent == set(Side)


def test_a_loss_within_a_chunk_is_bridged_too_and_between_chunks_not() -> None:
    for begun, bridged in ((b"5\r\nab", True), (b"5\r\nabcde", False), (b"5\r", False)):
        conversation = Conversation(CONNECTION, CODECS)
        conversation.hear(CLIENT, POST + b"Transfer-Encoding: chunked\r\n\r\n" + begun, 1)
        conversation.lose(CLIENT, 3, 2)
        assert (conversation.silent == set()) is bridged


def test_a_pipelining_client_is_not_resumed() -> None:
    conversation = Conversation(CONNECTION, CODECS)
    conversation.hear(CLIENT, GET + GET, 1)
    conversation.lose(CLIENT, 3, 2)
    for number in range(1, 5):
        conversation.hear(CLIENT, GET, number * 10**9)
        conversation.hear(SERVER, OK, number * 10**9 + 1)
    assert conversation.silent == set(Side)


def test_a_client_that_pipelines_after_a_join_is_no_longer_trusted() -> None:
    """The second question may be a body's bytes: the body's own answer would then be the first one's."""
    conversation = Conversation(CONNECTION, CODECS, hint="http1", joined=True)
    for number in range(1, 4):
        conversation.hear(CLIENT, GET, number * 10**9)
        conversation.hear(SERVER, OK, number * 10**9 + 1)
    assert [bool(each.incomplete) for each in conversation.exchanges()] == [True, False, False]
    conversation.hear(CLIENT, GET + GET, 4 * 10**9)
    conversation.hear(SERVER, OK + OK, 4 * 10**9 + 1)
    assert all(each.incomplete for each in conversation.exchanges())
    assert conversation.silent == set(Side)


@pytest.mark.parametrize(
    ("data", "claim"),
    [
        (b"GET / HTTP/1.1\r\n", True), (b"\r\nGET / HTTP/1.0\n", True), (b"M-SEARCH * HTTP/1.1\r\n", True),
        (b"", None), (b"G", None), (b"GET /a", None), (b"GET /a HTT", None), (b"\r\n", None),
        (b"GET /" + b"a" * 3000, True), (b"GOT /" + b"a" * 3000, None),
        (b"GET / HTTP/2.0\r\n", False), (b"GET /\r\n", False), (b"GET  / HTTP/1.1\r\n", False), (b"(/ HTTP/1.1\r\n", False),
        (b"*1\r\n$4\r\nPING\r\n", False), (b"\x00\x00\x00\x08", False), (b"A" * 100, False),
    ],
)  # fmt: skip
def test_claims(data: bytes, claim: bool | None) -> None:
    assert Http1Codec.claims(data) is claim


@pytest.mark.parametrize(
    "message",
    [
        HttpRequest("GET", "/ HTTP/1.1\r\nEvil: 1"),
        HttpRequest("GET", "/", (("A", "b\r\nEvil: 1"),)),
        HttpRequest("GET", "/", (("A", "b\nEvil: 1"),)),
        HttpResponse(200, "OK\rEvil"),
    ],
)
def test_no_message_smuggles_a_line(message: HttpRequest | HttpResponse) -> None:
    with pytest.raises(ValueError, match="a line end within the head"):
        Http1Codec(CONNECTION).encode(CLIENT, message)


NAMES = st.from_regex(r"X-[A-Za-z0-9-]{1,20}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"), max_size=30)


@given(
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    target=st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"), min_size=1),
    body=st.binary(max_size=50),
    chunked=st.booleans(),
)
def test_any_request_that_is_said_is_heard(
    headers: list[tuple[str, str]], target: str, body: bytes, chunked: bool
) -> None:
    length = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))
    message = HttpRequest("POST", target, (*headers, length), body, trailers=(("X-T", "1"),) if chunked else ())
    conversation = Conversation(CONNECTION, CODECS, hint="http1")
    assert conversation.hear(CLIENT, Http1Codec(CONNECTION).encode(CLIENT, message), 1) == [message]


def test_fields_raise_decode_errors() -> None:
    assert fields(b"A: b\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")[1] == ("Upgrade", "x")
    with pytest.raises(DecodeError, match="header fields"):
        fields(b"no colon\r\n\r\n")


FIELD_NAMES = [
    b"a",
    b"X-Y",
    b"Content-Length",
    b"transfer-encoding",
    b"Connection",
    b"Upgrade",
    b"Expect",
    b" b",
    b"bad name",
    b"",
]
FIELD_VALUES = [b"5", b"0", b"5, 5", b"chunked", b"upgrade", b"100-continue", b"", b"a\tb ", b"\xe9"]
SEPARATORS = [b":", b": ", b":\t ", b" :", b""]
LINES = st.tuples(
    st.sampled_from(FIELD_NAMES),
    st.sampled_from(SEPARATORS),
    st.one_of(st.sampled_from(FIELD_VALUES), st.binary(max_size=4)),
).map(b"".join)


@given(asked=st.lists(LINES, max_size=4), answered=st.lists(LINES, max_size=4), body=st.binary(max_size=12))
def test_what_comes_at_once_is_read_as_what_comes_in_parts(
    asked: list[bytes], answered: list[bytes], body: bytes
) -> None:
    """A head that comes whole is read line by line, one that comes in parts by httptools."""
    request = b"\r\n".join([b"GET / HTTP/1.1", *asked, b"", body])
    response = b"\r\n".join([b"HTTP/1.1 200 OK", *answered, b"", body])
    told = []
    for size in (1, len(request) + len(response)):
        conversation = Conversation(CONNECTION, CODECS, hint="http1")
        messages = []
        for side, data in ((CLIENT, request), (SERVER, response)):
            for part in (data[:size], data[size:]):
                messages += conversation.hear(side, part, 1) if part else []
            conversation.end(side, 1)
        conversation.close(1)
        told.append((messages, conversation.exchanges(), conversation.problems, conversation.counters["skipped"]))
    assert told[0] == told[1]
