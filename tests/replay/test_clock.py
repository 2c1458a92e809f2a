from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
import time
from pathlib import Path

from flowtape.replay.clock import FileClock, frozen, zone_of

AT = 1795169472_123456789


def test_the_clock_stands_still_and_waiting_goes_on() -> None:
    async def wait() -> float:
        before = time.monotonic()
        await asyncio.wait_for(asyncio.sleep(0.001), 5)
        return time.monotonic() - before

    with frozen(AT):
        assert time.time_ns() == AT // 1000 * 1000
        assert dt.datetime.now(dt.UTC).isoformat() == "2026-11-20T10:11:12.123456+00:00"
        assert asyncio.run(wait()) > 0
        assert time.time_ns() == AT // 1000 * 1000
    assert time.time_ns() != AT // 1000 * 1000


def test_a_running_command_sees_each_new_time(tmp_path: Path) -> None:
    clock = FileClock(tmp_path / "clock")
    code = "import sys, time\nfor line in sys.stdin: print(round(time.time(), 3), flush=True)"
    environment = {**clock.environment, "TZ": "UTC"}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        for at in (AT, AT + 86_400_000_000_000):
            clock.set(at)
            process.stdin.write("\n")
            process.stdin.flush()
            assert abs(float(process.stdout.readline()) - at / 1e9) < 0.001
        process.stdin.close()


def test_the_zone_is_that_of_tz_and_utc_without(tmp_path: Path) -> None:
    with frozen(AT, zone_of("Asia/Kathmandu")):
        assert time.strftime("%z") == "+0545"
    with frozen(AT, zone_of(None)):
        assert time.strftime("%z") == "+0000"
    assert zone_of("no such zone") == zone_of("")
    assert FileClock(tmp_path / "clock", zone_of("Asia/Kathmandu")).environment["TZ"] == "Asia/Kathmandu"
