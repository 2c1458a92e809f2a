"""The committed suites of the samples: they pass with no server and no network, and fail when the service is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from samples.demo.breakages import BREAKAGES, Breakage

ROOT = Path(__file__).parents[2]
NO_NETWORK = ("unshare", "--net", "--map-root-user", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def run(root: Path, suite: str, *options: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run pytest on a suite below `root`, as a developer would call it."""
    command = [*before, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, suite]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the samples, to be broken."""
    shutil.copytree(ROOT / "samples", tmp_path / "samples", ignore=shutil.ignore_patterns("__pycache__", "recording"))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


@pytest.fixture(scope="module")
def no_network() -> tuple[str, ...]:
    """The words before a command that take its network away, but for a loopback of its own."""
    probe = subprocess.run([*NO_NETWORK, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"no network namespace for this user: {probe.stderr.strip()}")
    return NO_NETWORK


@pytest.mark.parametrize("name", ["shop", "ledger"])
def test_a_suite_passes_with_no_server_and_no_network(name: str, no_network: tuple[str, ...]) -> None:
    done = run(ROOT, f"samples/{name}/tests/flows", before=no_network)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert "failed" not in done.stdout


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.title)
def test_a_broken_shop_fails_the_tests_that_saw_it(copy: Path, breakage: Breakage) -> None:
    breakage.apply(copy)
    done = run(copy, "samples/shop/tests/flows/test_post_orders.py", "--tb=line")
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert done.returncode == 1, done.stdout[-3000:]
    assert failed
    assert all(breakage.caught_by in line for line in failed)


def test_the_shop_passes_as_a_command_too(copy: Path) -> None:
    """The same flow files, against uvicorn in a process of its own."""
    path = copy / "samples" / "shop" / "flowtape.yaml"
    configuration = yaml.safe_load(path.read_text())
    service = configuration["service"]
    del service["asgi"]
    service["command"] = [sys.executable, "-m", "uvicorn", "samples.shop.app:app", "--port", "{port}"]
    service["ready"] = "GET /healthz"
    path.write_text(yaml.safe_dump(configuration))
    done = run(copy, "samples/shop/tests/flows")
    assert done.returncode == 0, done.stdout[-3000:]


def test_a_hand_typed_change_of_a_flow_file_is_noticed(copy: Path) -> None:
    """The suite passes because its values are compared, not because nothing is."""
    flow = copy / "samples" / "shop" / "tests" / "flows" / "post_orders" / "paid.yaml"
    text = flow.read_text()
    assert "status: paid" in text
    flow.write_text(text.replace("status: paid", "status: open"))
    done = run(copy, "samples/shop/tests/flows/test_post_orders.py")
    assert done.returncode == 1
    assert "response.json.status" in done.stdout
