"""`flowtape init`: a flowtape.yaml to start from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import click

from flowtape.capture.configuration import FILE_NAME
from flowtape.testgen.applications import Application, find

TEMPLATE: Final = """\
# flowtape: the service, its dependencies, how to hear them, what to hide. docs/configuration.md is the reference.

service:
  name: {name}
  listen: 127.0.0.1:8000        # where the service takes its requests in production, as the tap sees it
{application}
  # env:                        # its environment at replay; {{db}} is the address that plays the dependency `db`
  #   DATABASE_URL: postgresql://user:password@{{db}}/shop
  #   REDIS_URL: redis://{{cache}}/0
  #   PAYMENTS_URL: "{{payments}}"

# What the service asks to serve a request, by names of your own: protocol and address as in production.
dependencies: {{}}
#   db: {{protocol: postgresql, address: db.internal:5432}}
#   cache: {{protocol: redis, address: redis.internal:6379}}
#   payments: {{protocol: http, address: https://payments.internal}}

sanitise:
  key: FLOWTAPE_KEY             # the environment variable that holds the key: export FLOWTAPE_KEY=$(openssl rand -hex 32)
  # jwt_secret: of replays      # what the service checks its JWTs with at replay, as `service.env` says; never production's
  # secret_key: of replays      # the same of Django's or Flask's SECRET_KEY, Starlette's secret_key: for users who are signed in
  # rules:                      # before the built-in ones; `flowtape audit` shows what they leave
  # - {{kind: email, fields: [contact, "*_mail"]}}
  # - {{kind: keep, headers: [x-tenant]}}

capture:
  recording: recording          # a folder, or any fsspec URL
  interface: any                # where packets are heard
  # inline:                     # in the path instead, where packets cannot be heard: start the service with these addresses
  #   service: 127.0.0.1:9000
  #   db: 127.0.0.1:15432

suite:
  path: tests/flows
"""
NO_APPLICATION: Final = """\
  # One of these three says how replay starts it:
  # asgi: shop.app:app          # FastAPI, Starlette, …: module:callable
  # wsgi: shop.app:app          # Flask, Django, …: module:callable
  # command: [node, server.js]  # any language; {port} is a free port, and `ready` what is asked until it answers"""

EXAMPLES: Final = """\b
Examples:
  flowtape init
  flowtape init services/shop"""


@click.command("init", epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
def command(folder: Path) -> None:
    """Write a commented flowtape.yaml into FOLDER.

    The application is guessed from the project's files (`app = FastAPI()`, `Flask(__name__)`, …), which are read and never run.
    A file that is there already is left as it is.
    """
    path = folder / FILE_NAME
    found = find(folder)
    text = TEMPLATE.format(name=_name(folder), application=_application(found))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise click.ClickException(f"{path} is there already: it is left as it is") from error
    guess = (
        f"with {found[0].kind}: {found[0].target}" if found else "without an application: none was found, name it there"
    )
    click.echo(f"{path} written, {guess}. Name the service's dependencies in it, then try `flowtape doctor`.")


def _name(folder: Path) -> str:
    """The folder's name as a plain YAML word."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.resolve().name).strip("-")
    return json.dumps(name) if re.fullmatch(r"[0-9_.+-]*|y|n|yes|no|on|off|true|false|null", name.lower()) else name


def _application(found: list[Application]) -> str:
    if not found:
        return NO_APPLICATION
    first, *others = found
    lines = [f"  {first.kind}: {first.target}"]
    if first.path != ".":
        lines.append(f"  path: {first.path}                     # the folder it is imported from")
    lines += [f"  # {other.kind}: {other.target}" for other in others[:5]]
    return "\n".join(lines)
