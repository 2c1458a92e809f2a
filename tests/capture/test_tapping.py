from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path

import msgspec
import pytest

from flowtape.capture.configuration import Capture, Configuration, ConfigurationError, Dependency
from flowtape.capture.tapping import ca_folder, file_taps, inline_names, installed, live_taps, packet_names
from flowtape.capture.taps.packets.pcap import CaptureFileError

AGENT = importlib.util.find_spec("mitmproxy") is not None


@pytest.fixture
def shop(configuration: Configuration) -> Configuration:
    dependencies = {
        **configuration.dependencies,
        "cache": Dependency(protocol="redis", address="127.0.0.1:6379"),
        "payments": Dependency(protocol="http", address="https://payments.internal"),
    }
    return msgspec.structs.replace(configuration, dependencies=dependencies)


def inline(shop: Configuration, **listen: str) -> Configuration:
    return msgspec.structs.replace(shop, capture=Capture(inline=listen))


def test_what_is_not_in_the_path_is_heard_among_the_packets(shop: Configuration) -> None:
    assert packet_names(shop) == {"service", "db", "cache", "payments"}
    mixed = inline(shop, db="127.0.0.1:7", service="127.0.0.1:7")
    assert (inline_names(mixed), packet_names(mixed)) == ({"db", "service"}, {"cache", "payments"})


def test_a_forward_proxy_hears_every_http_dependency(shop: Configuration) -> None:
    assert inline_names(inline(shop, forward="127.0.0.1:7")) == {"payments"}


def test_a_name_in_inline_that_nobody_has_is_refused(shop: Configuration) -> None:
    with pytest.raises(ConfigurationError, match=r"capture\.inline: `moon` is no dependency"):
        inline_names(inline(shop, moon="127.0.0.1:7"))


def test_databases_in_the_path_need_nothing_of_the_agents_environment(configuration: Configuration) -> None:
    relayed = inline(configuration, db="127.0.0.1:7", service="127.0.0.1:7")
    if AGENT:
        assert [tap.name for tap in live_taps(relayed)] == ["relay", "proxy"]
    else:
        with pytest.raises(ConfigurationError, match=r"mitmproxy is not installed.*flowtape\[capture\]"):
            live_taps(relayed)


@pytest.mark.skipif(AGENT, reason="scapy is there, and would open a socket")
def test_packets_without_scapy_say_what_to_install(configuration: Configuration) -> None:
    with pytest.raises(ConfigurationError, match=r"scapy is not installed.*flowtape\[capture\]"):
        live_taps(configuration)


EMPTY = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")


def test_files_are_one_capture_and_one_that_is_none_is_told_at_the_end(
    configuration: Configuration, tmp_path: Path
) -> None:
    packet = bytes(12) + b"\x04\x00"
    record = bytes(8) + len(packet).to_bytes(4, "little") * 2 + packet
    paths = [tmp_path / name for name in ("a.pcap", "b.pcap", "c.pcap")]
    paths[0].write_bytes(EMPTY + record)
    paths[1].write_bytes(b"this is a letter, not a capture")
    paths[2].write_bytes(EMPTY + record + record[:9])
    (tap,) = file_taps(configuration, paths)
    heard: list[object] = []
    with pytest.raises(CaptureFileError, match=r"b\.pcap"):
        asyncio.run(tap.run(heard.append))
    assert tap.counters["packets.heard"] == 2
    assert tap.counters["files.read"] == 2
    (problem,) = tap.problems  # type: ignore[attr-defined]
    assert "c.pcap" in problem


def test_the_proxys_certificate_authority_lies_with_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert ca_folder() == tmp_path / "flowtape" / "ca"


def test_a_library_is_installed_or_not() -> None:
    assert installed("msgspec")
    assert not installed("no_such_package.at_all")
