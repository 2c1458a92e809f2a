"""What a suite holds already is read back as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.testgen.production import things

from flowtape.capture.configuration import Dependency
from flowtape.capture.exchange import Address, Connection, Exchange, SqlResult, SqlStatement
from flowtape.capture.flow import Outside
from flowtape.replay.flowfile import FlowFileError, RecordedCall, Session
from flowtape.testgen.plan import plan
from flowtape.testgen.present import present, session
from flowtape.testgen.select import choose
from flowtape.testgen.verify import session_changes
from flowtape.testgen.write import changes, write

HERE = Address("127.0.0.1", 1)
DEPENDENCIES = {"db": Dependency(protocol="postgresql", address="db:5432")}


def asked(text: str, dependency: str = "db", incomplete: str = "") -> Outside:
    exchange = Exchange(
        Connection("c", HERE, HERE, dependency), "postgresql", SqlStatement(text), SqlResult(tag="SET"), 1, 1, 2, 2,
        incomplete=incomplete,
    )  # fmt: skip
    return Outside(exchange, "session")


def call(text: str) -> RecordedCall:
    return RecordedCall("db", SqlStatement(text), SqlResult(tag="SET"))


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    found = present(tmp_path / "none")
    assert (found.flows, found.names, found.modules, found.session) == (frozenset(), frozenset(), {}, Session())


def test_a_written_suite_is_read_back(tmp_path: Path) -> None:
    selection = choose([things(1), things(2)], 3)
    tests = plan(selection.chosen, {})
    known = session(Session(), [asked("SET a = 1")], DEPENDENCIES)
    write([*changes(tests, {}), *session_changes(known)], tmp_path)
    found = present(tmp_path)
    assert found.flows == {"flow1", "flow2"}
    assert found.names == {("get_things", "ok"), ("get_things", "ok_2")}
    assert found.behaviours == dict.fromkeys(selection.chosen, 2)
    assert list(found.modules) == ["test_get_things.py"]
    assert found.session == known


def test_a_flow_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "get_things").mkdir()
    (tmp_path / "get_things" / "ok.yaml").write_text("flowtape: 2\n")
    with pytest.raises(FlowFileError, match="version"):
        present(tmp_path)


def test_each_question_of_a_session_is_kept_once_and_in_order() -> None:
    outside = [
        asked("SET b = 1"),
        asked("SET a = 1"),
        asked("SET a = 1"),
        asked("SET c = 1", "nobody"),
        asked("SET d", incomplete="x"),
    ]
    found = session(Session((call("SET z = 1"),)), outside, DEPENDENCIES)
    assert found == Session((call("SET a = 1"), call("SET b = 1"), call("SET z = 1")))


@pytest.mark.parametrize("name", ["shop", "ledger"])
def test_a_samples_flows_behave_as_their_cases_do(name: str) -> None:
    """What a suite holds and what a recording holds are counted by one measure: three tests of a behaviour, and no more."""
    found = present(Path(__file__).parents[2] / "samples" / name / "tests" / "flows")
    assert len(found.flows) == found.behaviours.total()
    assert max(found.behaviours.values()) <= 3
