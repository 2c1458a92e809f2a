"""`make demo`: production traffic becomes a suite, which passes with everything gone and fails when the shop is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from samples import servers, stage
from samples.demo.breakages import BREAKAGES, Breakage

FOLDER = stage.ROOT / "build" / "demo"
MIN_REQUESTS, MIN_KINDS = 200, 12
SHOWN_LINES = 24

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run of the suite."""

    passed: int
    failures: dict[str, str]
    """Test → what its failure says."""
    output: str


def main() -> int:
    started = time.monotonic()
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir(parents=True)
    recorded = _record()
    suite = _generate(recorded)
    sound = _replay(recorded, suite)
    caught = [_break(recorded, suite, number, breakage) for number, breakage in enumerate(BREAKAGES, 1)]
    _summary(recorded, sound, caught, time.monotonic() - started)
    return 0 if sound.passed and not sound.failures and all(caught) else 1


def _chapter(number: int, title: str) -> None:
    console.print(Rule(f"[bold]{number}. {title}", align="left"))


def _record() -> stage.Recorded:
    _chapter(1, "Record: a real shop with real servers, and customers at work")
    with console.status("servers, shop, agent, customers …"):
        recorded = stage.record(stage.SHOP, FOLDER)
    console.print(escape(recorded.traffic.rstrip()))
    console.print(f"heard by: [bold]{recorded.tap}[/]")
    *_, requests, _requests, _of, kinds, _kinds = recorded.traffic.split()
    if int(requests) < MIN_REQUESTS or int(kinds) < MIN_KINDS:
        raise stage.StageError(f"{requests} requests of {kinds} kinds are less than was promised")
    return recorded


def _generate(recorded: stage.Recorded) -> Path:
    _chapter(2, "Generate: what replays alike each time becomes a test")
    _flowtape("stats", str(recorded.recording))
    _flowtape("audit", str(recorded.recording))
    _flowtape("generate", "--config", str(recorded.configuration), str(recorded.recording))
    suite = recorded.configuration.parent / "tests" / "flows"
    _flowtape("audit", str(suite))
    example = suite / "test_post_orders.py"
    console.print(f"[dim]{example.relative_to(FOLDER)} begins:")
    console.print("\n".join(escape(line) for line in example.read_text().splitlines()[:SHOWN_LINES]))
    return suite


def _flowtape(*arguments: str) -> None:
    program = Path(sys.executable).with_name("flowtape")
    console.print(f"[bold]$ flowtape {escape(' '.join(arguments).replace(str(FOLDER) + '/', ''))}")
    done = subprocess.run([program, *arguments], cwd=FOLDER, check=False)
    if done.returncode:
        raise stage.StageError(f"flowtape {arguments[0]} ended with {done.returncode}")


def _replay(recorded: stage.Recorded, suite: Path) -> Outcome:
    _chapter(3, "Replay: every server is stopped; pytest runs the suite")
    outcome = _pytest(recorded, suite)
    console.print(escape(outcome.output.splitlines()[-1]))
    for name, message in outcome.failures.items():
        console.print(f"[red]{escape(name)}\n{escape(message)}")
    return outcome


def _pytest(recorded: stage.Recorded, suite: Path) -> Outcome:
    report = FOLDER / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "truncation_limit_lines=0"]
    command += ["-o", "truncation_limit_chars=0", f"--junitxml={report}", str(suite)]
    done = subprocess.run(command, cwd=recorded.root, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise stage.StageError(f"pytest ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    cases = list(ET.parse(report).iter("testcase"))
    failures = {
        str(case.get("name")): (case.findtext("failure") or case.findtext("error") or "").strip()
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }
    return Outcome(len(cases) - len(failures), failures, done.stdout)


def _break(recorded: stage.Recorded, suite: Path, number: int, breakage: Breakage) -> bool:
    _chapter(3 + number, f"Break: {breakage.title}")
    sound = breakage.apply(recorded.root)
    try:
        outcome = _pytest(recorded, suite)
    finally:
        breakage.mend(recorded.root, sound)
    right = [name for name in outcome.failures if name.startswith(breakage.caught_by)]
    console.print(f"{len(outcome.failures)} failed, {outcome.passed} passed: {escape(', '.join(outcome.failures))}")
    for name in right[:1]:
        told = _told(outcome.failures[name])
        console.print("\n".join(f"    {escape(line)}" for line in told[:SHOWN_LINES]))
    caught = bool(right) and len(right) == len(outcome.failures)
    console.print("[green]caught" if caught else "[red]not caught as it should be")
    return caught


def _told(failure: str) -> list[str]:
    """What a failure says, without the lines of the test around it."""
    lines = failure.splitlines()
    return [line.removeprefix("E").removeprefix("       ") for line in lines if line.startswith("E ")] or lines


def _summary(recorded: stage.Recorded, sound: Outcome, caught: list[bool], seconds: float) -> None:
    _chapter(4 + len(BREAKAGES), "Summary")
    console.print(f"look at it: {FOLDER.relative_to(stage.ROOT)}/samples/shop/tests/flows")
    flows = recorded.summary["flows"]
    left_out = flows["ambiguous"] + flows["incomplete"]
    console.print(f"flows: {flows['heard']} heard, {flows['kept']} kept, {left_out} left out (in doubt or not whole)")
    console.print(f"tests: {sound.passed} passed, {len(sound.failures)} failed")
    console.print(f"breakages: {sum(caught)} caught of {len(caught)}, in {seconds:.0f} s altogether")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (stage.StageError, servers.ServerError) as error:
        console.print(f"[red]{escape(str(error))}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
