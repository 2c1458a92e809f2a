"""The files of a suite: what is decided, and what is written."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp, SqlResult, SqlStatement
from flowtape.replay.flowfile import Captured, Case, RecordedCall, load
from flowtape.testgen.endpoint import module_name, template
from flowtape.testgen.plan import PlannedTest, plan, speakable
from flowtape.testgen.select import choose
from flowtape.testgen.write import Change, SuiteError, changes, functions, write

CASE = Case(Captured(0, "shop 1.4.2"), HttpRequest("POST", "/orders"), HttpResponse(201))
ONE = PlannedTest("post_orders", "POST", "/orders", "created", CASE)
TWO = replace(ONE, name="paid")
CHARGED = RecordedCall("payments", HttpRequest("POST", "/charges"), HttpResponse(201), origin="http://payments")

MODULE = '''"""POST /orders, as production called it."""


def test_post_orders_created(replay):
    """201. Captured 1970-01-01 00:00 UTC from shop 1.4.2."""
    flow = replay("post_orders/created.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
'''
EDITED = MODULE.replace(
    "    assert flow.effects", "    assert 'id' in flow.response.json  # mine\n    assert flow.effects"
)


def texts(decided: list[Change]) -> dict[str, str]:
    return {change.path: change.text for change in decided}


def test_a_module_reads_as_a_developer_would_have_written_it() -> None:
    decided = texts(changes([ONE], {}))
    assert set(decided) == {"post_orders/created.yaml", "test_post_orders.py"}
    assert decided["test_post_orders.py"] == MODULE


def test_http_calls_have_a_cassette() -> None:
    decided = texts(changes([replace(ONE, case=replace(CASE, calls=(CHARGED,)))], {}))
    assert set(decided) == {"post_orders/created.yaml", "post_orders/created.http.yaml", "test_post_orders.py"}


def test_what_a_developer_added_stays() -> None:
    mine = f"{EDITED}\n\n@pytest.mark.slow\ndef test_mine():\n    pass\n"
    assert "test_post_orders.py" not in texts(changes([ONE], {"test_post_orders.py": mine}))
    added = texts(changes([ONE, TWO], {"test_post_orders.py": mine}))["test_post_orders.py"]
    assert added.startswith(mine)
    assert functions("", added) == {"test_post_orders_created", "test_mine", "test_post_orders_paid"}


def test_other_modules_are_left_alone() -> None:
    assert "test_mine.py" not in texts(changes([ONE], {"test_mine.py": "x = 1\n"}))


def test_a_module_that_is_empty_gets_its_head() -> None:
    assert texts(changes([ONE], {"test_post_orders.py": "\n"}))["test_post_orders.py"] == MODULE


@pytest.mark.parametrize("text", ["def broken(:\n", "\0", "x = (" * 500])
def test_a_module_that_is_not_python_is_named_and_not_touched(text: str) -> None:
    with pytest.raises(SuiteError, match=r"test_post_orders\.py: not Python"):
        changes([ONE], {"test_post_orders.py": text})


def test_writing_again_writes_nothing(tmp_path: Path) -> None:
    decided = changes([ONE, TWO], {})
    assert {path.relative_to(tmp_path).as_posix() for path in write(decided, tmp_path)} == set(texts(decided))
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    assert write(decided, tmp_path) == []
    module = (tmp_path / "test_post_orders.py").read_text()
    assert write(changes([ONE, TWO], {"test_post_orders.py": module}), tmp_path) == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == stamps


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    write(changes([ONE], {}), tmp_path)
    other = replace(ONE, case=replace(CASE, response=HttpResponse(202)))
    assert write([Change("post_orders/created.yaml", "x")], tmp_path) == [tmp_path / "post_orders/created.yaml"]
    assert tmp_path / "post_orders/created.yaml" in write(changes([other], {}), tmp_path)


@pytest.mark.parametrize("path", ["../outside.yaml", "a/../../outside.yaml", "/outside.yaml", "a/.."])
def test_nothing_is_written_outside(tmp_path: Path, path: str) -> None:
    suite = tmp_path / "suite"
    with pytest.raises(SuiteError, match="outside the suite's folder"):
        write([Change(path, "x")], suite)
    assert list(tmp_path.iterdir()) == []


def test_no_link_leads_outside(tmp_path: Path) -> None:
    suite, outside = tmp_path / "suite", tmp_path / "outside"
    suite.mkdir()
    outside.mkdir()
    (suite / "post_orders").symlink_to(outside)
    (suite / "test_post_orders.py").symlink_to(tmp_path / "elsewhere.py")
    for change in changes([ONE], {}):
        with pytest.raises(SuiteError, match="outside the suite's folder"):
            write([change], suite)
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "elsewhere.py").exists()


# -- what strangers wrote

HOSTILE = [
    '"""\nimport os; os.system("id")\n"""',
    "'; DROP TABLE orders; --",
    "../../../../etc/passwd",
    "!!python/object/apply:os.system [id]",
    "{{ x }} ${HOME} $(id) `id` %s \\",
    "\r\n\x1b[2J\u202e\u2028\x00",
    "---\n- &a [*a, *a]\n...",
]
hostile = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))
methods = st.text("!#$%&'*+-.^_`|~09azAZ", min_size=1, max_size=12)
"""Of what a method, and a field's name, may be made (RFC 9110, section 5.6.2)."""
LATIN = "".join(map(chr, [*range(0x21, 0x7F), *range(0x80, 0x100)]))


