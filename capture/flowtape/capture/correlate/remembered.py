"""What was decided, so far as it must be known when more of it comes late."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Generic, TypeVar

T = TypeVar("T")
MOST: Final = 20_000


class Remembered(Generic[T]):
    """The last `most` that were added."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen: OrderedDict[T, None] = OrderedDict()

    def __contains__(self, one: T) -> bool:
        return one in self._seen

    def add(self, one: T) -> None:
        self._seen[one] = None
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
