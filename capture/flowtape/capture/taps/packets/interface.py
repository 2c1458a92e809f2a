"""A live interface, or all of them: packets from the kernel. The only file that imports scapy.

A named interface is opened by scapy; "any" is a cooked socket bound to none, as scapy has none. The filter, the receive
buffer and the reading are the same for both. Needs CAP_NET_RAW.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import socket
import struct
import time
from collections.abc import Iterable
from typing import Any, Final

from scapy.arch.linux import L2ListenSocket
from scapy.error import Scapy_Exception
from scapy.supersocket import SuperSocket

from flowtape.capture.taps.packets import filter as kernel_filter
from flowtape.capture.taps.packets.link import ECHO, ETHERNET, NOT_IP, RAW
from flowtape.capture.taps.packets.tap import Receiver

ANY: Final = "any"
RECEIVE_BUFFER: Final = 64 * 1024 * 1024
LONGEST: Final = 1024 * 1024
"""Longer than the longest packet that offloading makes."""
BATCH: Final = 256
STATISTICS_EVERY: Final = 1.0
TICK_EVERY: Final = 0.05
SETTLED: Final = 5_000_000
"""A packet is in the queue at most this long (ns) after its time."""

_ETH_P_ALL = 3
_ETHERNET_LIKE = frozenset({1, 772})
_IP_PROTOCOLS = frozenset({0x0800, 0x86DD})
_VLAN_PROTOCOLS = frozenset({0x8100, 0x88A8})
_SO_RCVBUFFORCE, _SO_ATTACH_FILTER, _SO_TIMESTAMPNS = 33, 26, 35
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_TIME = struct.Struct("@qq")
_COUNTS = struct.Struct("@II")


class ListenError(OSError):
    """The interface cannot be listened to. The message says why and what to do."""


class Cooked(SuperSocket):  # type: ignore[misc]
    """All interfaces, or one whose link layer is not Ethernet's: packets from their network header on."""

    def __init__(self, name: str) -> None:
        self.ins = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        self.outs = None
        if name != ANY:
            self.ins.bind((name, _ETH_P_ALL))


