"""The house keeps its plan: what a reader may rely on when looking for a thing."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOTS = {name: HOUSE / name / "flowtape" / name for name in ("capture", "replay", "testgen")}
LONGEST_FILE = 500


def sources() -> list[Path]:
    return sorted(path for root in ROOTS.values() for path in root.rglob("*.py"))


def ours() -> list[Path]:
    folders = ("capture", "replay", "testgen", "tests", "samples", "benchmarks")
    return sorted(path for folder in folders for path in (HOUSE / folder).rglob("*.py"))


def mirror(source: Path) -> Path:
    """Where the tests of `source` stand."""
    for name, root in ROOTS.items():
        if source.is_relative_to(root):
            relative = source.relative_to(root)
            return HOUSE / "tests" / name / relative.parent / f"test_{relative.name}"
    raise ValueError(source)


@pytest.mark.parametrize("root", ROOTS)
def test_the_three_roots_share_one_namespace(root: str) -> None:
    """A flowtape/__init__.py in one root hides the other two."""
    assert not (HOUSE / root / "flowtape" / "__init__.py").exists()
    assert importlib.util.find_spec(f"flowtape.{root}") is not None


@pytest.mark.parametrize("source", sources(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_each_source_file_has_its_test_file(source: Path) -> None:
    if source.name not in ("__init__.py", "__main__.py"):
        assert mirror(source).exists(), f"{mirror(source).relative_to(HOUSE)} is missing"


def test_each_test_file_has_its_source_file() -> None:
    """Tests that no one source file owns have names of their own, listed here."""
    mirrored = {mirror(source) for source in sources()}
    tests = {path for root in ROOTS for path in (HOUSE / "tests" / root).rglob("test_*.py")}
    strangers = {str(path.relative_to(HOUSE / "tests")) for path in tests - mirrored}
    assert strangers <= ACROSS_FILES, strangers - ACROSS_FILES


ACROSS_FILES = {
    "capture/protocols/test_contract.py",  # every codec keeps the same promises
    "capture/correlate/test_truth.py",  # all evidence together, against services whose truth is known
    "capture/correlate/test_simulated.py",  # the same under load, of services made at random
    "capture/taps/test_agreement.py",  # every tap hears the same
    "replay/protocols/postgresql/test_another_driver.py",  # recorded from one driver, replayed with another
    "capture/sql/rules/test_against_postgresql.py",  # a real database agrees with every rule
    # real frameworks, pools and servers, and what makes it hard to tell whose a call is
    "capture/correlate/test_after_the_response.py",
    "capture/correlate/test_cut_short.py",
    "capture/correlate/test_fan_out.py",
    "capture/correlate/spans/test_services.py",  # real services and their own spans
    "capture/correlate/test_handing_back.py",
    "capture/correlate/test_of_no_request.py",
    "capture/correlate/test_one_connection.py",
    "capture/correlate/test_pgbouncer.py",
    "capture/correlate/test_several_processes.py",
    "testgen/test_every_kind.py",  # what varies in every kind of body, from the service to the regression
    # what drivers get from the answering server is what they get from the real one
    "replay/protocols/postgresql/test_asyncpg.py",
    "replay/protocols/postgresql/test_django.py",
    "replay/protocols/postgresql/test_psycopg.py",
    "replay/protocols/postgresql/test_psycopg2.py",
    "replay/protocols/postgresql/test_psycopg_async.py",
    "replay/protocols/postgresql/test_sqlalchemy.py",
}


@pytest.mark.parametrize("path", ours(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_no_file_is_two_rooms_in_one(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def test_what_replays_cannot_import_what_records() -> None:
    if Path(sys.prefix).name == ".venv-agent":
        pytest.skip("the agent's environment has them")
    assert importlib.util.find_spec("scapy") is None
    assert importlib.util.find_spec("mitmproxy") is None


@pytest.mark.parametrize(
    ("library", "allowed"),
    [("scapy", "capture/taps/packets"), ("mitmproxy", "capture/taps/proxy")],
)
def test_what_records_stays_in_its_room(library: str, allowed: str) -> None:
    for path in sources():
        text = path.read_text()
        if f"import {library}" in text or f"from {library}" in text:
            assert allowed in str(path), f"{path} imports {library}"


def test_each_dependency_is_explained() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    groups = project["dependency-groups"].values()
    wanted = [*project["project"]["dependencies"], *(one for group in (*extras, *groups) for one in group)]
    explained = (HOUSE / "docs" / "dependencies.md").read_text()
    for requirement in wanted:
        name = requirement.split("[")[0].split(">")[0].split("=")[0].split(";")[0].strip()
        assert f"`{name}`" in explained, f"docs/dependencies.md has no line for {name}"


@pytest.mark.parametrize("root", ROOTS)
def test_each_root_has_a_readme_and_types(root: str) -> None:
    assert (HOUSE / root / "README.md").stat().st_size > 200
    assert (ROOTS[root] / "py.typed").exists()


def test_nothing_unmarked_is_left_undone() -> None:
    for path in sources():
        for word in ("TODO", "FIXME", "XXX", "NotImplementedError"):
            assert word not in path.read_text(), f"{path} holds {word}"
