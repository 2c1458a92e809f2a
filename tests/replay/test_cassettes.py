from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import httpx
import pytest
import requests
import urllib3

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.cassettes import Catching, NotRecordedError, TapeCassette, origin
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.network import Refusal
from flowtape.replay.tape import Tape

URL = "https://payments.internal/charges?x=1"
JSON = (("Content-Type", "application/json"),)


def by_httpx() -> tuple[int, str]:
    answer = httpx.post(URL, json={"amount": 19.9})
    return answer.status_code, answer.text


def by_httpx_async() -> tuple[int, str]:
    async def post() -> tuple[int, str]:
        async with httpx.AsyncClient() as client:
            answer = await client.post(URL, json={"amount": 19.9})
            return answer.status_code, answer.text

    return asyncio.run(post())


def by_requests() -> tuple[int, str]:
    answer = requests.post(URL, json={"amount": 19.9}, timeout=5)
    return answer.status_code, answer.text


def by_urllib3() -> tuple[int, str]:
    answer = urllib3.PoolManager(retries=False).request("POST", URL, json={"amount": 19.9})
    return answer.status, answer.data.decode()


def by_aiohttp() -> tuple[int, str]:
    async def post() -> tuple[int, str]:
        async with aiohttp.ClientSession() as client, client.post(URL, json={"amount": 19.9}) as answer:
            return answer.status, await answer.text()

    return asyncio.run(post())


Client = Callable[[], tuple[int, str]]
CLIENTS = [by_httpx, by_httpx_async, by_requests, by_urllib3, by_aiohttp]


def catching(amount: bytes = b"19.90") -> tuple[Catching, Tape, Refusal]:
    request = HttpRequest("POST", "/charges?x=1", JSON, b'{"amount": %b}' % amount)
    call = RecordedCall("payments", request, HttpResponse(201, "Created", JSON, b'{"ok":true}'))
    tape = Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), (call,)), Session())
    refusal = Refusal()
    return Catching(TapeCassette(tape, {origin(URL): "payments"}, refusal.refuse)), tape, refusal


@pytest.mark.parametrize("client", CLIENTS)
def test_the_record_answers_each_client(client: Client) -> None:
    caught, tape, _ = catching()
    with caught.active():
        assert client() == (201, '{"ok":true}')
    assert tape.effects() == tape.recorded_effects()


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_not_recorded_is_an_error_and_explained(client: Client) -> None:
    caught, tape, _ = catching(b"20")
    with (
        caught.active(),
        pytest.raises(
            (NotRecordedError, requests.ConnectionError, urllib3.exceptions.ProtocolError),
            match=r"recorded 20, got 19\.9",
        ),
    ):
        client()
    assert len(tape.misses) == 1


@pytest.mark.parametrize("client", CLIENTS)
def test_another_host_is_refused_by_name(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    caught, _, refusal = catching()
    monkeypatch.setitem(globals(), "URL", "https://elsewhere.example/")
    with (
        caught.active(),
        pytest.raises((OSError, urllib3.exceptions.ProtocolError), match=r"elsewhere\.example is no dependency"),
    ):
        client()
    assert list(refusal.refused) == ["https://elsewhere.example"]


def test_patches_go_on_and_off_again() -> None:
    caught, _, _ = catching()
    before = httpx.HTTPTransport.handle_request
    for _ in range(2):
        with caught.active():
            assert httpx.HTTPTransport.handle_request is not before
        assert httpx.HTTPTransport.handle_request is before
