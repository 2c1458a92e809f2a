"""Live, on loopback; and a full scapy dissection as the oracle of our own."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.agent
pytest.importorskip("scapy")

from scapy.layers.inet import IP, TCP  # noqa: E402
from scapy.layers.inet6 import IPv6, IPv6ExtHdrHopByHop  # noqa: E402
from scapy.layers.l2 import CookedLinux, Dot1AD, Dot1Q, Ether, Loopback  # noqa: E402
from scapy.packet import Packet, Raw  # noqa: E402
from scapy.utils import PcapNgWriter, PcapWriter  # noqa: E402

from flowtape.capture.configuration import Configuration  # noqa: E402
from flowtape.capture.exchange import Exchange, HttpRequest, HttpResponse  # noqa: E402
from flowtape.capture.routes import Routes  # noqa: E402
from flowtape.capture.taps.packets import interface, link  # noqa: E402
from flowtape.capture.taps.packets.interface import Interface, ListenError  # noqa: E402
from flowtape.capture.taps.packets.link import Segment, dissect, ends  # noqa: E402
from flowtape.capture.taps.packets.pcap import CaptureFile  # noqa: E402
from flowtape.capture.taps.packets.tap import PacketsTap  # noqa: E402

LIMIT = 20.0
may_listen = pytest.mark.skipif(
    os.geteuid() != 0, reason="listening needs CAP_NET_RAW; the demo and CI run these tests as root"
)


def routes_to(port: int, host: str = "127.0.0.1") -> Routes:
    service = {"name": "shop", "listen": f"[{host}]:{port}" if ":" in host else f"{host}:{port}"}
    return Routes(msgspec.convert({"service": service}, Configuration))


class Server:
    """Answers each request with `size` bytes."""

    def __init__(self, host: str, size: int) -> None:
        self.host = host
        self.size = size
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0] or 0)
                await reader.readexactly(length)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self.size + bytes(self.size))
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()


@asynccontextmanager
async def serving(host: str = "127.0.0.1", size: int = 10) -> AsyncIterator[Server]:
    server = Server(host, size)
    listening = await asyncio.start_server(server.answer, host, 0, limit=1 << 20)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


async def ask(server: Server, count: int, body: bytes = b"") -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    for number in range(count):
        writer.write(b"POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (number, len(body)) + body)
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(server.size)
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def listening(tap: PacketsTap, heard: list[Exchange]) -> AsyncIterator[Callable[[int], asyncio.Future[None]]]:
    """The tap runs; what is given waits until so many exchanges have been heard."""
    waits: list[tuple[int, asyncio.Future[None]]] = []

    def hear(exchange: Exchange) -> None:
        heard.append(exchange)
        for count, wait in waits:
            if len(heard) >= count and not wait.done():
                wait.set_result(None)

    def until(count: int) -> asyncio.Future[None]:
        wait = asyncio.get_running_loop().create_future()
        waits.append((count, wait))
        if len(heard) >= count:
            wait.set_result(None)
        return wait

    task = asyncio.ensure_future(tap.run(hear))
    try:
        yield until
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def balance(tap: PacketsTap) -> None:
    counters = tap.counters
    parts = {name for name in counters if name.startswith("packets.")} - {"packets.heard", "packets.kernel_dropped"}
    assert counters["packets.heard"] == sum(counters[name] for name in parts)
    assert counters["kernel.passed"] == counters["packets.heard"] + counters["packets.kernel_dropped"]
    assert counters["kernel.unaccounted"] == 0


def sent_again() -> int:
    """How many TCP segments the kernel sent a second time, since it started (RFC 4022, tcpRetransSegs)."""
    keys, values = (line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Tcp:"))
    return int(values[keys.index("RetransSegs")])


@may_listen
@pytest.mark.parametrize("name", ["lo", "any"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("size", [10, 300_000])
def test_every_exchange_on_loopback_is_heard_whole_and_once(name: str, host: str, size: int) -> None:
    async def scene() -> None:
        heard: list[Exchange] = []
        async with serving(host, size) as server:
            routes = routes_to(server.port, host)
            tap = PacketsTap(routes, Interface(name, routes.ports))
            before = sent_again()
            async with listening(tap, heard) as until:
                await asyncio.gather(*(ask(server, 10, bytes(1000)) for _ in range(4)))
                await asyncio.wait_for(until(40), LIMIT)
                assert tap.watermark() >= max(exchange.started for exchange in heard)
        assert len(heard) == 40
        for exchange in heard:
            assert exchange.incomplete == ""
            assert isinstance(exchange.question, HttpRequest)
            assert isinstance(exchange.answer, HttpResponse)
            assert (len(exchange.question.body), len(exchange.answer.body)) == (1000, size)
            assert exchange.started <= exchange.asked <= exchange.answered <= exchange.ended
            assert exchange.connection.server.port == server.port
        assert tap.counters["packets.kernel_dropped"] == 0
        if size < 1000:  # a full window is probed
            again = sent_again() - before
            assert tap.counters["packets.duplicate"] <= again, "each packet of a loopback interface is heard once"
        balance(tap)

    asyncio.run(scene())


@may_listen
def test_what_goes_to_other_ports_stays_in_the_kernel() -> None:
    async def scene() -> None:
        heard: list[Exchange] = []
        async with serving() as server, serving() as other:
            routes = routes_to(server.port)
            tap = PacketsTap(routes, Interface("lo", routes.ports))
            async with listening(tap, heard) as until:
                await ask(other, 20)
                await ask(server, 1)
                await asyncio.wait_for(until(1), LIMIT)
        assert tap.counters["packets.elsewhere"] == 0
        assert tap.counters["packets.heard"] < 20
        balance(tap)

    asyncio.run(scene())


@may_listen
def test_what_the_kernel_drops_is_counted_and_makes_no_exchange_wrong() -> None:
    """The buffer is as small as the kernel allows, and the tap does not read while the traffic runs."""

    async def scene() -> None:
        heard: list[Exchange] = []
        async with serving(size=5000) as server:
            routes = routes_to(server.port)
            source = Interface("lo", routes.ports, receive_buffer=8192)
            tap = PacketsTap(routes, source)
            await ask(server, 200)
            async with listening(tap, heard) as until:
                await asyncio.sleep(0)
                await ask(server, 1)
                await asyncio.wait_for(until(1), LIMIT)
        assert tap.counters["packets.kernel_dropped"] > 0
        balance(tap)
        for exchange in heard:
            if not exchange.incomplete:
                assert isinstance(exchange.answer, HttpResponse)
                assert len(exchange.answer.body) == 5000

    asyncio.run(scene())


@may_listen
def test_time_goes_on_though_nothing_is_heard() -> None:
    async def scene() -> None:
        tap = PacketsTap(routes_to(1), Interface("lo", [1]))
        task = asyncio.ensure_future(tap.run(lambda _: None))
        began = time.time_ns()
        try:
            async with asyncio.timeout(LIMIT):
                while tap.watermark() < began:  # noqa: ASYNC110 - there is no event: it is asked
                    await asyncio.sleep(0)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scene())


@may_listen
def test_the_receive_buffer_is_enlarged_beyond_the_systems_limit() -> None:
    source = Interface("any", [1])
    assert source.buffered == interface.RECEIVE_BUFFER
    source.close()


@may_listen
def test_an_interface_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ListenError, match=r"cannot listen on nowhere0: .* lo.*, or any"):
        Interface("nowhere0", [80])


def test_without_the_capability_it_says_which_one_and_what_to_do() -> None:
    script = (
        "import os, sys\n"
        "from flowtape.capture.taps.packets.interface import Interface, ListenError\n"
        "os.geteuid() or os.setuid(65534)\n"
        "for name in ('any', 'lo'):\n"
        "    try:\n"
        "        Interface(name, [80])\n"
        "    except ListenError as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    for line, name in zip(lines, ("any", "lo"), strict=True):
        assert f"may not listen on {name}" in line
        assert "CAP_NET_RAW" in line
        assert "flowtape doctor" in line


@may_listen
def test_the_kernel_takes_a_filter_of_many_ports() -> None:
    Interface("any", range(1, 400)).close()


@may_listen
def test_an_error_of_a_codec_ends_the_tap_loudly() -> None:
    async def scene() -> None:
        async with serving() as server:
            routes = routes_to(server.port)
            tap = PacketsTap(routes, Interface("lo", routes.ports))

            def refuse(_: Exchange) -> None:
                raise ZeroDivisionError

            task = asyncio.ensure_future(tap.run(refuse))
            await asyncio.sleep(0)
            await ask(server, 1)
            with pytest.raises(ZeroDivisionError):
                await asyncio.wait_for(task, LIMIT)

    asyncio.run(scene())


# -- scapy dissects, we dissect


payloads = st.binary(max_size=80)
v4 = st.ip_addresses(v=4).map(str)
v6 = st.ip_addresses(v=6).map(str)
ports = st.integers(0, 65535)
words = st.integers(0, 2**32 - 1)
options = st.sampled_from([[], [("NOP", None)], [("Timestamp", (1, 2))], [("MSS", 1460), ("SAckOK", b"")]])
segments = st.builds(
    lambda sport, dport, seq, ack, flags, options: TCP(
        sport=sport, dport=dport, seq=seq, ack=ack, flags=flags, options=options
    ),
    ports, ports, words, words, st.integers(0, 255), options,
)  # fmt: skip
networks = st.one_of(
    st.builds(lambda src, dst: IP(src=src, dst=dst), v4, v4),
    st.builds(lambda src, dst: IP(src=src, dst=dst, options=[b"\x01"] * 4), v4, v4),
    st.builds(lambda src, dst: IPv6(src=src, dst=dst), v6, v6),
    st.builds(lambda src, dst: IPv6(src=src, dst=dst) / IPv6ExtHdrHopByHop(), v6, v6),
)
links = st.sampled_from(
    [
        (link.ETHERNET, Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")),
        (link.ETHERNET, Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / Dot1Q(vlan=7)),
        (link.ETHERNET, Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / Dot1AD(vlan=3) / Dot1Q(vlan=7)),
        (link.COOKED, CookedLinux()),
        (link.RAW, None),
        (link.NULL, Loopback()),
    ]
)


@given(links, networks, segments, payloads)
def test_scapy_and_we_read_the_same(
    under: tuple[int, Packet | None], network: Packet, tcp: Packet, payload: bytes
) -> None:
    number, frame = under
    packet = network / tcp / Raw(payload)
    if isinstance(frame, Loopback):
        frame = Loopback(type=2 if IP in packet else 10)
    data = bytes(packet if frame is None else frame / packet)
    segment = dissect(number, data, len(data))
    assert isinstance(segment, Segment)
    oracle = (IP if IP in packet else IPv6)(bytes(packet))
    assert oracle[TCP].seq == segment.sequence
    assert oracle[TCP].ack == segment.acknowledged
    assert int(oracle[TCP].flags) & 0xFF == segment.flags
    assert bytes(oracle[TCP].payload) == segment.payload
    assert segment.length == len(segment.payload)
    client, server = ends(segment.key)
    assert (client.port, server.port) == (oracle[TCP].sport, oracle[TCP].dport)
    if IP in packet:
        assert (client.host, server.host) == (oracle.src, oracle.dst)


@pytest.mark.parametrize("writer", [PcapWriter, PcapNgWriter])
def test_files_that_scapy_writes_are_read_as_it_wrote_them(tmp_path: Path, writer: type[PcapWriter]) -> None:
    path = tmp_path / "scapy.pcap"
    packets = [Ether() / IP(dst="10.0.0.1") / TCP(dport=80) / Raw(bytes(size)) for size in (0, 1, 1000)]
    for number, packet in enumerate(packets):
        packet.time = 1_700_000_000 + number / 4
    with writer(str(path)) as file:
        for packet in packets:
            file.write(packet)
    found = list(CaptureFile(path))
    assert [each.data for each in found] == [bytes(packet) for packet in packets]
    assert [each.at for each in found] == [1_700_000_000_000_000_000 + number * 250_000_000 for number in range(3)]
    assert {each.link for each in found} == {link.ETHERNET}


def test_the_constants_are_the_systems_own() -> None:
    assert socket.PACKET_OUTGOING == 4
