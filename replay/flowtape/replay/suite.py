"""Replaying the flows of a suite: finds what belongs to a test, plays it, and says what came of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from flowtape.capture.configuration import FILE_NAME, Configuration, ConfigurationError
from flowtape.capture.configuration import load as load_configuration
from flowtape.replay import digests, randomness
from flowtape.replay.accept import NotAcceptableError, accepted
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.difference import differences
from flowtape.replay.effects import differences as effect_differences
from flowtape.replay.flowfile import FlowFileError, Session, load, load_session
from flowtape.replay.observation import observation
from flowtape.replay.replayed import Recorded, Replayed, Response, explain
from flowtape.replay.reporting.entry import Entry, file_of
from flowtape.replay.settle import settle
from flowtape.replay.stage import Run, Stage
from flowtape.replay.verdict import Verdict, advice, judge, report

SESSION_FILE = "session.yaml"


@dataclass(frozen=True, slots=True)
class Options:
    accept: bool = False
    observe: Path | None = None
    configuration: Path | None = None
    clock_offset: int = 0
    """Nanoseconds."""
    random_seed: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One replay. `failure` is what the test fails with at once, "" where the test goes on with `replayed`."""

    told: Entry
    replayed: Replayed | None = None
    failure: str = ""


@dataclass(slots=True)
class Replaying:
    """Keeps one stage for each flowtape.yaml, and the session file of each suite, for as long as pytest runs."""

    options: Options = Options()
    current: str = ""
    """What to do about a difference in the flow replayed last."""
    _stages: dict[Path, Stage] = field(default_factory=dict)
    _staged: dict[Path, Stage] = field(default_factory=dict)
    """The stage of each test module."""
    _sessions: dict[Path, Session] = field(default_factory=dict)

    def replay(self, module: Path, name: str, node: str) -> Done:
        """Replay the flow file `name` of the test module at `module`."""
        command = f"pytest {_quoted(node)}"
        try:
            path = inside(module.parent, name)
            case = load(path)
            stage = self._stage(module)
            learning = self.options.accept or self.options.observe is not None
            if self.options.random_seed is not None:
                randomness.seed(self.options.random_seed)
            run = stage.play(
                case, self._session(module.parent), learning=learning, clock_offset=self.options.clock_offset
            )
        except (FlowFileError, ConfigurationError, BrokenError) as error:
            # As pytest names files: from where it was started.
            return self._broken(str(error).replace(f"{Path.cwd()}{os.sep}", ""), name, node, command)
        return self._judged(run, path, name, node, command)

    def _judged(self, run: Run, path: Path, name: str, node: str, command: str) -> Done:
        tape, observed = run.tape, run.outcome.response
        expected = settle(run.case.response, observed, tape.variables, run.case.unordered)
        recorded_effects, effects = tape.recorded_effects(), tape.effects()
        lines, more = differences(expected, observed), digests.differences(tape, observed)
        verdict = judge(lines, recorded_effects, effects, tape, run.refused, more=more)
        recorded = Recorded(Response(expected), recorded_effects)
        replayed = Replayed(Response(observed), effects, recorded, verdict, run.outcome.error)
        told = entry_of(node, name, verdict, advice(verdict, command))
        if self.options.observe is not None:
            self._write_observation(observation(run, name, verdict), node)
            return Done(told, _as_expected(replayed))
        if verdict.kind != "passed":
            told["response"] = differences(expected, observed)
            told["effects"] = _lines(effect_differences(recorded_effects, effects))
            told["error"] = "\n".join(_without_misses(run))
        if self.options.accept:
            return self._accept(run, path, replayed, told)
        self.current = "\n".join([*_said(run), advice(verdict, command)])
        if verdict.kind == "drift" or (verdict.kind == "regression" and (tape.misses or verdict.untold)):
            return Done(told, replayed, report(verdict, name, command, extra=_said(run)))
        return Done(told, replayed)

    def _broken(self, reason: str, name: str, node: str, command: str) -> Done:
        verdict = Verdict("broken", tuple(reason.splitlines()))
        if self.options.observe is not None:
            self._write_observation({"flow": name, "verdict": "broken", "lines": list(verdict.lines)}, node)
        return Done(entry_of(node, name, verdict, advice(verdict, command)), None, report(verdict, name, command))

    # -- what belongs to a test

    def _stage(self, module: Path) -> Stage:
        found = self._staged.get(module)
        if found is None:
            path = self.configuration_path(module)
            if path not in self._stages:
                self._stages[path] = Stage(load_configuration(path))
            found = self._staged[module] = self._stages[path]
        return found

    def configuration_path(self, module: Path) -> Path:
        """The nearest flowtape.yaml upward from a test module. Raises ConfigurationError."""
        if self.options.configuration is not None:
            return self.options.configuration.resolve()
        for folder in module.resolve().parents:
            if (folder / FILE_NAME).is_file():
                return folder / FILE_NAME
        raise ConfigurationError(
            f"no {FILE_NAME} in the folder of {module} or above it: write one with `flowtape init`"
        )

    def _session(self, folder: Path) -> Session:
        if folder not in self._sessions:
            path = folder / SESSION_FILE
            self._sessions[folder] = load_session(path) if path.exists() else Session()
        return self._sessions[folder]

    # -- what comes of it

    def _accept(self, run: Run, path: Path, replayed: Replayed, told: Entry) -> Done:
        if told["verdict"] == "passed" and not any(seen.learned for seen in run.tape.observed):
            return Done(told, replayed)
        try:
            if run.refused:
                raise NotAcceptableError("\n".join(run.refused))
            case = accepted(run.case, run.tape, run.outcome.response)
        except NotAcceptableError as error:
            told["next"] = f"{path.name} cannot be accepted: {str(error).splitlines()[0]}"
            return Done(told, replayed, f"{path.name} cannot be accepted: {error}")
        from flowtape.replay.flowfile.rewriting import rewrite  # which few runs need

        told["accepted"] = rewrite(path, run.case, case, "accepted")
        return Done(told, _as_expected(replayed))

    def _write_observation(self, data: dict[str, object], node: str) -> None:
        assert self.options.observe is not None
        self.options.observe.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(node.encode()).hexdigest()[:24]
        text = json.dumps({"test": node, **data}, indent=1)
        (self.options.observe / f"{name}.json").write_text(text, encoding="utf-8")

    def explain(self, left: object, right: object, *, brief: bool) -> list[str] | None:
        return explain(left, right, self.current, brief=brief)

    def header(self, module: Path) -> list[str]:
        """A line that says what is replayed, and against what."""
        try:
            configuration = load_configuration(self.configuration_path(module))
        except ConfigurationError as error:
            return [f"flowtape: {error}"]
        return [f"flowtape: {describe(configuration)}"]

    def stop(self) -> None:
        for stage in self._stages.values():
            stage.stop()


