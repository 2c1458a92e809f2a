from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]


def test_the_last_counts_of_each_run_are_summed(run: Run, recording: Path) -> None:
    shown = run("stats", recording, "--json")
    assert shown.exit_code == 0
    found = json.loads(shown.stdout)
    assert found["runs"] == 2
    assert found["flows"] == {"heard": 15, "kept": 3, "ambiguous": 2, "incomplete": 10}
    assert found["recorded"] == {"whole flows": 1, "calls": 4, "flows with a problem": 1, "outside: session": 1}
    assert found["reasons"]["incomplete: N bytes"] == 10
    assert found["damages"] == []


def test_a_table_for_people(run: Run, recording: Path, harmless: Callable[[str], bool]) -> None:
    shown = run("stats", recording)
    assert shown.exit_code == 0
    lines = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert "heard 15" in lines
    assert "incomplete: N bytes 10" in lines
    assert harmless(shown.stdout)
    assert "[bold red]x[/]" in shown.stdout, "markup is shown, not obeyed"


def test_damage_is_told_and_the_rest_counted(run: Run, recording: Path) -> None:
    (segment,) = recording.iterdir()
    segment.write_bytes(segment.read_bytes()[:-3])
    shown = run("stats", recording, "--json")
    assert shown.exit_code == 1
    found = json.loads(shown.stdout)
    assert found["flows"]["heard"] == 5
    assert "cut short" in found["damages"][0]
    assert "damaged:" in run("stats", recording).stdout


def test_a_newer_recording_is_refused(run: Run, recording: Path) -> None:
    import zlib

    from flowtape.capture.recording.segment import CHECKSUM, HEADER, MAGIC

    head = HEADER.pack(MAGIC, 9, 0)
    (recording / "new.tape").write_bytes(head + CHECKSUM.pack(zlib.crc32(head)))
    shown = run("stats", recording)
    assert shown.exit_code == 2
    assert "written by a newer flowtape" in shown.stderr
