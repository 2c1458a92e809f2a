"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from flowtape.capture.configuration import FILE_NAME

F = TypeVar("F", bound=Callable[..., Any])


def config(function: F) -> F:
    return click.option(
        "--config",
        "-c",
        type=click.Path(path_type=Path, dir_okay=False),
        default=FILE_NAME,
        show_default=True,
        help="The configuration.",
    )(function)


def suite(function: F) -> F:
    """The suite's folder: as given, else that of the flowtape.yaml in the working folder, else None."""
    return click.option(
        "--suite",
        type=click.Path(path_type=Path, file_okay=False),
        callback=lambda _context, _option, given: given or _configured_suite(),
        help="The folder of the suite that was made of it.  [default: what flowtape.yaml says]",
    )(function)


def _configured_suite() -> Path | None:
    if not Path(FILE_NAME).is_file():
        return None
    from flowtape.capture.configuration import ConfigurationError, load

    try:
        configuration = load(Path(FILE_NAME))
    except ConfigurationError:
        return None
    return configuration.folder / configuration.suite.path


def as_json(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for a script.")(
        function
    )
