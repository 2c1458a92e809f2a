"""A flow file is read as it was written, whatever strangers put into it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowtape.capture.exchange import (
    Column,
    Headers,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    RedisCommand,
    RedisReply,
    Resp,
    SqlNotice,
    SqlResult,
    SqlStatement,
)
from flowtape.replay import shapes
from flowtape.replay.flowfile import (
    Captured,
    Case,
    FlowFileError,
    RecordedCall,
    Session,
    dump,
    dump_session,
    load,
    parse,
    parse_session,
)

HOSTILE = [
    "", " ", "'", '"', "''\"", "\n", "a\nb", "a\n\n b \n", "\r\n", "\t", "../../etc/passwd", "$order_id", "$1", "\x00", "\x7f\x85\u2028\ufeff",
    "!!python/object/apply:os.system [id]", "&a [*a]", "*a", "- a", "a: b", "? a", "# a", "a # b", "{a", "]", "%TAG", "---", "...",
    "null", "~", "yes", "No", "1", "-0", "1e5", "1_000", "0x1F", "0o7", "1:30", "2026-11-20", ".nan", "=", "<<", "1.", ".5", "é✓😀",
    "__import__('os')", "Robert'); DROP TABLE students;--", "x" * 130, "word " * 40, "  lead", "trail  ", "a\n  b\n c\n", "\x1b[31m", "\ud800",
]  # fmt: skip
texts = st.one_of(st.sampled_from(HOSTILE[:-1]), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
surrogates = st.one_of(texts, st.text(max_size=6), st.just("\ud800"))
latin = st.one_of(
    st.sampled_from([text for text in HOSTILE if text.isascii()]),
    st.text(st.characters(max_codepoint=255), max_size=10),
)
json_like = st.sampled_from(
    [
        b'{"a":1}',
        b'{"a": 1.50, "b": [true, null, "x"]}',
        b'{"a":1e5}',
        b'{"a":"$order_id"}\n',
        b"[1,2]",
        b'{"a":1,"a":2}',
        b'{"\\ud800":1}',
        b'{"e":"\\u00e9"}',
        '{"e":"é"}'.encode(),
        b'{\n  "a": 1\n}',
        b"-0",
        b"nan",
        b"NaN",
        b"1e999",
        b"[" * 200 + b"]" * 200,
        b'{"a":-0}',
        b"{}",
        b"[]",
        b'""',
        b'"x"',
        b"1" * 5000,
        b"a=1&b=2",
        b"a=1&a=2",
        b"a=%zz",
    ]
)
bodies = st.one_of(st.binary(max_size=20), texts.map(str.encode), json_like)
targets = latin.map(lambda text: "/" + text.replace("\x00", ""))
headers: st.SearchStrategy[Headers] = st.lists(
    st.tuples(st.one_of(latin, st.sampled_from(["Content-Type", "set-cookie"])), latin), max_size=4
).map(tuple)
versions = st.sampled_from(["1.1", "1.0", "2"])
methods = st.sampled_from(["GET", "POST", "PROPFIND", "M-SEARCH"])
requests = st.builds(HttpRequest, methods, targets, headers, bodies, versions, headers)
responses = st.builds(HttpResponse, st.integers(100, 599), latin, headers, bodies, versions, headers)

oids = st.sampled_from([0, 16, 20, 23, 25, 114, 701, 1043, 1700, 2950, 3802, 99999])
values = st.one_of(
    st.none(),
    surrogates,
    st.binary(max_size=6),
    json_like.map(bytes.decode),
    st.sampled_from(["t", "f", "42", "19.90", "NaN"]),
)
notices = st.builds(SqlNotice, st.lists(st.tuples(st.sampled_from("SVCMDHzz"), surrogates), max_size=4).map(tuple))
columns = st.builds(
    Column, st.one_of(surrogates, st.sampled_from(["id", "email"])), oids, st.sampled_from([-1, 0, 4, 259, 655366, -7]), st.sampled_from([-1, 4, 8]),
    st.integers(0, 3), st.integers(0, 3),
)  # fmt: skip
rows = st.lists(st.lists(values, max_size=3).map(tuple), max_size=3).map(tuple)
tags = st.one_of(
    st.sampled_from(["", "INSERT 0 1", "INSERT 7 1", "UPDATE 2", "SELECT 0", "SELECT 1", "BEGIN"]), surrogates
)
statements = st.builds(
    SqlStatement,
    st.one_of(surrogates, st.sampled_from(["INSERT INTO a VALUES ($1)", "update a set b = 1", "SELECT 1"])),
    st.lists(values, max_size=3).map(tuple),
    st.lists(oids, max_size=3).map(tuple),
    st.booleans(),
    st.none() | st.binary(max_size=5),
)
results = st.builds(
    SqlResult, st.none() | st.lists(columns, max_size=3).map(tuple), rows, tags, st.none() | notices, st.lists(notices, max_size=2).map(tuple),
    st.none() | st.binary(max_size=5), st.booleans(), st.sampled_from(["", "idle", "active", "failed"]),
)  # fmt: skip

bulk = st.one_of(bodies, latin.map(str.encode))
commands = st.builds(RedisCommand, st.lists(bulk, max_size=4).map(tuple))
leaves = st.one_of(
    st.builds(Resp, st.sampled_from(["simple", "error", "double", "big number", "bulk error"]), texts),
    st.builds(Resp, st.sampled_from(["bulk", "verbatim"]), bulk),
    st.builds(Resp, st.just("integer"), st.integers(-(2**63), 2**63 - 1)),
    st.builds(Resp, st.just("boolean"), st.booleans()),
    st.just(Resp("null")),
)
resp = st.recursive(
    leaves,
    lambda inner: st.builds(
        Resp, st.sampled_from(["array", "set", "push", "map", "attribute"]), st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=6,
)
origins = st.sampled_from(["https://payments.internal", "http://127.0.0.1:8080", ""])
names = st.sampled_from(["db", "cache", "a b", "yes", "1", "é", "x: y", "../db", "n" * 140])
order = {
    "transaction": st.none() | st.integers(0, 3),
    "committed": st.none() | st.booleans(),
    "overlaps": st.integers(0, 2),
    "isolation": st.sampled_from(["", "serializable", "repeatable read, read only"]),
    "before_commit": st.none() | st.integers(0, 3),
    "after_commit": st.none() | st.integers(0, 3),
    "budget": st.integers(1, 5),
}
calls = st.one_of(
    st.builds(RecordedCall, names, statements, st.none() | results, **order),
    st.builds(RecordedCall, names, commands, st.none() | st.builds(RedisReply, resp), **order),
    st.builds(RecordedCall, names, requests, st.none() | responses, **order, origin=origins),
    st.builds(
        RecordedCall,
        names,
        st.builds(OpaqueBytes, st.integers(0)),
        st.none() | st.builds(OpaqueBytes, st.integers(0)),
        **order,
    ),
)
variables = st.dictionaries(
    st.sampled_from(["order_id", "placed_at", "yes", "null"]),
    st.one_of(
        st.builds(shapes.Uuid, st.integers(0, 8)),
        st.builds(
            shapes.Timestamp,
            st.sampled_from(shapes.FORMATS),
            st.sampled_from([-1.0, -0.5]),
            st.sampled_from([2.0, 3600.0]),
        ),
        st.builds(shapes.Token, st.integers(0, 64), st.sampled_from(sorted(shapes.ALPHABETS))),
        st.builds(shapes.Jwt, st.lists(texts, max_size=2).map(tuple)),
        st.sampled_from([shapes.Integer(), shapes.Anything()]),
    ),
    max_size=3,
)
captured = st.builds(
    Captured, st.one_of(st.integers(0, 2**62), st.integers()), surrogates, texts, st.floats(0, 1), texts
)
cases = st.builds(
    Case,
    captured,
    requests,
    responses,
    st.lists(calls, max_size=4).map(tuple),
    variables,
    st.lists(texts, max_size=2).map(tuple),
)


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(cases)
def test_a_case_is_read_as_it_was_written(case: Case) -> None:
    text, cassette = dump(case)
    assert parse(text, cassette) == case
    # No tag of any kind: other readers take it for plain data too.
    assert isinstance(yaml.safe_load(text), dict)


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(calls, max_size=3))
def test_a_session_is_read_as_it_was_written(found: list[RecordedCall]) -> None:
    session = Session(tuple(found))
    assert parse_session(*dump_session(session)) == session


GOOD = """flowtape: 1
captured: {at: 2026-11-20T10:11:12.123456Z, service: shop 1.4.2, owner: trace context, confidence: 1.0}
variables:
  order_id: {uuid: 4}
