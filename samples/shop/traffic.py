"""Customers at work: `python -m samples.shop.traffic http://127.0.0.1:8000 --rounds 10`."""

from __future__ import annotations

import argparse
import asyncio
import random
from uuid import UUID

import httpx

from samples.traffic import Driver

CARD, DECLINED, UNAVAILABLE = "4242424242424242", "4000000000000002", "4000000000000119"
PASSWORDS = {
    1: ("ana.silva@mailbox.org", "Azulejo-1755"),
    2: ("jonas.becker@posteo.de", "Elbe und Alster 9"),
    3: ("mei.tanaka@fastmail.jp", "hanabi 2011"),
    4: ("olu@adeyemi.ng", "lagos lagoon 4"),
}


async def drive(url: str, rounds: int, pace: float, burst: int) -> Driver:
    """`rounds` visits one request at a time, then `burst` requests at once."""
    rng = random.Random(7)
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        driver = Driver(client, pace)
        for number in range(rounds):
            await _browse(driver, rng)
            await _buy(driver, rng, number)
            if number % 2 == 0:
                await _mistakes(driver, rng, number)
            if number % 4 == 0:
                await _refused(driver, number)
        if burst:
            await asyncio.gather(*(_at_once(driver, number) for number in range(burst)))
    return driver


async def _browse(driver: Driver, rng: random.Random) -> None:
    await driver.send("catalogue", "GET", f"/products?limit=3&offset={rng.randrange(6)}")
    await driver.send("catalogue by tag", "GET", f"/products?tag={rng.choice(['kitchen', 'office', 'light'])}")
    await driver.send("product", "GET", f"/products/{rng.randint(1, 10)}")
    await driver.send("customer", "GET", f"/customers/{rng.randint(1, 4)}")


async def _buy(driver: Driver, rng: random.Random, number: int) -> None:
    customer = rng.randint(1, 4)
    cart = (await driver.send("new cart", "POST", "/carts", json={"customer": customer})).json()["id"]
    for product in rng.sample(range(1, 10), rng.randint(1, 3)):
        item: dict[str, object] = {"product": product, "quantity": rng.randint(1, 2)}
        await driver.send("put in cart", "POST", f"/carts/{cart}/items", json=item)
    await driver.send("cart", "GET", f"/carts/{cart}")
    await driver.send("cart from the cache", "GET", f"/carts/{cart}")
    if number % 3 == 2:
        await driver.send("remove from cart", "DELETE", f"/carts/{cart}/items/{product}")
        await driver.send("put in cart", "POST", f"/carts/{cart}/items", json=item)
    card = {2: UNAVAILABLE, 3: DECLINED}.get(number % 4, CARD)
    answer = await driver.send("checkout", "POST", "/orders", json={"cart": cart, "card": card})
    # A moment goes by before a customer looks at what they ordered; meanwhile the shop sends its mail.
    await asyncio.sleep(5 * driver.pace)
    if answer.status_code == 201:
        await driver.send("order", "GET", answer.headers["location"])
        await _signed_in(driver, customer, answer.headers["location"])
        if number % 5 in (0, 4):
            await driver.send("cancel", "POST", f"{answer.headers['location']}/cancel")
            await driver.send("cancel twice", "POST", f"{answer.headers['location']}/cancel")
    await driver.send("a customer's orders", "GET", f"/customers/{customer}/orders?size=3")
    await driver.send("a customer's earlier orders", "GET", f"/customers/{customer}/orders?size=1&page=2")


async def _signed_in(driver: Driver, customer: int, order: str) -> None:
    """A customer looks at their account and at the order's receipt; another one may not."""
    cookie = await _sign_in(driver, customer)
    await driver.send("account", "GET", "/account", headers=cookie)
    receipt = await driver.send("receipt", "GET", f"{order}/receipt", headers=cookie)
    again = {**cookie, "If-None-Match": receipt.headers["etag"]}
    await driver.send("receipt, not modified", "GET", f"{order}/receipt", headers=again)
    await driver.send("no such receipt", "GET", f"/orders/{UUID(int=7, version=4)}/receipt", headers=cookie)
    await driver.send("sign out", "DELETE", "/sessions", headers=cookie)
    await driver.send("signed out", "GET", "/account", headers=cookie)
    stranger = await _sign_in(driver, customer % 4 + 1)
    await driver.send("another's receipt", "GET", f"{order}/receipt", headers=stranger)


async def _sign_in(driver: Driver, customer: int) -> dict[str, str]:
    email, password = PASSWORDS[customer]
    answer = await driver.send("sign in", "POST", "/sessions", json={"email": email, "password": password})
    token = answer.cookies["session"]
    # Each request says itself whose it is.
    driver.client.cookies.clear()
    return {"Cookie": f"session={token}"}


async def _mistakes(driver: Driver, rng: random.Random, number: int) -> None:
    nowhere = UUID(int=rng.getrandbits(128), version=4)
    email = f"lena.novak.{number}@seznam.cz"
    customer: dict[str, object] = {"name": "Lena Novak", "email": email, "phone": f"+420 601 234 {500 + number}"}
    await driver.send("register", "POST", "/customers", json=customer)
    await driver.send("register twice", "POST", "/customers", json=customer)
    await driver.send("no such customer", "GET", "/customers/99999")
    await driver.send("no such order", "GET", f"/orders/{nowhere}")
    await driver.send("no such cart", "GET", f"/carts/{nowhere}")
    await driver.send("a cart for nobody", "POST", "/carts", json={"customer": 99999})
    await driver.send("checkout of no cart", "POST", "/orders", json={"cart": str(nowhere), "card": CARD})
    await driver.send("cancel no order", "POST", f"/orders/{nowhere}/cancel")
    await driver.send("no such product", "GET", "/products/99")
    await driver.send("not a number", "GET", "/products/kettle")
    cart = (await driver.send("new cart", "POST", "/carts", json={"customer": 1})).json()["id"]
    await driver.send("empty cart", "POST", "/orders", json={"cart": cart, "card": CARD})
    await driver.send("put in cart", "POST", f"/carts/{cart}/items", json={"product": 10, "quantity": 3})
    await driver.send("not so many in stock", "POST", "/orders", json={"cart": cart, "card": CARD})
    await driver.send("put no product in cart", "POST", f"/carts/{cart}/items", json={"product": 99, "quantity": 1})
    await driver.send("not in cart", "DELETE", f"/carts/{cart}/items/5")


async def _refused(driver: Driver, number: int) -> None:
    """Wrong passwords, until they are too many."""
    body: dict[str, object] = {"email": f"nobody.{number}@mailbox.org", "password": "Summer-2026"}
    for _ in range(4):
        await driver.send("wrong password", "POST", "/sessions", json=body)
    known: dict[str, object] = {"email": PASSWORDS[1 + number % 4][0], "password": "Summer-2026"}
    await driver.send("another's password", "POST", "/sessions", json=known)
    await driver.send("not signed in", "GET", "/account")


async def _at_once(driver: Driver, number: int) -> None:
    await driver.send("customer, many at once", "GET", f"/customers/{1 + number % 4}")
    await driver.send("catalogue, many at once", "GET", f"/products?limit={1 + number % 5}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--pace", type=float, default=0.06, help="seconds between requests")
    parser.add_argument("--burst", type=int, default=12, help="requests at once, at the end")
    arguments = parser.parse_args()
    driver = asyncio.run(drive(arguments.url, arguments.rounds, arguments.pace, arguments.burst))
    print(driver.report())


if __name__ == "__main__":
    main()
