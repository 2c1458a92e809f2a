"""What a connection asks for when it starts."""

from __future__ import annotations

from flowtape.capture.protocols.postgresql.startup import startup_options


def test_startup_options() -> None:
    options = r"-c geqo=off -cwork_mem=5MB --search_path=a\ b -x"
    assert startup_options(options) == [("geqo", "off"), ("work_mem", "5MB"), ("search_path", "a b")]
