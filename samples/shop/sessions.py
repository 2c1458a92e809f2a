"""Who is signed in: a session cookie, its customer kept in Redis; too many wrong passwords lock an address for a while."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, HTTPException, Response
from pydantic import BaseModel
from werkzeug.security import check_password_hash

from samples.shop.resources import Resources, Row, Shop

router = APIRouter(prefix="/sessions")

SESSION_SECONDS = 1800
LOCK_SECONDS = 900
ATTEMPTS = 3


class Credentials(BaseModel):
    email: str
    password: str


@router.post("", status_code=201)
async def sign_in(body: Credentials, shop: Shop, response: Response) -> Row:
    """Set the cookie `session`, or answer 401; from the fourth wrong password on 429, until the lock ends."""
    async with shop.pool.connection() as connection:
        cursor = await connection.execute("SELECT id, password_hash FROM customers WHERE email = %s", (body.email,))
        row = await cursor.fetchone()
    if row is None or not check_password_hash(row["password_hash"], body.password):
        await _count(shop, body.email)
        raise HTTPException(401, {"code": "wrong_email_or_password"})
    token = secrets.token_urlsafe(24)
    await shop.cache.set(f"session:{token}", row["id"], ex=SESSION_SECONDS)
    await shop.cache.delete(f"attempts:{body.email}")
    response.set_cookie("session", token, max_age=SESSION_SECONDS, httponly=True, samesite="lax", path="/")
    return {"customer": row["id"]}


async def _count(shop: Resources, email: str) -> None:
    attempts = await shop.cache.incr(f"attempts:{email}")
    if attempts == 1:
        await shop.cache.expire(f"attempts:{email}", LOCK_SECONDS)
    if attempts > ATTEMPTS:
        raise HTTPException(429, {"code": "too_many_attempts"}, headers={"Retry-After": str(LOCK_SECONDS)})


async def signed_in(shop: Shop, session: Annotated[str | None, Cookie()] = None) -> int:
    """The customer of the request's session, which lasts longer for it. Answers 401 where there is none."""
    customer = None if session is None else await shop.cache.get(f"session:{session}")
    if customer is None:
        raise HTTPException(401, {"code": "not_signed_in"})
    await shop.cache.expire(f"session:{session}", SESSION_SECONDS)
    return int(customer)


SignedIn = Annotated[int, Depends(signed_in)]


@router.delete("", status_code=204)
async def sign_out(shop: Shop, response: Response, session: Annotated[str | None, Cookie()] = None) -> None:
    if session is not None:
        await shop.cache.delete(f"session:{session}")
    response.delete_cookie("session", path="/")
