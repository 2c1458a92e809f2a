"""The benchmark of regressions: that its patches are what they are said to be, and that nothing passes for caught which was not."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.regressions.judge import read
from benchmarks.regressions.mutants import mutants
from benchmarks.regressions.mutation import judgements
from benchmarks.regressions.patch import HOUSE, Edit, Patch, PatchError, copy
from benchmarks.regressions.reach import Reach
from benchmarks.regressions.refactorings import REFACTORINGS
from benchmarks.regressions.regressions import REGRESSIONS
from benchmarks.regressions.rival import comparable, plain, timeless
from benchmarks.regressions.trial import SERVICES

from flowtape.capture.exchange import HttpResponse
from flowtape.replay.flowfile import load


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copies")
    for service in ("shop", "ledger"):
        copy(service, root / service)
    return root


@pytest.mark.parametrize(("patches", "least"), [(REGRESSIONS, 60), (REFACTORINGS, 40)])
def test_there_are_enough_of_them(patches: tuple[Patch, ...], least: int) -> None:
    assert len(patches) >= least
    assert len({patch.kind for patch in patches}) >= 15
    assert {patch.service for patch in patches} == {"shop", "ledger"}
    titles = [patch.title for patch in patches]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("patch", [*REGRESSIONS, *REFACTORINGS], ids=lambda patch: patch.title)
def test_each_applies_and_is_python(services: Path, patch: Patch) -> None:
    folder = services / patch.service / "samples" / patch.service
    before = {edit.file: _text(folder / edit.file) for edit in patch.edits}
    try:
        patch.apply(services / patch.service)
        for file, text in before.items():
            after = (folder / file).read_text()
            assert after != text
            if file.endswith(".py"):
                ast.parse(after)
    finally:
        for file, text in before.items():
            (folder / file).unlink() if text is None else (folder / file).write_text(text)


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


@pytest.mark.parametrize("old", ["no such line", "import"])
def test_a_text_that_is_not_there_once_is_an_error(services: Path, old: str) -> None:
    patch = Patch("shop", "none", "of a text that is not there once", (Edit("orders.py", old, "pass"),))
    with pytest.raises(PatchError, match=r"shop: none: of a text.*orders\.py holds \d+ times"):
        patch.apply(services / "shop")


REPORT = '<testsuites><testsuite><testcase name="one"><properties>{}</properties>{}</testcase></testsuite></testsuites>'
VERDICT = '<property name="flowtape" value="{}"/>'
FAILED = '<failure message="assert">it differs</failure>'


@pytest.mark.parametrize("verdict", ["regression", "drift"])
def test_a_verdict_on_the_service_is_an_alarm(tmp_path: Path, verdict: str) -> None:
    (tmp_path / "report.xml").write_text(REPORT.format(VERDICT.format(verdict), FAILED))
    judged = read(tmp_path / "report.xml")
    assert (judged.alarms, judged.passed) == ((verdict,), 0)
    assert "it differs" in judged.said


def test_no_failure_is_no_alarm(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT.format(VERDICT.format("passed"), ""))
    assert read(tmp_path / "report.xml").alarms == ()


@pytest.mark.parametrize(
    ("properties", "outcome"),
    [
        (VERDICT.format("broken"), FAILED),
        (VERDICT.format("passed"), FAILED),
        ("", FAILED),
        ("", '<error message="collection failure">ImportError</error>'),
    ],
)
def test_a_suite_that_did_not_judge_is_an_error_and_no_catch(tmp_path: Path, properties: str, outcome: str) -> None:
    (tmp_path / "report.xml").write_text(REPORT.format(properties, outcome))
    with pytest.raises(PatchError, match="without a verdict"):
        read(tmp_path / "report.xml")


def test_a_suite_without_tests_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text("<testsuites><testsuite/></testsuites>")
    with pytest.raises(PatchError, match="no test ran"):
        read(tmp_path / "report.xml")


def test_the_rival_overlooks_times_and_nothing_else() -> None:
    one = {
        "id": 7,
        "placed_at": 1,
        "expires": "soon",
        "text": "on 25.11.2026 at 10:11 WET",
        "at": "2026-11-25T10:11:12Z",
    }
    other = {
        "id": 7,
        "placed_at": 2,
        "expires": "later",
        "text": "on 26.11.2026 at 11:12 CET",
        "at": "2026-11-26 01:02:03+01",
    }
    assert timeless(one) == timeless(other)
    assert timeless({**one, "id": 8}) != timeless(one)
    assert plain("total 19.90") != plain("total 19.91")
    assert plain("/orders/$order_id") == plain("/orders/$order")


def test_each_survivor_is_a_mutant_and_is_judged() -> None:
    judged = judgements()
    names = {mutant.name for service in SERVICES for mutant in mutants(service)}
    assert set(judged) <= names
    assert {one.judged for one in judged.values()} <= {"equivalent", "not reached", "missed"}
    assert all(len(one.why) > 10 for one in judged.values())


def test_a_line_is_reached_by_the_tests_that_ran_its_statement() -> None:
    source = "A = 1\n\n@f(1)\ndef g(a=2):\n    if a:\n        return (\n            3\n        )\n    return 4\n"
    reach = Reach(
        {"m.py": {5: frozenset({"one", "two"}), 6: frozenset({"one"})}}, {"m.py": source}, frozenset({"one", "two"})
    )
    assert [len(reach.of("m.py", line)) for line in range(1, 10)] == [2, 2, 2, 2, 2, 1, 1, 1, 0]


def test_the_rival_takes_what_varies_for_the_same() -> None:
    recorded = load(HOUSE / "samples/shop/tests/flows/post_orders/paid.yaml")
    order = "6f6d2b0e-8f6c-4d4e-9a51-0f3cf5d0c7aa"
    response = recorded.response
    assert isinstance(response, HttpResponse)
    assert b"$order_id" in response.body
    headers = tuple((name, text.replace("$order_id", order)) for name, text in response.headers)
    body = response.body.replace(b"$order_id", order.encode())
    replayed = replace(recorded, response=replace(response, headers=headers, body=body))
    assert comparable(replayed, [order]) == comparable(recorded)
    assert comparable(replayed) != comparable(recorded)
