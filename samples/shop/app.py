"""The application: `uvicorn samples.shop.app:app`, with DATABASE_URL, REDIS_URL and PAYMENTS_URL in the environment."""

from __future__ import annotations

from fastapi import FastAPI

from samples.shop import carts, customers, orders, products
from samples.shop.resources import opened

app = FastAPI(title="shop", lifespan=opened)
for part in (customers, products, carts, orders):
    app.include_router(part.router)


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}
