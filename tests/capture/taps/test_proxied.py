"""mitmproxy's hooks, called in orders that a live proxy meets rarely, with stand-ins for its objects."""

from __future__ import annotations

import time
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from flowtape.capture.exchange import Address, Exchange, HttpRequest, HttpResponse, OpaqueBytes
from flowtape.capture.taps.proxied import Ear, Listener

ENTRY = Listener("service", Address("127.0.0.1", 8001), "http://127.0.0.1:8000")
PAYMENTS = Listener("payments", Address("127.0.0.1", 8002), "https://payments.internal", "payments")
FORWARD = Listener("forward", Address("127.0.0.1", 8003))


class Fields(dict[str, str]):
    @property
    def fields(self) -> tuple[tuple[bytes, bytes], ...]:
        return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in self.items())


class Request(SimpleNamespace):
    @property
    def host_header(self) -> str:
        return str(self.headers["Host"])

    @host_header.setter
    def host_header(self, value: str) -> None:
        self.headers["Host"] = value


def flow(listener: Listener, id_: str = "f1", client: str = "c1", **request: Any) -> Any:
    data = SimpleNamespace(method=b"GET", path=b"/x", authority=request.pop("authority", b""))
    return SimpleNamespace(
        id=id_,
        client_conn=SimpleNamespace(
            id=client, peername=("127.0.0.1", 5000), proxy_mode=SimpleNamespace(full_spec=listener.mode)
        ),
        server_conn=SimpleNamespace(address=("host.example", 9, 0, 0)),
        request=Request(
            **{
                "data": data,
                "host": "127.0.0.1",
                "port": 8000,
                "headers": Fields({"Host": "shop.example"}),
                "http_version": "HTTP/1.1",
                "timestamp_start": 1.0,
                "timestamp_end": 2.0,
                "stream": False,
            }
            | request
        ),
        response=SimpleNamespace(
            status_code=200,
            data=SimpleNamespace(reason=b"OK"),
            headers=Fields({"X": "\xe9"}),
            http_version="HTTP/1.1",
            timestamp_start=3.0,
            timestamp_end=4.0,
            stream=False,
        ),
        messages=[],
    )


class Heard(list[Exchange]):
    def __init__(self, *listeners: Listener, hosts: dict[tuple[str, int], str] | None = None) -> None:
        super().__init__()
        self.counters: Counter[str] = Counter()
        modes = {listener.mode: listener for listener in listeners}
        self.ear = Ear(modes, hosts or {}, 100, self.counters, self.append)


def whole(ear: Ear, one: Any) -> None:
    ear.requestheaders(one)
    ear.request(one)
    ear.responseheaders(one)
    ear.response(one)


def test_a_whole_exchange_has_its_bodies_and_times() -> None:
    heard = Heard(ENTRY)
    one = flow(ENTRY)
    heard.ear.requestheaders(one)
    assert one.request.stream(b"as") == b"as"
    assert heard.ear.oldest == 1_000_000_000
    heard.ear.request(one)
    heard.ear.responseheaders(one)
    assert one.response.stream(b"ked") == b"ked"
    heard.ear.response(one)
    (exchange,) = heard
    assert exchange.question == HttpRequest("GET", "/x", (("Host", "shop.example"),), b"as")
    assert exchange.answer == HttpResponse(200, "OK", (("X", "\xe9"),), b"ked")
    assert (exchange.started, exchange.asked, exchange.answered, exchange.ended) == (
        10**9,
        2 * 10**9,
        3 * 10**9,
        4 * 10**9,
    )
    assert heard.ear.oldest is None


@pytest.mark.parametrize(
    ("answer", "method", "told"),
    [
        ({"Content-Length": "3"}, b"GET", True),
        ({"Transfer-Encoding": "chunked"}, b"GET", False),
        ({}, b"GET", False),
        ({}, b"HEAD", True),
    ],
)
def test_an_answer_of_known_length_ends_before_its_last_byte_is_passed_on(
    answer: dict[str, str], method: bytes, told: bool
) -> None:
    """Its client may ask something else by the time at which the end is noted."""
    heard = Heard(ENTRY)
    one = flow(ENTRY)
    one.request.data.method, one.response.headers = method, Fields(answer)
    one.response.timestamp_end = time.time() + 1000
    heard.ear.requestheaders(one)
    heard.ear.request(one)
    heard.ear.responseheaders(one)
    if method == b"GET":
        one.response.stream(b"abc")
    passed_on = time.time_ns()
    one.response.stream(b"")
    heard.ear.response(one)
    assert (heard[0].answered <= heard[0].ended <= passed_on) == told


def test_an_answer_may_end_before_its_question_does() -> None:
    heard = Heard(ENTRY)
    one = flow(ENTRY)
    heard.ear.requestheaders(one)
    heard.ear.responseheaders(one)
    heard.ear.response(one)
    assert heard == []
    one.request.stream(b"late")
    heard.ear.request(one)
    assert [exchange.incomplete for exchange in heard] == [""]
    assert heard[0].question.body == b"late"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        (("requestheaders",), "broken off before its question was whole"),
        (("requestheaders", "request"), "broken off before any answer came"),
        (("requestheaders", "request", "responseheaders"), "broken off before its answer was whole"),
    ],
)
def test_an_error_is_told_in_our_own_words(steps: tuple[str, ...], reason: str) -> None:
    heard = Heard(ENTRY)
    one = flow(ENTRY)
    one.error = SimpleNamespace(msg="Bad request: b'password=hunter2'")
    for step in steps:
        getattr(heard.ear, step)(one)
    heard.ear.error(one)
    heard.ear.error(one)
    assert [exchange.incomplete for exchange in heard] == [reason]
    assert heard.counters == {"exchanges.incomplete": 1}


