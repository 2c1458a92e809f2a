from __future__ import annotations

from pathlib import Path

import click
from click.testing import CliRunner

from flowtape.testgen import options


def test_the_configuration_is_flowtape_yaml_unless_named() -> None:
    @click.command()
    @options.config
    @options.as_json
    def command(*, config: Path, as_json: bool) -> None:
        click.echo(f"{config} {as_json}")

    assert CliRunner().invoke(command, []).output == "flowtape.yaml False\n"
    assert CliRunner().invoke(command, ["-c", "a/b.yaml", "--json"]).output == "a/b.yaml True\n"
