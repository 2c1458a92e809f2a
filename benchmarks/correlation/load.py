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
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, TypeVar

import aiohttp
from samples.ledger.seed import PASSWORDS
from samples.shop.traffic import CARD, DECLINED
from samples.shop.traffic import PASSWORDS as PASSWORDS_OF_SHOP

T = TypeVar("T")
Ask: TypeAlias = tuple[str, str, "dict[str, Any] | None", dict[str, str]]
"""Method, target, JSON body, headers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is decoded JSON, or bytes; `session` the cookie of that name, "" where none was set."""

    body: Any
    session: str


MOMENT_SECONDS = 0.0003
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

    def learn(self, ask: Ask, answer: Answer) -> None:  # noqa: B027 - not every service has something to keep
        """Keep what later requests are about."""

    async def send(self, ask: Ask) -> Answer:
        method, target, body, headers = ask
        if self._traced:
            headers = {
                **headers,
                "traceparent": f"00-{self.random.getrandbits(128):032x}-{self.random.getrandbits(64):016x}-01",
            }
        async with self._session.request(method, target, json=body, headers=headers) as answer:
            self.answered[answer.status] += 1
            json = answer.content_type == "application/json"
            session = answer.cookies.get("session")
            return Answer(await (answer.json() if json else answer.read()), session.value if session else "")

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
        "product": 22, "catalogue": 10, "tag": 6, "customer": 14, "orders": 10, "account": 8, "receipt": 2,
        "cart": 10, "new cart": 5, "put": 7, "checkout": 4, "order": 2,
    }  # fmt: skip
    CUSTOMERS: ClassVar = tuple(PASSWORDS_OF_SHOP)
    PRODUCTS: ClassVar = (1, 2, 3, 5, 8, 9, 7)

    async def prepare(self) -> None:
        self._carts: deque[str] = deque(maxlen=RECENT)
        self._orders: deque[str] = deque(maxlen=RECENT)
        self._sessions: dict[int, str] = {}
        for customer, (email, password) in PASSWORDS_OF_SHOP.items():
            self._sessions[customer] = (
                await self.send(("POST", "/sessions", {"email": email, "password": password}, {}))
            ).session
            await self._ask("POST", "/carts", {"customer": customer})
            await self._ask("POST", f"/carts/{self._carts[0]}/items", {"product": 1, "quantity": 1})
            await self._ask("POST", "/orders", {"cart": self._carts[0], "card": CARD})

    async def _ask(self, method: str, target: str, body: dict[str, Any]) -> None:
        ask: Ask = (method, target, body, {})
        self.learn(ask, await self.send(ask))

    def next(self) -> Ask:
        kind = self.random.choices([*self.MIX], [*self.MIX.values()])[0]
        product, customer = self.often_first(self.PRODUCTS), self.often_first(self.CUSTOMERS)
        cookie = {"Cookie": f"session={self._sessions[customer]}"}
        match kind:
            case "product":
                return "GET", f"/products/{product}", None, {}
            case "catalogue":
                limit, offset = self.often_first((5, 3, 2)), self.often_first((0, 3, 5))
                return "GET", f"/products?limit={limit}&offset={offset}", None, {}
            case "tag":
                return "GET", f"/products?tag={self.often_first(('kitchen', 'office', 'light'))}", None, {}
            case "customer":
                return "GET", f"/customers/{customer}", None, {}
            case "orders":
                return "GET", f"/customers/{customer}/orders?size=3", None, {}
            case "account":
                return "GET", "/account", None, cookie
            case "receipt":
                return "GET", f"/orders/{self.often_first(self._orders)}/receipt", None, cookie
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

    def learn(self, ask: Ask, answer: Answer) -> None:
        if ask[:2] == ("POST", "/carts"):
            self._carts.appendleft(answer.body["id"])
        elif ask[:2] == ("POST", "/orders") and "id" in answer.body:
            self._orders.appendleft(answer.body["id"])


class LedgerClients(Clients):
    MIX: ClassVar = {
        "me": 26, "account": 24, "statement": 8, "transfers": 8, "transfer": 12, "login": 6, "not theirs": 6, "no such": 5,
        "anonymous": 5,
    }  # fmt: skip
    OWN: ClassVar = {"ines.costa@sapo.pt": (1, 2), "tom.hardwick@btinternet.com": (3, 4)}

    async def prepare(self) -> None:
        self._tokens: dict[str, str] = {}
        for email in self.OWN:
            answer = await self.send(("POST", "/login", {"email": email, "password": PASSWORDS[email]}, {}))
            self._tokens[email] = answer.body["token"]

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
            case "transfers":
                return "GET", f"/accounts/{own}/transfers?limit=2", None, headers
            case "transfer":
                # So little that the day's limit holds out.
                amount = self.often_first(("0.05", "0.25", "5.00"))
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
