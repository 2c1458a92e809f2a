"""A change to a sample service, as a colleague might make it: small texts replaced by others."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns("__pycache__", "recording")


class PatchError(ValueError):
    """A patch that does not fit the service: never to be taken for one that was caught."""


@dataclass(frozen=True, slots=True)
class Edit:
    """`old` stands exactly once in `file`, below the service's folder, and becomes `new`. An empty `old` makes the file anew."""

    file: str
    old: str
    new: str

    def apply(self, service: Path) -> None:
        """Raises PatchError."""
        path = service / self.file
        if not self.old:
            path.write_text(self.new, encoding="utf-8")
            return
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise PatchError(f"{self.file} holds {text.count(self.old)} times, not once: {self.old}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Patch:
    """`kind` is what sort of change it is, `name` which one of them."""

    service: str
    kind: str
    name: str
    edits: tuple[Edit, ...]

    @property
    def title(self) -> str:
        return f"{self.service}: {self.kind}: {self.name}"

    def apply(self, root: Path) -> None:
        """Change the copy of the service below `root`. Raises PatchError."""
        for edit in self.edits:
            try:
                edit.apply(root / "samples" / self.service)
            except PatchError as error:
                raise PatchError(f"{self.title}: {error}") from None


def copy(service: str, root: Path) -> Path:
    """Copy a sample service, its suite included, below `root`. Gives back the suite's folder."""
    samples = root / "samples"
    samples.mkdir(parents=True)
    (samples / "__init__.py").write_text("")
    shutil.copytree(HOUSE / "samples" / service, samples / service, ignore=NOT_COPIED)
    (root / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    return samples / service / "tests" / "flows"


def one(service: str, kind: str, name: str, file: str, old: str, new: str) -> Patch:  # noqa: PLR0917 - a table's row
    """A patch of one edit."""
    return Patch(service, kind, name, (Edit(file, old, new),))
