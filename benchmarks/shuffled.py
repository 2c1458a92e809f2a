"""A pytest plugin that runs tests in an order of its own, the same in each of a run's processes."""

from __future__ import annotations

import os
import random

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    random.Random(os.environ["STEADINESS_ORDER"]).shuffle(items)
