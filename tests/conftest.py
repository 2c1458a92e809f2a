"""What a run of the tests collects and demands; and real servers, one of each for a run's worker, started when first asked for."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from samples import servers

AGENT = importlib.util.find_spec("mitmproxy") is not None
"""Whether this is the agent's environment: the only one that has mitmproxy and scapy, and has no sample service's libraries."""
ON_CI = os.environ.get("CI", "").lower() in ("1", "true")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out, unimported, the tests for which this environment has not the libraries.

    That is the agent's tests where it is not the agent's, and with `-m agent` all others. None leaves it to others to say.
    """
    path = collection_path
    if AGENT and config.getoption("markexpr") == "agent":
        files = path.rglob("test_*.py") if path.is_dir() else [path]
        return None if any(_of_agent(file) for file in files) else True
    return True if not AGENT and _of_agent(path) else None


def _of_agent(path: Path) -> bool:
    named = path.suffix == ".py" and path.name.startswith("test_")
    return named and "\npytestmark = pytest.mark.agent\n" in path.read_text(encoding="utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On CI nothing is skipped: whoever reads "passed" there shall know that it ran."""
    report = yield
    _demand(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _demand(report)
    return report


def _demand(report: pytest.TestReport | pytest.CollectReport) -> None:
    if ON_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped when CI is set, but {report.nodeid} was. {reason}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[servers.Server]:
    """A PostgreSQL of our own: .host .port .user .password .database .url"""
    with servers.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.Server]:
    """A Redis of our own: .host .port .url"""
    with servers.redis() as server:
        yield server
