"""A flow: one inbound exchange, the *entry*, and the outbound exchanges, the *calls*, that it caused."""

from __future__ import annotations

from dataclasses import dataclass

from flowtape.capture.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a call belongs to a flow. `confidence` is a probability, 0 to 1."""

    kind: str
    detail: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Call:
    """`runner_up` says in words which other flow came nearest to owning it, "" where none came into question."""

    exchange: Exchange
    evidence: tuple[Evidence, ...] = ()
    runner_up: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """`calls` are in the order in which they started. `problem` says why the flow may not be generated from; "" if it may."""

    id: str
    service: str
    version: str
    entry: Exchange
    calls: tuple[Call, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """An exchange that belongs to no flow: a connection's set-up ("session"), or work of no request ("background")."""

    exchange: Exchange
    reason: str
