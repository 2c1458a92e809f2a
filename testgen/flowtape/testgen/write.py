"""Writing a suite: first the changes as values, then the files.

A module that exists is only ever added to: functions that stand in it, with whatever a developer added, stay as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flowtape.replay.flowfile import dump
from flowtape.replay.flowfile.comments import with_comments
from flowtape.testgen.plan import PlannedTest

ENCODING = "utf-8"


class SuiteError(ValueError):
    """The suite's folder cannot be written as it is. The message names the file."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file of the suite and what it shall hold. `path` is relative to the suite's folder."""

    path: str
    text: str


def changes(tests: Iterable[PlannedTest], modules: Mapping[str, str]) -> list[Change]:
    """What has to be written so that `tests` are in the suite; `modules` holds the text of the modules that exist, by file name.

    Raises SuiteError where such a module is not Python.
    """
    decided: list[Change] = []
    texts = dict(modules)
    for test in tests:
        flow, cassette = dump(test.case)
        decided.append(Change(test.flow_file, flow))
        if cassette is not None:
            decided.append(Change(test.flow_file.removesuffix(".yaml") + ".http.yaml", cassette))
        file = f"test_{test.module}.py"
        text = texts.get(file, "")
        if test.function not in functions(file, text):
            texts[file] = _with_test(text, test)
    decided += [Change(file, text) for file, text in sorted(texts.items()) if text != modules.get(file)]
    return decided


def functions(file: str, text: str) -> set[str]:
    """The names of the functions that a module defines. Raises SuiteError if it is not Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise SuiteError(f"{file}: not Python, so no test can be added to it: {error}") from error
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def _with_test(text: str, test: PlannedTest) -> str:
    head = text.rstrip("\n") if text.strip() else f'"""{test.method} {test.path}, as production called it."""'
    return f"{head}\n\n\n{_function(test)}"


def _function(test: PlannedTest) -> str:
    return (
        f"def {test.function}(replay):\n"
        f'    """{test.docstring}"""\n'
        f'    flow = replay("{test.flow_file}")\n'
        "    assert flow.response == flow.recorded.response\n"
        "    assert flow.effects == flow.recorded.effects\n"
    )


def write(decided: Iterable[Change], folder: Path) -> list[Path]:
    """Perform `decided` below `folder`; returns the files that are new or changed. Raises SuiteError, OSError."""
    written = []
    for change in decided:
        path = _inside(folder, change.path)
        was = path.read_text(encoding=ENCODING) if path.is_file() else None
        text = change.text if was is None or path.suffix != ".yaml" else with_comments(was, change.text)
        if text == was:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding=ENCODING)
        written.append(path)
    return written


def _inside(folder: Path, relative: str) -> Path:
    """The path of a suite's file, which no name and no symbolic link leads out of its folder."""
    parts = PurePosixPath(relative)
    path = folder / parts
    if parts.is_absolute() or ".." in parts.parts or not path.resolve().is_relative_to(folder.resolve()):
        raise SuiteError(f"{relative!r} lies outside the suite's folder {folder}")
    return path
