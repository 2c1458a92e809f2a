"""Random services under load, with hot values, retries, calls at once, tasks after the response: what is kept is exactly right.

`simulator.py` makes them, `judged.py` looks at what became of them. `make bench ONLY=calibration` tries more of them.
"""

from __future__ import annotations

import pytest
from tests.capture.correlate.judged import REQUESTS, judged
from tests.capture.correlate.simulator import Endpoint, Service, Step, random_service

ORDINARY = Service(
    (
        Endpoint("customers", 1, ((1.0, (Step("db", 1, (("request", 0),)),)),)),
        Endpoint(
            "products",
            1,
            ((1.0, (Step("db", 2, (("request", 0),)), Step("cache", 3, (("request", 0),), unique=True))),),
        ),
        Endpoint(
            "orders",
            2,
            (
                (
                    1.0,
                    (
                        Step("db", 4, (("request", 0),), group=1, unique=True),
                        Step("db", 5, (("answer", 0), ("fresh", 0)), group=1),
                        Step("http", 6, (("answer", 0), ("request", 1))),
                        Step("http", 7, (("answer", 0),), after_response=True, shown=False),
                    ),
                ),
            ),
        ),
    )
)
"""As services are: what they ask holds what they are asked for."""


@pytest.mark.parametrize("in_flight", [2, 4])
@pytest.mark.parametrize("seed", range(100, 106))
def test_a_flow_of_any_service_that_is_kept_is_right(seed: int, in_flight: int) -> None:
    assert judged(random_service(seed, jobs=False), seed, in_flight).wrong == []


@pytest.mark.parametrize("threshold", [0.5, 0.99])
def test_of_flows_that_are_so_sure_so_many_are_right(threshold: float) -> None:
    """Where little is known, and schedulers are about."""
    found = [judged(random_service(seed), seed, 8, quiet=20, threshold=threshold) for seed in range(106, 112)]
    kept, wrong = sum(one.kept for one in found), sum(len(one.wrong) for one in found)
    assert kept > 100
    assert wrong <= (1 - threshold) * kept


@pytest.mark.parametrize(("in_flight", "kept"), [(2, 0.97), (4, 0.9), (16, 0.7)])
def test_most_flows_of_an_ordinary_service_are_kept(in_flight: int, kept: float) -> None:
    """And precision is not had by keeping nothing."""
    found = judged(ORDINARY, 1, in_flight, learned=REQUESTS)
    assert found.wrong == []
    assert found.kept >= kept * found.heard


@pytest.mark.parametrize("in_flight", [1, 3])
def test_a_schedulers_calls_are_in_no_flow(in_flight: int) -> None:
    """Once some have come while nothing was asked."""
    found = judged(Service(ORDINARY.endpoints, jobs=0.1), 2, in_flight, learned=REQUESTS // 2)
    assert found.wrong == []
    assert found.kept > found.heard * 0.3
