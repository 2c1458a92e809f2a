"""Python's garbage collector, spared what it can do nothing about.

Importing an application makes some hundred thousand objects, none of which goes away again. The collector looks through all of
them a few times while they are made, again at each full collection of the test session, twice when pytest ends, and when Python
does: a third of a second for an application of ordinary size.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """What is made meanwhile is not looked through for garbage, then or later (`gc.freeze`), nor is what was there before.

    Reference counting frees it as ever, and the collector is as it was for all that is made later. A collector that is switched
    off stays off, and nothing is frozen: somebody has plans of their own with it.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
