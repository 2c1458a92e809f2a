"""The shop does the same by other connections and commands, in another order where order does not matter."""

from __future__ import annotations

from functools import partial

from benchmarks.regressions.patch import Edit, Patch, one

shop = partial(one, "shop")

POOL = 'min_size=2, max_size=8, open=False, kwargs={"row_factory": dict_row}'
MGET = """        views = await shop.cache.mget([f"views:{row['id']}" for row in found])
"""
SIGNED_IN = """    await shop.cache.set(f"session:{token}", row["id"], ex=SESSION_SECONDS)
    await shop.cache.delete(f"attempts:{body.email}")
"""
PAGE = """    async with shop.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id, total, status, placed_at FROM orders WHERE customer = %s ORDER BY placed_at DESC LIMIT %s OFFSET %s",
            (customer, size, (page - 1) * size),
        )
        found = await cursor.fetchall()
        cursor = await connection.execute("SELECT count(*) AS n FROM orders WHERE customer = %s", (customer,))
        total = await cursor.fetchone()
"""
CHARGE = """        json={"order": str(order), "amount": str(amount), "card": card},
"""
FIRST_IMPORT = "from fastapi import"

REFACTORINGS: tuple[Patch, ...] = (
    shop(
        "MGET and GETs",
        "one GET for each product",
        "products.py",
        MGET,
        """        views = [await shop.cache.get(f"views:{row['id']}") for row in found]
""",
    ),
    Patch(
        "shop",
        "MGET and GETs",
        "one GET for each product, at once",
        (
            Edit(
                "products.py",
                MGET,
                """        views = await asyncio.gather(*(shop.cache.get(f"views:{row['id']}") for row in found))
""",
            ),
            Edit("products.py", FIRST_IMPORT, "import asyncio\n\nfrom fastapi import"),
        ),
    ),
    shop(
        "pipelines",
        "a session's two commands in one",
        "sessions.py",
        SIGNED_IN,
        """    async with shop.cache.pipeline(transaction=False) as pipeline:
        pipeline.set(f"session:{token}", row["id"], ex=SESSION_SECONDS)
        pipeline.delete(f"attempts:{body.email}")
        await pipeline.execute()
""",
    ),
    shop(
        "pipelines",
        "the reads of a page of products in one",
        "products.py",
        MGET,
        """        async with shop.cache.pipeline(transaction=False) as pipeline:
            for row in found:
                pipeline.get(f"views:{row['id']}")
            views = await pipeline.execute()
""",
    ),
    Patch(
        "shop",
        "asyncio.gather",
        "a session's two commands at once",
        (
            Edit(
                "sessions.py",
                SIGNED_IN,
                """    await asyncio.gather(
        shop.cache.set(f"session:{token}", row["id"], ex=SESSION_SECONDS),
        shop.cache.delete(f"attempts:{body.email}"),
    )
""",
            ),
            Edit("sessions.py", "import secrets\n", "import asyncio\nimport secrets\n"),
        ),
    ),
    Patch(
        "shop",
        "asyncio.gather",
        "two reads on two connections at once",
        (
            Edit(
                "customers.py",
                PAGE,
                """    async def page_of_orders() -> list[Row]:
        async with shop.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT id, total, status, placed_at FROM orders WHERE customer = %s ORDER BY placed_at DESC LIMIT %s OFFSET %s",
                (customer, size, (page - 1) * size),
            )
            return await cursor.fetchall()

    async def count() -> Row | None:
        async with shop.pool.connection() as connection:
            cursor = await connection.execute("SELECT count(*) AS n FROM orders WHERE customer = %s", (customer,))
            return await cursor.fetchone()

    total, found = await asyncio.gather(count(), page_of_orders())
""",
            ),
            Edit("customers.py", FIRST_IMPORT, "import asyncio\n\nfrom fastapi import"),
        ),
    ),
    Patch(
        "shop",
        "asyncio.gather",
        "the cart is forgotten while the answer is made",
        (
            Edit(
                "orders.py",
                '    await shop.cache.delete(f"cart:{body.cart}")\n',
                '    forgotten = asyncio.create_task(shop.cache.delete(f"cart:{body.cart}"))\n',
            ),
            Edit(
                "orders.py", '    response.headers["Location"]', '    await forgotten\n    response.headers["Location"]'
            ),
            Edit(
                "orders.py",
                "from dataclasses import dataclass\n",
                "import asyncio\nfrom dataclasses import dataclass\n",
            ),
        ),
    ),
    shop(
        "connection reuse",
        "a connection for each read",
        "customers.py",
        PAGE,
        PAGE.replace(
            '        cursor = await connection.execute("SELECT count',
            '    async with shop.pool.connection() as connection:\n        cursor = await connection.execute("SELECT count',
        ),
    ),
    shop(
        "connection reuse",
        "a new HTTP client for each charge",
        "payments.py",
        '    answer = await shop.payments.post(\n        "/charges",\n'
        + CHARGE
        + '        headers={"Idempotency-Key": str(order)},\n    )\n',
        '    async with httpx.AsyncClient(base_url=shop.payments.base_url, timeout=5) as client:\n        answer = await client.post(\n            "/charges",\n    '
        + CHARGE
        + '            headers={"Idempotency-Key": str(order)},\n        )\n',
    ),
    shop(
        "pool size", "smaller", "resources.py", POOL, POOL.replace("min_size=2, max_size=8", "min_size=1, max_size=2")
    ),
    shop(
        "pool size",
        "larger, with short lives",
        "resources.py",
        POOL,
        POOL.replace("min_size=2, max_size=8", "min_size=4, max_size=20, max_lifetime=60"),
    ),
    Patch(
        "shop",
        "pool size",
        "no pool: connections are opened when they are needed",
        (
            Edit(
                "resources.py",
                "    pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(",
                "    pool: AsyncNullConnectionPool[AsyncConnection[DictRow]] = AsyncNullConnectionPool(",
            ),
            Edit("resources.py", "min_size=2, max_size=8, open=False", "max_size=8, open=False"),
            Edit(
                "resources.py",
                "from psycopg_pool import AsyncConnectionPool\n",
                "from psycopg_pool import AsyncConnectionPool, AsyncNullConnectionPool\n",
            ),
        ),
    ),
    Patch(
        "shop",
        "pool size",
        "fewer connections to Redis",
        (
            Edit(
                "resources.py",
                'os.environ["REDIS_URL"], decode_responses=True)',
                'os.environ["REDIS_URL"], decode_responses=True, max_connections=2, protocol=2)',
            ),
        ),
    ),
    Patch(
        "shop",
        "simple protocol",
        "parameters are put in by the client",
        (
            Edit(
                "resources.py",
                '{"row_factory": dict_row}',
                '{"row_factory": dict_row, "cursor_factory": AsyncClientCursor}',
            ),
            Edit(
                "resources.py",
                "from psycopg import AsyncConnection\n",
                "from psycopg import AsyncClientCursor, AsyncConnection\n",
            ),
        ),
    ),
    shop(
        "prepared statements",
        "each at its first use",
        "resources.py",
        '{"row_factory": dict_row}',
        '{"row_factory": dict_row, "prepare_threshold": 0}',
    ),
    shop(
        "prepared statements",
        "results in binary",
        "products.py",
        'FROM products WHERE id = %s", (product,)\n',
        'FROM products WHERE id = %s", (product,), binary=True\n',
    ),
)
