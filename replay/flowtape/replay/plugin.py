"""The pytest plugin: the `replay` fixture. Loaded in every pytest run, so it imports nothing until a test wants it."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flowtape.replay.replayed import Replayed
    from flowtape.replay.reporting.entry import Entry
    from flowtape.replay.suite import Options, Replaying

TOLD = pytest.StashKey[list["Entry"]]()
REPLAYING = pytest.StashKey["Replaying"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("flowtape", "replay of recorded flows")
    group.addoption(
        "--flowtape-accept",
        action="store_true",
        help="rewrite the recorded response and effects of each flow with what the service does now",
    )
    group.addoption(
        "--flowtape-config", metavar="FILE", help="the flowtape.yaml to use; else searched upward from each test"
    )
    group.addoption(
        "--flowtape-observe",
        metavar="DIR",
        help="only observe: no flow fails, and what each came to is written to this folder as JSON",
    )
    group.addoption(
        "--flowtape-rerecord",
        metavar="DIR",
        help="play each flow against live dependencies and write what is said to this folder (flowtape rerecord uses it)",
    )
    group.addoption(
        "--flowtape-clock-offset",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="move each flow's clock by so much (what varies with it is no constant)",
    )
    group.addoption(
        "--flowtape-random-seed",
        metavar="NUMBER",
        type=int,
        help="seed the random generators of Python and numpy before each flow",
    )
    group.addoption(
        "--flowtape-json", metavar="FILE", help="write each flow's verdict and differences to this file as JSON"
    )
    group.addoption(
        "--flowtape-summary",
        metavar="FILE",
        help="write a summary in Markdown, for a CI's page: --flowtape-summary=$GITHUB_STEP_SUMMARY",
    )


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # a worker of pytest-xdist: its controller reports
    from flowtape.replay.reporting.collected import Collected, checked

    files = {
        name: checked(name, config.getoption(name), config.invocation_params.dir)
        for name in ("--flowtape-json", "--flowtape-summary")
    }
    quiet = any(config.getoption(name) is not None for name in ("--flowtape-observe", "--flowtape-rerecord"))
    collected = Collected(files["--flowtape-json"], files["--flowtape-summary"], quiet=quiet)
    config.pluginmanager.register(collected, "flowtape-reporting")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """The flow files beside a test module hold no tests: pytest looks at each file of other folders several times."""
    if not collection_path.is_dir() or not collection_path.with_name(f"test_{collection_path.name}.py").is_file():
        return None
    return all(each.suffix == ".yaml" for each in collection_path.iterdir()) or None


def _replaying(config: pytest.Config) -> Replaying:
    """What replays, made when it is first asked for."""
    found = config.stash.get(REPLAYING, None)
    if found is None:
        from flowtape.replay.suite import Options, Replaying

        observe = config.getoption("--flowtape-observe")
        given = config.getoption("--flowtape-config")
        options = Options(
            accept=config.getoption("--flowtape-accept"),
            observe=Path(observe) if observe else None,
            configuration=Path(given) if given else None,
            clock_offset=round(config.getoption("--flowtape-clock-offset") * 1_000_000_000),
            random_seed=config.getoption("--flowtape-random-seed"),
        )
        rerecord = config.getoption("--flowtape-rerecord")
        found = config.stash[REPLAYING] = _rerecording(rerecord, options) if rerecord else Replaying(options)
    return found


def _rerecording(folder: str, options: Options) -> Replaying:
    from flowtape.replay.live.rerecording import Rerecording

    return Rerecording(Path(folder), options)


@pytest.fixture
def replay(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Replayed]]:
    """A function that plays a flow file, whose path is relative to the test's module, and gives back what came of it.

    flow = replay("post_orders/paid_by_card.yaml")

    Then compare `flow.response == flow.recorded.response` and `flow.effects == flow.recorded.effects`.
    """
    replaying = _replaying(request.config)

    def play(path: str) -> Replayed:
        __tracebackhide__ = True
        done = replaying.replay(request.path, path, request.node.nodeid)
        request.node.stash.setdefault(TOLD, []).append(done.told)
        request.node.user_properties += _properties(done.told)
        if done.failure:
            pytest.fail(done.failure, pytrace=False)
        assert done.replayed is not None
        return done.replayed

    yield play
    replaying.current = ""


def _properties(told: Entry) -> list[tuple[str, object]]:
    """What JUnit's report says of a replay."""
    found = [("flowtape", told["verdict"]), ("flowtape.flow", told["flow"])]
    if told["verdict"] != "passed":
        found += [("flowtape.differences", "\n".join(told["lines"])), ("flowtape.next", told["next"])]
    return [(name, value) for name, value in found if value]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and (told := item.stash.get(TOLD, None)):
        # An attribute that is plain data goes with the report from a worker to its controller.
        report.flowtape = [{**entry, "outcome": report.outcome} for entry in told]  # type: ignore[attr-defined]
    return report


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    replaying = config.stash.get(REPLAYING, None)
    return replaying.explain(left, right, brief=_is_cut(config)) if replaying is not None and op == "==" else None


def _is_cut(config: pytest.Config) -> bool:
    """Whether pytest cuts long explanations off: unless -vv, on CI, or told otherwise."""
    told = config.getini("truncation_limit_lines") or "CI" in os.environ or "BUILD_NUMBER" in os.environ
    return not told and config.get_verbosity(pytest.Config.VERBOSITY_ASSERTIONS) < 2


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    first = next((item for item in items if "replay" in getattr(item, "fixturenames", ())), None)
    return _replaying(config).header(first.path) if first is not None else []


def pytest_unconfigure(config: pytest.Config) -> None:
    replaying = config.stash.get(REPLAYING, None)
    if replaying is not None:
        replaying.stop()
