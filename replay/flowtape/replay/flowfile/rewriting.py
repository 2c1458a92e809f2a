"""Writing a flow's files anew, over those that are there."""

from __future__ import annotations

import difflib
from pathlib import Path

from flowtape.replay.flowfile.case import Case
from flowtape.replay.flowfile.comments import with_comments
from flowtape.replay.flowfile.file import cassette_path, dump


def rewrite(path: Path, before: Case, after: Case, done: str, *, keep: bool = True) -> str:
    """Write the files of `after` over those of `before`, the comments in them kept; returns what changes, as a unified diff.

    `done` is the word for it in the diff. Without `keep` nothing is written.
    """
    diffs: list[str] = []
    for file, old, new in zip((path, cassette_path(path)), dump(before), dump(after), strict=True):
        if old == new:
            continue
        was = file.read_text(encoding="utf-8") if file.exists() else ""
        text = None if new is None else with_comments(was, new)
        names = f"{file.name} recorded", f"{file.name} {done}"
        diffs += difflib.unified_diff(was.splitlines(), (text or "").splitlines(), *names, lineterm="", n=2)
        if keep:
            _write(file, text)
    return "\n".join(diffs)


def _write(file: Path, text: str | None) -> None:
    """At once: who reads it meanwhile reads the old or the new one."""
    if text is None:
        file.unlink(missing_ok=True)
        return
    beside = file.with_suffix(".next")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)
