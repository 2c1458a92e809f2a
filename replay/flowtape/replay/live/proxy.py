"""The agent's proxy before the live HTTP and HTTPS dependencies of a command.

It is mitmproxy, which is never installed where suites are replayed (its pins would be the application's). So it runs in a
process of its own, with the Python of the agent's environment (capture/taps/proxy_apart.py), and tells what it hears through a pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from flowtape.capture.configuration import Capture, Configuration, ConfigurationError, Dependency, Service, address
from flowtape.capture.exchange import Address
from flowtape.capture.tapping import installed
from flowtape.capture.taps.proxy_apart import frame
from flowtape.replay.application.command import free_port
from flowtape.replay.application.outcome import BrokenError, last_lines
from flowtape.replay.certificates import Authority
from flowtape.replay.live.relays import Hearing

MODULE = "flowtape.capture.taps.proxy_apart"
LIBRARY = "mitmproxy"
STOP_SECONDS = 10.0
INSTALL = (
    "`uv tool install 'flowtape[capture]'` installs it in an environment of its own; then give that environment's Python: "
    '--agent "$(uv tool dir)/flowtape/bin/python"'
)


def check_agent(agent: str) -> None:
    """Raises ConfigurationError where the Python `agent`, this one if it is "", has no proxy."""
    if not agent:
        if not installed(LIBRARY):
            raise ConfigurationError(
                f"HTTP of a service that runs as a command is heard by the proxy, which is not installed here. {INSTALL}"
            )
        return
    try:
        done = subprocess.run(  # noqa: S603 - the program that the user names
            [agent, "-I", "-c", f"import {LIBRARY}, {MODULE}"], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ConfigurationError(f"--agent {agent}: it cannot be started: {error.strerror or error}") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        raise ConfigurationError(f"--agent {agent}: it is no Python with the proxy: {said.rstrip('.')}. {INSTALL}")


class Proxy:
    """The proxy while it runs. `places` are where each dependency is reached under an address of its own, `address` is the
    regular proxy, and `certificate` the authority that clients must trust.
    """

    def __init__(self, process: Process, places: Mapping[str, Address], certificate: Path, heard: _Heard) -> None:
        self.places = places
        self.address = places["forward"]
        self.certificate = certificate
        self._process = process
        self._heard = heard
        self._reading = asyncio.create_task(heard.read(process))

    async def under_way(self) -> bool:
        """Raises BrokenError if the proxy has ended."""
        if self._reading.done():
            raise BrokenError("the proxy ended while it was needed")
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        return await self._heard.answers.get()

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading


class _Heard:
    """What comes of the proxy's frames."""

    def __init__(self, hearing: Hearing, tell: Callable[[str], None]) -> None:
        self.answers: asyncio.Queue[bool] = asyncio.Queue()
        self._hearing = hearing
        self._tell = tell

    async def read(self, process: Process) -> None:
        busy = True
        assert process.stdout is not None
        while (found := await frame(process.stdout)) is not None:
            match found:
                case ("heard", exchange):
                    self._hearing.hear(exchange)
                case ("told", words):
                    self._tell(words)
                case ("under way", busy):
                    self.answers.put_nowait(busy)
        self.answers.put_nowait(busy)  # whoever waits for an answer gets none any more


async def proxy(
    agent: str, dependencies: Mapping[str, str], folder: Path, hearing: Hearing, tell: Callable[[str], None]
) -> Proxy:
    """A proxy before the URLs of `dependencies`, with its keys in `folder`. `tell` hears what was refused, or failed.

    Raises BrokenError.
    """
    authority = Authority(folder)
    hosts = {address(url, "http").host for url in dependencies.values()}
    signed = folder / "proxy.pem"
    signed.touch(mode=0o600)
    signed.write_bytes(authority.pem(*sorted(hosts)))
    with (folder / "said").open("wb+") as said:
        process = await _started(agent, folder, signed, said)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(_configuration(dependencies)) + b"\n")
        found = await frame(process.stdout)
        if found is None:
            await process.wait()
            said.seek(0)
            raise BrokenError(f"the proxy did not start:\n{last_lines(said.read().decode('utf-8', 'replace'))}")
    places = {name: address(text) for name, text in found[1].items()}
    return Proxy(process, places, authority.certificate, _Heard(hearing, tell))


async def _started(agent: str, folder: Path, signed: Path, said: BinaryIO) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            agent or sys.executable, "-I", "-m", MODULE, str(folder / "mitmproxy"), str(signed),
            stdin=PIPE, stdout=PIPE, stderr=said,
            start_new_session=True,  # a Ctrl-C is not for it: it ends when its input does
        )  # fmt: skip
    except OSError as error:
        raise BrokenError(f"the proxy did not start: {error}") from None


def _configuration(dependencies: Mapping[str, str]) -> dict[str, object]:
    """What the proxy is told: a listener for each dependency, and a regular one."""
    inline = {name: f"127.0.0.1:{free_port()}" for name in ("forward", *dependencies)}
    found = Configuration(
        service=Service(name="live"),
        dependencies={name: Dependency(protocol="http", address=url) for name, url in dependencies.items()},
        capture=Capture(inline=inline),
    )
    return {name: msgspec.to_builtins(getattr(found, name)) for name in ("service", "dependencies", "capture")}
