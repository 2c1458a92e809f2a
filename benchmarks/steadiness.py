"""Do the samples' committed suites pass every time, whatever the machine is like?

Each turn runs both suites in an order of its own, in four processes, while other processes keep all cores busy, in another time zone,
with another locale and hash seed, and without a network where this user may take it away. `steadiness.failures` counts the tests that
fail in any turn, and the turns that do not run to their end.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.figure import Figure
from benchmarks.regressions.patch import HOUSE, copy

TURNS = 50
PROCESSES = 4
LIMIT_SECONDS = 600
SERVICES = ("shop", "ledger")
ZONES = ("UTC", "America/St_Johns", "Asia/Kathmandu", "Pacific/Kiritimati", "Europe/Lisbon", "Pacific/Marquesas", "")
NO_NETWORK = ("unshare", "--net", "--map-root-user", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def run() -> Iterator[Figure]:
    failures = 0
    before = without_network()
    locales = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split() or ["C"]
    with tempfile.TemporaryDirectory(prefix="flowtape-steady-") as name, busy():
        suites = {service: copy(service, Path(name) / service) for service in SERVICES}
        for turn in range(TURNS):
            environment = surroundings(turn, locales)
            for service, suite in suites.items():
                failed = failing(suite, Path(name) / service, environment, before)
                failures += len(failed)
                for each in failed:
                    print(f"turn {turn}, {service}, {environment}: {each}", file=sys.stderr)
            print(f"turn {turn + 1} of {TURNS}: {failures} failures so far", file=sys.stderr)
    yield Figure("steadiness.failures", failures, f"in {TURNS} runs of both suites", "lower")


def surroundings(turn: int, locales: Sequence[str]) -> dict[str, str]:
    """What is another in each turn; the same in the same turn of another run."""
    chance = random.Random(turn)
    return {
        "TZ": ZONES[turn % len(ZONES)],
        "LC_ALL": locales[turn % len(locales)],
        "PYTHONHASHSEED": str(chance.randrange(2**32)),
        "STEADINESS_ORDER": str(turn),
    }


def failing(suite: Path, root: Path, environment: dict[str, str], before: Sequence[str]) -> list[str]:
    """The names of the tests that failed, or what pytest said where it did not run to its end."""
    report = root / "report.xml"
    report.unlink(missing_ok=True)
    command = [*before, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "xdist.plugin"]
    command += [
        "-p",
        "flowtape.replay.plugin",
        "-p",
        "benchmarks.shuffled",
        f"-n{PROCESSES}",
        f"--junitxml={report}",
        str(suite),
    ]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    inherited |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(
        command,
        cwd=root,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if done.returncode not in (0, 1) or not report.exists():
        return [f"pytest ended with {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}"]
    cases = list(ET.parse(report).iter("testcase"))
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    if len(cases) < count(suite):
        return [f"only {len(cases)} tests ran of {count(suite)}"]
    return [f"{case.get('name')}: {_words(case)}" for case in failed]


def count(suite: Path) -> int:
    return sum(path.read_text(encoding="utf-8").count("\ndef test_") for path in suite.glob("test_*.py"))


def _words(case: ET.Element) -> str:
    found = case.find("failure")
    found = case.find("error") if found is None else found
    return (found.text or found.get("message") or "")[:600] if found is not None else ""


def without_network() -> tuple[str, ...]:
    """The words before a command that take its network away, but for a loopback of its own; none where that may not be done."""
    probe = subprocess.run([*NO_NETWORK, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        print(f"with the network: this user may not take it away: {probe.stderr.strip()}", file=sys.stderr)
        return ()
    return NO_NETWORK


@contextmanager
def busy() -> Iterator[None]:
    """As many processes as there are cores, that do nothing but keep them busy."""
    with ExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            child = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(child.kill)
        yield
