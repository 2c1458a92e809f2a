"""The `flowtape` command. Commands are imported when they are run: `flowtape --help` stays quick.

Exit codes: 0 all is well; 1 a check found something; 2 the command or its configuration cannot be used; 70 a defect of flowtape;
130 interrupted before there was anything to keep.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

import click

from flowtape.replay.printable import printable

FOUND: Final = 1
UNUSABLE: Final = 2
DEFECT: Final = 70
INTERRUPTED: Final = 130
ORDER: Final = ("init", "doctor", "capture", "stats", "show", "explain", "audit", "generate", "rerecord")
MAX_ERROR: Final = 2000

EPILOG = """\b
Exit codes:
  0    all is well
  1    the check found something (audit, doctor), or a part could not be kept
  2    the command or its configuration cannot be used
  70   a defect of flowtape itself
  130  interrupted before there was anything to keep

\b
Examples:
  flowtape init && $EDITOR flowtape.yaml
  flowtape doctor
  flowtape capture --duration 600
  flowtape generate recording"""


class Program(click.Group):
    """Finds its commands in the package `commands`, and tells every error in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from flowtape.testgen import commands

        found = {module.name for module in pkgutil.iter_modules(commands.__path__) if not module.ispkg}
        return sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"flowtape.testgen.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def main(self, args: Sequence[str] | None = None, *rest: Any, **named: Any) -> Any:
        """Run, and end the process with an exit code of the table above."""
        named["standalone_mode"] = False
        sys.exit(_run(lambda: super(Program, self).main(args, *rest, **named)))


def _run(command: Any) -> int:
    try:
        code = command()
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _tell("interrupted", INTERRUPTED)
    except click.ClickException as error:
        return _tell(error.format_message(), UNUSABLE)
    except SystemExit:
        # Only click raises it here: who read our output has read enough.
        return 0
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) or _is_ours(error):
            return _tell(str(error) or type(error).__name__, UNUSABLE)
        return _defect(error)
    except Exception as error:  # a traceback helps only who asked for it
        return _defect(error)
    return code if isinstance(code, int) else 0


def _is_ours(error: ValueError) -> bool:
    """An error that flowtape raises to tell what is wrong with what it was given."""
    return type(error).__module__.startswith("flowtape.")


def _defect(error: Exception) -> int:
    if os.environ.get("FLOWTAPE_TRACEBACK"):
        raise error
    advice = "a defect of flowtape: FLOWTAPE_TRACEBACK=1 shows where"
    return _tell(f"{type(error).__name__}: {error} ({advice})", DEFECT)


def _tell(message: str, code: int) -> int:
    click.echo(f"flowtape: error: {printable(message, MAX_ERROR)}", err=True)
    return code


@click.group(cls=Program, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("flowtape"), prog_name="flowtape")
def main() -> None:
    """Turn production traffic into a pytest suite that replays it, with every dependency mocked from the record."""
