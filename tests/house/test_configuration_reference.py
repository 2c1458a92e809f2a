"""docs/configuration.md names every key there is, with its default, and its examples can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from flowtape.capture import configuration
from flowtape.capture.configuration import (
    Capture,
    Configuration,
    Dependency,
    Rule,
    Sanitise,
    Service,
    Spans,
    Suite,
    load,
)

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "configuration.md").read_text()
SECTIONS: dict[str, type[msgspec.Struct]] = {
    "service": Service,
    "dependencies": Dependency,
    "sanitise": Sanitise,
    "capture": Capture,
    "suite": Suite,
}


def section(name: str) -> str:
    return REFERENCE.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> dict[str, list[str]]:
    """The cells of each row of the tables in `text`, by the key that it explains."""
    found = (line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `"))
    return {cells[0].strip("`"): cells[1:] for cells in found}


@pytest.mark.parametrize("name", SECTIONS)
def test_each_key_is_explained_in_its_section_and_no_other_is(name: str) -> None:
    keys = {field.name for field in msgspec.structs.fields(SECTIONS[name])}
    if name == "sanitise":
        keys |= {field.name for field in msgspec.structs.fields(Rule)}
    if name == "capture":
        keys |= {field.name for field in msgspec.structs.fields(Spans)}
    assert set(rows(section(name))) == keys


def test_each_section_is_there() -> None:
    keys = {field.name for field in msgspec.structs.fields(Configuration)} - {"folder"}
    assert keys == set(SECTIONS)
    structs = {value for value in vars(configuration).values() if isinstance(value, type)}
    known = {Configuration, Rule, Spans, *SECTIONS.values()}
    assert {one for one in structs if issubclass(one, msgspec.Struct) and one.__name__[0] != "_"} - {
        msgspec.Struct
    } == known


def defaults() -> Iterator[tuple[str, str, object]]:
    sections: list[tuple[str, type[msgspec.Struct]]] = [*SECTIONS.items(), ("capture", Spans)]
    for name, struct in sections:
        for field in msgspec.structs.fields(struct):
            if isinstance(field.default, str | int) and field.default != "":
                yield name, field.name, field.default


@pytest.mark.parametrize(("name", "key", "default"), list(defaults()))
def test_each_default_is_the_one_there_is(name: str, key: str, default: object) -> None:
    assert rows(section(name))[key][0] == f"`{default}`"


@pytest.mark.parametrize("page", ["configuration.md", "capture.md"])
def test_each_example_can_be_used(page: str, tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    assert examples
    for example in examples:
        (tmp_path / "flowtape.yaml").write_text(example)
        assert load(tmp_path / "flowtape.yaml").service.name == "shop"


def test_each_command_in_the_guide_is_one() -> None:
    import click

    from flowtape.testgen.cli import main

    named = set(re.findall(r"^flowtape (\w+)", (DOCS / "capture.md").read_text(), re.MULTILINE))
    assert named
    assert named <= set(main.list_commands(click.Context(main)))
