"""Each in a process of its own, in which no HTTP client is imported yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CAUGHT = """
import asyncio, sys
from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.cassettes import Catching, TapeCassette
from flowtape.replay.http_clients import missing
from flowtape.replay.tape import Tape
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session

call = RecordedCall("shop", HttpRequest("GET", "/items"), HttpResponse(200, "OK", (), b"three"))
tape = Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), (call, call, call)), Session())
caught = Catching(TapeCassette(tape, {("http", "shop.internal", 80): "shop", ("https", "shop.internal", 80): "shop"}, ConnectionError))
URL = "http://shop.internal/items"

async def by_aiohttp():
    import aiohttp
    async with aiohttp.ClientSession() as session, session.get(URL) as answer:
        return await answer.text()

async def by_httpx_async():
    import httpx
    async with httpx.AsyncClient() as client:
        return (await client.get(URL)).text

def ask(client):
    if client == "httpx":
        import httpx
        return httpx.get(URL).text
    if client == "requests":
        import requests
        return requests.get(URL, timeout=5).text
    if client == "http.client":
        import http.client
        connection = http.client.HTTPConnection("shop.internal")
        connection.request("GET", "/items")
        return connection.getresponse().read().decode()
    if client == "http.client over TLS":
        import http.client
        connection = http.client.HTTPSConnection("shop.internal", 80)
        connection.request("GET", "/items")
        return connection.getresponse().read().decode()
    if client == "urllib3":
        import urllib3
        return urllib3.PoolManager().request("GET", URL).data.decode()
    return asyncio.run(by_aiohttp() if client == "aiohttp" else by_httpx_async())
"""
CASSETTE = """
interactions:
- request: {body: null, headers: {}, method: GET, uri: 'http://shop.internal/items'}
  response: {body: {string: four}, headers: {}, status: {code: 200, message: OK}}
version: 1
"""
CLIENTS = ["aiohttp", "httpx", "httpx_async", "requests", "urllib3"]


def run(code: str, folder: Path, before: str = "") -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
    subprocess.run([sys.executable, "-c", before + CAUGHT + code], cwd=folder, env=environment, check=True, timeout=60)


def test_what_the_application_does_not_use_is_not_imported(tmp_path: Path) -> None:
    run(
        """
with caught.active():
    assert {"aiohttp", "httpx", "requests"} <= set(missing()), set(sys.modules)
""",
        tmp_path,
    )


@pytest.mark.parametrize("client", [*CLIENTS, "http.client", "http.client over TLS"])
def test_a_client_that_is_imported_while_the_application_runs_is_caught(tmp_path: Path, client: str) -> None:
    run(
        f"""
with caught.active():
    assert ask("{client}") == "three"
    assert ask("{client}") == "three"
with caught.active():
    assert ask("{client}") == "three"
""",
        tmp_path,
    )


def test_a_client_that_was_imported_before_anything_is_caught_is_caught(tmp_path: Path) -> None:
    run(
        """
with caught.active():
    assert ask("httpx") == "three"
""",
        tmp_path,
        before="import flowtape.replay.cassettes, httpx",
    )


def test_the_body_of_aiohttps_first_request_is_seen(tmp_path: Path) -> None:
    run(
        """
async def post():
    import aiohttp
    async with aiohttp.ClientSession() as session, session.post(URL, json={"item": 4}) as answer:
        return answer.status

tape.recorded.clear()
try:
    with caught.active():
        asyncio.run(post())
except OSError:
    (missed,) = tape.misses
    assert ("body.item", "4") in missed.asked.arguments, missed
""",
        tmp_path,
    )


def test_each_client_is_caught_whatever_was_imported_before_it(tmp_path: Path) -> None:
    run(
        """
with caught.active():
    for client in ("requests", "aiohttp", "httpx"):
        assert ask(client) == "three"
""",
        tmp_path,
    )


def test_a_client_that_is_imported_between_two_tests_is_caught(tmp_path: Path) -> None:
    run(
        """
with caught.active():
    pass
import requests, aiohttp
with caught.active():
    assert ask("requests") == "three"
    assert ask("aiohttp") == "three"
""",
        tmp_path,
    )


@pytest.mark.parametrize("client", CLIENTS)
def test_the_tests_own_use_of_vcrpy_is_as_ever(tmp_path: Path, client: str) -> None:
    (tmp_path / "cassette.yaml").write_text(CASSETTE)
    run(
        f"""
import vcr
with vcr.use_cassette("cassette.yaml", record_mode="none"):
    assert ask("{client}") == "four"
with caught.active():
    assert ask("{client}") == "three"
with vcr.use_cassette("cassette.yaml", record_mode="none"):
    assert ask("{client}") == "four"
""",
        tmp_path,
    )


def test_a_client_that_is_not_installed_stays_not_installed(tmp_path: Path) -> None:
    run(
        """
try:
    import tornado
except ImportError:
    with caught.active():
        try:
            import tornado
        except ImportError as error:
            assert "tornado" in str(error)
""",
        tmp_path,
    )
