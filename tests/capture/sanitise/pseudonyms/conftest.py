from __future__ import annotations

import pytest

from flowtape.capture.sanitise.pseudonyms.keyed import Keyed


@pytest.fixture(scope="session")
def keyed() -> Keyed:
    return Keyed(b"a key for tests, 32 bytes long..")


@pytest.fixture(scope="session")
def other() -> Keyed:
    return Keyed(b"another key, as long as the one.")
