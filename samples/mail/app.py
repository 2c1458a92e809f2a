"""Takes messages, and sends none of them. Keeps nothing."""

from __future__ import annotations

import secrets

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI(title="mail")


class Message(BaseModel):
    to: str
    subject: str
    text: str = ""


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/messages", status_code=202)
async def take(body: Message) -> dict[str, str]:
    return {"id": f"ms_{secrets.token_hex(8)}", "status": "queued", "to": body.to}
