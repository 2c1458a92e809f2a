"""The ledger's database: one engine, and a session for a request or a transaction."""

from __future__ import annotations

import os
from functools import cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session


@cache
def engine() -> Engine:
    url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://")
    return create_engine(url, pool_size=4)


def reading() -> Session:
    return Session(engine())


def writing() -> Session:
    """For use with `session.begin()`: money moves serializably, so that two transfers cannot spend the same balance."""
    return Session(engine().execution_options(isolation_level="SERIALIZABLE"))
