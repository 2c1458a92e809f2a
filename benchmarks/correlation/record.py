"""The agent's ear, in the agent's environment: `python -m benchmarks.correlation.record FILE PORT…` until SIGTERM.

Writes the packets that the `packets` tap would hear to a pcap file, so that the same traffic can be correlated again and again.
"""

from __future__ import annotations

import asyncio
import signal
import struct
import sys
from collections import Counter
from typing import BinaryIO

from benchmarks.traffic import HEADER

from flowtape.capture.taps.packets.interface import Interface

ETHERNET = 1


class Writing:
    """A receiver of packets: link layers are all Ethernet on the loopback interface."""

    def __init__(self, file: BinaryIO) -> None:
        self.counters: Counter[str] = Counter()
        self._file = file

    def packet(self, link: int, at: int, data: bytes, length: int) -> None:
        if link != ETHERNET:
            raise ValueError(f"link type {link}: the file is for Ethernet's")
        seconds, rest = divmod(at, 1_000_000_000)
        self._file.write(struct.pack("<IIII", seconds, rest, len(data), length) + data)

    def quiet(self, now: int) -> None:
        self._file.flush()


async def record(file: BinaryIO, ports: list[int]) -> Counter[str]:
    receiver = Writing(file)
    interface = Interface("lo", ports)
    file.write(HEADER)
    running = asyncio.ensure_future(interface.run(receiver))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    print("recording", flush=True)
    await asyncio.wait([running])
    return receiver.counters


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as capture:  # noqa: PTH123
        print(dict(asyncio.run(record(capture, [int(port) for port in sys.argv[2:]]))), flush=True)
