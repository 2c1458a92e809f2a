"""Guesses which application a project is, by reading its files and running none of them."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ASGI: Final = frozenset({"FastAPI", "Starlette", "Quart", "Litestar", "Sanic", "BlackSheep", "get_asgi_application"})
WSGI: Final = frozenset({"Flask", "Bottle", "Pyramid", "get_wsgi_application", "make_wsgi_app"})
PASSED_OVER: Final = frozenset(
    {"node_modules", "site-packages", "tests", "test", "docs", "build", "dist", "migrations"}
)
MAX_FILES: Final = 5000
MAX_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Application:
    """`path` is the folder it is imported from, relative to the project; `target` is module:variable."""

    depth: int
    kind: str
    target: str
    path: str


def find(project: Path) -> list[Application]:
    """The likeliest first: the least deep."""
    return sorted(found for file in _files(project) for found in _applications(project, file))


def _files(project: Path) -> Iterator[Path]:
    left = MAX_FILES
    for folder, folders, names in os.walk(project):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in PASSED_OVER
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            if name.endswith(".py") and name[:-3].isidentifier():
                left -= 1
                if left < 0:
                    return
                yield Path(folder) / name


def _applications(project: Path, file: Path) -> Iterator[Application]:
    try:
        if file.stat().st_size > MAX_BYTES:
            return
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    parts = list(file.relative_to(project).with_suffix("").parts)
    path = parts.pop(0) if len(parts) > 1 and parts[0] == "src" else "."
    module = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
    for name, kind in _assigned(tree):
        yield Application(len(parts), kind, f"{module}:{name}", path)


def _assigned(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The module's variables that are applications, and of which kind."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        kind = _kind(value)
        if kind:
            yield from ((target.id, kind) for target in targets if isinstance(target, ast.Name))


def _kind(value: ast.expr) -> str:
    if not isinstance(value, ast.Call):
        return ""
    called = value.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return "asgi" if name in ASGI else "wsgi" if name in WSGI else ""
