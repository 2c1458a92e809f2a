"""The random generators of this process, set to a number: verifying replays run with another number each."""

from __future__ import annotations

import random
import sys
from typing import Any


def seed(number: int) -> None:
    """Seeds `random`, and numpy's global generator where numpy is loaded; what the operating system gives stays random."""
    random.seed(number)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(number % 2**32)
