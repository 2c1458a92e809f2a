"""Three ways to break the shop, each a line that a colleague might get wrong, and what must notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Breakage:
    """`old` stands exactly once in `file` (below samples/shop) and becomes `new`; tests whose names begin with `test` must fail."""

    title: str
    file: str
    old: str
    new: str
    caught_by: str

    def apply(self, root: Path) -> str:
        """Break the copy of the shop under `root`; returns the sound text. Raises ValueError if the line is not there."""
        path = root / "samples" / "shop" / self.file
        sound = path.read_text()
        if sound.count(self.old) != 1:
            raise ValueError(f"{path} does not hold exactly once: {self.old}")
        path.write_text(sound.replace(self.old, self.new))
        return sound

    def mend(self, root: Path, sound: str) -> None:
        (root / "samples" / "shop" / self.file).write_text(sound)


BREAKAGES = (
    Breakage(
        title="an INSERT is dropped: the order keeps no items",
        file="orders.py",
        old="""    await connection.execute(
        'INSERT INTO order_items ("order", product, quantity, price) VALUES (%s, %s, %s, %s)',
        (order.id, item["product"], item["quantity"], item["price"]),
    )
""",
        new="",
        caught_by="test_post_orders",
    ),
    Breakage(
        title="two parameters are swapped: the stock of the wrong product goes down",
        file="orders.py",
        old='(item["quantity"], item["product"])',
        new='(item["product"], item["quantity"])',
        caught_by="test_post_orders",
    ),
    Breakage(
        title="a field leaks into a response: the customer's e-mail address",
        file="orders.py",
        old='"placed_at": order.placed_at}',
        new='"placed_at": order.placed_at, "email": order.email}',
        caught_by="test_post_orders",
    ),
)
