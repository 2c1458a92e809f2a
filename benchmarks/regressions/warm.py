"""pytest in processes that have already imported what every suite of the samples imports: half the time of a suite is that.

Each run has a process of its own, forked from a server which has imported libraries and nothing of the samples.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

LIBRARIES = (
    "aiohttp, asyncpg, fastapi.templating, flask, httpx, jinja2, jwt, orjson, psycopg, psycopg2, psycopg_pool, pytest, redis.asyncio,"
    " requests, sqlalchemy.dialects.postgresql.psycopg2, sqlalchemy.orm, sqlglot, time_machine, vcr, werkzeug.security,"
    " xml.etree.ElementTree, flowtape.replay.suite"
)
HOUSE = Path(__file__).parents[2]
LIMIT_SECONDS = 300


def processes(workers: int) -> ProcessPoolExecutor:
    """Of which each makes one run."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([name.strip() for name in LIBRARIES.split(",")])
    return ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1)


def run(root: Path, arguments: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Run pytest in this process, in the folder `root`. What it prints is in `root`/output.txt. Gives back its exit code."""
    import pytest

    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LIMIT_SECONDS)
    os.chdir(root)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in [
        name for name in os.environ if name.startswith("PYTEST_") and name != "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
    ]:
        del os.environ[name]
    sys.dont_write_bytecode = True
    # The services come from the copy below `root`.
    sys.path[:] = [path for path in sys.path if Path(path).resolve() not in {HOUSE, root}]
    with (root / "output.txt").open("w", encoding="utf-8") as output, redirect_stdout(output), redirect_stderr(output):
        return int(pytest.main([*arguments], [*plugins]))


def _too_long(*_: object) -> None:
    raise TimeoutError(f"a suite ran for more than {LIMIT_SECONDS} s")
