"""Fill the ledger's database: `DATABASE_URL=… python -m samples.ledger.seed`."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from samples.ledger.models import Account, User

PASSWORDS = {"ines.costa@sapo.pt": "Maresia-1984", "tom.hardwick@btinternet.com": "correct horse 7"}


def seed(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text((Path(__file__).parent / "schema.sql").read_text()))
    with Session(engine) as session, session.begin():
        session.add_all(_users())


def _users() -> list[User]:
    ines = _user("ines.costa@sapo.pt", "Ines Costa", date(1984, 3, 9), "Atlantic/Azores")
    ines.accounts = [
        Account(iban="PT50000201231234567890154", currency="EUR", balance=Decimal("25000.00")),
        Account(iban="PT50002700000001234567833", currency="USD", balance=Decimal("310.40")),
    ]
    tom = _user("tom.hardwick@btinternet.com", "Tom Hardwick", date(1971, 11, 30), "Asia/Kolkata")
    tom.accounts = [
        Account(iban="GB29NWBK60161331926819", currency="GBP", balance=Decimal("80.00")),
        Account(iban="CH9300762011623852957", currency="CHF", balance=Decimal("15.00")),
        Account(iban="GB33BUKB20201555555555", currency="GBP", balance=Decimal("0.00")),
    ]
    return [ines, tom]


def _user(email: str, name: str, born: date, zone: str) -> User:
    # Few rounds: a sample's seeding and its replays should be quick.
    hashed = generate_password_hash(PASSWORDS[email], method="pbkdf2:sha256:2000")
    return User(email=email, full_name=name, date_of_birth=born, password_hash=hashed, time_zone=zone)


if __name__ == "__main__":
    seed(create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://")))
