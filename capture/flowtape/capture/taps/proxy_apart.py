"""The proxy in a process of its own, for whoever has not mitmproxy: `python -I -m flowtape.capture.taps.proxy_apart FOLDER SIGNED`.

It reads a Configuration in one line of JSON, of which it uses `dependencies` and `capture.inline`, and writes frames until its input
ends: u32 length, then msgpack of [kind, data].

    listening   once: the addresses by name, "host:port"
    heard       an exchange, as a recording keeps it
    told        what was refused, or failed, in words
    under way   the answer to a line of input: whether exchanges or TLS handshakes have begun and not ended. All that ended before were told before
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from flowtape.capture.configuration import Configuration
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Outside
from flowtape.capture.recording.encoding import decode, encode

if TYPE_CHECKING:
    from flowtape.capture.taps.proxy import ProxyTap

LENGTH = struct.Struct(">I")
Say = Callable[[str, Any], None]


async def frame(reader: asyncio.StreamReader) -> tuple[str, Any] | None:
    """The next frame, an exchange as such; None at the end."""
    try:
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        kind, data = msgspec.msgpack.decode(await reader.readexactly(length))
    except asyncio.IncompleteReadError:
        return None
    if kind != "heard":
        return kind, data
    found = decode(data)
    assert isinstance(found, Outside)
    return kind, found.exchange


async def _proxy(configuration: Configuration, folder: Path, signed: Path, say: Say) -> None:
    """Raises OSError where an address cannot be listened at."""
    from flowtape.capture.taps.proxy import ProxyTap, hosts, listeners

    def hear(exchange: Exchange) -> None:
        say("heard", encode(Outside(exchange, "session")))

    def tell(words: str) -> None:
        say("told", words)

    tap = ProxyTap(listeners(configuration), hosts(configuration), folder, told=tell, signed=signed)
    running = asyncio.create_task(tap.run(hear))
    answering = asyncio.create_task(_answer(tap, say))
    await asyncio.wait([running, answering], return_when=asyncio.FIRST_COMPLETED)
    answering.cancel()
    if running.done():
        running.result()  # raises
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _answer(tap: ProxyTap, say: Say) -> None:
    """Say where it listens, then answer each line of input, until that ends."""
    await tap.listening.wait()
    say("listening", {name: str(address) for name, address in tap.addresses.items()})
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        say("under way", tap.under_way)


def _saying(out: IO[bytes]) -> Say:
    def say(kind: str, data: Any) -> None:
        told = msgspec.msgpack.encode((kind, data))
        out.write(LENGTH.pack(len(told)) + told)
        out.flush()

    return say


def main(folder: str, signed: str) -> None:
    # What a library prints must not come between the frames.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    configuration = msgspec.json.decode(sys.stdin.buffer.readline(), type=Configuration)
    asyncio.run(_proxy(configuration, Path(folder), Path(signed), _saying(out)))


if __name__ == "__main__":
    main(*sys.argv[1:])
