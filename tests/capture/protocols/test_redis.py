"""Redis, as transcripts: which reply answers which command."""

from __future__ import annotations

import pytest

from flowtape.capture.codec import Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Connection, Exchange, RedisCommand, RedisReply, Resp
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.protocols.redis import RedisCodec

CONNECTION = Connection("7", Address("10.0.0.1", 40000), Address("10.0.0.2", 6379))
CLIENT, SERVER = Side.CLIENT, Side.SERVER
OK, QUEUED = Resp("simple", "OK"), Resp("simple", "QUEUED")


def _commands(*lines: str) -> bytes:
    data = b""
    for words in (line.encode().split() for line in lines):
        data += b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
    return data


def _heard(*chunks: tuple[str | bytes, bytes], hint: str = "redis") -> tuple[Conversation, list[Exchange]]:
    """Dialogues: commands (a line, or bytes) and what the server says to them."""
    conversation = Conversation(CONNECTION, CODECS, hint=hint)
    at = 0
    for asked, answer in chunks:
        for side, data in ((CLIENT, asked if isinstance(asked, bytes) else _commands(asked)), (SERVER, answer)):
            at += 1
            if data:
                conversation.hear(side, data, at)
    return conversation, conversation.exchanges()


def _told(exchanges: list[Exchange]) -> list[tuple[str, object]]:
    told: list[tuple[str, object]] = []
    for each in exchanges:
        assert isinstance(each.question, RedisCommand)
        value = each.answer.value if isinstance(each.answer, RedisReply) else None
        told.append(
            (b" ".join(each.question.arguments).decode(), value and (value.value if value.kind != "null" else None))
        )
    return told


def test_replies_answer_commands_in_their_order() -> None:
    conversation, exchanges = _heard((_commands("SET a 1", "INCR a", "GET b"), b"+OK\r\n:2\r\n$-1\r\n"))
    assert _told(exchanges) == [("SET a 1", "OK"), ("INCR a", 2), ("GET b", None)]
    assert all(not (each.incomplete or each.session or each.transaction) for each in exchanges)
    assert conversation.under_way is None


def test_a_block_gives_each_command_its_own_answer() -> None:
    _, exchanges = _heard(
        (_commands("WATCH a", "MULTI", "INCR a", "LPOP a", "EXEC"), b"+OK\r\n+OK\r\n+QUEUED\r\n"),
        (b"", b"+QUEUED\r\n*2\r\n:2\r\n-WRONGTYPE no\r\n"),
        ("GET a", b"$1\r\n2\r\n"),
    )
    assert [name for name, _ in _told(exchanges)] == ["WATCH a", "MULTI", "INCR a", "LPOP a", "EXEC", "GET a"]
    assert [value for _, value in _told(exchanges)][2:4] == [2, "WRONGTYPE no"]
    assert [each.transaction for each in exchanges] == ["", "7:1", "7:1", "7:1", "7:1", ""]
    assert [each.session for each in exchanges] == [True, True, False, False, True, False]
    assert (exchanges[2].started, exchanges[2].ended) == (1, 4)


@pytest.mark.parametrize(
    ("end", "answer"),
    [("EXEC", b"*-1\r\n"), ("EXEC", b"_\r\n"), ("EXEC", b"-EXECABORT no\r\n"), ("DISCARD", b"+OK\r\n")],
)
def test_a_block_that_was_not_run_leaves_its_commands_queued(end: str, answer: bytes) -> None:
    _, exchanges = _heard((_commands("MULTI", "INCR a", end), b"+OK\r\n+QUEUED\r\n" + answer), ("GET a", b"_\r\n"))
    told = dict(_told(exchanges))
    assert told["INCR a"] == "QUEUED"
    assert exchanges[-1].transaction == ""


def test_a_command_refused_within_a_block_has_its_error() -> None:
    _, exchanges = _heard(
        (_commands("MULTI", "NOSUCH", "GET a", "EXEC"), b"+OK\r\n-ERR no\r\n+QUEUED\r\n-EXECABORT\r\n")
    )
    assert dict(_told(exchanges)) == {"MULTI": "OK", "NOSUCH": "ERR no", "GET a": "QUEUED", "EXEC": "EXECABORT"}


