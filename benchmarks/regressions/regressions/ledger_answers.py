"""The ledger answers otherwise than it did."""

from __future__ import annotations

from functools import partial

from benchmarks.regressions.patch import Patch, one

ledger = partial(one, "ledger")

NOT_YOURS = """    if found.owner != owner:
        refuse(403, "not_yours")
    return found
"""

REGRESSIONS: tuple[Patch, ...] = (
    ledger(
        "leaked field",
        "who owns an account",
        "models.py",
        '            "label": self.label,\n',
        '            "label": self.label,\n            "owner": self.owner,\n',
    ),
    ledger(
        "leaked field",
        "the hash of a password",
        "users.py",
        '            "email": user.email,\n',
        '            "email": user.email,\n            "password_hash": user.password_hash,\n',
    ),
    ledger("renamed field", "expires_at", "users.py", '"expires_at": expires_at', '"expires": expires_at'),
    ledger("renamed field", "date_of_birth", "users.py", '"date_of_birth": user', '"born": user'),
    ledger(
        "retyped field",
        "a balance as a number",
        "models.py",
        '"balance": str(self.balance),',
        '"balance": float(self.balance),',
    ),
    ledger(
        "retyped field",
        "an id as a text",
        "models.py",
        '            "id": self.id,\n',
        '            "id": str(self.id),\n',
    ),
    ledger(
        "retyped field",
        "no next page as false",
        "transfers.py",
        "if len(rows) > limit else None",
        "if len(rows) > limit else False",
    ),
    ledger("dropped field", "the fee", "models.py", '            "fee": str(self.fee),\n', ""),
    ledger("dropped field", "the currency", "models.py", '            "currency": self.currency,\n', ""),
    ledger(
        "wrong status",
        "another's account is not found",
        "accounts.py",
        'refuse(403, "not_yours")',
        'refuse(404, "not_yours")',
    ),
    ledger("wrong status", "a transfer is OK", "transfers.py", "return answer, 201, {", "return answer, 200, {"),
    ledger("wrong status", "no token is forbidden", "tokens.py", 'refuse(401, "no_token")', 'refuse(403, "no_token")'),
    ledger(
        "wrong code", "another word", "transfers.py", 'refuse(409, "not_enough")', 'refuse(409, "insufficient_funds")'
    ),
    ledger("wrong header", "tokens may be kept", "users.py", ', 200, {"Cache-Control": "no-store"}', ""),
    ledger(
        "wrong header",
        "a statement has no file name",
        "statements.py",
        '    answer.headers["Content-Disposition"] = f\'attachment; filename="account-{number}.csv"\'\n',
        "",
    ),
    ledger(
        "wrong header",
        "a statement is plain text",
        "statements.py",
        "text/csv; charset=utf-8",
        "text/plain; charset=utf-8",
    ),
    ledger(
        "wrong header", "Location has no transfer", "transfers.py", "f\"/transfers/{answer['id']}\"}", '"/transfers"}'
    ),
    ledger("wrong cookie", "it lasts an hour", "statements.py", "max_age=86400", "max_age=3600"),
    ledger("wrong cookie", "scripts may read it", "statements.py", "httponly=True, ", ""),
    ledger("authorisation removed", "anyone sees any account", "accounts.py", NOT_YOURS, "    return found\n"),
    ledger(
        "authorisation removed",
        "anyone moves anyone's money",
        "transfers.py",
        '        if source.owner != owner:\n            refuse(403, "not_yours")\n',
        "",
    ),
    ledger(
        "authorisation removed",
        "any password will do",
        "users.py",
        'user is None or not check_password_hash(user.password_hash, body["password"])',
        "user is None",
    ),
    ledger(
        "authorisation removed",
        "a token that is not valid is nobody's",
        "tokens.py",
        '        refuse(401, "bad_token")\n',
        "        return 0\n",
    ),
    ledger(
        "weak token",
        "it is valid for a day",
        "tokens.py",
        "LIFETIME = timedelta(hours=1)",
        "LIFETIME = timedelta(days=1)",
    ),
    ledger("weak token", "a claim is missing", "tokens.py", '"email": user.email, ', ""),
    ledger("weak token", "it never ends", "tokens.py", ', "exp": now + LIFETIME}', "}"),
    ledger(
        "pagination off by one",
        "a page has one more",
        "transfers.py",
        "for row in rows[:limit]]",
        "for row in rows[: limit + 1]]",
    ),
    ledger(
        "pagination off by one",
        "the next page skips one",
        "transfers.py",
        "rows[limit - 1].made_at",
        "rows[limit].made_at",
    ),
    ledger(
        "pagination off by one",
        "the last of a page comes again",
        "transfers.py",
        "Transfer.made_at < datetime",
        "Transfer.made_at <= datetime",
    ),
    ledger("pagination off by one", "one line less", "statements.py", "LINES = 5", "LINES = 4"),
    ledger("wrong order", "the oldest first", "statements.py", "Transfer.made_at.desc()", "Transfer.made_at"),
    ledger("time zone lost", "a page in UTC", "statements.py", "row.made_at.astimezone(zone)", "row.made_at"),
    ledger(
        "time zone lost",
        "times without a zone",
        "models.py",
        '"made_at": self.made_at.isoformat(),',
        '"made_at": self.made_at.replace(tzinfo=None).isoformat(),',
    ),
    ledger(
        "changed HTML",
        "plus for minus",
        "templates/statement.html",
        "{{ line.sign }} {{ line.amount }}",
        "+ {{ line.amount }}",
    ),
    ledger(
        "changed HTML",
        "the balance is not shown",
        "templates/statement.html",
        "<strong>{{ account.balance }} {{ account.currency }}</strong>",
        "<strong>{{ account.currency }}</strong>",
    ),
    ledger("changed HTML", "a list without numbers", "templates/statement.html", "<ol>\n", "<ul>\n"),
    ledger("changed text", "columns in another order", "statements.py", '"amount", "fee")', '"fee", "amount")'),
    ledger(
        "changed text",
        "another separator",
        "statements.py",
        'csv.writer(text, lineterminator="\\n")',
        'csv.writer(text, lineterminator="\\n", delimiter=";")',
    ),
)
