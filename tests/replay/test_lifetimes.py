from __future__ import annotations

from flowtape.capture.exchange import RedisCommand, RedisReply, Resp
from flowtape.replay.flowfile import RecordedCall
from flowtape.replay.index import Recorded
from flowtape.replay.lifetimes import Lifetimes
from flowtape.replay.match import asked

GET = asked(RedisCommand((b"GET", b"a")))


def recorded(answer: RedisReply | None = RedisReply(Resp("bulk", b"1"))) -> Recorded:  # noqa: B008 - frozen
    return Recorded(0, RecordedCall("cache", RedisCommand((b"GET", b"a")), answer), GET, {})


def test_a_read_is_answered_again_until_its_dependency_is_written_to() -> None:
    lifetimes, call = Lifetimes(), recorded()
    assert lifetimes.again("cache", GET) is None
    lifetimes.read("cache", GET, call)
    lifetimes.wrote("db")
    assert lifetimes.again("cache", GET) is call
    assert lifetimes.again("other", GET) is None
    lifetimes.wrote("cache")
    assert lifetimes.again("cache", GET) is None


def test_what_got_no_answer_is_not_answered_again() -> None:
    lifetimes = Lifetimes()
    lifetimes.read("cache", GET, recorded(None))
    assert lifetimes.again("cache", GET) is None
