"""The shop asks its database the same in other words."""

from __future__ import annotations

from functools import partial

from benchmarks.regressions.patch import Edit, Patch, one

shop = partial(one, "shop")

OWNER = '"SELECT c.customer, u.email FROM carts c JOIN customers u ON u.id = c.customer WHERE c.id = %s"'
ITEMS = """            "SELECT i.product, p.title, i.quantity, p.price FROM cart_items i"
            " JOIN products p ON p.id = i.product WHERE i.cart = %s ORDER BY i.product",
"""
PAGE = '"SELECT id, total, status, placed_at FROM orders WHERE customer = %s ORDER BY placed_at DESC LIMIT %s OFFSET %s",\n            (customer, size, (page - 1) * size),'
INSERTED = """        "INSERT INTO orders (id, customer, total, status, placed_at) VALUES (%s, %s, %s, 'new', %s)",
        (order.id, order.customer, order.total, order.placed_at),
"""
SPENT = """            "SELECT count(*) AS orders, coalesce(sum(total), 0) AS spent FROM orders"
            " WHERE customer = %s AND status <> 'cancelled'",
            (customer,),
"""
SHOWN = """            "SELECT o.id, o.total, o.status, o.placed_at, u.email FROM orders o"
            " JOIN customers u ON u.id = o.customer WHERE o.id = %s",
"""

