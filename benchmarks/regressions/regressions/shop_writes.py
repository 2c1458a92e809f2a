"""The shop does other things than it did to its database, though many of its responses stay the same."""

from __future__ import annotations

from functools import partial

from benchmarks.regressions.patch import Edit, Patch, one

shop = partial(one, "shop")

ITEM = """    await connection.execute(
        'INSERT INTO order_items ("order", product, quantity, price) VALUES (%s, %s, %s, %s)',
        (order.id, item["product"], item["quantity"], item["price"]),
    )
"""
STOCK = """    await connection.execute(
        "UPDATE products SET stock = stock - %s WHERE id = %s", (item["quantity"], item["product"])
    )
"""
PAID = """        await connection.execute("UPDATE orders SET status = 'paid', charge = %s WHERE id = %s", (charge, order.id))
"""
EMPTIED = """        await connection.execute("DELETE FROM cart_items WHERE cart = %s", (body.cart,))
"""
RESTORED = """        await connection.execute(
            'UPDATE products p SET stock = p.stock + i.quantity FROM order_items i WHERE i."order" = %s AND p.id = i.product',
            (order,),
        )
"""
OUTBOX = """        await connection.execute(
            "INSERT INTO outbox (id, recipient, subject) VALUES (%s, %s, %s)", (message, email, subject)
        )
"""
SENT = """        async with shop.pool.connection() as connection:
            await connection.execute("UPDATE outbox SET sent = true WHERE id = %s", (message,))
"""
IN_TRANSACTION = """    async with shop.pool.connection() as connection, connection.transaction():
        order = await _place(connection, body.cart)
"""
PUT = """            await connection.execute(
                "INSERT INTO cart_items (cart, product, quantity) VALUES (%s, %s, %s)"
"""

REGRESSIONS: tuple[Patch, ...] = (
    shop("dropped write", "an order keeps no items", "orders.py", ITEM, ""),
    shop("dropped write", "the stock is not reduced", "orders.py", STOCK, ""),
    shop("dropped write", "the cart is not emptied", "orders.py", EMPTIED, ""),
    shop("dropped write", "the order is never marked as paid", "orders.py", PAID, ""),
    shop("dropped write", "a cancelled order's goods do not go back into stock", "orders.py", RESTORED, ""),
    shop("dropped write", "a mail that was sent stays unsent in the outbox", "confirmation.py", SENT, "        pass\n"),
    shop("doubled write", "each item is written twice", "orders.py", ITEM, ITEM + ITEM),
    shop("doubled write", "the stock is reduced twice", "orders.py", STOCK, STOCK + STOCK),
    shop("doubled write", "the cart is emptied twice", "orders.py", EMPTIED, EMPTIED + EMPTIED),
    shop("doubled write", "the outbox holds the mail twice", "confirmation.py", OUTBOX, OUTBOX + OUTBOX),
    shop("reordered write", "the stock before the item", "orders.py", ITEM + STOCK, STOCK + ITEM),
    shop(
        "reordered write", "the cart is emptied before the order is paid", "orders.py", PAID + EMPTIED, EMPTIED + PAID
    ),
    shop(
        "reordered write",
        "items are taken in another order",
        "orders.py",
        "for item in items:\n        await _reserve",
        "for item in reversed(items):\n        await _reserve",
    ),
    shop(
        "swapped parameter",
        "quantity and price of an item",
        "orders.py",
        'item["product"], item["quantity"], item["price"])',
        'item["product"], item["price"], item["quantity"])',
    ),
    shop(
        "swapped parameter",
        "product and quantity of the stock",
        "orders.py",
        '(item["quantity"], item["product"])',
        '(item["product"], item["quantity"])',
    ),
    shop(
        "swapped parameter",
        "recipient and subject of a mail",
        "confirmation.py",
        "(message, email, subject)",
        "(message, subject, email)",
    ),
    shop(
        "swapped parameter",
        "name and phone of a customer",
        "customers.py",
        "(body.name, body.email, body.phone)",
        "(body.phone, body.email, body.name)",
    ),
    shop(
        "stale parameter",
        "each item has the first one's price",
        "orders.py",
        'item["product"], item["quantity"], item["price"])',
        'item["product"], item["quantity"], order.items[0]["price"])',
    ),
    shop(
        "stale parameter",
        "every order is the first customer's",
        "orders.py",
        "(order.id, order.customer, order.total, order.placed_at)",
        "(order.id, 1, order.total, order.placed_at)",
    ),
    shop(
        "off-by-one parameter",
        "one more than ordered leaves the stock",
        "orders.py",
        '(item["quantity"], item["product"])',
        '(item["quantity"] + 1, item["product"])',
    ),
    shop(
        "off-by-one parameter",
        "one more is put in the cart",
        "carts.py",
        "(cart, body.product, body.quantity)",
        "(cart, body.product, body.quantity + 1)",
    ),
    shop(
        "wrong WHERE",
        "all orders of the same charge are paid",
        "orders.py",
        "UPDATE orders SET status = 'paid', charge = %s WHERE id = %s\", (charge, order.id)",
        "UPDATE orders SET status = 'paid', charge = %s WHERE customer = %s\", (charge, order.customer)",
    ),
    shop(
        "wrong WHERE",
        "a product leaves every cart",
        "carts.py",
        '"DELETE FROM cart_items WHERE cart = %s AND product = %s", (cart, product)',
        '"DELETE FROM cart_items WHERE product = %s", (product,)',
    ),
    shop(
        "wrong WHERE",
        "one or the other instead of both",
        "carts.py",
        "WHERE cart = %s AND product = %s",
        "WHERE cart = %s OR product = %s",
    ),
    shop(
        "wrong WHERE",
        "cancelled orders count as spent",
        "account.py",
        "\n            \" WHERE customer = %s AND status <> 'cancelled'\"",
        '\n            " WHERE customer = %s"',
    ),
    shop(
        "wrong WHERE",
        "the stock of every dearer product goes down",
        "orders.py",
        "stock = stock - %s WHERE id = %s",
        "stock = stock - %s WHERE id >= %s",
    ),
    shop(
        "wrong SET",
        "the stock goes up",
        "orders.py",
        "SET stock = stock - %s",
        "SET stock = stock + %s",
    ),
    shop(
        "wrong SET",
        "quantities in a cart are not replaced but kept",
        "carts.py",
        "DO UPDATE SET quantity = excluded.quantity",
        "DO UPDATE SET quantity = cart_items.quantity",
    ),
    shop(
        "lost commit",
        "a put into the cart is rolled back",
        "carts.py",
        PUT,
        PUT.replace(
            "            await", "          async with connection.transaction(force_rollback=True):\n            await"
        ),
    ),
    shop(
        "lost commit",
        "the outbox is rolled back",
        "confirmation.py",
        OUTBOX,
        OUTBOX + "        await connection.rollback()\n",
    ),
    shop(
        "lost rollback",
        "an order whose payment failed stays",
        "orders.py",
        IN_TRANSACTION,
        """    async with shop.pool.connection() as connection:
        order = await _place(connection, body.cart)
        await connection.commit()
""",
    ),
    shop(
        "lost rollback",
        "each statement of a checkout commits by itself",
        "orders.py",
        IN_TRANSACTION,
        """    async with shop.pool.connection() as connection:
        await connection.set_autocommit(True)
        order = await _place(connection, body.cart)
""",
    ),
    Patch(
        "shop",
        "lost lock",
        "nobody else is kept from the same stock",
        (Edit("orders.py", " ORDER BY i.product FOR UPDATE OF p", " ORDER BY i.product"),),
    ),
)
