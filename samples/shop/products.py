"""The catalogue."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response

from samples.shop.resources import Row, Shop

router = APIRouter(prefix="/products")


@router.get("")
async def catalogue(
    shop: Shop, response: Response, tag: str | None = None, limit: int = 5, offset: int = 0
) -> list[Row]:
    """A page of products, by number, or the cheapest with a tag and their views. `Link` names the next page where this one is full."""
    async with shop.pool.connection() as connection:
        if tag is None:
            cursor = await connection.execute(
                "SELECT id, title, price FROM products ORDER BY id LIMIT %s OFFSET %s", (limit, offset)
            )
        else:
            cursor = await connection.execute(
                "SELECT id, title, price FROM products WHERE %s = ANY(tags) ORDER BY price LIMIT %s", (tag, limit)
            )
        found = await cursor.fetchall()
    if tag is not None and found:
        views = await shop.cache.mget([f"views:{row['id']}" for row in found])
        found = [{**row, "views": int(seen or 0)} for row, seen in zip(found, views, strict=True)]
    response.headers["Cache-Control"] = "public, max-age=60"
    if tag is None and len(found) == limit:
        response.headers["Link"] = f'</products?limit={limit}&offset={offset + limit}>; rel="next"'
    return found


@router.get("/{product}")
async def show(product: int, shop: Shop) -> Row:
    """One product, with how often it was looked at."""
    async with shop.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id, title, price, stock, tags FROM products WHERE id = %s", (product,)
        )
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, {"code": "no_such_product"})
    views = await shop.cache.incr(f"views:{product}")
    return {**row, "views": views}