REFACTORINGS: tuple[Patch, ...] = (
    shop(
        "formatting",
        "a statement over several lines",
        "carts.py",
        ITEMS,
        '''            """
            SELECT i.product, p.title, i.quantity, p.price
              FROM cart_items i
              JOIN products p ON p.id = i.product
             WHERE i.cart = %s
             ORDER BY i.product;
            """,
''',
    ),
    shop(
        "formatting",
        "parentheses that change nothing",
        "account.py",
        SPENT,
        SPENT.replace("customer = %s AND status <> 'cancelled'", "(customer = %s) AND ((status <> 'cancelled'))"),
    ),
    shop(
        "formatting",
        "a write over several lines",
        "orders.py",
        INSERTED,
        '''        """INSERT INTO orders
                  (id, customer, total, status, placed_at)
           VALUES (%s, %s,       %s,    'new',  %s)""",
        (order.id, order.customer, order.total, order.placed_at),
''',
    ),
    shop(
        "case of keywords",
        "in small letters",
        "customers.py",
        PAGE,
        PAGE.replace("SELECT", "select")
        .replace("FROM", "from")
        .replace("WHERE", "where")
        .replace("ORDER BY", "order by")
        .replace("DESC", "desc")
        .replace("LIMIT", "limit")
        .replace("OFFSET", "offset"),
    ),
    shop(
        "case of keywords",
        "names in capitals",
        "orders.py",
        "UPDATE orders SET status = 'paid', charge = %s WHERE id = %s",
        "update Orders set STATUS = 'paid', Charge = %s where ID = %s",
    ),
    shop(
        "comments",
        "what the statement is for",
        "carts.py",
        '"SELECT id, customer FROM carts WHERE id = %s"',
        '"/* the cart itself */ SELECT id, customer FROM carts WHERE id = %s -- one at most"',
    ),
    shop(
        "comments",
        "where a write comes from",
        "confirmation.py",
        '"INSERT INTO outbox (id',
        '"/* confirmation.py:confirm */ INSERT INTO outbox (id',
    ),
    shop(
        "quoting",
        "every name is quoted",
        "customers.py",
        '"SELECT id, name, email, phone FROM customers WHERE id = %s"',
        '\'SELECT "id", "name", "email", "phone" FROM "customers" WHERE "id" = %s\'',
    ),
    shop(
        "aliases of tables",
        "other aliases",
        "carts.py",
        ITEMS,
        ITEMS.replace("i.", "item.")
        .replace("p.", "goods.")
        .replace("cart_items i", "cart_items AS item")
        .replace("products p", "products AS goods"),
    ),
    shop(
        "aliases of tables",
        "no aliases",
        "orders.py",
        SHOWN,
        SHOWN.replace("o.", "orders.")
        .replace("u.", "customers.")
        .replace("orders o", "orders")
        .replace("customers u", "customers"),
    ),
    shop(
        "aliases of tables",
        "an alias where there was none",
        "account.py",
        SPENT,
        SPENT.replace("FROM orders", "FROM orders o")
        .replace("sum(total)", "sum(o.total)")
        .replace("customer =", "o.customer =")
        .replace("status <>", "o.status <>"),
    ),
    Patch(
        "shop",
        "aliases of columns",
        "another name for a count",
        (
            Edit("customers.py", "SELECT count(*) AS n FROM orders", "SELECT count(*) AS amount FROM orders"),
            Edit("customers.py", 'total["n"]', 'total["amount"]'),
        ),
    ),
    Patch(
        "shop",
        "aliases of columns",
        "columns renamed as they are read",
        (
            Edit(
                "orders.py",
                OWNER,
                '"SELECT c.customer AS owner, u.email AS address FROM carts c JOIN customers u ON u.id = c.customer WHERE c.id = %s"',
            ),
            Edit(
                "orders.py",
                'Order(uuid4(), owner["customer"], owner["email"]',
                'Order(uuid4(), owner["owner"], owner["address"]',
            ),
        ),
    ),
    shop(
        "literals and parameters",
        "a status becomes a parameter",
        "account.py",
        SPENT,
        SPENT.replace("<> 'cancelled'", "<> %s").replace("(customer,)", '(customer, "cancelled")'),
    ),
    shop(
        "literals and parameters",
        "a written status becomes a parameter",
        "orders.py",
        INSERTED,
        INSERTED.replace("'new'", "%s").replace(
            "order.total, order.placed_at)", 'order.total, "new", order.placed_at)'
        ),
    ),
    shop(
        "literals and parameters",
        "an integer in the text",
        "orders.py",
        '"UPDATE products SET stock = stock - %s WHERE id = %s", (item["quantity"], item["product"])',
        "f\"UPDATE products SET stock = stock - {item['quantity']} WHERE id = {item['product']}\".encode()",
    ),
    shop(
        "LIMIT",
        "as a literal",
        "products.py",
        '"SELECT id, title, price FROM products ORDER BY id LIMIT %s OFFSET %s", (limit, offset)',
        'f"SELECT id, title, price FROM products ORDER BY id LIMIT {limit} OFFSET {offset}".encode()',
    ),
    shop(
        "style of parameters",
        "by name",
        "customers.py",
        PAGE,
        '"SELECT id, total, status, placed_at FROM orders WHERE customer = %(customer)s"\n            " ORDER BY placed_at DESC LIMIT %(size)s OFFSET %(skipped)s",\n            {"customer": customer, "size": size, "skipped": (page - 1) * size},',
    ),
    shop(
        "style of parameters",
        "by name in a write",
        "customers.py",
        """                "INSERT INTO customers (name, email, phone) VALUES (%s, %s, %s) RETURNING id",
                (body.name, body.email, body.phone),
""",
        """                "INSERT INTO customers (name, email, phone) VALUES (%(name)s, %(email)s, %(phone)s) RETURNING id",
                body.model_dump(),
""",
    ),
    shop(
        "style of parameters",
        "cast to its type",
        "carts.py",
        '"SELECT id, customer FROM carts WHERE id = %s"',
        '"SELECT id, customer FROM carts WHERE id = %s::uuid"',
    ),
    shop(
        "order of conditions",
        "AND the other way round",
        "account.py",
        SPENT,
        SPENT.replace("customer = %s AND status <> 'cancelled'", "status <> 'cancelled' AND customer = %s"),
    ),
    shop(
        "order of conditions",
        "AND of a write",
        "carts.py",
        '"DELETE FROM cart_items WHERE cart = %s AND product = %s", (cart, product)',
        '"DELETE FROM cart_items WHERE product = %s AND cart = %s", (product, cart)',
    ),
    shop(
        "commutative comparison",
        "the value first",
        "customers.py",
        "FROM customers WHERE id = %s",
        "FROM customers WHERE %s = id",
    ),
    shop(
        "commutative comparison",
        "the other side of a join",
        "orders.py",
        OWNER,
        OWNER.replace("u.id = c.customer", "c.customer = u.id"),
    ),
    shop(
        "order of columns",
        "of a result",
        "account.py",
        "SELECT id, name, email, phone, time_zone FROM",
        "SELECT time_zone, phone, email, name, id FROM",
    ),
    shop(
        "order of columns",
        "of an insert",
        "orders.py",
        INSERTED,
        """        "INSERT INTO orders (customer, placed_at, status, id, total) VALUES (%s, %s, 'new', %s, %s)",
        (order.customer, order.placed_at, order.id, order.total),
""",
    ),
    shop(
        "subset of columns",
        "what a refund needs",
        "orders.py",
        "SELECT * FROM orders WHERE id = %s FOR UPDATE",
        "SELECT charge, total, status FROM orders WHERE id = %s FOR UPDATE",
    ),
    shop(
        "star and columns",
        "all of them named",
        "orders.py",
        "SELECT * FROM orders WHERE id = %s FOR UPDATE",
        "SELECT id, customer, total, status, charge, placed_at FROM orders WHERE id = %s FOR UPDATE",
    ),
    shop(
        "joins",
        "implicit",
        "orders.py",
        OWNER,
        '"SELECT c.customer, u.email FROM carts c, customers u WHERE u.id = c.customer AND c.id = %s"',
    ),
    shop(
        "joins",
        "implicit, with an order",
        "carts.py",
        ITEMS,
        """            "SELECT i.product, p.title, i.quantity, p.price FROM cart_items i, products p"
            " WHERE i.cart = %s AND p.id = i.product ORDER BY i.product",
""",
    ),
    shop("joins", "INNER is said", "orders.py", SHOWN, SHOWN.replace(" JOIN", " INNER JOIN")),
    shop(
        "negation",
        "NOT for unequal",
        "account.py",
        SPENT,
        SPENT.replace("status <> 'cancelled'", "NOT (status = 'cancelled')"),
    ),
    shop(
        "lists",
        "of one value",
        "carts.py",
        '"SELECT id, customer FROM carts WHERE id = %s"',
        '"SELECT id, customer FROM carts WHERE id IN (%s)"',
    ),
    shop("order of rows", "by position", "carts.py", ITEMS, ITEMS.replace("ORDER BY i.product", "ORDER BY 1")),
    shop(
        "conditions that are always true",
        "as builders of queries begin",
        "account.py",
        SPENT,
        SPENT.replace("count(*)", "count(1)").replace("WHERE", "WHERE 1 = 1 AND"),
    ),
    shop(
        "rows",
        "compared at once in a write",
        "carts.py",
        '"DELETE FROM cart_items WHERE cart = %s AND product = %s"',
        '"DELETE FROM cart_items WHERE (cart, product) = (%s, %s)"',
    ),
)
