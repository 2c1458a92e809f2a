"""The ledger's tables, as SQLAlchemy sees them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    full_name: Mapped[str]
    date_of_birth: Mapped[date]
    password_hash: Mapped[str]
    accounts: Mapped[list[Account]] = relationship(back_populates="user", order_by="Account.id")


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[int] = mapped_column(ForeignKey("users.id"))
    iban: Mapped[str]
    currency: Mapped[str]
    balance: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    user: Mapped[User] = relationship(back_populates="accounts")


class Transfer(Base):
    __tablename__ = "transfers"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    target: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    rate: Mapped[Decimal] = mapped_column(Numeric(10, 4))
    made_at: Mapped[datetime]
