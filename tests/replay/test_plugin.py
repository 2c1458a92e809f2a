"""What a developer sees: a suite of one flow, run by pytest while the service changes under it."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from flowtape.capture import sql

pytest_plugins = ["pytester"]

# Loaded before any run of pytest inside this one, which forgets what it had to load itself.
for name in ("psycopg", "flowtape.replay.suite", "flowtape.replay.cassettes", "flowtape.replay.protocols.postgresql",
             "flowtape.replay.protocols.http_forward", "flowtape.replay.application.asgi", "flowtape.replay.application.wsgi",
             "flowtape.replay.application.command"):  # fmt: skip
    importlib.import_module(name)
sql.read("SELECT 1 FROM a WHERE b = $1")

SERVICE = """
import http.client, json, os, sys, uuid, datetime
from urllib.parse import urlsplit
import psycopg

def charge(amount):
    parts = urlsplit(os.environ["PAYMENTS_URL"])
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port)
    connection.request("POST", "/charges", json.dumps({"amount": amount}), {"Content-Type": "application/json"})
    return connection.getresponse().status

def order(cart):
    order_id = str(uuid.uuid4())
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        (customer, email) = db.execute("SELECT id, email FROM customers WHERE cart = %s", (cart,)).fetchone()
        db.execute("INSERT INTO orders (id, customer, total) VALUES (%s, %s, %s)", (order_id, customer, 19.9))
    charge(19.9)
    return {"id": order_id, "email": email, "at": datetime.datetime.now(datetime.timezone.utc).isoformat()}

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("no lifespan here")
    body = json.dumps(order(json.loads((await receive())["body"])["cart"])).encode()
    await send({"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})

def wsgi(environ, start_response):
    asked = json.loads(environ["wsgi.input"].read())
    body = json.dumps(order(asked["cart"])).encode()
    start_response("201 Created", [("Content-Type", "application/json")])
    return [body]

if __name__ == "__main__":
    from wsgiref.simple_server import make_server
    def serve(environ, start_response):
        if environ["REQUEST_METHOD"] == "GET":
            start_response("200 OK", [])
            return [b"up"]
        environ["wsgi.input"] = __import__("io").BytesIO(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        return wsgi(environ, start_response)
    make_server("127.0.0.1", int(sys.argv[1]), serve).serve_forever()
"""

CONFIGURATION = """
service:
  name: shop
  {how}
  env:
    DATABASE_URL: postgresql://shop:shop@{{db}}/shop
    PAYMENTS_URL: "{{payments}}"
dependencies:
  db: {{protocol: postgresql, address: "db.internal:5432"}}
  payments: {{protocol: http, address: "https://payments.internal"}}
"""

FLOW = """
flowtape: 1
captured: {at: 2026-11-20T10:11:12.123456Z, service: shop 1.4.2}
variables:
  order_id: {uuid: 4}
request: {method: POST, target: /orders, headers: {content-type: application/json}, json: {cart: 42}}
calls:
- db: SELECT id, email FROM customers WHERE cart = $1
  parameters: [42]
  types: [int2]
  columns: {id: int4, email: text}
  rows: [{id: 7, email: ana.silva@example.com}]
  transaction: 1
  committed: true
- db: INSERT INTO orders (id, customer, total) VALUES ($1, $2, $3)
  parameters: [$order_id, 7, 19.9]
  affected: 1
  transaction: 1
  committed: true
- payments: POST /charges
response:
  status: 201
  headers: {content-type: application/json}
  json: {id: $order_id, email: ana.silva@example.com, at: '2026-11-20T10:11:12.123456+00:00'}
  layout: spaced
"""

CASSETTE = """
interactions:
- request: {method: POST, uri: 'https://payments.internal/charges', body: '{"amount":19.9}', headers: {Content-Type: [application/json]}}
  response: {status: {code: 200, message: OK}, headers: {}, body: {string: '{}'}}
version: 1
"""

TEST = """
def test_order_is_paid(replay):
    flow = replay("post_orders/paid.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
"""


class Project:
    """A service with its suite, in a folder of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.flow = Path(pytester.path) / "tests/flows/post_orders/paid.yaml"
        self.flow.parent.mkdir(parents=True)
        self.flow.write_text(FLOW)
        self.flow.with_name("paid.http.yaml").write_text(CASSETTE)
        (self.flow.parents[1] / "test_post_orders.py").write_text(TEST)
        self.write(SERVICE)
        self.configure("asgi: shop:app")

    def write(self, text: str) -> None:
        (Path(self.pytester.path) / "shop.py").write_text(text)

    def change(self, old: str, new: str) -> None:
        assert old in SERVICE
        self.write(SERVICE.replace(old, new))

    def configure(self, how: str) -> None:
        (Path(self.pytester.path) / "flowtape.yaml").write_text(CONFIGURATION.format(how=how))

    def run(self, *options: str, apart: bool = False) -> pytest.RunResult:
        """Run pytest on the suite; `apart` in a process of its own."""
        if apart:
            return self.pytester.runpytest_subprocess("tests/flows", "-p", "no:cacheprovider", *options)
        return self.pytester.runpytest_inprocess(
            "tests/flows", "-p", "no:cacheprovider", "-p", "flowtape.replay.plugin", *options
        )

    def fails(self, *lines: str, options: tuple[str, ...] = ()) -> str:
        result = self.run(*options)
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines([f"*{line}*" for line in lines])
        return str(result.stdout)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    found = Project(pytester)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return found


@pytest.mark.parametrize(
    "how",
    ["asgi: shop:app", "wsgi: shop:wsgi", 'command: ["{python}", shop.py, "{{port}}"]'],
    ids=["asgi", "wsgi", "command"],
)
def test_the_service_that_was_recorded_passes(project: Project, how: str) -> None:
    project.configure(how.replace("{python}", sys.executable).replace("{{port}}", "{port}"))
    result = project.run("--junitxml=report.xml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["flowtape: shop (*), dependencies: db (postgresql on loopback), payments (*"])
    assert 'name="flowtape" value="passed"' in (Path(project.pytester.path) / "report.xml").read_text()


def test_a_changed_response_is_a_regression_with_its_path(project: Project) -> None:
    project.change('"email": email', '"email": email.upper(), "card": "tok_x"')
    project.fails(
        'response.json.email: recorded "ana.silva@example.com", got "ANA.SILVA@EXAMPLE.COM"',
        'response.json.card: not recorded, got "tok_x"',
        "accept it: pytest tests/flows/test_post_orders.py::test_order_is_paid --flowtape-accept",
    )


def test_a_dropped_write_is_missing(project: Project) -> None:
    project.write("\n".join(line for line in SERVICE.splitlines() if "INSERT INTO" not in line))
    project.fails(
        "missing   db: INSERT INTO orders (id, customer, total) VALUES * [[]customer = 7, id = *, total = 19.9[]]"
    )


def test_swapped_parameters_are_named(project: Project) -> None:
    project.change("(order_id, customer, 19.9)", "(order_id, 19.9, customer)")
    project.fails(
        "regression in post_orders/paid.yaml*",
        "differs   customer: recorded 7, got 19.9",
        "differs   total: recorded 19.9, got 7",
    )


def test_a_write_that_is_rolled_back_is_no_write(project: Project) -> None:
    project.change("    charge(19.9)", "        db.rollback()\n    charge(19.9)")
    project.fails("different db: INSERT INTO orders*", "recorded as committed, now rolled back")


def test_an_extra_call_is_a_regression(project: Project) -> None:
    project.change("    charge(19.9)", "    charge(19.9); charge(19.9)")
    project.fails(
        "regression in*", "payments was asked what the record does not hold", "*fewer times than it was asked"
    )


def test_an_unknown_query_is_drift_and_names_the_nearest(project: Project) -> None:
    project.change("SELECT id, email FROM", "SELECT id, lower(email) FROM")
    text = project.fails(
        "drift in post_orders/paid.yaml*",
        "asked     SELECT id, lower(email) FROM customers*cart = 42*",
        "nearest   SELECT id, email FROM customers*",
        "differs *lower*",
        "shop.py*in order",
        "capture the flow again and run: flowtape generate",
    )
    assert "psycopg/connection.py" not in text, "frames of libraries are noise"


def test_an_application_that_does_not_import_is_broken(project: Project) -> None:
    project.write("import nothing_of_this_name\n")
    text = project.fails(
        "broken: post_orders/paid.yaml*",
        "*shop.py*line 1*",
        "ModuleNotFoundError: No module named 'nothing_of_this_name'*",
    )
    assert "importlib" not in text


def test_a_command_that_ends_is_broken_and_shows_what_it_said(project: Project) -> None:
    project.configure(f'command: ["{sys.executable}", -c, "print(12345 + 1); raise SystemExit(3)"]')
    project.fails("broken:*", "*ended with exit status 3*", "*12346")


@pytest.mark.parametrize(
    "how", ["asgi: shop:app", 'command: ["{python}", shop.py, "{port}"]'], ids=["in process", "command"]
)
def test_a_connection_to_anything_else_is_refused_by_name(project: Project, how: str) -> None:
    project.configure(how.replace("{python}", sys.executable))
    project.change(
        "    charge(19.9)", "    charge(19.9); import urllib.request as u; u.urlopen('http://elsewhere.example/x')"
    )
    project.fails("drift in*", "*elsewhere.example*flowtape.yaml*")


def test_a_socket_is_refused_by_name(project: Project) -> None:
    project.change("    charge(19.9)", "    charge(19.9); import socket; socket.create_connection(('192.0.2.1', 6379))")
    project.fails("drift in*", "192.0.2.1:6379 is no dependency of this service: the connection was refused*")


def test_a_hostile_flow_file_is_refused_and_runs_nothing(project: Project) -> None:
    project.flow.write_text(FLOW.replace("{cart: 42}", "!!python/object/apply:os.mkdir [owned]"))
    project.fails("broken:*", "*paid.yaml, line 6: `request.json`: the YAML tag*")
    assert not (Path(project.pytester.path) / "owned").exists()


def test_a_flow_file_outside_of_the_suite_is_refused(project: Project) -> None:
    module = project.flow.parents[1] / "test_post_orders.py"
    (project.flow.parents[2] / "other.yaml").write_text(FLOW)
    module.write_text(TEST.replace("post_orders/paid.yaml", "../other.yaml"))
    project.fails("*leads out of the suite's folder*")


def test_a_change_is_accepted_and_shown(project: Project) -> None:
    project.change("(order_id, customer, 19.9)", "(order_id, customer + 1, 19.9)")
    result = project.run("--flowtape-accept")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "* flowtape: 1 accepted *",
            "ACCEPTED   tests/flows/post_orders/paid.yaml",
            "-  parameters: [[]$order_id, 7, 19.9[]]",
            "+  parameters: [[]$order_id, 8, 19.9[]]",
        ]
    )
    project.run().assert_outcomes(passed=1)
    project.write(SERVICE)
    project.run().assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    charge(19.9)", "    charge(19.9); charge(20)"),
        ("(cart,)", "(cart + 1,)"),
        ("import psycopg", "import psycopx"),
    ],
)
def test_what_the_record_cannot_answer_is_never_accepted(project: Project, old: str, new: str) -> None:
    project.change(old, new)
    before = project.flow.read_bytes()
    project.run("--flowtape-accept").assert_outcomes(failed=1)
    assert project.flow.read_bytes() == before


def test_observing_fails_nothing_and_tells_everything(project: Project) -> None:
    project.change("(order_id, customer, 19.9)", "(order_id, customer + 1, 19.9)")
    project.run("--flowtape-observe=seen", "--flowtape-clock-offset=3600").assert_outcomes(passed=1)
    (file,) = (Path(project.pytester.path) / "seen").iterdir()
    seen = json.loads(file.read_text())
    assert seen["verdict"] == "regression"
    assert [call["learned"] for call in seen["calls"]] == [False, True, False]
    assert "11:11:12.123456" in seen["observed"], "the clock was moved by an hour"


def test_it_runs_beside_xdist(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")  # by its entry point, as a user has it
    (project.flow.parents[1] / "test_again.py").write_text(TEST)
    project.run("-n", "2", apart=True).assert_outcomes(passed=2)


def several(project: Project) -> None:
    """A suite of a flow that passes, a regression, a drift, and one that is broken."""
    project.write(
        SERVICE.replace('"email": email', '"email": email.upper() if cart == 43 else email').replace(
            '"SELECT id, email FROM', '("SELECT id, lower(email) FROM" if cart == 44 else "SELECT id, email FROM") + "'
        )
    )
    for name, old, new in (
        ("regression", "42", "43"),
        ("drift", "42", "44"),
        ("broken", "{uuid: 4}", "{uuiid: 4}"),
    ):
        project.flow.with_stem(name).write_text(FLOW.replace(old, new))
        project.flow.with_name(f"{name}.http.yaml").write_text(CASSETTE)
        module = project.flow.parents[1] / f"test_{name}.py"
        module.write_text(TEST.replace("order_is_paid", name).replace("paid.yaml", f"{name}.yaml"))


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_verdicts_are_told_apart(project: Project, workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    several(project)
    result = project.run(
        "-n", workers, "--flowtape-json=out/v.json", "--flowtape-summary=out/s.md", "--junitxml=j.xml", apart=True
    )
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "* flowtape: 1 regression, 1 drift, 1 broken, 1 passed *",
            "REGRESSION tests/flows/test_regression.py::test_regression (post_orders/regression.yaml)",
            '    response.json.email: recorded "ana.silva@example.com", got "ANA.SILVA@EXAMPLE.COM"',
            "→ *accept it: pytest tests/flows/test_regression.py::test_regression --flowtape-accept",
            "DRIFT      tests/flows/test_drift.py::test_drift *",
            "→ *flowtape generate",
            "BROKEN     tests/flows/test_broken.py::test_broken *",
            "    tests/flows/post_orders/broken.yaml, line 5: `variables.order_id`: *a shape is one of *",
        ]
    )
    folder = Path(project.pytester.path)
    told = json.loads((folder / "out/v.json").read_text())
    assert told["verdicts"] == {"regression": 1, "drift": 1, "broken": 1, "accepted": 0, "passed": 1}
    by_flow = {flow["flow"]: flow for flow in told["flows"]}
    regression = by_flow["post_orders/regression.yaml"]
    assert (regression["outcome"], regression["effects"]) == ("failed", [])
    assert regression["response"] == regression["lines"]
    assert regression["file"] == "tests/flows/post_orders/regression.yaml"
    assert by_flow["post_orders/drift.yaml"]["notes"]
    assert "## flowtape: 1 regression, 1 drift, 1 broken, 1 passed" in (folder / "out/s.md").read_text()
    for verdict in ("passed", "regression", "drift", "broken"):
        assert (folder / "j.xml").read_text().count(f'name="flowtape" value="{verdict}"') == 1


def test_only_what_the_record_can_answer_is_accepted_in_workers_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    several(project)
    files = {name: project.flow.with_stem(name) for name in ("paid", "regression", "drift", "broken")}
    before = {name: file.read_bytes() for name, file in files.items()}
    result = project.run("-n", "2", "--flowtape-accept", apart=True)
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "* flowtape: 1 drift, 1 broken, 1 accepted, 1 passed *",
            "ACCEPTED   tests/flows/post_orders/regression.yaml",
            "+  json: {id: $order_id, email: ANA.SILVA@EXAMPLE.COM, *",
        ]
    )
    assert [name for name, file in files.items() if file.read_bytes() != before[name]] == ["regression"]


