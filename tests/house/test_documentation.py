"""What the documents name is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from flowtape.testgen.cli import main

HOUSE = Path(__file__).parents[2]
PAGES = [HOUSE / "README.md", *sorted((HOUSE / "docs").glob("*.md")), *sorted(HOUSE.glob("*/README.md"))]
names = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))
TABLE = re.compile(r"^\| file \(`([^`]+)`\) \|.*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


def lines(page: Path) -> Iterator[str]:
    """The lines of shell in a page: those of its blocks of `sh`, and what stands between backticks in its text."""
    text = page.read_text()
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from (line for line in block.splitlines() if line.strip())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """The arguments that `program` is given, wherever a page calls it."""
    for line in lines(page):
        for part in re.split(r"&&|\|\||[|;]", line.split(" #")[0]):
            try:
                words = shlex.split(part)
            except ValueError:
                continue
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                del words[0]
            if words[:1] == [program]:
                yield words[1:]


@names
def test_each_command_of_flowtape_is_one_with_the_options_it_is_given(page: Path) -> None:
    context = click.Context(main)
    for name, *arguments in filter(None, commands(page, "flowtape")):
        if name.startswith("-"):
            continue
        command = main.get_command(context, name)
        assert command is not None, f"flowtape {name}"
        options = {option for parameter in command.params for option in parameter.opts}
        given = {word.partition("=")[0] for word in arguments if word.startswith("-")}
        assert given <= options | {"--help"}, f"flowtape {name}"


@names
def test_each_option_of_pytest_is_the_plugins(page: Path, pytestconfig: pytest.Config) -> None:
    for option in re.findall(r"--flowtape-[a-z-]+", page.read_text()):
        assert hasattr(pytestconfig.option, option[2:].replace("-", "_")), option


@names
def test_each_target_of_make_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (HOUSE / "Makefile").read_text(), re.MULTILINE))
    for arguments in commands(page, "make"):
        assert {word for word in arguments if re.fullmatch(r"[a-z]+", word)} <= targets


@names
def test_each_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def tables() -> dict[str, set[str]]:
    """By folder: the names in the tables of the architecture's files."""
    found = {}
    for table in TABLE.finditer((HOUSE / "docs/architecture.md").read_text()):
        first = [row.split("|")[1] for row in table[0].splitlines()[2:]]
        found[table[1]] = {name.rstrip("/") for cell in first for name in re.findall(r"`([^`]+)`", cell)}
    return found


@pytest.mark.parametrize("root", ["capture", "replay", "testgen"])
def test_the_architecture_names_each_file_and_folder_and_no_other(root: str) -> None:
    folder = f"{root}/flowtape/{root}/"
    there = {
        path.name
        for path in (HOUSE / folder).iterdir()
        if not path.name.startswith(("_", ".")) and path.name != "py.typed"
    }
    assert tables()[folder] == there


def test_a_command_is_found_wherever_it_stands(tmp_path: Path) -> None:
    """What finds nothing would let everything pass."""
    page = tmp_path / "a.md"
    page.write_text(
        "Say `flowtape show X --json`.\n```sh\nKEY=1 flowtape audit recording && flowtape init # now\n```\n"
    )
    assert list(commands(page, "flowtape")) == [["audit", "recording"], ["init"], ["show", "X", "--json"]]
    assert {arguments[0] for page in PAGES for arguments in commands(page, "flowtape") if arguments} >= {
        "init", "doctor", "capture", "generate", "audit", "stats", "show",
    }  # fmt: skip
