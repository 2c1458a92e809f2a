"""The ledger asks its database the same by other means of SQLAlchemy, by other drivers, in other words."""

from __future__ import annotations

from functools import partial

from benchmarks.regressions.patch import Edit, Patch, one

ledger = partial(one, "ledger")

URL = '"postgresql+psycopg2://"'
ENGINE = "create_engine(url, pool_size=4)"
ONE_ACCOUNT = """    with reading() as session:
        return own(session, number, owner).told()
"""
LOCKED = "select(Account).where(Account.id.in_([source, target])).order_by(Account.id).with_for_update()"
EITHER = "(Transfer.source == number) | (Transfer.target == number)"
TAKEN = "select(Account.id).where(Account.owner == owner, Account.label == wanted, Account.id != number)"
LAST = "session.scalars(query.order_by(Transfer.made_at.desc()).limit(LINES)).all()"
USER = 'session.scalar(select(User).where(User.email == body["email"]))'
TODAY = "query.where(Transfer.source == source.id, Transfer.made_at >= func.current_date())"
MADE = """    made = Transfer(id=uuid4(), source=source.id, target=target.id, amount=amount, fee=fee, rate=rate)
    made.made_at = datetime.now(UTC)
    session.add(made)
    session.flush()
"""
SHOWN = """        found = session.get(Transfer, number)
"""
COLUMNS = "transfers.id, transfers.source, transfers.target, transfers.amount, transfers.fee, transfers.rate, transfers.made_at"

