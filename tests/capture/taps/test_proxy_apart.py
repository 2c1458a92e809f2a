"""The proxy in a process of its own, and what it writes."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

pytest.importorskip("mitmproxy")

import httpx
from samples.servers import free_port
from tests.capture.taps.peers import LIMIT, ok, serving

from flowtape.capture.exchange import Address, Exchange, HttpRequest
from flowtape.capture.taps.proxy_apart import frame
from flowtape.replay.certificates import Authority

pytestmark = pytest.mark.agent


async def started(folder: Path, server: Address, listen: str) -> Process:
    (signed := folder / "signed.pem").write_bytes(Authority(folder).pem("127.0.0.1"))
    command = [sys.executable, "-I", "-m", "flowtape.capture.taps.proxy_apart", str(folder / "own"), str(signed)]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    told = {
        "service": {"name": "live"},
        "dependencies": {"pay": {"protocol": "http", "address": f"http://{server}"}},
        "capture": {"inline": {"pay": listen}},
    }
    assert process.stdin is not None
    process.stdin.write(json.dumps(told).encode() + b"\n")
    return process


def test_frames_tell_where_it_listens_what_it_hears_and_whether_more_is_to_come(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(ok) as server, asyncio.timeout(LIMIT):
            listen = f"127.0.0.1:{free_port()}"
            process = await started(tmp_path, server, listen)
            assert process.stdin is not None
            assert process.stdout is not None
            assert await frame(process.stdout) == ("listening", {"pay": listen})
            async with httpx.AsyncClient(trust_env=False) as client:
                await client.post(f"http://{listen}/charges", content=b"\x00\xff")
            kind, exchange = await frame(process.stdout) or ("", None)
            assert kind == "heard"
            assert isinstance(exchange, Exchange)
            assert isinstance(exchange.question, HttpRequest)
            assert (exchange.question.target, exchange.question.body) == ("/charges", b"\x00\xff")
            assert exchange.connection.dependency == "pay"
            process.stdin.write(b"\n")
            assert await frame(process.stdout) == ("under way", False)
            process.stdin.close()
            assert await frame(process.stdout) is None
            assert await process.wait() == 0

    asyncio.run(scenario())


def test_an_exchange_under_way_is_said_to_be(tmp_path: Path) -> None:
    async def scenario() -> None:
        asked, release = asyncio.Event(), asyncio.Event()

        async def late(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await release.wait()
            await ok(head, reader, writer)

        async with serving(late) as server, asyncio.timeout(LIMIT):
            listen = f"127.0.0.1:{free_port()}"
            process = await started(tmp_path, server, listen)
            assert process.stdin is not None
            assert process.stdout is not None
            await frame(process.stdout)
            async with httpx.AsyncClient(trust_env=False) as client:
                asking = asyncio.create_task(client.get(f"http://{listen}/"))
                await asked.wait()
                process.stdin.write(b"\n")
                assert await frame(process.stdout) == ("under way", True)
                release.set()
                await asking
            process.stdin.write(b"\n")
            told = [await frame(process.stdout), await frame(process.stdout)]
            assert [each[0] for each in told if each] == ["heard", "under way"]
            process.stdin.close()
            await process.wait()

    asyncio.run(scenario())


def test_an_address_in_use_ends_it_with_the_reason(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(ok) as server, asyncio.timeout(LIMIT):
            process = await started(tmp_path, server, str(server))
            _, said = await process.communicate()
            assert process.returncode == 1
            assert b"address already in use" in said.lower()

    asyncio.run(scenario())
