"""Real servers, one of each for a test run's worker, started when a test first asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from samples import servers


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[servers.Server]:
    """A PostgreSQL of our own: .host .port .user .password .database .url"""
    with servers.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.Server]:
    """A Redis of our own: .host .port .url"""
    with servers.redis() as server:
        yield server
