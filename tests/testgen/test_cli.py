from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from flowtape.testgen import cli
from flowtape.testgen.cli import main

Run = Callable[..., Result]
COMMANDS = ["init", "doctor", "capture", "stats", "show", "audit"]


def test_help_names_every_command_and_exit_code(run: Run) -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    assert all(command in shown.stdout for command in COMMANDS)
    assert all(f"  {code} " in shown.stdout for code in (0, 1, 2, 70, 130))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_examples(run: Run, command: str) -> None:
    shown = run(command, "--help")
    assert shown.exit_code == 0
    assert f"Examples:\n    flowtape {command}" in shown.stdout


def test_version(run: Run) -> None:
    assert run("--version").stdout.startswith("flowtape, version 0.")


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["moon"], "No such command 'moon'"),
        (["stats"], "Missing argument 'RECORDING'"),
        (["capture", "--duration", "soon"], "not a valid float"),
        (["capture", "--config", "/nowhere/flowtape.yaml"], "/nowhere/flowtape.yaml: cannot be read"),
        (["stats", "/nowhere"], "/nowhere: there is no recording here"),
        (["../../evil"], "No such command"),
    ],
)
def test_an_error_is_one_line_and_code_2(run: Run, arguments: list[str], about: str) -> None:
    shown = run(*arguments)
    assert shown.exit_code == 2
    assert shown.stderr.startswith("flowtape: error: ")
    assert shown.stderr.count("\n") == 1
    assert about in shown.stderr
    assert shown.stdout == ""


def failing(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return click.Command("fail", callback=fail)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (RuntimeError("a\x1b[2Jb\nc"), 70),
        (ValueError("not ours"), 70),
        (PermissionError(13, "Permission denied", "/x"), 2),
    ],
)
def test_whatever_is_raised_is_told_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    monkeypatch.setattr(cli.Program, "get_command", lambda *_: failing(error))
    shown = run("fail")
    assert shown.exit_code == code
    assert shown.stderr.lstrip("\n").startswith("flowtape: error: ")
    assert shown.stderr.strip().count("\n") == 0
    assert "\x1b" not in shown.stderr
    assert "Traceback" not in shown.output


def test_a_defect_shows_where_to_who_asks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.Program, "get_command", lambda *_: failing(RuntimeError("here")))
    monkeypatch.setenv("FLOWTAPE_TRACEBACK", "1")
    assert isinstance(run("fail").exception, RuntimeError)


def test_every_command_s_module_is_its_name() -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        module: Any = importlib.import_module(f"flowtape.testgen.commands.{name}")
        assert module.command.name == name


def test_the_console_command_is_installed() -> None:
    program = Path(sys.executable).with_name("flowtape")
    done = subprocess.run([program, "stats", "/nowhere"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (2, "flowtape: error: /nowhere: there is no recording here\n")


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from flowtape.testgen.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'rich', 'sqlglot', 'vcr', 'pytest', 'scapy', 'mitmproxy', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_has_read_enough_is_no_error(recording: Path) -> None:
    program = Path(sys.executable).with_name("flowtape")
    child = subprocess.Popen([program, "show", recording], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == b""
    assert child.wait(60) == 0
