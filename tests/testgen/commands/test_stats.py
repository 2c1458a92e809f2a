from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from flowtape.capture.flow import Flow

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


def test_the_causes_that_keep_flows_out_of_a_suite_are_ranked(run: Run, tmp_path: Path) -> None:
    entries = "".join(f"a/{n}.yaml: {{flow: f{n}, cause: local time zone, place: 'x\x1b'}}\n" for n in (1, 2))
    (tmp_path / "quarantine.yaml").write_text(entries.replace("\x1b", "[31m"))
    shown = run("stats", tmp_path)
    assert shown.exit_code == 0
    assert "2  local time zone" in shown.stdout
    assert "set TZ under `service.env`" in shown.stdout
    (rank,) = json.loads(run("stats", tmp_path, "--json").stdout)["admission"]
    assert (rank["cause"], rank["flows"], rank["files"]) == ("local time zone", 2, ["a/1.yaml", "a/2.yaml"])


def test_of_a_recording_its_own_flows_are_counted(run: Run, recording: Path, flows: list[Flow], tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "quarantine.yaml").write_text(
        f"a.yaml: {{flow: '{flows[0].id}', cause: ambiguous order}}\nb.yaml: {{flow: elsewhere, cause: unseeded randomness}}\n"
    )
    found = json.loads(run("stats", recording, "--suite", suite, "--json").stdout)
    assert [(rank["cause"], rank["flows"]) for rank in found["admission"]] == [("ambiguous order", 1)]
    assert "would admit most of them, 1" in run("stats", recording, "--suite", suite).stdout


def test_a_suite_in_which_all_is_admitted_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("")
    assert "Every flow that was chosen is admitted." in run("stats", tmp_path).stdout


def test_each_change_that_would_keep_more_is_told(run: Run, tmp_path: Path) -> None:
    from flowtape.capture.recording import Counts, RecordingWriter

    writer = RecordingWriter(str(tmp_path / "r"), "shop")
    writer.write(Counts(1, "run", {"flows.ambiguous": 7, "would_keep.spans": 7, "would_keep.comments": 4}))
    writer.close()
    shown = run("stats", tmp_path / "r")
    lines = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert any(line.startswith("send the service's OpenTelemetry spans") and line.endswith(" 7") for line in lines)
    assert any(line.startswith("add trace context") and line.endswith(" 4") for line in lines)
    found = json.loads(run("stats", tmp_path / "r", "--json").stdout)
    assert found["would_keep"] == {"spans": 7, "comments": 4, "fewer at once": 0, "pauses": 0}
