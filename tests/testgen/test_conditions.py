from __future__ import annotations

from itertools import pairwise

import pytest

from flowtape.testgen.conditions import observing, passing


def test_no_two_observing_runs_have_clock_zone_or_seed_in_common() -> None:
    runs = [observing(number) for number in range(3)]
    for key in ("clock_offset", "zone", "seed"):
        assert len({getattr(run, key) for run in runs}) == 3
    offsets = sorted([0.0, *(run.clock_offset for run in runs)])
    assert all(later - earlier > 1 for earlier, later in pairwise(offsets))


def test_the_first_that_must_pass_runs_as_the_suite_will(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    first, second = passing(0), passing(1)
    assert (first.clock_offset, first.zone) == (0.0, "")
    assert "TZ" not in first.environment
    assert second.clock_offset > 0
    assert second.environment["TZ"] == second.zone != ""
    assert first.environment["PYTHONHASHSEED"] != second.environment["PYTHONHASHSEED"]
    assert second.options == ["--flowtape-clock-offset=0.75", "--flowtape-random-seed=102"]


def test_a_machine_without_time_zones_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise LookupError(name)

    monkeypatch.setattr("flowtape.testgen.conditions.ZoneInfo", none)
    assert observing(0).zone == ""
