from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.flowfile import Captured, Case, RecordedCall, cassette_path, dump, load
from flowtape.replay.flowfile.rewriting import rewrite

CALL = RecordedCall("pay", HttpRequest("GET", "/rates"), HttpResponse(200, "OK", (), b"2"), origin="http://pay")
CASE = Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200, "OK", (), b"1"), (CALL,))


def written(path: Path) -> None:
    flow, cassette = dump(CASE)
    path.write_text(flow.replace("request:", "# as a browser asks\nrequest:"))
    assert cassette is not None
    cassette_path(path).write_text(f"# of last year\n{cassette}")


def test_both_files_are_written_with_their_comments_and_the_difference_is_told(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    written(path)
    after = replace(
        CASE,
        response=replace(CASE.response, status=201),
        calls=(replace(CALL, answer=HttpResponse(200, "OK", (), b"3")),),
    )
    told = rewrite(path, CASE, after, "accepted")
    assert load(path) == after
    assert "# as a browser asks" in path.read_text()
    assert cassette_path(path).read_text().startswith("# of last year\n")
    changed = [line for line in told.splitlines() if line[:1] in "+-"]
    assert {"+++ flow.yaml accepted", "+++ flow.http.yaml accepted"} <= set(changed)
    assert [line[:1] for line in changed if "201" in line] == ["+"]
    assert not any("#" in line for line in changed)
    assert sorted(tmp_path.iterdir()) == sorted([path, cassette_path(path)])


def test_a_cassette_that_nothing_asks_for_is_away(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    written(path)
    rewrite(path, CASE, replace(CASE, calls=()), "accepted")
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_written_that_shall_not_be(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    written(path)
    before = path.read_text()
    assert rewrite(path, CASE, replace(CASE, response=HttpResponse(204)), "rerecorded", keep=False)
    assert rewrite(path, CASE, CASE, "accepted") == ""
    assert path.read_text() == before
