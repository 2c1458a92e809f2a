"""A recording becomes a suite, and becomes it again without a change."""

from __future__ import annotations

from pathlib import Path

import yaml
from tests.testgen.production import flow, project, record, things

from flowtape.capture.configuration import load
from flowtape.testgen.generate import Generated, generate


def generated(configuration: Path, recording: str, endpoint: str = "") -> Generated:
    return generate(recording, load(configuration), configuration, lambda doing, number: None, endpoint)


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_varies_is_learned_what_is_unsteady_quarantined(tmp_path: Path) -> None:
    configuration = project(tmp_path)
    flows = [things(1), flow(2, "/dice", '{"n": "x"}'), flow(3, "/steady", '{"word": "same"}')]
    flows.append(flow(4, "/steady", "{}", problem="ambiguous: two requests were in flight"))
    found = generated(configuration, record(tmp_path / "recording", flows))
    suite = tmp_path / "tests" / "flows"
    assert [test.function for test in found.admitted] == ["test_get_steady_ok", "test_get_things_ok"]
    assert [(one.test.flow_file, "response.json.n: recorded" in one.reason) for one in found.quarantined] == [
        ("get_dice/ok.yaml", True)
    ]
    assert found.problems == {"ambiguous": 1}
    text = (suite / "get_things" / "ok.yaml").read_text()
    assert "thing_id: {uuid: 4}" in text
    assert "self: /things/$thing_id" in text
    quarantine = yaml.safe_load((suite / "quarantine.yaml").read_text())
    assert quarantine == {
        "get_dice/ok.yaml": {
            "flow": "flow2",
            "cause": "unseeded randomness",
            "place": "response.json.n",
            "reason": found.quarantined[0].reason,
        }
    }
    assert not (suite / ".candidates").exists()


def test_again_changes_nothing_and_keeps_what_a_developer_wrote(tmp_path: Path) -> None:
    configuration = project(tmp_path)
    recording = record(tmp_path / "recording", [things(1), things(2)])
    generated(configuration, recording)
    module = tmp_path / "tests" / "flows" / "test_get_things.py"
    text = module.read_text().replace("replay):\n", "replay):\n    assert replay  # mine\n", 1)
    module.write_text(text)
    before = files(tmp_path / "tests")
    again = generated(configuration, recording)
    assert (again.admitted, again.written, again.alike) == ([], [], 2)
    assert files(tmp_path / "tests") == before
    added = generated(configuration, record(tmp_path / "more", [things(3), flow(4, "/steady", '{"word": "same"}')]))
    assert [test.function for test in added.admitted] == ["test_get_steady_ok", "test_get_things_ok_3"]
    assert module.read_text().startswith(text.rstrip("\n"))
    assert "def test_get_things_ok_3(replay):" in module.read_text()


def test_a_service_that_does_not_start_admits_nothing_and_says_why(tmp_path: Path) -> None:
    configuration = project(tmp_path, "raise RuntimeError('no licence')\n")
    recording = record(tmp_path / "recording", [things(1)])
    found = generated(configuration, recording)
    suite = tmp_path / "tests" / "flows"
    assert found.admitted == []
    assert "no licence" in found.quarantined[0].reason
    assert [path.name for path in suite.iterdir()] == ["quarantine.yaml"]
    project(tmp_path)
    assert len(generated(configuration, recording).admitted) == 1
    assert not (suite / "quarantine.yaml").exists()