def on_a_line(text: str, more: str) -> str:
    return "".join(char for char in text if char in LATIN + more).strip()


targets = st.one_of(
    st.sampled_from([f"/{text}" for text in HOSTILE]).map(lambda text: on_a_line(text, "")), st.text(LATIN, min_size=1)
)
values = st.one_of(
    st.sampled_from(HOSTILE).map(lambda text: on_a_line(text, " \t")), st.text(LATIN + " \t").map(str.strip)
)
"""What the agent lets into targets and field values: it reads no more as HTTP."""
SAFE = re.compile(r"[a-z0-9_]+/[a-z0-9_]+(\.http)?\.yaml|test_[a-z0-9_]+\.py")


def bulk(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@given(text=hostile, other=hostile, method=methods, target=targets, value=values)
def test_captured_text_is_only_ever_data(
    tmp_path_factory: pytest.TempPathFactory, text: str, other: str, method: str, target: str, value: str
) -> None:
    calls = (
        RecordedCall(text, SqlStatement(text, (other, None)), SqlResult(None, (), text)),
        RecordedCall("cache", RedisCommand((bulk(text), bulk(other))), RedisReply(Resp("bulk", bulk(text)))),
    )
    request = HttpRequest(method, target, ((method, value),), bulk(text))
    case = Case(
        Captured(0, text, other, 0.5, text), request, HttpResponse(200, text, ((method, value),), bulk(other)), calls
    )
    path = template(target)
    test = PlannedTest(module_name(method, path), speakable(method), speakable(path), "ok", case)
    decided = changes([test], {})
    folder = tmp_path_factory.mktemp("hostile")
    write(decided, folder / "suite")
    assert [path.name for path in folder.iterdir()] == ["suite"]
    assert all(SAFE.fullmatch(change.path) for change in decided)
    (module,) = (change.text for change in decided if change.path.endswith(".py"))
    assert load(folder / "suite" / test.flow_file) == case
    assert_only_the_test(module, test)


def assert_only_the_test(module: str, test: PlannedTest) -> None:
    """A docstring, a function of three statements, and nothing that was captured but words."""
    assert module.isascii()
    docstring, function = ast.parse(module).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    assert isinstance(function, ast.FunctionDef)
    assert function.name == test.function
    assert [type(one) for one in function.body] == [ast.Expr, ast.Assign, ast.Assert, ast.Assert]
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    assert [ast.unparse(call) for call in calls] == [f"replay({test.flow_file!r})"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_flow_goes_from_choosing_to_the_files(build: Any, tmp_path: Path, text: str) -> None:
    body = f'{{"status": {text!r}}}'.encode()
    flow = build.flow(
        build.sql(text, text, tag="SELECT 1"),
        target=on_a_line(f"/{text}", ""),
        body=body,
        method="'*|`$0`",
        service=text,
    )
    planned = plan(choose([flow], 3).chosen, {})
    suite = tmp_path / "suite"
    write(changes(planned, {}), suite)
    assert [path.name for path in tmp_path.iterdir()] == ["suite"]
    assert load(suite / planned[0].flow_file) == planned[0].case
    (module,) = suite.glob("test_*.py")
    assert_only_the_test(module.read_text(), planned[0])
