"""Why a flow is not steady: the likely cause, and the change that would admit it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """`name` is what quarantine.yaml and `flowtape stats` call it, `change` what would admit such flows."""

    name: str
    change: str


RANDOMNESS = Cause(
    "unseeded randomness",
    "have the service draw the value from a generator that a setting seeds, or write it as a UUID or a token of fixed length",
)
TIME_ZONE = Cause(
    "local time zone",
    "have the service write its times with their zone, or set TZ under `service.env` in flowtape.yaml",
)
OTHER_CLOCK = Cause(
    "clock read outside the frozen one",
    "have the service take the time from its own process's clock: neither from a server, nor in a program that is linked statically",
)
MISSING_CALL = Cause(
    "missing call",
    "capture again with every dependency declared under `dependencies:`; if the cache was warm in production, capture from its start",
)
NOT_ITS_OWN = Cause(
    "call of another flow",
    "give the correlator what is certain: let the service pass trace context on, or send its OpenTelemetry spans to the agent",
)
UNDECLARED = Cause(
    "undeclared dependency",
    "declare what the service connects to under `dependencies:` in flowtape.yaml, and capture again",
)
ORDER = Cause(
    "ambiguous order", "have the service sort what it gives back, or ask its dependencies one after the other"
)
REFUSED = Cause(
    "another outcome at replay",
    "look at the flow's response: give replay the secrets, settings and files that production has (`service.env`), and for users who "
    "are signed in the secrets of replay to the capture (`sanitise.jwt_secret`, `sanitise.secret_key`)",
)
STATE = Cause(
    "state between requests",
    "have the service keep nothing in memory from one request to the next, or reset it in a fixture of the suite's conftest.py",
)
BROKEN = Cause(
    "the application did not start", "start it with `flowtape doctor` until that is quiet, then generate again"
)
UNWRITABLE = Cause("no flow file can hold it", "report it, with the flow's reason: it is a limit of flowtape's own")
UNKNOWN = Cause("unknown", "read the flow's reason in quarantine.yaml")

CAUSES = {
    cause.name: cause
    for cause in (RANDOMNESS, TIME_ZONE, OTHER_CLOCK, MISSING_CALL, NOT_ITS_OWN, UNDECLARED, ORDER, REFUSED, STATE, BROKEN, UNWRITABLE, UNKNOWN)
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a flow is not admitted. `path` is the place that differs, "" where it is none; `detail` what was seen there."""

    cause: Cause
    path: str = ""
    detail: str = ""

    def __str__(self) -> str:
        return self.detail if not self.path or self.path in self.detail else f"{self.path}: {self.detail}"
