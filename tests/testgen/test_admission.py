"""What keeps most flows out of a suite comes first, with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowtape.replay.flowfile import FlowFileError
from flowtape.testgen.admission import is_suite, lines, ranked
from flowtape.testgen.causes import RANDOMNESS, TIME_ZONE

QUARANTINE = """
a/ok.yaml: {flow: f1, cause: local time zone, place: response.json.at, reason: x}
b/ok.yaml: {flow: f2, cause: unseeded randomness, place: response.json.n, reason: x}
b/ok_2.yaml: {flow: f3, cause: unseeded randomness, place: response.json.n, reason: x}
c/ok.yaml: {flow: f4, cause: unseeded randomness, reason: x}
d/ok.yaml: {flow: f5, reason: written by an older flowtape}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "quarantine.yaml").write_text(QUARANTINE)
    return tmp_path


def test_causes_are_ranked_by_the_flows_that_they_keep_out(suite: Path) -> None:
    first, second, third = ranked(suite)
    assert first.plain == {
        "cause": "unseeded randomness",
        "flows": 3,
        "change": RANDOMNESS.change,
        "places": {"response.json.n": 2},
        "files": ["b/ok.yaml", "b/ok_2.yaml", "c/ok.yaml"],
    }
    assert (second.cause, second.change, third.cause) == ("local time zone", TIME_ZONE.change, "unknown")


def test_only_the_flows_of_a_recording_are_counted(suite: Path) -> None:
    assert [(rank.cause, rank.files) for rank in ranked(suite, {"f1", "other"})] == [("local time zone", ["a/ok.yaml"])]


def test_a_person_reads_first_what_to_do_first(suite: Path) -> None:
    told = lines(ranked(suite))
    assert told[0] == f"Not admitted: 5 flows. The change that would admit most of them, 3: {RANDOMNESS.change}."
    assert told[1:3] == ["     3  unseeded randomness", "        at response.json.n (2)"]
    assert lines([]) == []


def test_a_suite_is_told_from_a_recording(suite: Path, tmp_path: Path) -> None:
    assert is_suite(suite)
    assert not is_suite(tmp_path / "none")
    (tmp_path / "recording").mkdir()
    assert not is_suite(tmp_path / "recording")
    assert ranked(tmp_path / "recording") == []


@pytest.mark.parametrize("text", ["[", "- a", "a: b", "\x00"])
def test_what_is_no_quarantine_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "quarantine.yaml").write_text(text)
    with pytest.raises(FlowFileError, match=r"quarantine\.yaml: "):
        ranked(tmp_path)
