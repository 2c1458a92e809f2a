"""A small shop: FastAPI, psycopg 3's async pool, redis.asyncio, and httpx to the payment service."""
