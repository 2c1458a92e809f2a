from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result

from flowtape.capture.recording import Reader
from flowtape.testgen.commands.capture import _line, _summarise

Run = Callable[..., Result]
KEY = "0123456789abcdef" * 4
PCAP = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWTAPE_KEY", KEY)


def test_an_empty_pcap_gives_an_empty_recording(run: Run, configured: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(PCAP)
    shown = run("capture", "--config", configured, "--pcap", tmp_path / "a.pcap", "--json")
    assert shown.exit_code == 0, shown.output
    summary = json.loads(shown.stdout.splitlines()[-1])
    assert summary["flows"] == {"heard": 0, "kept": 0, "ambiguous": 0, "incomplete": 0}
    assert summary["recording"] == str(tmp_path / "recording")
    assert summary["stopped"] == ""
    assert len(list(Reader(summary["recording"]))) == 1


def test_a_file_that_is_no_capture_is_told_after_the_summary(run: Run, configured: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(PCAP)
    (tmp_path / "b.pcap").write_text("a letter")
    shown = run(
        "capture", "--config", configured, "--pcap", tmp_path / "b.pcap", "--pcap", tmp_path / "a.pcap", "--json"
    )
    assert shown.exit_code == 2
    assert json.loads(shown.stdout)["counters"]["packets.files.read"] == 1
    assert "b.pcap" in shown.stderr.splitlines()[-1]
    assert shown.stderr.splitlines()[-1].startswith("flowtape: error: ")


@pytest.mark.parametrize("key", [None, "short"])
def test_without_a_key_nothing_is_heard(
    run: Run, configured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    if key is None:
        monkeypatch.delenv("FLOWTAPE_KEY")
    else:
        monkeypatch.setenv("FLOWTAPE_KEY", key)
    (tmp_path / "a.pcap").write_bytes(PCAP)
    shown = run("capture", "--config", configured, "--pcap", tmp_path / "a.pcap")
    assert shown.exit_code == 2
    assert "FLOWTAPE_KEY" in shown.stderr
    assert not (tmp_path / "recording").exists()


def test_a_recording_that_cannot_be_written_is_told_first(run: Run, configured: Path, tmp_path: Path) -> None:
    (tmp_path / "recording").write_text("")
    (tmp_path / "a.pcap").write_bytes(PCAP)
    shown = run("capture", "--config", configured, "--pcap", tmp_path / "a.pcap")
    assert shown.exit_code == 2
    assert "capture.recording" in shown.stderr


RELAY_ONLY = """
import sys
from flowtape.capture import tapping
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.taps.relay import RelayTap, routes
tapping.live_taps = lambda configuration, interface: [RelayTap(routes(configuration), CODECS)]
from flowtape.testgen.cli import main
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_recording_that_can_be_read(configured: Path, number: signal.Signals) -> None:
    inline = f"capture: {{inline: {{db: '127.0.0.1:{_free()}'}}}}"
    configured.write_text(f"{configured.read_text()}{inline}\n")
    child = subprocess.Popen(
        [sys.executable, "-c", RELAY_ONLY, "capture", "--config", configured, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "FLOWTAPE_KEY": KEY},
    )
    try:
        assert child.stderr is not None
        assert "hearing relay" in child.stderr.readline()
        child.send_signal(number)
        out, said = child.communicate(timeout=30)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 0, said
    reader = Reader(json.loads(out.splitlines()[-1])["recording"])
    assert list(reader)
    assert not reader.damages


def _free() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def test_what_it_counts_is_shown(run: Run, configured: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(PCAP + b"\x00" * 7)
    shown = run("capture", "--config", configured, "--pcap", tmp_path / "a.pcap")
    assert "flowtape: 0 exchanges, 0 flows heard, 0 kept, 0 left out" in shown.stderr
    assert "flowtape: warning: " in shown.stderr


@pytest.mark.parametrize(
    ("counters", "end"),
    [
        ({"flows.heard": 6, "flows.kept": 2, "flows.ambiguous": 3}, "2 kept, 3 left out, 1 not decided yet"),
        ({"flows.heard": 5, "flows.kept": 2, "flows.incomplete": 3}, "2 kept, 3 left out"),
    ],
)
def test_what_is_not_decided_yet_is_said(counters: dict[str, int], end: str) -> None:
    progress = SimpleNamespace(count=Counter(counters).__getitem__, stopped="")
    assert _line(progress).endswith(end)


def test_where_flows_are_in_doubt_it_names_the_command_that_tells_what_would_keep_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for ambiguous, said in ((0, False), (3, True)):
        counters = Counter({"flows.heard": 4, "flows.ambiguous": ambiguous})
        progress = SimpleNamespace(
            count=counters.__getitem__, counters=counters, reasons={}, problems=(), stopped="", kept=0
        )
        _summarise(progress, "a recording", as_json=False)
        assert ("flowtape stats 'a recording'" in capsys.readouterr().err) is said


FULL_DISK = """
import resource, signal, sys
sys.dont_write_bytecode = True  # CPython keeps a short write as a whole cache, torn for every later process
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))
from flowtape.testgen.cli import main
main()
"""


def test_a_full_disk_is_told_and_code_1(configured: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(PCAP)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, "capture", "--config", configured, "--pcap", tmp_path / "a.pcap", "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "FLOWTAPE_KEY": KEY},
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "File too large" in json.loads(done.stdout)["stopped"]
    assert "NOT RECORDING" in done.stderr