def inside(folder: Path, name: str) -> Path:
    """The flow file `name` in the suite's folder. Raises FlowFileError for a name that leads out of it."""
    asked = folder / name
    path = _real(asked.parent) / asked.name
    if asked.name == ".." or path.is_symlink():
        path = path.resolve()
    if not str(path).startswith(f"{_real(folder)}{os.sep}"):
        raise FlowFileError(
            f"{name!r} leads out of the suite's folder {folder}: a flow file lies beside its test module"
        )
    return path


@lru_cache(maxsize=1024)
def _real(folder: Path) -> Path:
    return folder.resolve()


def describe(configuration: Configuration) -> str:
    service = configuration.service
    how = f"asgi {service.asgi}" if service.asgi else f"wsgi {service.wsgi}" if service.wsgi else "as a command"
    places = []
    for name, each in configuration.dependencies.items():
        caught = each.protocol == "http" and service.command is None
        places.append(f"{name} ({'vcrpy' if caught else each.protocol + ' on loopback'})")
    return f"{service.name} ({how}), dependencies: {', '.join(places) or 'none'}"


def _as_expected(replayed: Replayed) -> Replayed:
    """As if what was observed had been recorded: nothing that the test compares fails."""
    recorded = Recorded(replayed.response, replayed.effects)
    return Replayed(replayed.response, replayed.effects, recorded, replayed.verdict, replayed.error)


def entry_of(test: str, flow: str, verdict: Verdict, advice: str) -> Entry:
    return {
        "test": test,
        "flow": flow,
        "file": file_of(test, flow),
        "outcome": "",
        "verdict": verdict.kind,
        "lines": _lines(verdict.lines),
        "notes": list(verdict.notes),
        "response": [],
        "effects": [],
        "error": "",
        "next": advice,
        "accepted": "",
    }


def _lines(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in text.splitlines()]


def _said(run: Run) -> list[str]:
    """What the application said while it ran, if it went wrong."""
    lines: list[str] = []
    if run.outcome.error:
        lines += ["The application raised:", *(f"  {line}" for line in _without_misses(run))]
    if run.outcome.output and run.outcome.response.status >= 500:
        lines += ["The application's output:", *(f"  {line}" for line in run.outcome.output.splitlines()[-12:])]
    return lines


def _without_misses(run: Run) -> list[str]:
    """The traceback; its message only as far as it does not say once more what was missed."""
    said = {line.strip() for miss in run.tape.misses for line in miss.note.splitlines()[1:]}
    error = re.sub(r"(what the record does not hold):.*", r"\1 (above)", run.outcome.error)
    lines = [line for line in error.splitlines() if line.strip() not in said and not line.startswith("DETAIL:")]
    return [line for line in lines if not line.startswith("Traceback ")][-12:]


def _quoted(node: str) -> str:
    return (
        node
        if os.path.normpath(node) and not set(node) & set(" '\"$&|;<>()*?[]")
        else "'" + node.replace("'", "'\\''") + "'"
    )
