"""The ledger's tables, as SQLAlchemy sees them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
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
    time_zone: Mapped[str]
    accounts: Mapped[list[Account]] = relationship(back_populates="user", order_by="Account.id")


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[int] = mapped_column(ForeignKey("users.id"))
    iban: Mapped[str]
    currency: Mapped[str]
    balance: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    label: Mapped[str | None]
    user: Mapped[User] = relationship(back_populates="accounts")

    def told(self) -> dict[str, Any]:
        """What its owner is told of it."""
        return {
            "id": self.id,
            "iban": self.iban,
            "currency": self.currency,
            "balance": str(self.balance),
            "label": self.label,
        }


class Transfer(Base):
    __tablename__ = "transfers"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    target: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    fee: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    rate: Mapped[Decimal] = mapped_column(Numeric(10, 4))
    made_at: Mapped[datetime]

    def told(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "source": self.source,
            "target": self.target,
            "amount": str(self.amount),
            "fee": str(self.fee),
            "rate": str(self.rate),
            "made_at": self.made_at.isoformat(),
        }
