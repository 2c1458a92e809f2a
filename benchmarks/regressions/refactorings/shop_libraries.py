"""The shop does the same by other drivers, other clients, other libraries, other servers."""

from __future__ import annotations

import sys
from functools import partial

from benchmarks.regressions.patch import Edit, Patch, one

shop = partial(one, "shop")

ASGI = "  asgi: samples.shop.app:app\n"
READY = "  ready: GET /healthz\n"
PRODUCT = """    async with shop.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id, title, price, stock, tags FROM products WHERE id = %s", (product,)
        )
        row = await cursor.fetchone()
"""
PUT_IN_CART = """                "INSERT INTO cart_items (cart, product, quantity) VALUES (%s, %s, %s)"
"""
CHARGE = """        json={"order": str(order), "amount": str(amount), "card": card},
"""
FIRST_IMPORT = "from fastapi import"

REFACTORINGS: tuple[Patch, ...] = (
    Patch(
        "shop",
        "driver",
        "a product by asyncpg",
        (
            Edit(
                "products.py",
                PRODUCT,
                """    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    try:
        row = await connection.fetchrow("SELECT id, title, price, stock, tags FROM products WHERE id = $1", product)
    finally:
        await connection.close()
""",
            ),
            Edit("products.py", FIRST_IMPORT, "import os\n\nimport asyncpg\nfrom fastapi import"),
            Edit("products.py", 'return {**row, "views": views}', 'return {**dict(row), "views": views}'),
        ),
    ),
    Patch(
        "shop",
        "driver",
        "a write by asyncpg",
        (
            Edit(
                "carts.py",
                """    async with shop.pool.connection() as connection:
        try:
            await connection.execute(
"""
                + PUT_IN_CART
                + """                " ON CONFLICT (cart, product) DO UPDATE SET quantity = excluded.quantity",
                (cart, body.product, body.quantity),
            )
        except ForeignKeyViolation as error:
            raise HTTPException(404, {"code": "no_such_cart_or_product"}) from error
""",
                """    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    try:
        await connection.execute(
            "INSERT INTO cart_items (cart, product, quantity) VALUES ($1, $2, $3)"
            " ON CONFLICT (cart, product) DO UPDATE SET quantity = excluded.quantity",
            cart,
            body.product,
            body.quantity,
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise HTTPException(404, {"code": "no_such_cart_or_product"}) from error
    finally:
        await connection.close()
""",
            ),
            Edit("carts.py", "import json\n", "import json\nimport os\n"),
            Edit("carts.py", FIRST_IMPORT, "import asyncpg\nfrom fastapi import"),
        ),
    ),
    Patch(
        "shop",
        "driver",
        "a product by psycopg2 in a thread",
        (
            Edit(
                "products.py",
                PRODUCT,
                """    row = await run_in_threadpool(_read, product)
""",
            ),
            Edit(
                "products.py",
                FIRST_IMPORT,
                "import os\n\nimport psycopg2\nfrom fastapi.concurrency import run_in_threadpool\nfrom psycopg2.extras import RealDictCursor\nfrom fastapi import",
            ),
            Edit(
                "products.py",
                'router = APIRouter(prefix="/products")\n',
                """router = APIRouter(prefix="/products")


def _read(product: int) -> Row | None:
    connection = psycopg2.connect(os.environ["DATABASE_URL"], cursor_factory=RealDictCursor)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, title, price, stock, tags FROM products WHERE id = %s", (product,))
            return cursor.fetchone()
    finally:
        connection.close()
""",
            ),
        ),
    ),
    shop(
        "order of JSON keys",
        "of a charge",
        "payments.py",
        CHARGE,
        '        json={"card": card, "amount": str(amount), "order": str(order)},\n',
    ),
    Patch(
        "shop",
        "layout of JSON",
        "a charge with spaces",
        (
            Edit(
                "payments.py",
                CHARGE,
                '        content=json.dumps({"order": str(order), "amount": str(amount), "card": card}, indent=1),\n',
            ),
            Edit(
                "payments.py",
                'headers={"Idempotency-Key": str(order)}',
                'headers={"Idempotency-Key": str(order), "Content-Type": "application/json"}',
            ),
            Edit("payments.py", "from decimal import", "import json\nfrom decimal import"),
        ),
    ),
    shop(
        "order of headers",
        "more of them, and others first",
        "payments.py",
        'headers={"Idempotency-Key": str(order)}',
        'headers={"User-Agent": "shop/1.5", "Accept": "application/json", "idempotency-key": str(order)}',
    ),
    Patch(
        "shop",
        "HTTP client",
        "mail by aiohttp",
        (
            Edit(
                "confirmation.py",
                """    answer = await shop.mail.post("/messages", json={"to": email, "subject": subject, "text": f"{total} EUR"})
    if answer.is_success:
""",
                """    message_text = {"to": email, "subject": subject, "text": f"{total} EUR"}
    async with aiohttp.ClientSession() as client, client.post(f"{os.environ['MAIL_URL']}/messages", json=message_text) as answer:
        await answer.read()
    if answer.ok:
""",
            ),
            Edit("confirmation.py", "answer.status_code", "answer.status"),
            Edit("confirmation.py", "import logging\n", "import logging\nimport os\n"),
            Edit("confirmation.py", "from samples.shop.resources", "import aiohttp\n\nfrom samples.shop.resources"),
        ),
    ),
    Patch(
        "shop",
        "HTTP client",
        "refunds by requests in a thread",
        (
            Edit(
                "payments.py",
                """    answer = await shop.payments.post("/refunds", json={"charge": reference, "amount": str(amount)})
    return _reference(answer)
""",
                """    answer = await run_in_threadpool(
        requests.post, f"{os.environ['PAYMENTS_URL']}/refunds", json={"charge": reference, "amount": str(amount)}, timeout=5
    )
    if not answer.ok:
        raise HTTPException(502, {"code": "payment_failed"})
    given: str = answer.json()["id"]
    return given
""",
            ),
            Edit("payments.py", "from decimal import", "import os\nfrom decimal import"),
            Edit(
                "payments.py",
                "import httpx\n",
                "import httpx\nimport requests\nfrom fastapi.concurrency import run_in_threadpool\n",
            ),
        ),
    ),
    Patch(
        "shop",
        "JSON library",
        "carts by orjson",
        (
            Edit("carts.py", "import json\n", ""),
            Edit("carts.py", FIRST_IMPORT, "import orjson\nfrom fastapi import"),
            Edit("carts.py", "found: Row = json.loads(cached)", "found: Row = orjson.loads(cached)"),
            Edit(
                "carts.py",
                'cache.set(f"cart:{cart}", json.dumps(answer, default=str), ex',
                'cache.set(f"cart:{cart}", orjson.dumps(answer, default=str), ex',
            ),
            Edit(
                "carts.py",
                "decoded: Row = json.loads(json.dumps(answer, default=str))",
                "decoded: Row = orjson.loads(orjson.dumps(answer, default=str))",
            ),
        ),
    ),
    Patch(
        "shop",
        "JSON library",
        "answers by a response class of our own",
        (
            Edit(
                "app.py",
                'app = FastAPI(title="shop", lifespan=opened)\n',
                """

class Orjson(JSONResponse):
    def render(self, content: object) -> bytes:
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


app = FastAPI(title="shop", lifespan=opened, default_response_class=Orjson)
""",
            ),
            Edit(
                "app.py",
                "from fastapi import FastAPI\n",
                "import orjson\nfrom fastapi import FastAPI\nfrom fastapi.responses import JSONResponse\n",
            ),
        ),
    ),
    shop(
        "web server",
        "uvicorn",
        "flowtape.yaml",
        ASGI,
        f'  command: [{sys.executable}, -m, uvicorn, "samples.shop.app:app", --port, "{{port}}"]\n' + READY,
    ),
    shop(
        "web server",
        "hypercorn",
        "flowtape.yaml",
        ASGI,
        f'  command: [{sys.executable}, -m, hypercorn, "samples.shop.app:app", --bind, "127.0.0.1:{{port}}"]\n' + READY,
    ),
    Patch(
        "shop",
        "logging",
        "each request is logged",
        (
            Edit(
                "app.py",
                '\n\n@app.get("/healthz")',
                """

@app.middleware("http")
async def logged(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    began = time.perf_counter()
    response = await call_next(request)
    log.info("request", path=request.url.path, status=response.status_code, seconds=time.perf_counter() - began)
    return response


@app.get("/healthz")""",
            ),
            Edit(
                "app.py",
                "from fastapi import FastAPI\n",
                "import time\nfrom collections.abc import Awaitable, Callable\n\nimport structlog\nfrom fastapi import FastAPI, Request, Response\n",
            ),
            Edit("app.py", "app = FastAPI(", "log = structlog.get_logger()\napp = FastAPI("),
        ),
    ),
    Patch(
        "shop",
        "tracing",
        "traceparent on each outgoing request",
        (
            Edit(
                "resources.py",
                "httpx.AsyncClient(base_url=os.environ[name], timeout=5)",
                'httpx.AsyncClient(base_url=os.environ[name], timeout=5, event_hooks={"request": [traced]})',
            ),
            Edit(
                "resources.py",
                "@asynccontextmanager\n",
                """async def traced(request: httpx.Request) -> None:
    request.headers["traceparent"] = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


@asynccontextmanager
""",
            ),
            Edit("resources.py", "import os\n", "import os\nimport secrets\n"),
        ),
    ),
    shop(
        "tracing",
        "statements say whose they are",
        "customers.py",
        '"SELECT count(*) AS n FROM orders WHERE customer = %s"',
        "f\"SELECT count(*) AS n FROM orders WHERE customer = %s /*traceparent='00-{customer:032x}-{size:016x}-01'*/\".encode()",
    ),
    Patch(
        "shop",
        "structure",
        "what a customer sees is a model",
        (
            Edit(
                "customers.py",
                '@router.get("/{customer}")\nasync def show(customer: int, shop: Shop) -> Row:',
                '@router.get("/{customer}", response_model=Shown)\nasync def show(customer: int, shop: Shop) -> Row:',
            ),
            Edit(
                "customers.py",
                '@router.post("", status_code=201)',
                """class Shown(BaseModel):
    id: int
    name: str
    email: str
    phone: str | None


@router.post("", status_code=201)""",
            ),
        ),
    ),
    shop(
        "structure",
        "the total in a function of its own",
        "orders.py",
        "total = goods if goods >= FREE_SHIPPING else goods + SHIPPING",
        "total = (lambda sum_: sum_ + (Decimal(0) if sum_ >= FREE_SHIPPING else SHIPPING))(goods)",
    ),
)
