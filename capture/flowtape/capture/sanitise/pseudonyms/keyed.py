"""Where pseudonyms come from: endless numbers drawn from a key and a value, and the mark that needs no key."""

from __future__ import annotations

from hashlib import blake2b

MIN_KEY = 16


class Draw:
    """Numbers drawn one after another from a seed (blake2b in counter mode, RFC 7693). Bias is below 2^-64."""

    __slots__ = ("_count", "_key", "_label", "_pool", "_seed")

    def __init__(self, seed: bytes, key: bytes = b"", label: bytes = b"") -> None:
        self._seed = seed
        self._key = key
        self._label = label[:16]
        self._count = 0
        self._pool = 0

    def below(self, limit: int) -> int:
        """A number of 0 to `limit` - 1; `limit` is at most 2^64."""
        if self._pool < 1 << 128:
            block = blake2b(self._count.to_bytes(4, "big") + self._seed, key=self._key, person=self._label)
            self._pool = int.from_bytes(block.digest(), "big") | 1 << 512
            self._count += 1
        self._pool, drawn = divmod(self._pool, limit)
        return drawn

    def bytes(self, size: int) -> bytes:
        return bytes(self.below(256) for _ in range(size))


class Keyed:
    """The operator's key. Pseudonyms of different labels are unrelated even where the values are equal."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) < MIN_KEY:
            raise ValueError(f"the key has {len(key)} bytes: at least {MIN_KEY} are wanted")
        self._key = blake2b(key, person=b"flowtape key").digest()

    def draw(self, label: str, value: str, attempt: int = 0) -> Draw:
        seed = attempt.to_bytes(1, "big") + value.encode("utf-8", "surrogatepass")
        return Draw(seed, self._key, label.encode())


def mark(value: str) -> Draw:
    """What follows from `value` without any key: the end of a pseudonym is drawn from its beginning."""
    return Draw(value.encode("utf-8", "surrogatepass"), label=b"flowtape mark")