def test_a_refused_multi_or_exec_changes_nothing() -> None:
    _, exchanges = _heard(
        ("EXEC", b"-ERR EXEC without MULTI\r\n"), ("MULTI", b"-NOAUTH\r\n"), ("GET a", b"+QUEUED\r\n")
    )
    assert [each.transaction for each in exchanges] == ["", "", ""]
    assert _told(exchanges)[-1] == ("GET a", "QUEUED")


def test_reset_ends_a_block_and_the_version() -> None:
    _, exchanges = _heard(
        ("HELLO 3", b"%0\r\n"),
        (_commands("MULTI", "INCR a", "RESET", "GET a"), b"+OK\r\n+QUEUED\r\n+RESET\r\n$1\r\n1\r\n"),
    )
    assert _told(exchanges)[-2:] == [("INCR a", "QUEUED"), ("GET a", b"1")]


@pytest.mark.parametrize(
    ("asked", "answer", "problem"),
    [
        (_commands("MULTI", "GET a"), b"+OK\r\n$1\r\n1\r\n", "should be queued"),
        (
            _commands("MULTI", "GET a", "EXEC"),
            b"+OK\r\n+QUEUED\r\n*2\r\n:1\r\n:2\r\n",
            "EXEC answers 2 commands, where 1",
        ),
        (_commands("MULTI", "EXEC"), b"+OK\r\n:1\r\n", "where EXEC should be answered"),
        (_commands("GET a"), b":1\r\n:2\r\n", "an answer to no command"),
        (_commands("SUBSCRIBE a"), b"*3\r\n$1\r\nx\r\n$1\r\na\r\n:1\r\n", "should be confirmed"),
        (_commands("SYNC"), b"", "SYNC: what follows"),
        (_commands("MULTI", "CLIENT REPLY OFF"), b"", "CLIENT REPLY within MULTI"),
        (_commands("CLIENT REPLY OFF", "MULTI"), b"", "while answers are suppressed"),
    ],
)
def test_what_cannot_be_sorted_out_is_silence_and_no_exchange(asked: bytes, answer: bytes, problem: str) -> None:
    conversation, exchanges = _heard((asked, answer))
    assert problem in conversation.problems[0]
    assert conversation.silent == set(Side)
    doubtful = [each for each in exchanges if not each.incomplete and not each.session]
    assert _told(doubtful) in ([], [("GET a", 1)])


def test_subscriptions_are_confirmed_and_messages_answer_nothing() -> None:
    confirm = b"*3\r\n$9\r\nsubscribe\r\n$1\r\n%b\r\n:%d\r\n"
    message = b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"
    leave = b"*3\r\n$11\r\nunsubscribe\r\n$1\r\n%b\r\n:%d\r\n"
    conversation, exchanges = _heard(
        ("SUBSCRIBE a b", confirm % (b"a", 1) + message + confirm % (b"b", 2)),
        ("PING", message + b"*2\r\n$4\r\npong\r\n$0\r\n\r\n" + message),
        ("UNSUBSCRIBE", leave % (b"a", 1) + leave % (b"b", 0)),
        ("LRANGE l 0 -1", message),
        ("UNSUBSCRIBE", b"*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n"),
    )
    assert conversation.problems == []
    assert [name for name, _ in _told(exchanges)] == [
        "SUBSCRIBE a b",
        "PING",
        "UNSUBSCRIBE",
        "LRANGE l 0 -1",
        "UNSUBSCRIBE",
    ]
    subscribed = exchanges[0].answer
    assert isinstance(subscribed, RedisReply)
    assert isinstance(subscribed.value.value, tuple)
    assert [each.kind for each in subscribed.value.value] == ["array", "array"]


