"""Candidates are replayed by pytest itself; what fails any time is not admitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.testgen.production import APPLICATION, flow, project, things

from flowtape.replay.flowfile import Session
from flowtape.replay.shapes import Duration, Timestamp, Token, Uuid
from flowtape.testgen.causes import TIME_ZONE
from flowtape.testgen.plan import PlannedTest, plan, with_case
from flowtape.testgen.select import choose
from flowtape.testgen.verify import STAGING, Bench, VerifyError, verify


def planned(*flows: object) -> list[PlannedTest]:
    return plan(choose(flows, 3).chosen, {})  # type: ignore[arg-type]


def bench(folder: Path, configuration: Path, said: list[tuple[str, int]] | None = None) -> Bench:
    told = said if said is not None else []
    return Bench(folder / "suite", configuration, Session(), lambda doing, number: told.append((doing, number)))


def test_progress_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    said: list[tuple[str, int]] = []
    verified = verify(planned(things(1)), bench(tmp_path, project(tmp_path), said), 2)
    assert [test.name for test in verified.admitted] == ["ok"]
    assert said == [("observing 3 runs", 1), ("replaying 2 times", 1)]
    assert list((tmp_path / "suite").iterdir()) == []


def test_what_passes_once_and_fails_another_time_is_quarantined(tmp_path: Path) -> None:
    """Steady in the observing runs and in two replays, and different in the third: it hangs on the hash seed."""
    seeded = APPLICATION.replace("import json,", "import os, json,").replace(
        '"word": "same"', '"word": "other" if os.environ["PYTHONHASHSEED"] == "103" else "same"'
    )
    verified = verify(planned(flow(1, "/steady", '{"word": "same"}')), bench(tmp_path, project(tmp_path, seeded)), 3)
    assert verified.admitted == []
    assert 'response.json.word: recorded "same", got "other"' in verified.quarantined[0].reason


def test_a_flow_that_no_file_can_hold_is_quarantined_before_anything_runs(tmp_path: Path) -> None:
    test = planned(flow(1, "/steady", "{}"))[0]
    unwritable = with_case(test, replace(test.case, variables={"no identifier": Uuid(4)}))
    verified = verify([unwritable], bench(tmp_path, tmp_path / "none"), 3)
    assert verified.admitted == []
    assert [one.test for one in verified.quarantined] == [unwritable]


def test_nothing_to_verify_runs_nothing(tmp_path: Path) -> None:
    assert verify([], bench(tmp_path, tmp_path / "none"), 3).admitted == []


def test_a_project_in_which_pytest_cannot_run_is_told_with_its_words(tmp_path: Path) -> None:
    configuration = project(tmp_path)
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "conftest.py").write_text("raise RuntimeError('broken conftest')\n")
    with pytest.raises(VerifyError, match="broken conftest"):
        verify(planned(things(1)), bench(tmp_path, configuration), 1)
    assert not (tmp_path / "suite" / STAGING).exists()


VARYING = """
import json, random, time
from datetime import datetime, timedelta, timezone

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    started, now = time.perf_counter(), datetime.now(timezone.utc)
    body = {
        "/varying": {
            "expires_at": (now + timedelta(hours=1)).isoformat(),
            "token": f"{random.getrandbits(64):016x}",
            "elapsed_ms": round((time.perf_counter() - started) * 1000, 6),
        },
        "/local": {"at": datetime.now().isoformat()},
    }[scope["path"]]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
"""


def test_clock_zone_and_random_seed_are_changed_between_the_runs(tmp_path: Path) -> None:
    varying = '{"expires_at": "2026-11-18T12:06:41.003+00:00", "token": "0123456789abcdef", "elapsed_ms": 17.25}'
    flows = [flow(1, "/varying", varying), flow(2, "/local", '{"at": "2026-11-18T11:06:42.100000"}')]
    verified = verify(planned(*flows), bench(tmp_path, project(tmp_path, VARYING)), 3)
    assert [(one.test.flow_file, one.problem.cause, one.problem.path) for one in verified.quarantined] == [
        ("get_local/ok.yaml", TIME_ZONE, "response.json.at")
    ]
    (admitted,) = verified.admitted
    shapes = admitted.case.variables
    assert shapes["varying_token"] == Token(16, "hex")
    assert shapes["elapsed_ms"] == Duration("ms", json="number")
    assert shapes["expires_at"] == Timestamp("iso8601", 3599, 3602, zone=True)


def test_a_set_is_learned_as_unordered(tmp_path: Path) -> None:
    """Two words, which come in one order in every fourth hash seed or so: whoever is not seen to vary at once is observed for longer."""
    body = '{**{str(n): sorted({"a", "b"}) for n in (1,)}, "set": list({"red", "green"}), "list": ["red", "green"]}'
    service = APPLICATION.replace('{"word": "same"}', body)
    recorded = flow(1, "/steady", '{"1": ["a", "b"], "set": ["red", "green"], "list": ["red", "green"]}')
    verified = verify(planned(recorded), bench(tmp_path, project(tmp_path, service)), 3)
    assert verified.quarantined == []
    assert verified.admitted[0].case.unordered == ("response.json.set",)
