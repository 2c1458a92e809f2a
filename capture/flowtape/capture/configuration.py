"""flowtape.yaml: the service, its dependencies, how to hear them, what to hide. docs/configuration.md is its reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
import yaml

from flowtape.capture.exchange import Address

FILE_NAME = "flowtape.yaml"
DEFAULT_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "redis": 6379}


class ConfigurationError(ValueError):
    """The configuration cannot be used. The message names the file and the key."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Service(_Section, frozen=True):
    """How the service is reached in production, and how replay starts it."""

    name: str
    version: str = ""
    listen: str = "127.0.0.1:8000"
    """Where it takes its requests, host:port, as the tap sees it."""
    asgi: str | None = None
    """module:callable, called in process."""
    wsgi: str | None = None
    """module:callable, called in process."""
    command: list[str] | None = None
    """A program in any language; `{port}` in it and in `env` is a free port."""
    ready: str = "GET /"
    """What the command answers (with any status) once it is up."""
    path: str = "."
    """The folder it is imported from or started in, relative to flowtape.yaml."""
    env: dict[str, str] = {}
    """Environment variables at replay; `{name}` is the address that plays the dependency of that name."""


class Dependency(_Section, frozen=True):
    protocol: Literal["http", "postgresql", "redis", "opaque"]
    address: str
    """host:port, or for http a URL. What production uses."""


class Rule(_Section, frozen=True):
    """What is done with the values at some places. `kind` is a name of docs/sanitising.md's list, or "keep"."""

    kind: str
    fields: list[str] = []
    """Names of JSON fields, form fields and query parameters; `*` stands for anything."""
    headers: list[str] = []
    columns: list[str] = []
    """SQL columns, `column` or `table.column`."""
    keys: list[str] = []
    """Redis keys whose values these are; `*` stands for anything."""
    pattern: str | None = None
    """A regular expression: what it matches in any text."""


class Sanitise(_Section, frozen=True):
    key: str = "FLOWTAPE_KEY"
    """The environment variable that holds the key. Pseudonyms are equal where key and value are."""
    rules: list[Rule] = []
    """Tried in their order, before the built-in ones."""
    exclude: list[str] = []
    """Built-in kinds that are switched off."""
    jwt_secret: str = ""
    """What the service checks its HS256, HS384 and HS512 tokens with at replay: pseudonymous tokens are signed with it.
    Never the one of production."""
    secret_key: str = ""
    """The secret key that the service has at replay, Django's and Flask's SECRET_KEY, Starlette's `secret_key`: pseudonymous
    sessions are signed with it. Never the one of production.
    """


class Spans(_Section, frozen=True):
    """A receiver of the service's own OpenTelemetry spans. There where the section is, even an empty one."""

    http: str = "127.0.0.1:4318"
    """host:port of OTLP by HTTP; "" for none."""
    grpc: str = "127.0.0.1:4317"
    """host:port of OTLP by gRPC; "" for none."""
    forward: str = ""
    """URL of the collector that gets what was received, by OTLP/HTTP."""
    wait_ms: int = 10_000
    """How long after a request its spans are waited for."""


class Capture(_Section, frozen=True):
    recording: str = "recording"
    """A folder or any fsspec URL."""
    threshold: float = 0.999
    """How sure it has to be which calls are a flow's, for the flow to be kept."""
    request_ids: list[str] = []
    """Headers that hold an id of the request's own, which the service hands on, beside the well-known ones."""
    interface: str = "any"
    """Where the packets tap listens."""
    inline: dict[str, str] = {}
    """In the path instead: for `service`, for `forward` (a regular proxy), or for a dependency's name the host:port
    to listen at."""
    quiet_ms: int = 100
    """How long after a response the service may still be working for it, where only timing is known."""
    spans: Spans | None = None
    rotate_bytes: int = 64 * 1024 * 1024
    rotate_seconds: int = 300


class Suite(_Section, frozen=True):
    path: str = "tests/flows"
    per_behaviour: int = 3
    """At most so many flows that behave alike."""
    replays: int = 3
    """How often a candidate is replayed before it is admitted."""


class Configuration(_Section, frozen=True):
    service: Service
    dependencies: dict[str, Dependency] = {}
    sanitise: Sanitise = Sanitise()
    capture: Capture = Capture()
    suite: Suite = Suite()
    folder: Path = Path()
    """Where flowtape.yaml lies: relative paths in it start here. Not a key of the file."""


def load(path: Path) -> Configuration:
    """Read flowtape.yaml. Raises ConfigurationError with the file, and the key or line, that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    try:
        data: Any = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not YAML: {error}") from error
    if isinstance(data, dict) and "folder" in data:
        raise ConfigurationError(f"{path}: unknown key `folder`")
    try:
        found = msgspec.convert(data, Configuration, str_keys=True)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    reserved = {"service", "forward", "port"} & set(found.dependencies)
    if reserved:
        raise ConfigurationError(
            f"{path}: a dependency cannot be named `{min(reserved)}`: the name has another meaning"
        )
    return msgspec.structs.replace(found, folder=path.resolve().parent)


def address(text: str, protocol: str = "") -> Address:
    """Take `host:port`, `[v6]:port` or a URL apart. Raises ConfigurationError."""
    parts = urlsplit(text if "://" in text else f"//{text}")
    try:
        port = parts.port or DEFAULT_PORTS.get(parts.scheme) or DEFAULT_PORTS.get(protocol)
    except ValueError as error:
        raise ConfigurationError(f"`{text}` is not an address: {error}") from error
    if not parts.hostname or port is None:
        raise ConfigurationError(f"`{text}` is not an address: host:port or a URL is wanted")
    return Address(parts.hostname, port)
