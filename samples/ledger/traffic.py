"""Account holders at work: `python -m samples.ledger.traffic http://127.0.0.1:8002 --rounds 5`."""

from __future__ import annotations

import argparse
import asyncio
import random

import httpx

from samples.ledger.seed import PASSWORDS
from samples.traffic import Driver


async def drive(url: str, rounds: int, pace: float) -> Driver:
    rng = random.Random(11)
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        driver = Driver(client, pace)
        for _ in range(rounds):
            await _holder(driver, rng, "ines.costa@sapo.pt", [1, 2], 3)
            await _holder(driver, rng, "tom.hardwick@btinternet.com", [3, 4], 1)
    return driver


async def _holder(driver: Driver, rng: random.Random, email: str, own: list[int], other: int) -> None:
    await driver.send("wrong password", "POST", "/login", json={"email": email, "password": "Summer-2020"})
    login = await driver.send("login", "POST", "/login", json={"email": email, "password": PASSWORDS[email]})
    token = {"Authorization": f"Bearer {login.json()['token']}"}
    await driver.send("me", "GET", "/me", headers=token)
    await driver.send("account", "GET", f"/accounts/{own[0]}", headers=token)
    await driver.send("not yours", "GET", f"/accounts/{other}", headers=token)
    await driver.send("no such account", "GET", "/accounts/77", headers=token)
    for target in (own[1], other):
        amount = f"{rng.randint(100, 900) / 100:.2f}"
        body: dict[str, object] = {"source": own[0], "target": target, "amount": amount}
        await driver.send("transfer", "POST", "/transfers", json=body, headers=token)
    greedy: dict[str, object] = {"source": own[0], "target": other, "amount": "99999.00"}
    await driver.send("transfer too much", "POST", "/transfers", json=greedy, headers=token)
    theirs: dict[str, object] = {"source": other, "target": own[0], "amount": "1.00"}
    await driver.send("transfer of others' money", "POST", "/transfers", json=theirs, headers=token)
    await driver.send("statement", "GET", f"/accounts/{own[0]}/statement", headers=token)
    await driver.send("no token", "GET", "/me")
    await driver.send("bad token", "GET", "/me", headers={"Authorization": "Bearer abc.def.ghi"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pace", type=float, default=0.06, help="seconds between requests")
    arguments = parser.parse_args()
    print(asyncio.run(drive(arguments.url, arguments.rounds, arguments.pace)).report())


if __name__ == "__main__":
    main()
