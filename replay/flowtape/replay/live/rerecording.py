"""What `pytest --flowtape-rerecord` does: each flow is played against live dependencies, and a recording is made of it.

Raw data stays in memory: a flow is sanitised, by the same sanitiser and key as a capture, before it is written.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from flowtape.capture.configuration import Configuration, ConfigurationError
from flowtape.capture.configuration import load as load_configuration
from flowtape.capture.exchange import Address, Connection, Exchange
from flowtape.capture.flow import Call, Evidence, Flow, Outside
from flowtape.capture.recording import Record, RecordingWriter
from flowtape.capture.sanitise.policy import Policy, key_from_environment
from flowtape.capture.sanitise.sanitiser import Sanitiser
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.effects import Effects
from flowtape.replay.flowfile import Case, FlowFileError, load
from flowtape.replay.live.addresses import VARIABLE
from flowtape.replay.live.addresses import load as load_live
from flowtape.replay.live.stage import LiveStage, Played
from flowtape.replay.replayed import Recorded, Replayed, Response
from flowtape.replay.suite import Done, Options, Replaying, entry_of, inside
from flowtape.replay.verdict import Verdict

RECORDING = "recording"
ALONE = Evidence("alone", "rerecorded: nothing else was asked at the time", 1.0)
_HERE = Address("127.0.0.1", 0)


class Rerecording(Replaying):
    """Writes into `folder` a recording of the flows and, for each of them, JSON that says which flow file it is of: `path`, the
    `suite`'s folder, `flow` (its id in the recording), and `problem` (why there is none, else "").
    """

    def __init__(self, folder: Path, options: Options) -> None:
        super().__init__(options)
        self._folder = folder
        self._live = load_live(os.environ[VARIABLE])
        self._live_stages: dict[Path, LiveStage] = {}
        self._sanitiser: Sanitiser | None = None
        self._writer: RecordingWriter | None = None

    def replay(self, module: Path, name: str, node: str) -> Done:
        path, id_, problem = module.parent / name, hashlib.sha256(f"{node} {name}".encode()).hexdigest()[:16], ""
        try:
            path = inside(module.parent, name)
            case = load(path)
            stage = self._stage_of(module)
            played = stage.perform(case)
            problem = self._record(id_, case, played, stage.configuration)
        except (FlowFileError, ConfigurationError, BrokenError) as error:
            problem = str(error)
        self._tell({"suite": str(module.parent), "path": str(path), "flow": "" if problem else id_, "problem": problem})
        if problem:
            return self._broken(problem, name, node, "")
        response = Response(played.outcome.response)
        verdict = Verdict("passed")
        replayed = Replayed(response, Effects([]), Recorded(response, Effects([])), verdict)
        return Done(entry_of(node, name, verdict, ""), replayed)

    def _stage_of(self, module: Path) -> LiveStage:
        path = self.configuration_path(module)
        if path not in self._live_stages:
            self._live_stages[path] = LiveStage(load_configuration(path), self._live)
        return self._live_stages[path]

    def _record(self, id_: str, case: Case, played: Played, configuration: Configuration) -> str:
        """Write what was heard; returns why it cannot be used, or ""."""
        service = configuration.service
        entry, calls, outside = _heard(id_, case, played)
        flow = Flow(id_, service.name, service.version, entry, calls)
        if problem := _problem(flow.calls, played):
            return problem
        if self._sanitiser is None:
            sanitise = configuration.sanitise
            self._sanitiser = Sanitiser(Policy(sanitise), key_from_environment(sanitise.key))
        clean = self._sanitiser.flow(flow, sent=True)
        if clean.problem:
            return clean.problem
        writer = self._writer = self._writer or RecordingWriter(str(self._folder / RECORDING), service.name)
        records: list[Record] = [clean, *map(self._sanitiser.outside, outside)]
        for record in records:
            if not writer.write(record):
                return f"it could not be written: {writer.stopped}"
        return ""

    def _tell(self, data: dict[str, str]) -> None:
        name = hashlib.sha256(f"{data['suite']} {data['path']}".encode()).hexdigest()[:24]
        (self._folder / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")

    def stop(self) -> None:
        super().stop()
        for stage in self._live_stages.values():
            stage.stop()
        if self._writer is not None:
            self._writer.close()


def _heard(id_: str, case: Case, played: Played) -> tuple[Exchange, tuple[Call, ...], list[Outside]]:
    """The flow's entry and calls, and what belongs to its connections."""
    entry = Exchange(
        Connection(f"entry-{id_}", _HERE, _HERE),
        "http1",
        case.request,
        played.outcome.response,
        played.started,
        played.started,
        played.ended,
        played.ended,
    )
    calls = tuple(Call(exchange, (ALONE,)) for exchange in played.exchanges if not exchange.session)
    outside = [Outside(exchange, "session") for exchange in played.exchanges if exchange.session]
    return entry, calls, outside


def _problem(calls: Sequence[Call], played: Played) -> str:
    if played.refused:
        return played.refused[0]
    for call in calls:
        exchange = call.exchange
        if exchange.incomplete or exchange.answer is None:
            return (
                f"a call to {exchange.connection.dependency} was not heard whole: {exchange.incomplete or 'no answer'}"
            )
    return ""