def test_nothing_more_is_said_where_all_is_well(project: Project) -> None:
    assert "= flowtape" not in str(project.run().stdout)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("paid.yaml", "{uuid: 4}", "{uuid: nine}", "paid.yaml, line 5: `variables.order_id"),
        ("paid.yaml", "'2026-11-20T10:11:12.123456+00:00'", "[", "paid.yaml, line 24: not YAML"),
        (
            "paid.yaml",
            "committed: true",
            "committed: perhaps",
            "paid.yaml, line 14: `calls[[]0].committed`: true or false",
        ),
        (
            "paid.http.yaml",
            "status: {code: 200",
            "status: {code: soon",
            "paid.http.yaml, line 4: `interactions[[]0].response.status.code`",
        ),
        (
            "paid.http.yaml",
            "method: POST",
            "method: PATCH",
            "paid.yaml, line 20: `calls[[]2].payments`: the cassette has PATCH",
        ),
        (
            "paid.http.yaml",
            "interactions:",
            "interactions: 5\nothers:",
            "paid.http.yaml, line 4: `others`: unknown key",
        ),
    ],
)
def test_a_file_edited_into_nonsense_is_one_clear_error_and_the_others_run(
    project: Project, file: str, old: str, new: str, said: str
) -> None:
    several(project)
    path = project.flow.with_name(file)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    result = project.run("--deselect=tests/flows/test_broken.py", "--deselect=tests/flows/test_drift.py")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["BROKEN     tests/flows/test_post_orders.py*", f"    tests/flows/post_orders/{said}*"])


