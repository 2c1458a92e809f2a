from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from flowtape.capture.exchange import Address
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.live.background import Background

PLACE = Address("127.0.0.1", 1)


class Served:
    def __init__(self, *, late: bool = False) -> None:
        self.address = PLACE
        self.closed = False
        self._late = late

    async def close(self) -> None:
        if self._late:
            raise TimeoutError
        self.closed = True


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    made.start()
    yield made
    made.stop()
    assert "flowtape relays" not in {each.name for each in threading.enumerate()}


def test_work_is_done_on_a_thread_of_its_own(background: Background) -> None:
    async def where() -> str:
        assert asyncio.get_running_loop().is_running()
        return threading.current_thread().name

    assert background.wait(where()) == "flowtape relays"


def test_all_servers_are_closed_in_the_end_also_after_one_that_is_late() -> None:
    background, servers = Background(), [Served(late=True), Served()]

    async def made(server: Served) -> Served:
        return server

    background.start()
    for each in servers:
        assert background.run("db", lambda each=each: made(each)) == PLACE  # type: ignore[misc]
    background.stop()
    assert [each.closed for each in servers] == [False, True]


def test_what_cannot_listen_is_named(background: Background) -> None:
    async def refused() -> Served:
        raise OSError("address in use")

    with pytest.raises(BrokenError, match=r"db: no relay could listen on 127\.0\.0\.1: address in use"):
        background.run("db", refused)
