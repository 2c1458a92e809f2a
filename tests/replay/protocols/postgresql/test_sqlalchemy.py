"""SQLAlchemy 2 over each of its PostgreSQL drivers."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload

Twice = Callable[[Callable[[Any], Any]], Any]


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "sa_customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    orders: Mapped[list[Order]] = relationship(back_populates="customer", order_by="Order.total")


class Order(Base):
    __tablename__ = "sa_orders"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("sa_customers.id"))
    total: Mapped[Decimal] = mapped_column(sa.Numeric(10, 2))
    placed: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
    status: Mapped[str] = mapped_column(sa.Enum("open", "paid", name="sa_status"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    customer: Mapped[Customer] = relationship(back_populates="orders")


WHEN = dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def tables(postgresql_server: Any) -> None:
    engine = sa.create_engine(postgresql_server.url.replace("postgresql:", "postgresql+psycopg:"))
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Customer(id=1000, email="old@example.com"))
        session.commit()
    engine.dispose()


def order(number: int, customer: Customer) -> Order:
    return Order(
        id=uuid.UUID(int=number),
        customer=customer,
        total=Decimal(f"{number}.50"),
        placed=WHEN,
        status="open",
        tags=["a", "b c"],
        data={"n": [number, None]},
    )


def work(session: Session) -> list[Any]:
    seen: list[Any] = []
    customer = Customer(email="new@example.com")
    session.add(customer)
    session.add_all([order(number, customer) for number in (1, 2, 3)])
    session.flush()
    seen.append(customer.id)
    session.commit()
    query = (
        sa.select(Order)
        .join(Customer)
        .where(Customer.email == "new@example.com", Order.total > 2)
        .order_by(Order.total)
    )
    seen += [(o.id, o.total, o.placed, o.status, o.tags, o.data) for o in session.scalars(query)]
    session.execute(sa.update(Order).where(Order.id == uuid.UUID(int=1)).values(status="paid", total=Order.total + 1))
    statement = upsert(Customer).values(email="new@example.com").on_conflict_do_nothing().returning(Customer.id)
    seen.append(session.execute(statement).all())
    session.commit()
    loaded = session.scalars(sa.select(Customer).options(selectinload(Customer.orders)).order_by(Customer.id)).all()
    seen.append([(each.email, [(o.status, o.total) for o in each.orders]) for each in loaded])
    session.add(Customer(email="new@example.com"))
    with pytest.raises(sa.exc.IntegrityError) as raised:
        session.commit()
    seen.append(str(raised.value.orig))
    session.rollback()
    with session.begin_nested():
        gone: Any = session.execute(sa.delete(Order).where(Order.id.in_([uuid.UUID(int=2), uuid.UUID(int=3)])))
        seen.append(gone.rowcount)
    seen.append(session.scalar(sa.select(sa.func.count()).select_from(Order)))
    session.rollback()
    return seen


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_a_session_over_a_blocking_driver(twice: Twice, tables: None, driver: str, postgresql_server: Any) -> None:
    def scenario(place: Any) -> Any:
        engine = sa.create_engine(place.url.replace("postgresql:", f"postgresql+{driver}:"))
        with Session(engine) as session:
            seen = work(session)
        engine.dispose()
        return seen

    record = twice(scenario)
    assert {committed for _, committed in record.ended} == {True, False}


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_a_session_over_an_async_driver(twice: Twice, driver: str) -> None:
    async def run(place: Any) -> Any:
        engine = create_async_engine(place.url.replace("postgresql:", f"postgresql+{driver}:"))
        async with AsyncSession(engine) as session:
            seen = await session.run_sync(work)
        await engine.dispose()
        return seen

    twice(lambda place: asyncio.run(run(place)))


def test_reflection_and_a_stream(twice: Twice) -> None:
    def scenario(place: Any) -> Any:
        engine = sa.create_engine(place.url.replace("postgresql:", "postgresql+psycopg:"))
        table = sa.Table("sa_customers", sa.MetaData(), autoload_with=engine)
        with engine.connect() as connection:
            rows = connection.execution_options(stream_results=True, yield_per=1).execute(sa.select(table)).all()
        engine.dispose()
        return [(each.name, str(each.type)) for each in table.columns], [tuple(row) for row in rows]

    twice(scenario)
