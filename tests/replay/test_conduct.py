"""How a flow goes about its calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp, SqlResult, SqlStatement
from flowtape.replay.conduct import differences, observed_conduct
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape

LOCK = RecordedCall("db", SqlStatement("SELECT stock FROM products WHERE id = 1 FOR UPDATE"), SqlResult((), ()), 1)
READ = RecordedCall("db", SqlStatement("SELECT name FROM products WHERE id = 1"), SqlResult((), ()))
WRITE = RecordedCall("db", SqlStatement("UPDATE products SET stock = 0"), SqlResult(tag="UPDATE 1"), 1, committed=True)
CHARGE = RecordedCall("payments", HttpRequest("POST", "/charges"), HttpResponse(201))
FORGET = RecordedCall("cache", RedisCommand((b"DEL", b"product:1")), RedisReply(Resp("integer", 1)))
ADVISORY = RecordedCall("db", SqlStatement("SELECT pg_advisory_lock(7)"), SqlResult((), ()))


def tape(*calls: RecordedCall, session: tuple[RecordedCall, ...] = ()) -> Tape:
    return Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls), Session(session))


def ask(found: Tape, *calls: RecordedCall, within: str = "") -> None:
    for call in calls:
        transaction = within if call.dependency == "db" else ""
        assert not isinstance(found.ask(call.dependency, call.question, transaction), Miss)


def commit(found: Tape, name: str = "c1", *, committed: bool = True, isolation: str = "") -> None:
    found.transaction_ended("db", name, committed=committed, isolation=isolation)


# -- locks


def test_a_lock_that_is_taken_in_the_transaction_of_its_writes_is_well() -> None:
    found = tape(LOCK, WRITE)
    ask(found, LOCK, WRITE, within="c1")
    commit(found)
    assert differences(found) == []


def test_a_lock_that_is_not_taken_is_missing() -> None:
    found = tape(LOCK, WRITE)
    ask(found, WRITE, within="c1")
    commit(found)
    assert differences(found) == ["missing   db: SELECT stock FROM products WHERE id = 1 FOR UPDATE  [id = 1] (a lock)"]
    assert found.never_asked() == []


def test_a_lock_outside_of_any_transaction_is_none() -> None:
    found = tape(LOCK, WRITE)
    ask(found, LOCK, WRITE)
    assert "held no longer" in differences(found)[0]


def test_a_lock_in_another_transaction_than_its_writes_protects_nothing() -> None:
    found = tape(LOCK, WRITE)
    ask(found, LOCK, within="c1")
    commit(found)
    ask(found, WRITE, within="c1")
    commit(found)
    assert "no longer in the transaction of the writes" in differences(found)[0]


def test_a_plain_read_may_be_anywhere_and_nowhere() -> None:
    found = tape(READ, WRITE)
    ask(found, WRITE, within="c1")
    commit(found)
    assert differences(found) == []


def test_an_advisory_lock_must_be_taken_wherever_that_is() -> None:
    found = tape(ADVISORY)
    assert differences(found) == ["missing   db: SELECT pg_advisory_lock(7)  [value 1 = 7] (a lock)"]
    ask(found, ADVISORY)
    assert differences(found) == []


# -- modes


def in_mode(recorded: str, now: str, *, session: tuple[RecordedCall, ...] = (), within: str = "c1") -> list[str]:
    calls = [replace(READ, isolation=recorded), replace(WRITE, isolation=recorded)]
    found = tape(*calls, session=session)
    ask(found, *calls, within=within)
    commit(found, isolation=now)
    return differences(found)


@pytest.mark.parametrize("mode", ["", "serializable", "repeatable read, read only"])
def test_a_transaction_in_its_recorded_mode_is_well(mode: str) -> None:
    assert in_mode(mode, mode) == []


@pytest.mark.parametrize(
    ("recorded", "now"), [("serializable", ""), ("", "serializable"), ("serializable", "serializable, read only")]
)
def test_a_changed_mode_is_said_once_of_a_transaction(recorded: str, now: str) -> None:
    (line,) = in_mode(recorded, now)
    assert line.startswith(f"isolation db: recorded as {recorded or 'read committed'}, now {now or 'read committed'}")


def test_a_mode_that_needs_a_transaction_is_lost_without_one() -> None:
    assert "now read committed" in in_mode("serializable", "", within="")[0]
    assert in_mode("", "", within="") == []


def test_a_mode_in_which_recorded_sessions_were_as_a_whole_is_no_change() -> None:
    text = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE"
    session = (RecordedCall("db", SqlStatement(text), SqlResult(tag="SET")),)
    assert in_mode("", "serializable", session=session) == []
    assert in_mode("", "repeatable read", session=session)
    assert in_mode("", "serializable", session=(replace(session[0], dependency="other"),))


# -- commits

BEFORE, AFTER = replace(CHARGE, before_commit=1), replace(CHARGE, after_commit=1)
FORGOTTEN = replace(FORGET, after_commit=1)


def around(*recorded: RecordedCall, first: tuple[RecordedCall, ...] = (), then: tuple[RecordedCall, ...] = ()) -> Tape:
    found = tape(*recorded)
    ask(found, *first, within="c1")
    commit(found)
    ask(found, *then)
    return found


def test_what_stays_on_its_side_of_the_commit_is_well() -> None:
    assert differences(around(WRITE, BEFORE, first=(WRITE, BEFORE))) == []
    assert differences(around(WRITE, BEFORE, first=(BEFORE, WRITE))) == []
    assert differences(around(WRITE, AFTER, FORGOTTEN, first=(WRITE,), then=(FORGOTTEN, AFTER))) == []


def test_a_charge_on_the_other_side_of_the_commit_is_a_difference() -> None:
    (line,) = differences(around(WRITE, BEFORE, first=(WRITE,), then=(BEFORE,)))
    assert line.endswith("was asked before the commit of transaction 1, now after it")
    (line,) = differences(around(WRITE, AFTER, first=(WRITE, AFTER)))
    assert line.endswith("was asked after the commit of transaction 1, now before it")


def test_a_cache_that_is_told_before_the_commit_is_a_difference() -> None:
    (line,) = differences(around(WRITE, FORGOTTEN, first=(FORGOTTEN, WRITE)))
    assert line.startswith("order     cache: DEL product:1")


def test_nothing_is_said_where_the_file_says_nothing_or_nothing_was_committed() -> None:
    assert differences(around(WRITE, CHARGE, FORGET, first=(CHARGE, WRITE, FORGET))) == []
    found = tape(WRITE, AFTER)
    ask(found, WRITE, AFTER, within="c1")
    commit(found, committed=False)
    assert differences(found) == []


def test_a_write_that_commits_itself_is_a_transaction_of_its_own() -> None:
    found = tape(WRITE, AFTER)
    ask(found, WRITE, AFTER)
    assert differences(found) == []
    found = tape(WRITE, AFTER)
    ask(found, AFTER, WRITE)
    assert len(differences(found)) == 1


def test_what_is_observed_can_be_recorded() -> None:
    calls = [replace(READ, budget=2), WRITE, AFTER]
    found = tape(*calls)
    ask(found, READ, READ, READ, AFTER, WRITE, within="c1")
    commit(found, isolation="serializable")
    assert len(differences(found)) == 2
    fields = observed_conduct(found)
    now = [replace(call, **fields[index]) for index, call in enumerate(calls)]
    assert [(call.isolation, call.budget) for call in now] == [("serializable", 3), ("serializable", 1), ("", 1)]
    found = tape(*now)
    ask(found, READ, AFTER, WRITE, within="c1")
    commit(found, isolation="serializable")
    assert differences(found) == []


# -- order


def test_writes_of_the_same_key_keep_their_order() -> None:
    put = replace(FORGET, question=RedisCommand((b"SET", b"product:1", b"x")))
    found = tape(put, FORGET)
    ask(found, FORGET, put)
    assert differences(found) == ["order     cache: DEL product:1\n          was recorded after SET product:1 x"]
    other = replace(put, question=RedisCommand((b"SET", b"product:2", b"x")))
    found = tape(other, FORGET)
    ask(found, FORGET, other)
    assert differences(found) == []
