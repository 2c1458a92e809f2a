from __future__ import annotations

from pathlib import Path

import pytest

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.application.outcome import BrokenError, last_lines, loaded, sendable, traceback_in


def test_an_application_is_loaded_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", ["/nowhere"])
    (tmp_path / "loaded_once.py").write_text("class app:\n    inner = 42\n")
    assert loaded("loaded_once:app.inner", tmp_path) == 42


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("noname", "not of the form module:callable"),
        ("json:nothing", "json has no `nothing`"),
        ("not_there_at_all:app", "No module named 'not_there_at_all'"),
        ("raises_at_import:app", "ZeroDivisionError"),
    ],
)
def test_what_cannot_be_loaded_is_explained(
    target: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", ["/nowhere"])
    (tmp_path / "raises_at_import.py").write_text("1 / 0\n")
    with pytest.raises(BrokenError, match=reason):
        loaded(target, tmp_path)


def test_a_traceback_shows_the_applications_own_frames() -> None:
    try:
        Path("/nowhere/at/all").read_text()
    except OSError as error:
        text = traceback_in(Path(__file__).parent, error)
    assert "test_outcome.py" in text
    assert "pathlib.py" not in text


def test_a_request_is_sent_with_the_length_that_it_has() -> None:
    headers = (("Transfer-Encoding", "chunked"), ("Host", "a"), ("Connection", "close"))
    assert sendable(HttpRequest("POST", "/", headers, b"abc")) == (("Host", "a"), ("content-length", "3"))
    assert sendable(HttpRequest("GET", "/", (("Host", "a"),))) == (("Host", "a"),)
    assert sendable(HttpRequest("POST", "/", (("Content-Length", "9"),))) == (("content-length", "0"),)


def test_only_the_end_of_a_long_output_is_shown() -> None:
    assert last_lines("a\nb\n", 2) == "a\nb"
    assert last_lines("a\nb\nc\n", 2) == "…\nb\nc"
