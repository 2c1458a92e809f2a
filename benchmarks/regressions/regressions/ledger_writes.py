"""The ledger does other things than it did to its database and to the services that it asks."""

from __future__ import annotations

from functools import partial

from benchmarks.regressions.patch import Edit, Patch, one

ledger = partial(one, "ledger")

LIMITED = """        # Rolled back with all that was written, where the day's sum is too high.
        if _moved_today(session, source) > DAILY_LIMIT:
            refuse(409, "daily_limit")
"""
TOLD = """    if amount >= TOLD_FROM:
        mail.send(email, f"Transfer {answer['id']}", text)
"""
POST = """        requests.post(f"{os.environ['MAIL_URL']}/messages", json=message, timeout=5).raise_for_status()
"""

REGRESSIONS: tuple[Patch, ...] = (
    ledger(
        "dropped write",
        "money leaves and does not arrive",
        "transfers.py",
        "    target.balance += rates.exchanged(amount, rate)\n",
        "",
    ),
    ledger(
        "dropped write", "money arrives and does not leave", "transfers.py", "    source.balance -= amount + fee\n", ""
    ),
    ledger("dropped write", "the transfer itself", "transfers.py", "    session.add(made)\n", ""),
    ledger("dropped write", "a label", "accounts.py", "        found.label = wanted\n", ""),
    ledger(
        "doubled write",
        "a transfer with a twin",
        "transfers.py",
        "    session.add(made)\n",
        "    session.add(made)\n    session.add(Transfer(id=uuid4(), source=source.id, target=target.id, amount=amount, fee=fee, rate=rate, made_at=datetime.now(UTC)))\n",
    ),
    ledger(
        "reordered write",
        "the transfer before the balances",
        "transfers.py",
        "    source.balance -= amount + fee\n    target.balance += rates.exchanged(amount, rate)\n    made = Transfer(id=uuid4(), source=source.id, target=target.id, amount=amount, fee=fee, rate=rate)\n    made.made_at = datetime.now(UTC)\n    session.add(made)\n",
        "    made = Transfer(id=uuid4(), source=source.id, target=target.id, amount=amount, fee=fee, rate=rate)\n    made.made_at = datetime.now(UTC)\n    session.add(made)\n    session.flush()\n    source.balance -= amount + fee\n    target.balance += rates.exchanged(amount, rate)\n",
    ),
    ledger(
        "swapped parameter",
        "source and target of a transfer",
        "transfers.py",
        "source=source.id, target=target.id",
        "source=target.id, target=source.id",
    ),
    ledger("swapped parameter", "fee and rate", "transfers.py", "fee=fee, rate=rate)", "fee=rate, rate=fee)"),
    ledger(
        "stale parameter",
        "the rate of the last time",
        "transfers.py",
        "fee=fee, rate=rate)",
        "fee=fee, rate=Decimal(1))",
    ),
    ledger(
        "wrong value",
        "the fee is not taken",
        "transfers.py",
        "    source.balance -= amount + fee\n",
        "    source.balance -= amount\n",
    ),
    ledger(
        "wrong value",
        "the exchange goes the other way",
        "rates.py",
        "return (amount * quoted)",
        "return (amount / quoted)",
    ),
    ledger(
        "wrong WHERE",
        "transfers of the day count, of whichever account",
        "transfers.py",
        "query.where(Transfer.source == source.id, Transfer.made_at",
        "query.where(Transfer.made_at",
    ),
    ledger(
        "wrong WHERE",
        "only what went out is on a statement",
        "statements.py",
        "(Transfer.source == number) | (Transfer.target == number)",
        "Transfer.source == number",
    ),
    ledger(
        "wrong WHERE",
        "both ends instead of either",
        "transfers.py",
        "query = select(Transfer).where((Transfer.source == number) | (Transfer.target == number))",
        "query = select(Transfer).where((Transfer.source == number) & (Transfer.target == number))",
    ),
    ledger("wrong WHERE", "a label is taken by the account itself", "accounts.py", ", Account.id != number)", ")"),
    ledger(
        "lost commit",
        "a transfer is rolled back",
        "transfers.py",
        "    with writing() as session, session.begin():\n",
        "    with writing() as session:\n",
    ),
    ledger(
        "lost commit",
        "a label is rolled back",
        "accounts.py",
        "        found.label = wanted\n        return found.told()\n",
        "        found.label = wanted\n        session.flush()\n        answer = found.told()\n        session.rollback()\n        return answer\n",
    ),
    ledger(
        "lost rollback",
        "what is above the day's limit moves all the same",
        "transfers.py",
        LIMITED,
        LIMITED.replace("            refuse", "            session.commit()\n            refuse"),
    ),
    ledger(
        "lost rollback",
        "balances are committed before the limit is known",
        "transfers.py",
        "    session.flush()\n    return made",
        "    session.flush()\n    session.connection().commit()\n    session.connection()\n    return made",
    ),
    ledger(
        "changed isolation",
        "transfers read what others have committed meanwhile",
        "database.py",
        'return Session(engine().execution_options(isolation_level="SERIALIZABLE"))',
        "return Session(engine())",
    ),
    ledger(
        "changed isolation",
        "repeatable read",
        "database.py",
        'isolation_level="SERIALIZABLE"',
        'isolation_level="REPEATABLE READ"',
    ),
    ledger(
        "lost lock",
        "two transfers may read the same balance",
        "transfers.py",
        ".order_by(Account.id).with_for_update()",
        ".order_by(Account.id)",
    ),
    ledger("outgoing POST dropped", "no mail to the owner", "transfers.py", TOLD, ""),
    ledger(
        "outgoing POST dropped",
        "a mail of small transfers only",
        "transfers.py",
        "if amount >= TOLD_FROM:",
        "if amount < 0:",
    ),
    ledger("outgoing POST doubled", "two mails", "mail.py", POST, POST + POST),
    ledger(
        "outgoing POST to another host",
        "the mail goes to who quotes rates",
        "mail.py",
        "os.environ['MAIL_URL']",
        "os.environ['RATES_URL']",
    ),
    ledger(
        "outgoing POST with another amount",
        "the mail tells the balance",
        "transfers.py",
        'f"{amount} {source.currency} to {target.iban}"',
        'f"{source.balance} {source.currency} to {target.iban}"',
    ),
    ledger(
        "outgoing POST with another amount",
        "mails from another sum on",
        "transfers.py",
        "TOLD_FROM = Decimal(5)",
        "TOLD_FROM = Decimal(500)",
    ),
    ledger(
        "outgoing POST with another content",
        "the mail has a number in place of the account",
        "transfers.py",
        "to {target.iban}",
        "to {target.id}",
    ),
    ledger("outgoing GET with another parameter", "what a buyer pays", "rates.py", '"side": "mid"', '"side": "buy"'),
    ledger(
        "outgoing GET with another parameter",
        "the pair the other way round",
        "rates.py",
        'f"{source}/{target}"',
        'f"{target}/{source}"',
    ),
    ledger(
        "money rounded",
        "the fee is rounded up",
        "rates.py",
        "(amount * FEE).quantize(CENT, ROUND_HALF_EVEN)",
        '(amount * FEE).quantize(CENT, "ROUND_UP")',
    ),
    ledger(
        "money rounded",
        "cents are cut off",
        "rates.py",
        "return (amount * quoted).quantize(CENT, ROUND_HALF_EVEN)",
        'return (amount * quoted).quantize(CENT, "ROUND_DOWN")',
    ),
    ledger(
        "money rounded",
        "the rate has two digits",
        "rates.py",
        'return Decimal(answer.json()["rate"])',
        'return round(Decimal(answer.json()["rate"]), 2)',
    ),
    ledger("money rounded", "tenths of cents", "rates.py", 'CENT = Decimal("0.01")', 'CENT = Decimal("0.001")'),
    ledger(
        "swallowed error",
        "no quoted rate is one to one",
        "rates.py",
        '        refuse(422, "no_such_rate")\n',
        "        return Decimal(1)\n",
    ),
    ledger(
        "N+1",
        "each line's account is read by itself",
        "transfers.py",
        '    return {"transfers": [row.told()',
        '    with reading() as session:\n        for row in rows:\n            session.scalars(select(Account).where(Account.id == row.source)).all()\n    return {"transfers": [row.told()',
    ),
    ledger(
        "N+1",
        "the account is read again for each line of a statement",
        "statements.py",
        "        for row in _last(session, number):\n",
        "        for row in _last(session, number):\n            session.expire_all()\n            own(session, number, owner)\n",
    ),
    Patch(
        "ledger",
        "wrong limit",
        "twice as much a day",
        (Edit("transfers.py", "DAILY_LIMIT = Decimal(1000)", "DAILY_LIMIT = Decimal(2000)"),),
    ),
)
