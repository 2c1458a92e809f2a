"""Account holders at work: `python -m samples.ledger.traffic http://127.0.0.1:8002 --rounds 5`."""

from __future__ import annotations

import argparse
import asyncio
import random
from urllib.parse import quote
from uuid import UUID

import httpx

from samples.ledger.seed import PASSWORDS
from samples.traffic import Driver


async def drive(url: str, rounds: int, pace: float) -> Driver:
    rng = random.Random(11)
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        driver = Driver(client, pace)
        for _ in range(rounds):
            await _holder(driver, rng, "ines.costa@sapo.pt", [1, 2], 3)
            await _holder(driver, rng, "tom.hardwick@btinternet.com", [3, 4, 5], 1)
    return driver


async def _holder(driver: Driver, rng: random.Random, email: str, own: list[int], other: int) -> None:
    await driver.send("wrong password", "POST", "/login", json={"email": email, "password": "Summer-2020"})
    login = await driver.send("login", "POST", "/login", json={"email": email, "password": PASSWORDS[email]})
    token = {"Authorization": f"Bearer {login.json()['token']}"}
    await driver.send("me", "GET", "/me", headers=token)
    await driver.send("account", "GET", f"/accounts/{own[0]}", headers=token)
    await driver.send("not yours", "GET", f"/accounts/{other}", headers=token)
    await driver.send("no such account", "GET", "/accounts/77", headers=token)
    await _transfers(driver, rng, token, own, other)
    await _statements(driver, token, own[0])
    await _labels(driver, rng, token, own)
    await driver.send("no token", "GET", "/me")
    await driver.send("bad token", "GET", "/me", headers={"Authorization": "Bearer abc.def.ghi"})


async def _transfers(driver: Driver, rng: random.Random, token: dict[str, str], own: list[int], other: int) -> None:
    for target in (*own[1:], other):
        amount = f"{rng.randint(101, 900) / 100:.2f}"
        body: dict[str, object] = {"source": own[0], "target": target, "amount": amount}
        made = await driver.send("transfer", "POST", "/transfers", json=body, headers=token)
        if made.status_code == 201:
            await driver.send("one transfer", "GET", made.headers["location"], headers=token)
    await driver.send("no such transfer", "GET", f"/transfers/{UUID(int=7, version=4)}", headers=token)
    refused: dict[str, dict[str, object]] = {
        "transfer too much": {"source": own[0], "target": other, "amount": "99999.00"},
        "transfer above the day's limit": {"source": own[0], "target": own[1], "amount": "1200.00"},
        "transfer of others' money": {"source": other, "target": own[0], "amount": "1.00"},
        "transfer to nowhere": {"source": own[0], "target": 77, "amount": "1.00"},
        "transfer of nothing": {"source": own[0], "target": other, "amount": "0.00"},
    }
    for kind, body in refused.items():
        await driver.send(kind, "POST", "/transfers", json=body, headers=token)


async def _statements(driver: Driver, token: dict[str, str], account: int) -> None:
    await driver.send("statement", "GET", f"/accounts/{account}/statement", headers=token)
    await driver.send("statement's page", "GET", f"/accounts/{account}/statement.html", headers=token)
    driver.client.cookies.clear()
    path = f"/accounts/{account}/transfers?limit=2"
    first = await driver.send("transfers", "GET", path, headers=token)
    if before := first.json()["next"]:
        before = quote(before)
        await driver.send("earlier transfers", "GET", f"{path}&before={before}", headers=token)


async def _labels(driver: Driver, rng: random.Random, token: dict[str, str], own: list[int]) -> None:
    savings: dict[str, object] = {"label": f"Savings {rng.randint(100, 999)}"}
    labels: dict[str, dict[str, object]] = {"label": savings, "label too long": {"label": "x" * 41}}
    for kind, body in labels.items():
        await driver.send(kind, "PUT", f"/accounts/{own[0]}/label", json=body, headers=token)
    await driver.send("label taken", "PUT", f"/accounts/{own[1]}/label", json=savings, headers=token)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pace", type=float, default=0.06, help="seconds between requests")
    arguments = parser.parse_args()
    print(asyncio.run(drive(arguments.url, arguments.rounds, arguments.pace)).report())


if __name__ == "__main__":
    main()