def test_a_suite_without_configuration_says_what_to_do(project: Project) -> None:
    (Path(project.pytester.path) / "flowtape.yaml").unlink()
    project.fails("*no flowtape.yaml*flowtape init*")


def test_it_costs_nothing_where_it_is_not_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys
        def test_nothing_is_loaded():
            heavy = {"yaml", "vcr", "sqlglot", "msgspec", "flowtape.replay.suite", "flowtape.capture"}
            assert not heavy & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest").assert_outcomes(passed=1)


def test_what_records_is_never_imported_where_it_replays(project: Project) -> None:
    module = project.flow.parents[1] / "test_post_orders.py"
    module.write_text(
        TEST
        + "    import sys\n    assert not {'scapy', 'mitmproxy'} & set(sys.modules)\n    import flowtape.replay.observation\n"
    )
    project.run().assert_outcomes(passed=1)


def test_a_folder_of_flow_files_alone_is_not_searched(pytester: pytest.Pytester) -> None:
    looked_at = "def pytest_collect_file(file_path):\n    print('looked at', file_path.name)"
    files = {
        "conftest.py": looked_at,
        "test_orders.py": "def test_it(): pass",
        "test_carts.py": "",
        "test_empty.py": "",
    }
    files |= {"orders/paid.yaml": "", "carts/filled.yaml": "", "carts/test_more.py": "def test_more(): pass"}
    files |= {"data/plain.yaml": "", "empty.yaml": ""}
    for name, text in files.items():
        (pytester.path / name).parent.mkdir(exist_ok=True)
        (pytester.path / name).write_text(text)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-s")
    result.assert_outcomes(passed=2)
    seen = {line.split()[-1] for line in result.outlines if "looked at" in line}
    assert {"plain.yaml", "filled.yaml", "test_more.py", "empty.yaml"} <= seen
    assert "paid.yaml" not in seen
