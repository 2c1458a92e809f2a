from __future__ import annotations

import dataclasses

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture import exchange as exchanges
from flowtape.capture.exchange import SqlStatement
from flowtape.capture.flow import Outside
from flowtape.capture.recording import encoding
from flowtape.capture.recording.encoding import KINDS, Counts, Record, decode, encode


def packed(tree: object) -> bytes:
    return zstandard.compress(msgspec.msgpack.encode(tree))


def test_every_record_comes_back_as_it_was(records: list[Record]) -> None:
    assert [decode(encode(record)) for record in records] == records


def test_every_question_and_answer_has_a_kind() -> None:
    assert set(KINDS.values()) == {*exchanges.Question.__args__, *exchanges.Answer.__args__}


@given(
    st.recursive(
        st.one_of(
            st.builds(exchanges.Resp, st.just("bulk"), st.binary(max_size=5)),
            st.builds(exchanges.Resp, st.just("integer"), st.integers(-(2**63), 2**63 - 1)),
            st.builds(exchanges.Resp, st.just("boolean"), st.booleans()),
            st.builds(exchanges.Resp, st.just("simple"), st.text(st.characters(), max_size=5)),
            st.just(exchanges.Resp("null")),
        ),
        lambda inner: st.builds(exchanges.Resp, st.just("array"), st.lists(inner, max_size=3).map(tuple)),
        max_leaves=8,
    )
)
def test_any_reply_comes_back_as_it_was(value: exchanges.Resp) -> None:
    """Surrogates too, which no UTF-8 has: a statement in another encoding may hold them."""
    connection = exchanges.Connection("c", exchanges.Address("h", 1), exchanges.Address("h", 2), "cache")
    command = exchanges.RedisCommand((b"GET",))
    record = Outside(
        exchanges.Exchange(connection, "redis", command, exchanges.RedisReply(value), 1, 2, 3, 4), "background"
    )
    assert decode(encode(record)) == record


def test_what_a_later_writer_adds_is_passed_over() -> None:
    assert decode(packed(["counts", {"at": 5, "run": "r", "moon": [1]}])) == Counts(5, "r")


@pytest.mark.parametrize(
    ("tree", "about"),
    [
        (["moon", {}], "moon"),
        (["counts", {"at": "5"}], "a str where a int"),
        (["counts", {"at": 5, "counters": {"a": "b"}}], "a str where a int"),
        (["counts", {}], "at"),
        (["counts"], "values"),
        (5, "int"),
        (["outside", {"exchange": [], "reason": ""}], "a list where a dict"),
    ],
)
def test_what_is_not_of_the_format_is_refused(tree: object, about: str) -> None:
    with pytest.raises(ValueError, match=about):
        decode(packed(tree))


def test_an_answer_cannot_stand_where_a_question_belongs(records: list[Record]) -> None:
    outside = records[2]
    assert isinstance(outside, Outside)
    tree = msgspec.msgpack.decode(zstandard.decompress(encode(outside)))
    tree[1]["exchange"]["question"] = tree[1]["exchange"]["answer"]
    with pytest.raises(ValueError, match="sql result does not belong"):
        decode(packed(tree))


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else(data: bytes) -> None:
    for garbage in (data, zstandard.compress(data)):
        with pytest.raises(ValueError, match="record"):
            decode(garbage)


def test_a_promise_of_two_gigabytes_is_refused_before_anything_is_unpacked() -> None:
    bomb = zstandard.ZstdCompressor().compressobj(size=2 << 30)
    data = bomb.compress(b"\x00" * (1 << 20)) + bomb.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    with pytest.raises(ValueError, match="2147483648 bytes"):
        decode(data)
    with pytest.raises(ValueError, match="not a record"):
        decode(zstandard.compress(b"\xdd\x7f\xff\xff\xff"))  # msgpack: an array of two thousand million
    with pytest.raises(ValueError, match="not a record"):
        decode(zstandard.compress(b"\x91" * 100_000))  # a hundred thousand arrays in one another


def test_a_record_over_the_limit_is_not_written(records: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "MAX_RECORD", 100)
    with pytest.raises(ValueError, match="where 100 can be"):
        encode(records[0])


def test_an_sql_text_with_lone_surrogates_survives(records: list[Record]) -> None:
    outside = records[2]
    assert isinstance(outside, Outside)
    changed = dataclasses.replace(
        outside, exchange=dataclasses.replace(outside.exchange, question=SqlStatement("\udcff"))
    )
    assert decode(encode(changed)) == changed
