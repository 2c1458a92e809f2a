"""After an order's response has gone: the mail to the customer, kept in the outbox, and a word to whoever listens."""

from __future__ import annotations

import logging
from decimal import Decimal
from uuid import UUID, uuid4

from samples.shop.resources import Resources

log = logging.getLogger(__name__)


async def confirm(shop: Resources, order: UUID, email: str, total: Decimal) -> None:
    """Never raises for the mail service's sake: what is not sent stays in the outbox for later."""
    message, subject = uuid4(), f"Your order {order}"
    async with shop.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO outbox (id, recipient, subject) VALUES (%s, %s, %s)", (message, email, subject)
        )
    answer = await shop.mail.post("/messages", json={"to": email, "subject": subject, "text": f"{total} EUR"})
    if answer.is_success:
        async with shop.pool.connection() as connection:
            await connection.execute("UPDATE outbox SET sent = true WHERE id = %s", (message,))
    else:
        log.warning("mail for order %s was not taken: %s", order, answer.status_code)
    await shop.cache.publish("orders", str(order))
