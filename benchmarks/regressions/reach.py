"""Which tests of a suite reach which statements of its service."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest
from benchmarks.regressions.judge import run
from benchmarks.regressions.patch import copy


@dataclass(frozen=True, slots=True)
class Reach:
    """File → line → the tests that ran it; and each file's text. All tests are in `tests`."""

    lines: dict[str, dict[int, frozenset[str]]]
    sources: dict[str, str]
    tests: frozenset[str]

    def of(self, file: str, line: int) -> frozenset[str]:
        """The tests that ran the statement at `line`: all of them for what runs as the service is imported."""
        span = _statement(ast.parse(self.sources[file]), line)
        if span is None:
            return self.tests
        ran = self.lines.get(file, {})
        return frozenset().union(*(ran.get(each, frozenset()) for each in span))


class _Contexts:
    """A pytest plugin that tells coverage which test runs."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured = measured
        self.tests: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.tests.add(item.nodeid)
        self.measured.switch_context(item.nodeid)
        done = yield
        self.measured.switch_context("")
        return done


def reach(service: str) -> Reach:
    """Run the unchanged service's suite; wants a process of its own."""
    with tempfile.TemporaryDirectory(prefix="flowtape-reach-") as name:
        root = Path(name) / "copy"
        suite = copy(service, root)
        folder = suite.parents[1]
        measured = coverage.Coverage(data_file=None, source=[str(folder)], config_file=False, messages=False)
        contexts = _Contexts(measured)
        measured.start()
        run(suite, root, plugins=[contexts])
        measured.stop()
        data = measured.get_data()
        lines = {
            path.name: {
                line: frozenset(filter(None, tests)) for line, tests in data.contexts_by_lineno(str(path)).items()
            }
            for path in folder.glob("*.py")
        }
        sources = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    return Reach(lines, sources, frozenset(contexts.tests))


def _statement(tree: ast.Module, line: int) -> range | None:
    """The lines of the innermost statement of a function at `line`, or of its head if it has a body; None outside of functions."""
    found = None
    node: ast.AST = tree
    inside = False
    while True:
        inner = next((each for each in _statements(node) if _begin(each) <= line <= (each.end_lineno or line)), None)
        if inner is None:
            return found if inside else None
        body = getattr(inner, "body", None)
        end = body[0].lineno - 1 if body else inner.end_lineno or line
        found = range(inner.lineno, max(end, inner.lineno) + 1)
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            if line < inner.body[0].lineno:
                return found if inside else None
            inside = True
        node = inner


def _statements(node: ast.AST) -> Iterator[ast.stmt | ast.ExceptHandler]:
    for name in ("body", "orelse", "finalbody", "handlers"):
        yield from getattr(node, name, [])


def _begin(node: ast.stmt | ast.ExceptHandler) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])
