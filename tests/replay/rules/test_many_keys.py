"""`MGET a b` for `GET a` and `GET b`, and the other way round."""

from __future__ import annotations

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.rules.many_keys import joined, part_answers, parts
from flowtape.replay.shapes import Shape, Uuid
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape

ONE, TWO = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", "00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69"
NULL = Resp("null")


def command(line: str) -> RedisCommand:
    return RedisCommand(tuple(line.encode().split()))


def bulk(text: str) -> Resp:
    return Resp("bulk", text.encode())


def several(*values: Resp) -> RedisReply:
    return RedisReply(Resp("array", values))


def call(line: str, value: Resp) -> RecordedCall:
    return RecordedCall("cache", command(line), RedisReply(value))


def tape(*calls: RecordedCall, **variables: Shape) -> Tape:
    return Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls, variables), Session())


def test_several_gets_are_answered_out_of_one_mget() -> None:
    found = tape(call("MGET a b c", several(bulk("1"), NULL, bulk("3")).value))
    assert found.ask("cache", command("GET b")) == RedisReply(NULL)
    assert found.ask("cache", command("GET a")) == RedisReply(bulk("1"))
    assert found.ask("cache", command("get c")) == RedisReply(bulk("3"))
    assert found.ask("cache", command("GET a")) == RedisReply(bulk("1"))
    assert found.observed[-1].again
    assert isinstance(found.ask("cache", command("GET d")), Miss)
    assert isinstance(found.ask("cache", command("MGET a b c")), RedisReply), (
        "put together of what was read and still holds"
    )
    assert not found.never_asked()


def test_one_mget_is_answered_out_of_several_gets() -> None:
    found = tape(call("GET a", bulk("1")), call("GET b", NULL), call("GET c", bulk("3")))
    assert found.ask("cache", command("MGET c a")) == several(bulk("3"), bulk("1"))
    assert [call.question for call in found.never_asked()] == [command("GET b")]
    assert found.ask("cache", command("MGET c a")) == several(bulk("3"), bulk("1"))


def test_an_mget_is_answered_out_of_another_one_and_a_get() -> None:
    found = tape(call("MGET a b", several(bulk("1"), bulk("2")).value), call("GET c", bulk("3")))
    assert found.ask("cache", command("MGET b c a")) == several(bulk("2"), bulk("3"), bulk("1"))
    assert not found.never_asked()


def test_all_or_nothing() -> None:
    found = tape(call("GET a", bulk("1")), call("GET b", bulk("2")))
    assert isinstance(found.ask("cache", command("MGET a b c")), Miss)
    assert len(found.never_asked()) == 2
    assert found.ask("cache", command("MGET a b")) == several(bulk("1"), bulk("2"))


def test_hashes_too_and_never_another_hash() -> None:
    assert tape(call("HGET h a", bulk("1")), call("HGET h b", bulk("2"))).ask(
        "cache", command("HMGET h b a")
    ) == several(bulk("2"), bulk("1"))
    found = tape(call("HMGET h a b", several(bulk("1"), NULL).value))
    assert found.ask("cache", command("HGET h b")) == RedisReply(NULL)
    for near_miss in ("HGET g a", "HGET h c", "GET a", "HMGET g a"):
        assert isinstance(found.ask("cache", command(near_miss)), Miss)


def test_what_was_written_since_is_not_answered_from_before() -> None:
    calls = call("MGET a b", several(bulk("1"), bulk("2")).value), call("SET a 5", Resp("simple", "OK"))
    found = tape(*calls)
    found.ask("cache", command("SET a 5"))
    assert isinstance(found.ask("cache", command("GET a")), Miss)
    assert found.ask("cache", command("GET b")) == RedisReply(bulk("2"))


def test_an_error_is_part_of_nothing() -> None:
    wrong = Resp("error", "WRONGTYPE Operation against a key holding the wrong kind of value")
    assert isinstance(tape(call("GET a", wrong), call("GET b", NULL)).ask("cache", command("MGET a b")), Miss)
    assert joined([RedisReply(wrong)]) is None
    assert list(part_answers(command("MGET a"), RedisReply(wrong))) == []
    assert list(part_answers(command("MGET a b"), several(bulk("1")))) == []


def test_variables_are_bound_by_the_parts_or_not_at_all() -> None:
    found = tape(call("GET u:$one", bulk("is $one")), call("GET x", NULL), one=Uuid())
    assert isinstance(found.ask("cache", command(f"MGET u:{TWO} y")), Miss)
    assert found.variables.bound == {}
    assert found.ask("cache", command(f"MGET x u:{ONE}")) == several(NULL, bulk(f"is {ONE}"))
    assert found.variables.bound == {"one": ONE}


def test_only_these_commands_ask_for_several() -> None:
    assert parts(command("mget a b")) == [command("GET a"), command("GET b")]
    for line in ("GET a", "DEL a b", "SMISMEMBER s a b"):
        assert parts(command(line)) == []
    assert parts(HttpRequest("GET", "/")) == []
