"""The shop answers otherwise than it did."""

from __future__ import annotations

from functools import partial

from benchmarks.regressions.patch import Patch, one

shop = partial(one, "shop")

CREATED = '{"id": order.id, "status": "paid", "total": order.total, "placed_at": order.placed_at}'

REGRESSIONS: tuple[Patch, ...] = (
    shop(
        "leaked field",
        "the customer's e-mail address",
        "orders.py",
        CREATED,
        CREATED.replace("}", ', "email": order.email}'),
    ),
    shop(
        "leaked field",
        "the hash of a password",
        "sessions.py",
        'return {"customer": row["id"]}',
        'return {"customer": row["id"], **row}',
    ),
    shop(
        "leaked field",
        "the charge of an order",
        "orders.py",
        '"refund": refund}',
        '"refund": refund, "charge": row["charge"]}',
    ),
    shop("renamed field", "placed_at", "orders.py", CREATED, CREATED.replace('"placed_at"', '"placedAt"')),
    shop("renamed field", "total", "customers.py", '"total": total["n"]}', '"count": total["n"]}'),
    shop("renamed field", "spent", "account.py", "AS spent FROM orders", "AS sum FROM orders"),
    shop(
        "retyped field",
        "a total as a number",
        "orders.py",
        '"total": order.total, "placed_at"',
        '"total": float(order.total), "placed_at"',
    ),
    shop(
        "retyped field",
        "an id as a text",
        "customers.py",
        'return {"id": row["id"], "name"',
        'return {"id": str(row["id"]), "name"',
    ),
    shop("retyped field", "a number of views as a text", "products.py", '"views": views}', '"views": str(views)}'),
    shop(
        "retyped field",
        "a list as an object",
        "orders.py",
        '"items": await cursor.fetchall()}',
        '"items": {"all": await cursor.fetchall()}}',
    ),
    shop("dropped field", "the page's number", "customers.py", '"page": page, "total"', '"total"'),
    shop("dropped field", "the refund", "orders.py", ', "refund": refund}', "}"),
    shop("dropped field", "a product's views", "products.py", 'return {**row, "views": views}', "return row"),
    shop(
        "wrong status",
        "an order is not created but OK",
        "orders.py",
        '@router.post("", status_code=201)',
        '@router.post("")',
    ),
    shop(
        "wrong status",
        "an unknown order is a bad request",
        "account.py",
        'HTTPException(404, {"code": "no_such_order"})',
        'HTTPException(400, {"code": "no_such_order"})',
    ),
    shop(
        "wrong status",
        "an empty cart is no conflict",
        "orders.py",
        'HTTPException(409, {"code": "cart_is_empty"})',
        'HTTPException(422, {"code": "cart_is_empty"})',
    ),
    shop(
        "wrong status",
        "204 becomes 200",
        "carts.py",
        '@router.post("/{cart}/items", status_code=204)',
        '@router.post("/{cart}/items", status_code=200)',
    ),
    shop(
        "wrong status",
        "not modified is no longer said",
        "account.py",
        'if if_none_match == headers["ETag"]:',
        'if if_none_match == row["status"]:',
    ),
    shop("wrong code", "another word for an error", "orders.py", '"code": "out_of_stock"', '"code": "outOfStock"'),
    shop("wrong header", "no Location", "orders.py", '    response.headers["Location"] = f"/orders/{order.id}"\n', ""),
    shop("wrong header", "Location leads to the cart", "orders.py", 'f"/orders/{order.id}"', 'f"/orders/{body.cart}"'),
    shop(
        "wrong header",
        "what is private may be kept by anyone",
        "account.py",
        '"Cache-Control": "private, max-age=60"',
        '"Cache-Control": "public, max-age=60"',
    ),
    shop(
        "wrong header", "an ETag that never changes", "account.py", 'f\'"{order}-{row["status"]}"\'', "f'\"{order}\"'"
    ),
    shop(
        "wrong header",
        "no word on when to try again",
        "sessions.py",
        ', headers={"Retry-After": str(LOCK_SECONDS)})',
        ")",
    ),
    shop("wrong cookie", "scripts may read it", "sessions.py", "httponly=True", "httponly=False"),
    shop("wrong cookie", "it lasts a day", "sessions.py", "max_age=SESSION_SECONDS", "max_age=86400"),
    shop("wrong cookie", "other sites may send it", "sessions.py", 'samesite="lax"', 'samesite="none"'),
    shop(
        "wrong cookie", "another name", "sessions.py", 'response.set_cookie("session"', 'response.set_cookie("shopper"'
    ),
    shop(
        "wrong cookie",
        "another name of another length",
        "sessions.py",
        'response.set_cookie("session"',
        'response.set_cookie("sid"',
    ),
    shop(
        "wrong cookie", "signing out leaves it", "sessions.py", '    response.delete_cookie("session", path="/")\n', ""
    ),
    shop("weak token", "half as long", "sessions.py", "token_urlsafe(24)", "token_urlsafe(12)"),
    shop(
        "authorisation removed",
        "anyone may read a receipt",
        "account.py",
        '        if row["customer"] != customer:\n            raise HTTPException(403, {"code": "not_yours"})\n',
        "",
    ),
    shop(
        "authorisation removed",
        "any password will do",
        "sessions.py",
        'if row is None or not check_password_hash(row["password_hash"], body.password):',
        "if row is None:",
    ),
    shop(
        "authorisation removed",
        "guessing is never locked out",
        "sessions.py",
        "if attempts > ATTEMPTS:",
        "if attempts > 10 * ATTEMPTS:",
    ),
    shop(
        "authorisation removed",
        "without a session one is the first customer",
        "sessions.py",
        '        raise HTTPException(401, {"code": "not_signed_in"})\n',
        "        return 1\n",
    ),
    shop(
        "pagination off by one",
        "the second product is the first",
        "products.py",
        "(limit, offset)",
        "(limit, offset + 1)",
    ),
    shop("pagination off by one", "the first page is skipped", "customers.py", "(page - 1) * size", "page * size"),
    shop(
        "pagination off by one",
        "the next page begins one too late",
        "products.py",
        "offset={offset + limit}",
        "offset={offset + limit + 1}",
    ),
    shop("wrong order", "the oldest first", "customers.py", "ORDER BY placed_at DESC", "ORDER BY placed_at"),
    shop("time zone lost", "a receipt in UTC", "account.py", '.astimezone(ZoneInfo(row["time_zone"]))', ""),
    shop(
        "time zone lost",
        "a receipt in the shop's time zone",
        "account.py",
        'ZoneInfo(row["time_zone"])',
        'ZoneInfo("Europe/Madrid")',
    ),
    shop(
        "time zone lost",
        "an order's time says no zone",
        "orders.py",
        "datetime.now(UTC), items",
        "datetime.now(UTC).replace(tzinfo=None), items",
    ),
    shop(
        "changed HTML",
        "the customer is not named",
        "templates/receipt.html",
        "Thank you, {{ order.name }}",
        "Thank you",
    ),
    shop(
        "changed HTML", "a column is missing", "templates/receipt.html", "<td>{{ item.quantity * item.price }}</td>", ""
    ),
    shop(
        "changed HTML",
        "tax and net sum are swapped",
        "templates/receipt.html",
        "{{ vat }} EUR VAT on {{ net }} EUR",
        "{{ net }} EUR VAT on {{ vat }} EUR",
    ),
)
