"""What the sample services' traffic drivers share: pacing, counting, and a report at the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import httpx

Json = dict[str, object]


@dataclass
class Driver:
    """Sends requests one after another, `pace` seconds apart, and counts them by kind and status."""

    client: httpx.AsyncClient
    pace: float
    sent: Counter[str] = field(default_factory=Counter)

    async def send(
        self, kind: str, method: str, path: str, *, json: Json | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One request. `kind` is its name in the report."""
        answer = await self.client.request(method, path, json=json, headers=headers)
        self.sent[f"{kind} {answer.status_code}"] += 1
        await asyncio.sleep(self.pace)
        return answer

    def report(self) -> str:
        lines = [f"{count:5} {kind}" for kind, count in sorted(self.sent.items())]
        return "\n".join([*lines, f"{self.sent.total():5} requests of {len(self.sent)} kinds"])