class Interface:
    """A source of packets: those of TCP to and from `ports` that pass interface `name`.

    Raises ListenError where it cannot be opened. `buffered` is the size of the receive buffer that the kernel granted, in bytes.
    Counters: kernel.passed (packets that passed the filter) is the sum of packets.heard and packets.kernel_dropped once
    `run` has ended; kernel.unaccounted is what is missing of that sum.
    """

    def __init__(self, name: str, ports: Iterable[int], *, receive_buffer: int = RECEIVE_BUFFER) -> None:
        self.name = name
        self.problems: list[str] = []
        self._opened: Any = _open(name)
        self._socket: socket.socket = self._opened.ins
        self._cooked = isinstance(self._opened, Cooked)
        self._space = bytearray(LONGEST)
        self._view = memoryview(self._space)
        self._passed = 0
        self._dropped = 0
        self._brought = 0
        self._read_at = 0.0
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._attach(kernel_filter.NOTHING)
        self._forget()
        self.buffered = self._enlarge(receive_buffer)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._attach(kernel_filter.program(ports))

    async def run(self, receiver: Receiver) -> None:
        loop = asyncio.get_running_loop()
        failed: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._socket.fileno(), self._readable, receiver, failed)
        try:
            while not failed.done():
                await asyncio.wait([failed], timeout=TICK_EVERY)
                # Though nothing comes, time goes on: what is waited for is given up, and the watermark rises.
                self._readable(receiver, failed)
                self._tick(receiver)
            failed.result()
        finally:
            loop.remove_reader(self._socket.fileno())
            self._last_words(receiver)
            self.close()

    def close(self) -> None:
        self._opened.close()

    # -- reading

    def _readable(self, receiver: Receiver, failed: asyncio.Future[None]) -> None:
        try:
            self._bring(receiver, BATCH)
        except Exception as error:
            if not failed.done():
                failed.set_exception(error)

    def _bring(self, receiver: Receiver, most: int) -> bool:
        """Read up to `most` packets. False once there are no more."""
        receive, space, view, cooked = self._socket.recvmsg_into, [self._space], self._view, self._cooked
        for _ in range(most):
            now = time.time_ns()
            try:
                length, ancillary, _, address = receive(space, 64, socket.MSG_TRUNC)
            except BlockingIOError:
                receiver.quiet(now - SETTLED)
                return False
            except OSError as error:
                # The interface went down, or came back: what it says next will be heard.
                self.problems.append(f"{self.name}: {error.strerror}")
                del self.problems[:-8]
                return False
            self._brought += 1
            at = _stamp(ancillary) or now
            _, protocol, direction, hardware = address[:4]
            data = bytes(view[: min(length, LONGEST)])
            if direction == socket.PACKET_OUTGOING and hardware == 772:
                _count(receiver, ECHO)
            elif not cooked:
                receiver.packet(ETHERNET, at, data, length)
            elif protocol in _IP_PROTOCOLS:
                receiver.packet(RAW, at, data, length)
            elif protocol in _VLAN_PROTOCOLS:
                receiver.packet(RAW, at, data[4:], length - 4)
            else:
                _count(receiver, NOT_IP)
        return True

    # -- the kernel's side

    def _tick(self, receiver: Receiver) -> None:
        now = time.monotonic()
        if now - self._read_at >= STATISTICS_EVERY:
            self._read_at = now
            self._statistics(receiver)

    def _statistics(self, receiver: Receiver) -> None:
        # Reading the kernel's counters sets them to zero. The first one counts the dropped ones too.
        passed, dropped = _COUNTS.unpack(self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _COUNTS.size))
        self._passed += passed
        self._dropped += dropped
        receiver.counters["kernel.passed"] += passed
        receiver.counters["packets.kernel_dropped"] += dropped

    def _last_words(self, receiver: Receiver) -> None:
        """Let nothing more in, read what is there, and balance the books."""
        self._attach(kernel_filter.NOTHING)
        while self._bring(receiver, BATCH):
            pass
        self._statistics(receiver)
        receiver.counters["kernel.unaccounted"] += self._passed - self._dropped - self._brought

    def _attach(self, program: bytes) -> None:
        size = struct.calcsize("@HBBI")
        code = ctypes.create_string_buffer(program, len(program))
        self._socket.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(program) // size, ctypes.addressof(code))
        )

    def _forget(self) -> None:
        """Throw away what came before the filter, and the counts of it."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(1)
        self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _COUNTS.size)

    def _enlarge(self, size: int) -> int:
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
        except OSError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        # The kernel doubles what is asked for, for its own bookkeeping.
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def _open(name: str) -> Any:
    # It warns of link types that it would dissect by guess: nothing is dissected there.
    logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
    try:
        if name == ANY:
            return Cooked(name)
        found = L2ListenSocket(iface=name, nofilter=1)
        if found.ins.getsockname()[3] in _ETHERNET_LIKE:
            return found
        found.close()
        return Cooked(name)
    except PermissionError as error:
        raise ListenError(
            f"may not listen on {name}: the CAP_NET_RAW capability is missing. `flowtape doctor` shows how to grant it, "
            "or what else can be used instead"
        ) from error
    except (OSError, ValueError, Scapy_Exception) as error:
        known = ", ".join(interface for _, interface in socket.if_nameindex())
        raise ListenError(f"cannot listen on {name}: {error}. The interfaces are: {known}, or any") from error


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) >= _TIME.size:
            seconds, nanoseconds = _TIME.unpack_from(value)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return 0


def _count(receiver: Receiver, counter: str) -> None:
    receiver.counters["packets.heard"] += 1
    receiver.counters[counter] += 1