def test_pushes_and_attributes_answer_nothing() -> None:
    conversation, exchanges = _heard(
        ("HELLO 3", b"%0\r\n"),
        ("SUBSCRIBE a", b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"),
        (
            "GET a",
            b">2\r\n$10\r\ninvalidate\r\n_\r\n|1\r\n+ttl\r\n:1\r\n$1\r\n1\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n",
        ),
        ("LRANGE l 0 -1", b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"),
    )
    assert conversation.problems == []
    assert [name for name, _ in _told(exchanges)] == ["HELLO 3", "SUBSCRIBE a", "GET a", "LRANGE l 0 -1"]
    assert _told(exchanges)[2][1] == b"1"


def test_suppressed_answers_are_no_answers() -> None:
    _, exchanges = _heard(
        (_commands("CLIENT REPLY SKIP", "SET a 1", "GET a"), b"$1\r\n1\r\n"),
        (_commands("CLIENT REPLY OFF", "SET a 2", "CLIENT REPLY SKIP", "CLIENT REPLY ON"), b"+OK\r\n"),
        (_commands("GET a"), b"$1\r\n2\r\n"),
    )
    whole = [each for each in exchanges if not each.incomplete]
    assert _told(whole) == [("GET a", b"1"), ("CLIENT REPLY ON", "OK"), ("GET a", b"2")]
    assert all("asked for no answer" in each.incomplete for each in exchanges if each not in whole)


def test_a_monitored_connection_is_opaque() -> None:
    conversation, exchanges = _heard((_commands("GET a", "MONITOR"), b"$1\r\n1\r\n+OK\r\n+17.1 [0 x] GET\r\n"))
    assert _told(exchanges) == [("GET a", b"1"), ("MONITOR", "OK")]
    assert conversation.protocol == "opaque"


def test_no_password_is_in_any_message_or_exchange() -> None:
    conversation = Conversation(CONNECTION, CODECS)
    asked = _commands(
        "HELLO 3 AUTH ana hunter2", "AUTH hunter2", "CONFIG SET requirepass hunter2", "CONFIG GET requirepass"
    )
    messages = conversation.hear(CLIENT, asked, 1)
    conversation.hear(SERVER, b"%0\r\n+OK\r\n+OK\r\n%1\r\n$11\r\nrequirepass\r\n$7\r\nhunter2\r\n", 2)
    assert len(exchanges := conversation.exchanges()) == 4
    assert "hunter2" not in repr(messages) + repr(exchanges)


@pytest.mark.parametrize("begun", ["MULTI", "SUBSCRIBE a", "CLIENT REPLY OFF", "GET 0"])
def test_after_a_loss_no_state_is_believed_that_may_have_ended_meanwhile(begun: str) -> None:
    confirmed = {"MULTI": b"+OK\r\n", "SUBSCRIBE a": b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"}
    conversation, _ = _heard((begun, confirmed.get(begun, b"")))
    conversation.lose(CLIENT, 100, 10)
    for number in range(1, 5):
        conversation.hear(CLIENT, _commands(f"GET {number}"), number * 10**9)
        conversation.hear(SERVER, b":%d\r\n" % number, number * 10**9 + 1)
    exchanges = conversation.exchanges()
    assert _told([each for each in exchanges if not each.incomplete]) == [("GET 2", 2), ("GET 3", 3), ("GET 4", 4)]
    assert {each.transaction for each in exchanges} == {""}


def test_a_join_in_a_block_or_a_subscription_stays_silent() -> None:
    for answer in (b"+QUEUED\r\n", b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"):
        conversation = Conversation(CONNECTION, CODECS, hint="redis", joined=True)
        for number in range(1, 6):
            conversation.hear(CLIENT, _commands("PING"), number * 10**9)
            conversation.hear(SERVER, answer, number * 10**9 + 1)
        assert not [each for each in conversation.exchanges() if not each.incomplete]


@pytest.mark.parametrize(
    ("data", "claim"),
    [
        (b"*1\r\n$4\r\nPING\r\n", True), (b"*12\r\n$3", None), (b"*", None), (b"*0\r\n", False), (b"*x", False),
        (b"*3\r\n:", False), (b"ping\r\n", True), (b"pi", None), (b"ECHO x", True), (b"GET / HTTP/1.1\r\n", False),
        (b"EHLO x\r\n", False), (b"\x00\x00", False), (b"", None),
    ],
)  # fmt: skip
def test_claims(data: bytes, claim: bool | None) -> None:
    assert RedisCodec.claims(data) is claim


def test_nulls_are_written_in_the_version_that_was_agreed() -> None:
    conversation, _ = _heard(("PING", b"+PONG\r\n"))
    null = RedisReply(Resp("null"))
    conversation.hear(CLIENT, _commands("GET a", "HELLO 3"), 9)
    assert conversation.say(SERVER, null) == b"$-1\r\n"
    assert conversation.say(SERVER, RedisReply(Resp("map", ()))) == b"%0\r\n"
    conversation.hear(CLIENT, _commands("GET a"), 9)
    assert conversation.say(SERVER, null) == b"_\r\n"
