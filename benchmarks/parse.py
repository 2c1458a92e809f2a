"""Offline: a generated capture to exchanges, on one core, beside tshark where it is installed.

Times are CPU seconds of the process that parses, so that a busy machine changes them little. tshark is asked for the same:
both sides of each exchange, reassembled, as text.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
from benchmarks import traffic
from benchmarks.figure import Figure

from flowtape.capture.configuration import Configuration
from flowtape.capture.exchange import Exchange
from flowtape.capture.routes import Routes
from flowtape.capture.taps.packets.pcap import CaptureFile
from flowtape.capture.taps.packets.tap import PacketsTap

SIZE = 60_000_000
LARGE = 2_000_000_000
CONFIGURATION = msgspec.convert(
    {
        "service": {"name": "shop", "listen": "10.0.0.2:8000"},
        "dependencies": {"db": {"protocol": "postgresql", "address": "10.0.0.2:5432"}},
    },
    Configuration,
)
HTTP_FIELDS = (
    "request.method",
    "request.uri",
    "request.line",
    "response.code",
    "response.line",
    "file_data",
    "request_in",
)
POSTGRESQL_FIELDS = ("query", "val.data", "tag")
SHARK_HTTP = ["-d", "tcp.port==8000,http", "-Y", "http", *(f"-ehttp.{name}" for name in HTTP_FIELDS)]
SHARK_POSTGRESQL = ["-Y", "pgsql", *(f"-epgsql.{name}" for name in POSTGRESQL_FIELDS)]
HTTP_RIVALS = {"tshark": SHARK_HTTP, "tshark less JSON": [*SHARK_HTTP, "--disable-protocol", "json"]}
"""As it comes, tshark dissects JSON bodies too, which nobody asks for here and costs it more than all the rest."""


def run() -> Iterator[Figure]:
    yield from measured("http", traffic.write_http, HTTP_RIVALS)
    yield from measured("postgresql", traffic.write_postgresql, {"tshark": SHARK_POSTGRESQL})
    yield memory()


def measured(name: str, write: Callable[[BinaryIO, int], int], sharks: dict[str, list[str]]) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="flowtape-bench-") as folder:
        path = Path(folder) / f"{name}.pcap"
        with path.open("w+b") as file:
            count = write(file, SIZE)
        megabytes = path.stat().st_size / 1e6
        seconds = parse(path, count)
        rivals = {rival: took for rival, options in sharks.items() if (took := tshark(path, options)) is not None}
        print(f"parse.{name}: {count} exchanges, {megabytes:.0f} MB, {seconds:.2f} s of CPU", file=sys.stderr)
        per_second = {rival: count / took for rival, took in rivals.items()}
        yield Figure(f"parse.{name}", count / seconds, "requests/s", "higher", per_second)
        volume = {rival: megabytes / took for rival, took in rivals.items()}
        yield Figure(f"parse.{name}.volume", megabytes / seconds, "MB/s", "higher", volume)


def parse(path: Path, expected: int) -> float:
    """CPU seconds to hear the file. Raises AssertionError if an exchange is missing."""
    tap = PacketsTap(Routes(CONFIGURATION), CaptureFile(path))
    whole = 0

    def hear(exchange: Exchange) -> None:
        nonlocal whole
        whole += not exchange.incomplete and not exchange.session

    started = time.process_time()
    asyncio.run(tap.run(hear))
    seconds = time.process_time() - started
    assert whole == expected, f"{whole} of {expected} exchanges: {dict(tap.counters)}"
    return seconds


def tshark(path: Path, options: list[str]) -> float | None:
    """CPU seconds of tshark over the same file, None where it is not installed."""
    program = shutil.which("tshark")
    if program is None:
        print("tshark is not installed: no rival", file=sys.stderr)
        return None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [program, "-n", "-r", str(path), "-T", "fields", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def memory() -> Figure:
    """Peak memory of a process of its own that hears 2 GB of fresh connections; the floor is one that hears a hundredth."""
    large, small = peak(LARGE), peak(LARGE // 100)
    return Figure("parse.memory", large, "MB", "lower", {"floor: 20 MB capture": small})


def peak(size: int) -> float:
    with tempfile.TemporaryDirectory(prefix="flowtape-bench-") as folder:
        path = Path(folder) / "pipe"
        os.mkfifo(path)
        counts: list[int] = []

        def write() -> None:
            with path.open("wb") as file:
                counts.append(traffic.stream_http(file, size, body=16_000))

        writer = threading.Thread(target=write)
        writer.start()
        code = "import sys; from benchmarks.parse import hear_alone; hear_alone(sys.argv[1])"
        done = subprocess.run([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True, check=True)
        writer.join()
    kilobytes, whole = map(int, done.stdout.split())
    assert whole == counts[0], f"{whole} of {counts[0]} exchanges"
    return kilobytes / 1000


def hear_alone(path: str) -> None:
    """Hear a file, print the process's peak memory in kB and how many exchanges were whole."""
    tap = PacketsTap(Routes(CONFIGURATION), CaptureFile(Path(path)))
    asyncio.run(tap.run(lambda _: None))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, tap.counters["exchanges.whole"])
