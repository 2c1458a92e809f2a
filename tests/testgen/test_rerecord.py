"""Flow files get what live dependencies answer now: with the shop, its PostgreSQL, its Redis and its payments."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from samples import stage
from samples.regenerate import KEY
from samples.stage import ROOT, SHOP

from flowtape.capture.configuration import ConfigurationError, load
from flowtape.capture.exchange import HttpRequest, SqlResult
from flowtape.replay.flowfile import Case
from flowtape.replay.flowfile import load as load_case
from flowtape.replay.live.addresses import Live
from flowtape.testgen.rerecord import Chosen, Rerecorded, RerecordError, parse_pairs, rerecord

SUITE = Path("samples/shop/tests/flows")
PAID = SUITE / "post_orders" / "paid.yaml"


@dataclass(frozen=True, slots=True)
class Project:
    """A copy of the samples, and where the shop's dependencies are."""

    folder: Path
    live: Live
    database: str

    def rerecord(self, *paths: str, keep: bool = True) -> list[Rerecorded]:
        path = self.folder / "samples" / "shop" / "flowtape.yaml"
        chosen = Chosen([str(self.folder / each) for each in paths])
        return rerecord(chosen, load(path), path, self.live, lambda doing, number: None, keep=keep)

    def passes(self, *tests: str) -> bool:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stdout
        return done.returncode == 0


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        yield stage.dependencies(stack, SHOP)


@pytest.fixture
def project(tmp_path: Path, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Project:
    shutil.copytree(ROOT / "samples", tmp_path / "samples", ignore=shutil.ignore_patterns("__pycache__", "recording"))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    configuration = tmp_path / "samples" / "shop" / "flowtape.yaml"
    configuration.write_text(configuration.read_text() + "suite: {replays: 1}\n")
    monkeypatch.setenv("FLOWTAPE_KEY", KEY)
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    login = addresses["login"]
    http = {name: f"http://{addresses[name]}" for name in ("payments", "mail")}
    live = Live(
        {"db": addresses["db"], "cache": addresses["cache"], **http},
        {"DATABASE_URL": f"postgresql://{login}@{{db}}/flowtape"},
    )
    return Project(tmp_path, live, f"postgresql://{login}@{addresses['db']}/flowtape")


CART = "SELECT c.customer, u.email FROM carts c JOIN customers u ON u.id = c.customer WHERE c.id = $1"


def by_hand(file: Path) -> None:
    """Edit a flow file as a developer would."""
    edits = {
        "order_id": "number",
        "outbox_id: {uuid: 4}": "outbox_id: {uuid: 0}",
        "outbox_id": "mail",
        "to: 2s": "to: 10m",
        f"- db: {CART}\n": f"- db: {CART}\n  budget: 3\n",
    }
    text = file.read_text()
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def filled(project: Project, case: Case) -> None:
    """Put what the flow is about into the live database: its cart, with two kettles in it, of a customer with a raw address."""
    assert isinstance(case.request, HttpRequest)
    cart = json.loads(case.request.body)["cart"]
    with psycopg.connect(project.database) as connection:
        connection.execute(
            "INSERT INTO carts (id, customer, created_at) VALUES (%s, 1, now()) ON CONFLICT DO NOTHING", (cart,)
        )
        connection.execute("DELETE FROM cart_items WHERE cart = %s", (cart,))
        connection.execute("INSERT INTO cart_items (cart, product, quantity) VALUES (%s, 1, 2)", (cart,))


def test_a_changed_question_is_drift_until_it_is_rerecorded(project: Project) -> None:
    test = f"{SUITE}/test_post_orders.py::test_post_orders_paid"
    orders = project.folder / "samples" / "shop" / "orders.py"
    text = orders.read_text()
    orders.write_text(
        text.replace("SELECT c.customer, u.email FROM carts c", "SELECT c.customer, u.email, u.phone FROM carts c")
    )
    assert orders.read_text() != text
    assert not project.passes(test)
    by_hand(project.folder / PAID)
    before = load_case(project.folder / PAID)
    filled(project, before)
    (found,) = project.rerecord(test)
    assert found.reason == ""
    assert found.lost == (f"budget 3: `{CART[:59]}…` is not asked any more",)
    lines = (project.folder / PAID).read_text().splitlines()
    assert lines[7:12] == [
        "variables:",
        "  number: {uuid: 4}",
        "  placed_at: {timestamp: iso8601, zone: true, digits: 6, from: -1s, to: 600s}",
        "  mail: {uuid: 0}",
        "request:",
    ]
    assert "  parameters: [$mail, fenlan.valmondp66t@example.org, Your order $number]" in lines
    assert "+    SELECT c.customer, u.email, u.phone FROM carts c" in found.diff
    assert project.passes(test)
    after = load_case(project.folder / PAID)
    assert (after.captured, after.request) == (before.captured, before.request)
    assert {call.dependency for call in after.calls} == {"db", "cache", "payments", "mail"}
    answer = after.calls[0].answer
    assert isinstance(answer, SqlResult)
    assert len(answer.rows[0]) == 3
    written = b"".join(path.read_bytes() for path in (project.folder / SUITE).rglob("*") if path.is_file())
    assert b"ana.silva" not in written
    assert b"912 345 678" not in written


def test_what_the_live_dependencies_do_not_hold_leaves_the_file_as_it_is(project: Project) -> None:
    before = (project.folder / PAID).read_text()
    with psycopg.connect(project.database) as connection:
        connection.execute("DELETE FROM cart_items")
    (found,) = project.rerecord(f"{SUITE}/test_post_orders.py::test_post_orders_paid")
    assert found.diff == ""
    assert "and the flow is of a 201: the live dependencies do not hold what it is about" in found.reason
    assert (project.folder / PAID).read_text() == before


def test_a_dry_run_writes_nothing(project: Project) -> None:
    before = (project.folder / PAID).read_text()
    filled(project, load_case(project.folder / PAID))
    (found,) = project.rerecord(f"{SUITE}/test_post_orders.py::test_post_orders_paid", keep=False)
    assert found.diff
    assert (project.folder / PAID).read_text() == before
    assert not (project.folder / SUITE / ".candidates").exists()


def test_what_cannot_be_begun_says_why(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RerecordError, match="pytest ended with 4"):
        project.rerecord(f"{SUITE}/test_nothing.py")
    (project.folder / "test_other.py").write_text("def test_other(): pass\n")
    with pytest.raises(RerecordError, match="none of the chosen tests replays a flow"):
        project.rerecord("test_other.py")
    monkeypatch.delenv("FLOWTAPE_KEY")
    with pytest.raises(ConfigurationError, match="FLOWTAPE_KEY is not set"):
        project.rerecord()


@pytest.mark.parametrize("pair", ["db", "=x", "db="])
def test_pairs_are_pairs(pair: str) -> None:
    assert parse_pairs(["db=a=b"], "--dependency") == {"db": "a=b"}
    with pytest.raises(ConfigurationError, match="NAME=VALUE is wanted"):
        parse_pairs([pair], "--dependency")
