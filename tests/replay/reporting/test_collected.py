from __future__ import annotations

from pathlib import Path

import pytest

from flowtape.replay.reporting.collected import checked, write


def test_a_file_that_cannot_be_written_is_known_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(pytest.UsageError, match=r"--flowtape-json: .*file/x\.json cannot be written"):
        checked("--flowtape-json", "file/x.json", tmp_path)
    assert checked("--flowtape-json", "new/x.json", tmp_path) == tmp_path / "new" / "x.json"
    assert checked("--flowtape-json", None, tmp_path) is None


def test_a_page_of_github_is_added_to_and_every_other_file_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, other = tmp_path / "page.md", tmp_path / "other.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    for path in (page, other):
        path.write_text("before\n")
        write(path, "after\n")
    assert page.read_text() == "before\nafter\n"
    assert other.read_text() == "after\n"
