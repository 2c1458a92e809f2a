"""Clients of the two services: so many requests in flight at once, many of them alike.

Everything is skewed: half of all that is asked is asked of the first customer, the first product, the newest cart, so that requests
in flight together often ask the same of the same. Each client sends its next request a moment after its last answer.
"""

from __future__ import annotations

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias, TypeVar

import aiohttp
from samples.ledger.seed import PASSWORDS

T = TypeVar("T")
Ask: TypeAlias = tuple[str, str, "dict[str, Any] | None", dict[str, str]]
"""Method, target, JSON body, headers."""

MOMENT_SECONDS = 0.0003
CARD, DECLINED = "4242424242424242", "4000000000000002"
RECENT = 12
QUIET_SECONDS = 0.13
"""Longer than the 100 ms in which flowtape takes a service to be still at work for the last request."""


class Clients(ABC):
    """`traced` clients send a traceparent of their own with each request."""

    def __init__(self, session: aiohttp.ClientSession, *, traced: bool) -> None:
        self.random = random.Random(5)
        self.answered: Counter[int] = Counter()
        self._session = session
        self._traced = traced

    @abstractmethod
    async def prepare(self) -> None:
        """Make what the requests are about."""

    @abstractmethod
    def next(self) -> Ask:
        """What is asked next."""

    def learn(self, ask: Ask, answer: Any) -> None:  # noqa: B027 - not every service has something to keep
        """Keep what later requests are about."""

    async def send(self, ask: Ask) -> Any:
        method, target, body, headers = ask
        if self._traced:
            headers = {
                **headers,
                "traceparent": f"00-{self.random.getrandbits(128):032x}-{self.random.getrandbits(64):016x}-01",
            }
        async with self._session.request(method, target, json=body, headers=headers) as answer:
            self.answered[answer.status] += 1
            json = answer.content_type == "application/json"
            return await (answer.json() if json else answer.read())

    async def quiet(self, requests: int) -> None:
        """Send `requests` with so long a pause before each that it is alone."""
        for _ in range(requests):
            await asyncio.sleep(QUIET_SECONDS)
            ask = self.next()
            self.learn(ask, await self.send(ask))

    async def load(self, in_flight: int, requests: int) -> float:
        """Send `requests`, so many at once. Returns how many were in flight on average."""
        left = iter(range(requests))
        busy = 0.0
        started = time.monotonic()

        async def client() -> None:
            nonlocal busy
            for _ in left:
                await asyncio.sleep(self.random.expovariate(1 / MOMENT_SECONDS))
                ask, asked = self.next(), time.monotonic()
                self.learn(ask, await self.send(ask))
                busy += time.monotonic() - asked

        await asyncio.gather(*(client() for _ in range(in_flight)))
        return busy / (time.monotonic() - started)

    def often_first(self, choices: Sequence[T]) -> T:
        """The first half of the time, the others the more seldom the later they stand."""
        at = 0
        while at < len(choices) - 1 and self.random.random() < 0.5:
            at += 1
        return choices[at]


class ShopClients(Clients):
    MIX: ClassVar = {
        "product": 26, "catalogue": 12, "tag": 6, "customer": 16, "orders": 10,
        "cart": 10, "new cart": 5, "put": 8, "checkout": 4, "order": 3,
    }  # fmt: skip
    CUSTOMERS: ClassVar = (1, 2, 3, 4)
    PRODUCTS: ClassVar = (1, 2, 3, 5, 8, 9, 7)

    async def prepare(self) -> None:
        self._carts: deque[str] = deque(maxlen=RECENT)
        self._orders: deque[str] = deque(maxlen=RECENT)
        for customer in self.CUSTOMERS:
            new: Ask = ("POST", "/carts", {"customer": customer}, {})
            self.learn(new, await self.send(new))
            await self.send(("POST", f"/carts/{self._carts[0]}/items", {"product": 1, "quantity": 1}, {}))
            checkout: Ask = ("POST", "/orders", {"cart": self._carts[0], "card": CARD}, {})
            self.learn(checkout, await self.send(checkout))

    def next(self) -> Ask:
        kind = self.random.choices([*self.MIX], [*self.MIX.values()])[0]
        product, customer = self.often_first(self.PRODUCTS), self.often_first(self.CUSTOMERS)
        match kind:
            case "product":
                return "GET", f"/products/{product}", None, {}
            case "catalogue":
                return (
                    "GET",
                    f"/products?limit={self.often_first((5, 3, 2))}&offset={self.often_first((0, 3, 5))}",
                    None,
                    {},
                )
            case "tag":
                return "GET", f"/products?tag={self.often_first(('kitchen', 'office', 'light'))}", None, {}
            case "customer":
                return "GET", f"/customers/{customer}", None, {}
            case "orders":
                return "GET", f"/customers/{customer}/orders?size=3", None, {}
            case "cart":
                return "GET", f"/carts/{self.often_first(self._carts)}", None, {}
            case "new cart":
                return "POST", "/carts", {"customer": customer}, {}
            case "put":
                body = {"product": product, "quantity": self.often_first((1, 2))}
                return "POST", f"/carts/{self.often_first(self._carts)}/items", body, {}
            case "checkout":
                card = self.random.choices((CARD, DECLINED), (9, 1))[0]
                return "POST", "/orders", {"cart": self.often_first(self._carts), "card": card}, {}
        return "GET", f"/orders/{self.often_first(self._orders)}", None, {}

    def learn(self, ask: Ask, answer: Any) -> None:
        if ask[:2] == ("POST", "/carts"):
            self._carts.appendleft(answer["id"])
        elif ask[:2] == ("POST", "/orders") and "id" in answer:
            self._orders.appendleft(answer["id"])


class LedgerClients(Clients):
    MIX: ClassVar = {
        "me": 28, "account": 28, "statement": 12, "transfer": 12, "login": 6, "not theirs": 6, "no such": 4, "anonymous": 4,
    }  # fmt: skip
    OWN: ClassVar = {"ines.costa@sapo.pt": (1, 2), "tom.hardwick@btinternet.com": (3, 4)}

    async def prepare(self) -> None:
        self._tokens: dict[str, str] = {}
        for email in self.OWN:
            ask: Ask = ("POST", "/login", {"email": email, "password": PASSWORDS[email]}, {})
            self._tokens[email] = (await self.send(ask))["token"]

    def next(self) -> Ask:
        kind = self.random.choices([*self.MIX], [*self.MIX.values()])[0]
        email = self.often_first([*self.OWN])
        other = self.often_first([account for whose, own in self.OWN.items() if whose != email for account in own])
        own = self.often_first(self.OWN[email])
        headers = {"Authorization": f"Bearer {self._tokens[email]}"}
        match kind:
            case "account":
                return "GET", f"/accounts/{own}", None, headers
            case "statement":
                return "GET", f"/accounts/{own}/statement", None, headers
            case "transfer":
                amount = f"{self.often_first((100, 250, 999)) / 100:.2f}"
                target = self.often_first([one for one in (*self.OWN[email], other) if one != own])
                return "POST", "/transfers", {"source": own, "target": target, "amount": amount}, headers
            case "login":
                password = self.often_first((PASSWORDS[email], "Summer-2020"))
                return "POST", "/login", {"email": email, "password": password}, {}
            case "not theirs":
                return "GET", f"/accounts/{other}", None, headers
            case "no such":
                return "GET", "/accounts/77", None, headers
            case "anonymous":
                return "GET", "/me", None, {}
        return "GET", "/me", None, headers
