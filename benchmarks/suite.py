"""How many tests a second a generated suite runs: pytest as a developer runs it, from the start of its process to the end.

`suite.in_process` counts everything: the interpreter's start, pytest's, collection, the import of the service and its frameworks,
the answering servers, the tests, the end. `suite.in_process.start` is the whole time of a suite of one test, `.steady` the rate
of the tests beyond the first. Each test replays one flow of three calls (a SQL read; a SQL write or a Redis write; an HTTP call)
with two variables. The floor is as many empty tests; the rival is vcrpy, as many tests of three HTTP calls, each with its own cassette.
All of them take turns, and the medians are told. pytest loads no plugin but flowtape's, in all of them; a first run, which does not
count, compiles what is imported.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure

from flowtape.capture.exchange import (
    Column,
    HttpRequest,
    HttpResponse,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.replay.shapes import Timestamp, Uuid
from flowtape.testgen.plan import PlannedTest
from flowtape.testgen.write import changes, write

TESTS = 300
ROUNDS = 3
AT = 1_795_169_472_123_456_000
HOUSE = Path(__file__).parent.parent
CONTENT = ("content-type", "application/json")
ORIGIN = "http://payments.internal"

CONFIGURATION = f"""
service:
  name: orders
  asgi: benchmarks.suite_service:app
  path: {{path}}
  env:
    DATABASE_URL: "postgresql://shop:shop@{{{{db}}}}/shop"
    REDIS_URL: "redis://{{{{cache}}}}/0"
    PAYMENTS_URL: "{{{{payments}}}}"
dependencies:
  db: {{{{protocol: postgresql, address: "db.internal:5432"}}}}
  cache: {{{{protocol: redis, address: "cache.internal:6379"}}}}
  payments: {{{{protocol: http, address: "{ORIGIN}"}}}}
"""
EMPTY = "def test_{number}():\n    pass\n\n\n"
VCR_HEAD = """
from pathlib import Path
import httpx
import vcr

CLIENT = httpx.Client()
CASSETTES = Path(__file__).parent


"""
VCR_TEST = """
def test_{number}():
    with vcr.use_cassette(str(CASSETTES / "{number}.yaml"), record_mode="none"):
        for item in range(3):
            assert CLIENT.get(f"http://shop.internal/items/{number}/{{item}}").json() == {{"id": {number}, "item": item}}


"""


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="flowtape-bench-") as name:
        folder = Path(name)
        suites = {
            "flowtape": flows(folder / "flowtape", TESTS),
            "one": flows(folder / "one", 1),
            "floor: empty tests": empty(folder / "empty"),
            "vcrpy": cassettes(folder / "vcrpy"),
        }
        took: dict[str, list[float]] = {kind: [] for kind in suites}
        for turn in range(ROUNDS + 1):
            for kind, suite in suites.items():
                each = seconds(suite, 1 if kind == "one" else TESTS, folder / "bytecode")
                if turn:
                    took[kind].append(each)
    found = {kind: statistics.median(times) for kind, times in took.items()}
    whole, start = found.pop("flowtape"), found.pop("one")
    rates = {kind: TESTS / each for kind, each in found.items()}
    yield Figure("suite.in_process", TESTS / whole, "tests/s", "higher", rates)
    yield Figure("suite.in_process.steady", (TESTS - 1) / (whole - start), "tests/s", "higher")
    yield Figure("suite.in_process.start", start, "s", "lower", {"floor: 300 empty tests": found["floor: empty tests"]})


def seconds(suite: Path, count: int, bytecode: Path) -> float:
    """How long `pytest` takes from its start to its end. Raises AssertionError unless all of its `count` tests pass."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPYCACHEPREFIX": str(bytecode)}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "flowtape.replay.plugin"],
        cwd=suite,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    assert f"\n{count} passed in" in done.stdout, done.stdout[-4000:]
    print(f"{suite.name}: {count} tests in {took:.2f} s", file=sys.stderr)
    return took


# -- the suites


def flows(folder: Path, count: int) -> Path:
    """A suite as `flowtape generate` writes it."""
    _begin(folder)
    (folder / "flowtape.yaml").write_text(CONFIGURATION.format(path=HOUSE))
    (folder / "tests" / "flows").mkdir(parents=True)
    tests = [PlannedTest("post_orders", "POST", "/orders", f"order_{number}", case(number)) for number in range(count)]
    write(changes(tests, {}), folder / "tests" / "flows")
    return folder


def empty(folder: Path) -> Path:
    _begin(folder)
    (folder / "test_empty.py").write_text("".join(EMPTY.format(number=number) for number in range(TESTS)))
    return folder


def cassettes(folder: Path) -> Path:
    _begin(folder)
    tests = "".join(VCR_TEST.format(number=number) for number in range(TESTS))
    (folder / "test_vcr.py").write_text(VCR_HEAD + tests)
    for number in range(TESTS):
        (folder / f"{number}.yaml").write_text(cassette(number))
    return folder


def _begin(folder: Path) -> None:
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")


def cassette(number: int) -> str:
    """Three interactions, as vcrpy writes them."""
    interactions = "".join(
        f"""
- request:
    body: ''
    headers:
      accept: ['*/*']
      host: [shop.internal]
    method: GET
    uri: http://shop.internal/items/{number}/{item}
  response:
    body: {{string: '{{"id": {number}, "item": {item}}}'}}
    headers:
      content-type: [application/json]
    status: {{code: 200, message: OK}}"""
        for item in range(3)
    )
    return f"interactions:{interactions}\nversion: 1\n"


# -- a flow


def case(number: int) -> Case:
    """An order, every other one a draft."""
    draft = number % 2 == 1
    text = f'{{"customer":{number},"draft":{str(draft).lower()}}}'
    answer = f'{{"id":"$order","customer":{number},"charge":"ch_{number}","placed_at":"$placed_at"}}'
    return Case(
        Captured(AT + number * 1_000_000_000, "orders 1.0", "trace context", 1.0),
        HttpRequest("POST", "/orders", (("host", "orders.internal"), CONTENT), text.encode()),
        HttpResponse(201, "Created", (CONTENT,), answer.encode()),
        (read(number), draft_saved(number) if draft else order_saved(number), charge(number)),
        {"order": Uuid(4), "placed_at": Timestamp()},
    )


def read(number: int) -> RecordedCall:
    question = SqlStatement("SELECT email FROM customers WHERE id = $1", (str(number),), (21,))
    answer = SqlResult((Column("email", 25),), ((f"customer{number}@shop.example",),), "SELECT 1")
    return RecordedCall("db", question, answer, 1, committed=True)


def order_saved(number: int) -> RecordedCall:
    text = "INSERT INTO orders (id, customer, placed_at) VALUES ($1, $2, $3)"
    question = SqlStatement(text, ("$order", str(number), "$placed_at"), (2950, 21, 1184))
    return RecordedCall("db", question, SqlResult(tag="INSERT 0 1"), 1, committed=True)


def draft_saved(number: int) -> RecordedCall:
    question = RedisCommand((b"SET", b"draft:$order", b"%d" % number))
    return RecordedCall("cache", question, RedisReply(Resp("simple", "OK")))


def charge(number: int) -> RecordedCall:
    body = f'{{"order":"$order","email":"customer{number}@shop.example"}}'.encode()
    question = HttpRequest("POST", "/charges", (CONTENT,), body)
    answer = HttpResponse(201, "Created", (CONTENT,), f'{{"id":"ch_{number}"}}'.encode())
    return RecordedCall("payments", question, answer, origin=ORIGIN)
