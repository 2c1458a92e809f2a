"""The shop does other things than it did to its cache, to the payment service, to mail, and after the response."""

from __future__ import annotations

from functools import partial

from benchmarks.regressions.patch import Patch, one

shop = partial(one, "shop")

CHARGE = """    answer = await shop.payments.post(
        "/charges",
        json={"order": str(order), "amount": str(amount), "card": card},
        headers={"Idempotency-Key": str(order)},
    )
"""
REFUND = """    answer = await shop.payments.post("/refunds", json={"charge": reference, "amount": str(amount)})
    return _reference(answer)
"""
MAIL = """    answer = await shop.mail.post("/messages", json={"to": email, "subject": subject, "text": f"{total} EUR"})
"""
CART_FORGOTTEN = """    await shop.cache.delete(f"cart:{cart}")


@router.delete"""

REGRESSIONS: tuple[Patch, ...] = (
    shop(
        "cache key",
        "carts are kept under another name",
        "carts.py",
        'cache.set(f"cart:{cart}"',
        'cache.set(f"carts:{cart}"',
    ),
    shop(
        "cache key",
        "all sessions of a customer are one",
        "sessions.py",
        'cache.set(f"session:{token}"',
        "cache.set(f\"session:{row['id']}\"",
    ),
    shop("cache key", "one counter of views for all products", "products.py", 'f"views:{product}"', '"views:all"'),
    shop("cache TTL", "a cart is kept for half a minute", "carts.py", "CACHE_SECONDS = 300", "CACHE_SECONDS = 30"),
    shop("cache TTL", "a cart is kept for ever", "carts.py", ", ex=CACHE_SECONDS)", ")"),
    shop("cache TTL", "seconds become milliseconds", "carts.py", "ex=CACHE_SECONDS", "px=CACHE_SECONDS"),
    shop("cache TTL", "a session never ends", "sessions.py", 'row["id"], ex=SESSION_SECONDS)', 'row["id"])'),
    shop(
        "cache TTL",
        "a session does not last longer for being used",
        "sessions.py",
        '    await shop.cache.expire(f"session:{session}", SESSION_SECONDS)\n',
        "",
    ),
    shop(
        "cache TTL",
        "an address is locked for ever",
        "sessions.py",
        '        await shop.cache.expire(f"attempts:{email}", LOCK_SECONDS)\n',
        "        pass\n",
    ),
    shop("missing invalidation", "a cart that was added to", "carts.py", CART_FORGOTTEN, "\n\n@router.delete"),
    shop(
        "missing invalidation",
        "a cart that was bought",
        "orders.py",
        '    await shop.cache.delete(f"cart:{body.cart}")\n',
        "",
    ),
    shop(
        "missing invalidation",
        "a session that was signed out",
        "sessions.py",
        '    if session is not None:\n        await shop.cache.delete(f"session:{session}")\n',
        "",
    ),
    shop(
        "missing invalidation",
        "the count of wrong passwords",
        "sessions.py",
        '    await shop.cache.delete(f"attempts:{body.email}")\n',
        "",
    ),
    shop(
        "wrong value in the cache",
        "a session is another customer's",
        "sessions.py",
        'f"session:{token}", row["id"]',
        'f"session:{token}", row["id"] + 1',
    ),
    shop(
        "outgoing POST dropped",
        "no mail goes out",
        "confirmation.py",
        MAIL + "    if answer.is_success:",
        "    if subject:",
    ),
    shop("outgoing POST dropped", "no refund is asked for", "payments.py", REFUND, '    return f"re_{reference}"\n'),
    shop("outgoing POST doubled", "the card is charged twice", "payments.py", CHARGE, CHARGE + CHARGE),
    shop(
        "outgoing POST doubled",
        "the money goes back twice",
        "payments.py",
        REFUND,
        REFUND.replace(
            "    return",
            '    await shop.payments.post("/refunds", json={"charge": reference, "amount": str(amount)})\n    return',
        ),
    ),
    shop("outgoing POST doubled", "two mails go out", "confirmation.py", MAIL, MAIL + MAIL),
    shop(
        "outgoing POST to another host",
        "the mail goes to the payment service",
        "confirmation.py",
        "shop.mail.post",
        "shop.payments.post",
    ),
    shop(
        "outgoing POST to another host",
        "payments by a host of tests",
        "payments.py",
        '        "/charges",',
        '        "http://payments.test.internal/charges",',
    ),
    shop("outgoing POST to another path", "refunds are charges", "payments.py", '"/refunds"', '"/charges"'),
    shop(
        "outgoing POST with another amount",
        "one cent more",
        "payments.py",
        'json={"order": str(order), "amount": str(amount)',
        'json={"order": str(order), "amount": str(amount + Decimal("0.01"))',
    ),
    shop(
        "outgoing POST with another amount",
        "in cents",
        "payments.py",
        '{"charge": reference, "amount": str(amount)}',
        '{"charge": reference, "amount": str(int(amount * 100))}',
    ),
    shop(
        "outgoing POST with another amount",
        "the shipping is given back too little",
        "orders.py",
        'refund(shop, row["charge"], row["total"])',
        'refund(shop, row["charge"], row["total"] - SHIPPING)',
    ),
    shop(
        "outgoing POST with another header",
        "no idempotency key",
        "payments.py",
        '        headers={"Idempotency-Key": str(order)},\n',
        '        headers={"Idempotency-Key": card[-4:]},\n',
    ),
    shop(
        "background task dropped",
        "nothing happens after the response",
        "orders.py",
        "    tasks.add_task(confirm, shop, order.id, order.email, order.total)\n",
        "",
    ),
    shop(
        "background task dropped",
        "nobody hears of the order",
        "confirmation.py",
        '    await shop.cache.publish("orders", str(order))\n',
        "",
    ),
    shop(
        "wrong message",
        "to a channel where nobody listens",
        "confirmation.py",
        'publish("orders", str(order))',
        'publish("order", str(order))',
    ),
    shop("wrong message", "the mail says nothing of the total", "confirmation.py", 'f"{total} EUR"', '"EUR"'),
    shop(
        "money rounded",
        "the total is in whole euros",
        "orders.py",
        "total = goods if goods >= FREE_SHIPPING else goods + SHIPPING",
        "total = round(goods if goods >= FREE_SHIPPING else goods + SHIPPING)",
    ),
    shop("money rounded", "the net sum is cut off", "account.py", ".quantize(CENT)", ".quantize(Decimal(1))"),
    shop(
        "money rounded",
        "shipping is always free",
        "orders.py",
        "goods if goods >= FREE_SHIPPING else goods + SHIPPING",
        "goods",
    ),
    shop(
        "swallowed error",
        "a failed payment counts as paid",
        "payments.py",
        '    if answer.is_error:\n        raise HTTPException(502, {"code": "payment_failed"})\n    reference: str = answer.json()["id"]',
        '    reference: str = answer.json().get("id", "")',
    ),
    shop(
        "swallowed error",
        "a declined card counts as paid",
        "payments.py",
        '    if answer.status_code == 402:\n        raise HTTPException(402, {"code": "card_declined"})\n    return _reference(answer)',
        '    return _reference(answer) if answer.is_success else ""',
    ),
    shop(
        "swallowed error",
        "an e-mail address that is taken",
        "customers.py",
        'raise HTTPException(409, {"code": "email_taken", "email": body.email}) from error',
        'return {"id": None, "name": body.name, "email": str(error.sqlstate and body.email)}',
    ),
    shop(
        "swallowed error",
        "a product that does not exist is put in the cart",
        "carts.py",
        '        except ForeignKeyViolation as error:\n            raise HTTPException(404, {"code": "no_such_cart_or_product"}) from error\n',
        "        except ForeignKeyViolation:\n            pass\n",
    ),
    shop(
        "N+1",
        "each title of a cart is asked for by itself",
        "carts.py",
        "    total = sum(",
        """        for item in items:
            cursor = await connection.execute("SELECT id, title, price FROM products WHERE id = %s", (item["product"],))
            item["title"] = (await cursor.fetchone() or item)["title"]
    total = sum(""",
    ),
    shop(
        "N+1",
        "the customer is read again for each item",
        "orders.py",
        "    for item in items:\n        await _reserve(connection, order, item)\n",
        """    for item in items:
        cursor = await connection.execute(
            "SELECT c.customer, u.email FROM carts c JOIN customers u ON u.id = c.customer WHERE c.id = %s", (cart,)
        )
        await cursor.fetchone()
        await _reserve(connection, order, item)
""",
    ),
    shop(
        "N+1",
        "the views of each product are asked for again",
        "products.py",
        '        found = [{**row, "views"',
        '''        for row in found:
            views = await shop.cache.mget([f"views:{each['id']}" for each in found])
        found = [{**row, "views"''',
    ),
)
