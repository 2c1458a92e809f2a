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


def as_json(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for a script.")(
        function
    )