REFACTORINGS: tuple[Patch, ...] = (
    ledger("driver", "psycopg 3 in place of psycopg2", "database.py", URL, '"postgresql+psycopg://"'),
    Patch(
        "ledger",
        "driver",
        "an account by asyncpg",
        (
            Edit(
                "accounts.py",
                ONE_ACCOUNT,
                """    row = asyncio.run(_read(number))
    if row is None:
        refuse(404, "no_such_account")
    if row["owner"] != owner:
        refuse(403, "not_yours")
    return Account(**dict(row)).told()


async def _read(number: int) -> asyncpg.Record | None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    try:
        return await connection.fetchrow(
            "SELECT id, owner, iban, currency, balance, label FROM accounts WHERE id = $1", number
        )
    finally:
        await connection.close()
""",
            ),
            Edit(
                "accounts.py",
                "from flask import Blueprint, request\n",
                "import asyncio\nimport os\n\nimport asyncpg\nfrom flask import Blueprint, request\n",
            ),
        ),
    ),
    Patch(
        "ledger",
        "driver",
        "an account by psycopg2 alone",
        (
            Edit(
                "accounts.py",
                ONE_ACCOUNT,
                """    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT iban, currency, balance, label, owner, id FROM accounts WHERE id = %s", (number,))
        row = cursor.fetchone()
    if row is None:
        refuse(404, "no_such_account")
    found = Account(**dict(zip(("iban", "currency", "balance", "label", "owner", "id"), row, strict=True)))
    if found.owner != owner:
        refuse(403, "not_yours")
    return found.told()
""",
            ),
            Edit(
                "accounts.py",
                "from flask import Blueprint, request\n",
                "import os\nfrom contextlib import closing\n\nimport psycopg2\nfrom flask import Blueprint, request\n",
            ),
        ),
    ),
    Patch(
        "ledger",
        "ORM to Core",
        "a user by columns of a table",
        (
            Edit(
                "users.py",
                USER,
                'session.execute(select(User.__table__).where(User.__table__.c.email == body["email"])).one_or_none()',
            ),
        ),
    ),
    Patch(
        "ledger",
        "ORM to Core",
        "a transfer is inserted as a row",
        (
            Edit(
                "transfers.py",
                MADE,
                """    made = Transfer(id=uuid4(), source=source.id, target=target.id, amount=amount, fee=fee, rate=rate)
    made.made_at = datetime.now(UTC)
    session.flush()
    columns = ("rate", "made_at", "fee", "amount", "target", "source", "id")
    session.execute(insert(Transfer.__table__).values({name: getattr(made, name) for name in columns}))
""",
            ),
            Edit("transfers.py", "import func, select", "import func, insert, select"),
        ),
    ),
    Patch(
        "ledger",
        "Core to raw SQL",
        "a statement's lines",
        (
            Edit(
                "statements.py",
                LAST,
                f"""session.scalars(
        select(Transfer).from_statement(
            text("SELECT {COLUMNS} FROM transfers WHERE source = :n OR target = :n ORDER BY made_at DESC LIMIT :lines")
        ),
        {{"n": number, "lines": LINES}},
    ).all()""",
            ),
            Edit("statements.py", "import select", "import select, text"),
            Edit(
                "statements.py",
                "    text = io.StringIO()\n    writer = csv.writer(text",
                "    table = io.StringIO()\n    writer = csv.writer(table",
            ),
            Edit("statements.py", "text.getvalue()", "table.getvalue()"),
        ),
    ),
    Patch(
        "ledger",
        "Core to raw SQL",
        "the sum of a day",
        (
            Edit(
                "transfers.py",
                "    return Decimal(session.scalar(query) or 0)",
                """    query = text("SELECT COALESCE(SUM(amount), 0) FROM transfers WHERE source = :source AND made_at >= CURRENT_DATE")
    return Decimal(session.scalar(query, {"source": source.id}) or 0)""",
            ),
            Edit("transfers.py", "import func, select", "import func, select, text"),
        ),
    ),
    Patch(
        "ledger",
        "Core to raw SQL",
        "a label is written by a statement",
        (
            Edit(
                "accounts.py",
                "        found.label = wanted\n",
                '        session.execute(text("UPDATE accounts SET label = :label WHERE id = :id"), {"label": wanted, "id": found.id})\n        set_committed_value(found, "label", wanted)\n',
            ),
            Edit(
                "accounts.py",
                "from sqlalchemy import select\nfrom sqlalchemy.orm import Session\n",
                "from sqlalchemy import select, text\nfrom sqlalchemy.orm import Session\nfrom sqlalchemy.orm.attributes import set_committed_value\n",
            ),
        ),
    ),
    Patch(
        "ledger",
        "older and newer ORM",
        "session.query",
        (Edit("users.py", USER, 'session.query(User).filter(User.email == body["email"]).one_or_none()'),),
    ),
    Patch(
        "ledger",
        "older and newer ORM",
        "columns are named after their tables",
        (
            Edit("transfers.py", LOCKED, LOCKED + ".set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)"),
            Edit("transfers.py", "import func, select", "import LABEL_STYLE_TABLENAME_PLUS_COL, func, select"),
        ),
    ),
    Patch(
        "ledger",
        "older and newer ORM",
        "tables have generated aliases",
        (
            Edit(
                "statements.py",
                f"    query = select(Transfer).where({EITHER})\n    return session.scalars(query.order_by(Transfer.made_at.desc())",
                "    one = aliased(Transfer)\n    query = select(one).where((one.source == number) | (one.target == number))\n    return session.scalars(query.order_by(one.made_at.desc())",
            ),
            Edit("statements.py", "import Session\n", "import Session, aliased\n"),
        ),
    ),
    Patch(
        "ledger",
        "IN and ANY",
        "accounts by an array",
        (
            Edit(
                "transfers.py",
                LOCKED,
                "select(Account).where(Account.id == func.any([source, target])).order_by(Account.id).with_for_update()",
            ),
        ),
    ),
    ledger(
        "IN and ANY",
        "one or the other",
        "transfers.py",
        "Account.id.in_([source, target])",
        "Account.id.in_([target, source])",
    ),
    ledger(
        "order of conditions",
        "OR the other way round",
        "statements.py",
        EITHER,
        "(Transfer.target == number) | (Transfer.source == number)",
    ),
    ledger(
        "order of conditions",
        "AND the other way round",
        "accounts.py",
        TAKEN,
        "select(Account.id).where(Account.id != number, Account.label == wanted, Account.owner == owner)",
    ),
    ledger(
        "commutative comparison",
        "later than is earlier than",
        "transfers.py",
        TODAY,
        "query.where(Transfer.source == source.id, func.current_date() <= Transfer.made_at)",
    ),
    Patch(
        "ledger",
        "commutative comparison",
        "the value first",
        (
            Edit(
                "accounts.py",
                TAKEN,
                "select(Account.id).where(literal(owner) == Account.owner, literal(wanted) == Account.label, literal(number) != Account.id)",
            ),
            Edit("accounts.py", "import select\n", "import literal, select\n"),
        ),
    ),
    Patch(
        "ledger",
        "literals and parameters",
        "a number in the text",
        (
            Edit(
                "transfers.py",
                "    return Decimal(session.scalar(query) or 0)",
                '    return Decimal(session.scalar(query.with_only_columns(func.coalesce(func.sum(Transfer.amount), literal_column("0")))) or 0)',
            ),
            Edit("transfers.py", "import func, select", "import func, literal_column, select"),
        ),
    ),
    Patch(
        "ledger",
        "aliases of columns",
        "a sum has a name",
        (
            Edit(
                "transfers.py",
                "func.coalesce(func.sum(Transfer.amount), 0)",
                'func.coalesce(func.sum(Transfer.amount), 0).label("moved")',
            ),
        ),
    ),
    Patch(
        "ledger",
        "order of columns",
        "by name, and in another order",
        (
            Edit(
                "transfers.py",
                SHOWN,
                """        columns = select(
            Transfer.made_at, Transfer.rate, Transfer.fee, Transfer.amount, Transfer.target, Transfer.source, Transfer.id
        )
        row = session.execute(columns.where(Transfer.id == number)).one_or_none()
        found = Transfer(**row._mapping) if row is not None else None
""",
            ),
        ),
    ),
    Patch(
        "ledger",
        "subset of columns",
        "who owns the account is enough",
        (
            Edit(
                "accounts.py",
                "        found = own(session, number, owner)\n        found.label = wanted",
                '        found = session.get(Account, number, options=[defer(Account.label)])\n        if found is None:\n            refuse(404, "no_such_account")\n        if found.owner != owner:\n            refuse(403, "not_yours")\n        found.label = wanted',
            ),
            Edit("accounts.py", "import Session\n", "import Session, defer\n"),
        ),
    ),
    ledger(
        "pool size",
        "one connection",
        "database.py",
        ENGINE,
        "create_engine(url, pool_size=1, max_overflow=2, pool_timeout=5)",
    ),
    ledger(
        "pool size",
        "connections are tried before they are used",
        "database.py",
        ENGINE,
        "create_engine(url, pool_size=4, pool_pre_ping=True)",
    ),
    Patch(
        "ledger",
        "pool size",
        "no pool",
        (
            Edit("database.py", ENGINE, "create_engine(url, poolclass=NullPool)"),
            Edit(
                "database.py",
                "from sqlalchemy.orm import Session\n",
                "from sqlalchemy.orm import Session\nfrom sqlalchemy.pool import NullPool\n",
            ),
        ),
    ),
    ledger(
        "simple protocol",
        "psycopg 3 that prepares each statement",
        "database.py",
        '"postgresql+psycopg2://")\n    return ' + ENGINE,
        '"postgresql+psycopg://")\n    return create_engine(url, pool_size=4, connect_args={"prepare_threshold": 0})',
    ),
    Patch(
        "ledger",
        "isolation put otherwise",
        "at the session's connection",
        (
            Edit(
                "database.py",
                'return Session(engine().execution_options(isolation_level="SERIALIZABLE"))',
                'session = Session(engine())\n    session.connection(execution_options={"isolation_level": "SERIALIZABLE"})\n    return session',
            ),
            Edit(
                "accounts.py",
                "    with writing() as session, session.begin():\n",
                "    with writing() as session, session.get_transaction():\n",
            ),
            Edit(
                "transfers.py",
                "    with writing() as session, session.begin():\n",
                "    with writing() as session, session.get_transaction():\n",
            ),
        ),
    ),
    ledger("lists", "of one value", "users.py", USER, USER.replace(' == body["email"]', '.in_([body["email"]])')),
    Patch(
        "ledger",
        "negation",
        "neither of both is unequal",
        (
            Edit("statements.py", EITHER, "not_(and_(Transfer.source != number, Transfer.target != number))"),
            Edit("statements.py", "import select\n", "import and_, not_, select\n"),
        ),
    ),
)
