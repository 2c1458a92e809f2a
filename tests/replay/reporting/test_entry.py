from __future__ import annotations

from flowtape.replay.reporting.entry import file_of


def test_a_flow_file_is_where_its_test_module_is() -> None:
    assert file_of("tests/flows/test_a.py::test_b[x/y]", "a/b.yaml") == "tests/flows/a/b.yaml"
    assert file_of("test_a.py::test_b", "a/b.yaml") == "a/b.yaml"
