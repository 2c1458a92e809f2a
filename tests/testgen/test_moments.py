from __future__ import annotations

from flowtape.replay.shapes import Timestamp
from flowtape.testgen.moments import fitted, merged, offsets

AT = 1_795_169_472_000_000_000
CLOCKS = [AT, AT + 1_250_000_000, AT + 4_500_000_000]


def times(*seconds: float) -> list[str]:
    return [str(AT / 1_000_000_000 + each) for each in seconds]


def test_a_time_that_stays_where_it_is_while_the_clock_moves_fits_nothing() -> None:
    assert fitted("epoch")(times(9000, 9001, 9000), CLOCKS) is None
    assert fitted("epoch")(times(9000, 9001.25, 9004.5), CLOCKS) == Timestamp("epoch", 8999, 9002)
    assert fitted("epoch")(times(9000, 9001.25, 9004.5), [AT] * 3) is None
    assert fitted("epoch")(times(0.5, 1.25, 4.5), CLOCKS) == Timestamp("epoch")


def test_how_it_is_written_is_asserted_where_it_was_written_so_each_time() -> None:
    fit = fitted("iso8601")
    assert fit(["2026-11-20T10:11:12.5Z", "2026-11-20T10:11:13.25Z"], CLOCKS[:2]) == Timestamp(zone=True, digits=2)
    assert fit(["2026-11-20T10:11:12", "2026-11-20T10:11:13.25Z"], CLOCKS[:2]) == Timestamp()
    assert merged(Timestamp(zone=True, digits=6), Timestamp(zone=True, since=-3)) == Timestamp(zone=True, since=-3)


def test_offsets_of_times_in_any_text() -> None:
    assert offsets(["at 2026-11-20T10:11:12Z.", "at 2026-11-20T10:11:14Z."], CLOCKS[:2]) == [0, 0.75]
    assert offsets(["no time", "2026-11-20T10:11:14Z"], CLOCKS[:2]) is None
