"""The pytest plugin that gathers what was told of each replay and reports it: in the controller where tests run in workers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from flowtape.replay.reporting.entry import Entry


class Collected:
    """`quiet` is whether the terminal is told nothing."""

    def __init__(self, json: Path | None, summary: Path | None, *, quiet: bool) -> None:
        self.entries: list[Entry] = []
        self._json = json
        self._summary = summary
        self._quiet = quiet
        self._problems: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.entries += getattr(report, "flowtape", ())

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self.entries.sort(key=lambda entry: entry["test"])  # workers end in any order
        if self._json is not None:
            from flowtape.replay.reporting import json_file

            self._write(self._json, json_file.written(self.entries))
        if self._summary is not None:
            from flowtape.replay.reporting import markdown

            self._write(self._summary, markdown.written(self.entries))

    def _write(self, path: Path, text: str) -> None:
        try:
            write(path, text)
        except OSError as error:
            self._problems.append(f"flowtape: {path} cannot be written: {error.strerror}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for problem in self._problems:
            terminalreporter.write_line(problem, red=True)
        if self.entries and not self._quiet:
            from flowtape.replay.reporting import summary, terminal

            terminal.write(terminalreporter, self.entries, f"flowtape: {summary.headline(self.entries)}")


def checked(option: str, name: str | None, folder: Path) -> Path | None:
    """The file that an option names, from where pytest was started. Raises UsageError now if it could not be written later."""
    if not name:
        return None
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a"):
            return path
    except OSError as error:
        raise pytest.UsageError(f"{option}: {path} cannot be written: {error.strerror}") from None


def write(path: Path, text: str) -> None:
    """GitHub's page of a step is added to, every other file is made anew."""
    mode = "a" if os.environ.get("GITHUB_STEP_SUMMARY") == str(path) else "w"
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)
