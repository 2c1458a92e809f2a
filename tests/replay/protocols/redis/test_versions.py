"""Replies of one protocol version for a client of the other; the whole of redis-py tries it in test_server.py."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import Resp
from flowtape.replay.protocols.redis.versions import as_version


def _bulk(text: str) -> Resp:
    return Resp("bulk", text.encode())


def _array(*values: Resp) -> Resp:
    return Resp("array", values)


A, B, ONE, TWO = _bulk("a"), _bulk("b"), _bulk("1"), _bulk("2")
ONE_DOUBLE, TWO_DOUBLE = Resp("double", "1"), Resp("double", "2")
PAIRS = _array(_array(A, ONE_DOUBLE), _array(B, TWO_DOUBLE))
ENTRY = _array(_array(_bulk("1-1"), _array(A, ONE)))

BOTH = [
    ("HGETALL h", _array(A, ONE, B, TWO), Resp("map", (A, ONE, B, TWO))),
    ("hgetall h", _array(), Resp("map", ())),
    ("CONFIG GET x", _array(A, ONE), Resp("map", (A, ONE))),
    ("SMEMBERS s", _array(A, B), Resp("set", (A, B))),
    ("ZSCORE z a", ONE, ONE_DOUBLE),
    ("ZSCORE z a", Resp("null"), Resp("null")),
    ("ZMSCORE z a b", _array(ONE, Resp("null")), _array(ONE_DOUBLE, Resp("null"))),
    ("ZRANGE z 0 -1 WITHSCORES", _array(A, ONE, B, TWO), PAIRS),
    ("ZRANGE z 0 -1 withscores", _array(), _array()),
    ("ZRANGE z 0 -1", _array(A, ONE), _array(A, ONE)),
    ("ZPOPMIN z 2", _array(A, ONE, B, TWO), PAIRS),
    ("ZPOPMIN z", _array(A, ONE), _array(A, ONE_DOUBLE)),
    ("BZPOPMIN z 0", _array(_bulk("z"), A, ONE), _array(_bulk("z"), A, ONE_DOUBLE)),
    ("XREAD STREAMS x 0", _array(_array(A, ENTRY)), Resp("map", (A, ENTRY))),
    ("SPOP s", A, A),
    ("GET a", A, A),
    ("GET a", Resp("error", "ERR"), Resp("error", "ERR")),
    ("LRANGE l 0 -1", _array(A, ONE), _array(A, ONE)),
]


@pytest.mark.parametrize(("line", "resp2", "resp3"), BOTH)
def test_a_reply_is_put_as_the_client_reads_it(line: str, resp2: Resp, resp3: Resp) -> None:
    arguments = tuple(line.encode().split())
    assert as_version(arguments, resp2, resp3=True) == resp3
    assert as_version(arguments, resp3, resp3=False) == resp2


@pytest.mark.parametrize(("line", "resp2", "resp3"), BOTH)
def test_a_reply_that_fits_is_left_alone(line: str, resp2: Resp, resp3: Resp) -> None:
    arguments = tuple(line.encode().split())
    assert as_version(arguments, resp2, resp3=False) == resp2
    assert as_version(arguments, resp3, resp3=True) == resp3


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Resp("boolean", True), Resp("integer", 1)),
        (Resp("boolean", False), Resp("integer", 0)),
        (Resp("big number", "12345678901234567890123"), _bulk("12345678901234567890123")),
        (Resp("verbatim", b"txt:some"), _bulk("some")),
        (Resp("bulk error", "ERR a\r\nb"), Resp("error", "ERR a b")),
        (_array(Resp("map", (A, Resp("boolean", True)))), _array(_array(A, Resp("integer", 1)))),
    ],
)
def test_what_resp2_does_not_know_is_put_plainly_at_any_depth(value: Resp, plain: Resp) -> None:
    assert as_version((b"EVAL", b"x", b"0"), value, resp3=False) == plain
