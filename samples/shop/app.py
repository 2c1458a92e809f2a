"""The application: `uvicorn samples.shop.app:app`.

In the environment: DATABASE_URL, REDIS_URL, PAYMENTS_URL, MAIL_URL.
"""

from __future__ import annotations

from fastapi import FastAPI

from samples.shop import account, carts, customers, orders, products, sessions
from samples.shop.resources import opened

app = FastAPI(title="shop", lifespan=opened)
for part in (customers, products, carts, sessions, account, orders):
    app.include_router(part.router)


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}