request: {method: POST, target: /orders, json: {cart: 42}}
calls:
- db: SELECT id FROM carts WHERE id = $1
  parameters: [42]
  columns: {id: int4}
  rows: [{id: 42}]
- db: INSERT INTO orders (id, total) VALUES ($1, $2)
  parameters: [$order_id, 19.90]
  affected: 1
- cache: DEL cart:42
  reply: 1
response: {status: 201, headers: {location: /orders/$order_id}, json: {id: $order_id}}
"""


def test_a_file_written_by_hand_is_read() -> None:
    case = parse(GOOD)
    insert = case.calls[1]
    assert isinstance(insert.question, SqlStatement)
    assert insert.question.parameters == ("$order_id", "19.90")
    assert isinstance(insert.answer, SqlResult)
    assert insert.answer.tag == "INSERT 0 1"
    assert case.captured.at == 1795169472123456000
    assert case.response.body == b'{"id":"$order_id"}'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("flowtape: 1", "flowtape: 2", "line 1: `flowtape`: this is version 1 of the format, the file says 2"),
        ("flowtape: 1\n", "", "the key `flowtape`"),
        ("  affected: 1", "  afected: 1", "line 13: `calls[1].afected`: unknown key"),
        ("  affected: 1", "  affected: one", "line 13: `calls[1].affected`: a whole number is wanted"),
        ("status: 201", "status: !!python/object/apply:os.system [id]", "the YAML tag `tag:yaml.org,2002:python"),
        ("status: 201", "status: !!int 201", "the YAML tag"),
        ("{cart: 42}", "&a {cart: 42}", "line 5: `request.json`: YAML anchors"),
        ("{cart: 42}", "{cart: 42, cart: 43}", "`request.json.cart`: line 5: the key is there twice"),
        ("{cart: 42}", "[" * 5000, "nested deeper than 100 levels"),
        ("{cart: 42}", "{cart: 42", "not YAML"),
        ("  reply: 1", "", "line 14: `calls[2]"),
        ("[{id: 42}]", "[{uid: 42}]", "line 10: `calls[0].rows[0]`: the row"),
        ("{id: int4}", "{id: integer}", "unknown type `integer`"),
        ("{uuid: 4}", "{uuid: 9}", "line 4: `variables.order_id`: a UUID's version"),
        (
            "{uuid: 4}",
            "{guid: 4}",
            "line 4: `variables.order_id`: unknown shape or key `guid`; a shape is one of uuid,",
        ),
        ("{uuid: 4}", "{uuid: 4, token: {}}", "line 4: `variables.order_id`: two shapes at once, `uuid` and `token`"),
        ("{uuid: 4}", "{uuid: 4, value: b7e3}", "line 4: `variables.order_id`: the pinned value `b7e3` is no uuid"),
        ("{uuid: 4}", "{timestamp: http, from: 2s, to: 1s}", "line 4: `variables.order_id`: `from` is after `to`"),
        ("{uuid: 4}", "{uuid: 4}\n  order_id: {uuid: 7}", "line 5: the key is there twice"),
        (
            "{uuid: 4}",
            "{uuid: 4}\n  t: {jwt: {claims: {sub: $user}}}",
            "line 5: `variables.t`: `$user` stands in it, and no variable",
        ),
        (
            "{uuid: 4}",
            "{jwt: {claims: {a: $t}}}\n  t: {jwt: {claims: {a: $order_id}}}",
            "line 4: `variables.order_id`: `order_id` and `t` each stand inside of the other",
        ),
        ("  order_id:", "  order id:", "letters, digits and underscores"),
        ("method: POST", "method: 'PO ST'", "not an HTTP method"),
        ("DEL cart:42", "DEL 'cart", "`calls[2].cache`: not a Redis command"),
        ("json: {cart: 42}", "json: {cart: 42}, text: x", "there is a body already"),
        ("2026-11-20", "2026-13-20", "line 2: `captured.at`"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(FlowFileError) as error:
        parse(GOOD.replace(old, new, 1), None, "paid.yaml")
    assert str(error.value).startswith("paid.yaml")
    assert message in str(error.value)


def test_an_alias_bomb_is_refused() -> None:
    bomb = "a: &a [x, x]\n" + "\n".join(
        f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    with pytest.raises(FlowFileError, match="anchors and aliases"):
        parse(bomb)


def test_a_cassette_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    call = RecordedCall("payments", HttpRequest("GET", "/a"), HttpResponse(200, "OK"), origin="http://payments")
    text, cassette = dump(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200, "OK"), (call,)))
    assert cassette is not None
    (tmp_path / "flow.yaml").write_text(text)
    with pytest.raises(FlowFileError, match="no interaction for this HTTP call"):
        load(tmp_path / "flow.yaml")
    (tmp_path / "flow.http.yaml").write_text(cassette.replace("/a", "/b"))
    with pytest.raises(FlowFileError, match=r"the cassette has GET http://payments/b in this place"):
        load(tmp_path / "flow.yaml")
    (tmp_path / "flow.http.yaml").write_text(cassette)
    assert load(tmp_path / "flow.yaml").calls == (call,)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(FlowFileError, match=r"none\.yaml: cannot be read"):
        load(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"a: \xff")
    with pytest.raises(FlowFileError, match="not UTF-8 from byte 3"):
        load(tmp_path / "binary.yaml")


@pytest.mark.parametrize("name", ["rows", "reply", "transaction"])
def test_a_dependency_whose_name_is_a_key_is_refused(name: str) -> None:
    answer = SqlResult((), (), "SELECT 0") if name == "rows" else RedisReply(Resp("null"))
    question = SqlStatement("SELECT") if name == "rows" else RedisCommand((b"GET", b"a"))
    with pytest.raises(ValueError, match="another meaning"):
        dump(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), (RecordedCall(name, question, answer),)))


def test_the_flow_file_in_the_documentation_is_one() -> None:
    text = (Path(__file__).parents[3] / "docs" / "suite.md").read_text().split("```yaml\n")[1].split("```")[0]
    case = parse(text)
    assert set(case.variables) == {"order_id", "placed_at"}
    assert len(case.calls) == 3
    assert parse(*dump(case)) == case