def test_what_a_client_leaves_open_ends_with_its_connection_and_no_other() -> None:
    heard = Heard(ENTRY)
    mine, other = flow(ENTRY, "f1", "c1"), flow(ENTRY, "f2", "c2")
    heard.ear.requestheaders(mine)
    heard.ear.requestheaders(other)
    heard.ear.client_disconnected(mine.client_conn)
    assert [exchange.incomplete for exchange in heard] == ["the connection was closed"]
    heard.ear.stop()
    assert [exchange.incomplete for exchange in heard][1:] == ["the proxy was stopped"]


@pytest.mark.parametrize("side", ["request", "response"])
def test_a_body_over_the_limit_is_not_kept_and_still_passes(side: str) -> None:
    heard = Heard(ENTRY)
    one = flow(ENTRY)
    heard.ear.requestheaders(one)
    heard.ear.responseheaders(one)
    stream = getattr(one, side).stream
    assert [stream(bytes(60)), stream(bytes(60)), stream(b"x")] == [bytes(60), bytes(60), b"x"]
    heard.ear.request(one)
    heard.ear.response(one)
    assert heard[0].incomplete == "a body of more than 100 bytes"
    assert heard[0].question.body == heard[0].answer.body == b""  # type: ignore[union-attr]


def test_a_dependency_is_addressed_by_its_own_name() -> None:
    heard = Heard(PAYMENTS)
    one = flow(PAYMENTS, host="payments.internal", port=443)
    whole(heard.ear, one)
    assert one.request.headers == {"Host": "payments.internal"}
    assert heard[0].connection.dependency == "payments"
    assert heard[0].question.headers == (("Host", "payments.internal"),)  # type: ignore[union-attr]


def test_the_forward_proxy_finds_dependencies_by_name_whatever_its_case() -> None:
    heard = Heard(FORWARD, hosts={("payments.internal", 443): "payments"})
    whole(heard.ear, flow(FORWARD, "f1", host="PAYMENTS.internal", port=443))
    whole(heard.ear, flow(FORWARD, "f2", host="payments.internal", port=8443))
    assert [exchange.connection.dependency for exchange in heard] == ["payments"]
    assert heard.counters == {"exchanges.whole": 1, "exchanges.elsewhere": 1}


def test_what_was_said_to_the_proxy_goes_no_further() -> None:
    heard = Heard(FORWARD, hosts={("127.0.0.1", 8000): "payments"})
    one = flow(FORWARD)
    # The stand-in's names are matched as they are; mitmproxy's own are matched in any case.
    one.request.headers = Fields({"proxy-authorization": "Basic x", "proxy-connection": "keep-alive", "A": "b"})
    whole(heard.ear, one)
    assert one.request.headers == {"A": "b"}
    assert heard[0].question.headers == (("A", "b"),)  # type: ignore[union-attr]


def test_http2_has_a_host_from_its_authority() -> None:
    heard = Heard(ENTRY)
    whole(heard.ear, flow(ENTRY, authority=b"shop.example", headers=Fields({"a": "b"}), http_version="HTTP/2.0"))
    assert heard[0].protocol == "http2"
    assert heard[0].question == HttpRequest("GET", "/x", (("host", "shop.example"), ("a", "b")), version="2")


def test_a_tunnel_is_counted_and_its_messages_are_let_go() -> None:
    heard = Heard(ENTRY)
    one = flow(ENTRY)
    heard.ear.tcp_start(one)
    for from_client, content in ((True, b"abc"), (False, b"de"), (True, b"f")):
        one.messages.append(SimpleNamespace(from_client=from_client, content=content))
        heard.ear.tcp_message(one)
        assert one.messages == []
    heard.ear.tcp_end(one)
    heard.ear.tcp_error(one)
    (exchange,) = heard
    assert (exchange.protocol, exchange.question, exchange.answer) == ("opaque", OpaqueBytes(4), OpaqueBytes(2))
    assert exchange.incomplete
    assert exchange.connection.server == Address("host.example", 9)


def test_hooks_of_unknown_flows_are_nothing() -> None:
    heard = Heard(ENTRY)
    one = flow(FORWARD)
    whole(heard.ear, one)
    heard.ear.error(one)
    heard.ear.tcp_start(one)
    heard.ear.tcp_end(one)
    assert heard == []
    assert heard.counters == {}


def test_a_client_that_asks_two_servers_has_two_connections() -> None:
    heard = Heard(FORWARD, hosts={("a.example", 80): "a", ("b.example", 80): "b"})
    for number, host in enumerate(("a.example", "b.example", "a.example")):
        whole(heard.ear, flow(FORWARD, str(number), host=host, port=80))
    first, second, third = (exchange.connection for exchange in heard)
    assert first == third
    assert first.id != second.id
