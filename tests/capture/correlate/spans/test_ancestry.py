from __future__ import annotations

from typing import Any

from flowtape.capture.correlate.spans.ancestry import MAX_DEPTH, Ancestry, Owner


def known(service: Any, *spans: Any, limit: int = 1000) -> Ancestry:
    found = Ancestry(limit)
    for span in spans:
        found.add(span)
    return found


def identity(number: int, trace: int = 1) -> tuple[str, str]:
    return f"{trace:032x}", f"{number:016x}"


def test_a_span_is_its_nearest_request_s(service: Any) -> None:
    """Also where another service's spans come in the same trace."""
    found = known(
        service,
        service.span(4, 5, 6, {}, parent=3),
        service.span(3, 4, 7, {}, parent=2, kind="internal"),
        service.server(2, 3, 8, parent=1),
        service.server(1, 1, 9),
    )
    trace, span = identity(2)
    assert found.owner(*identity(4)) == found.owner(*identity(3)) == found.owner(*identity(2)) == Owner(trace, span)
    assert found.owner(*identity(1)) == Owner(*identity(1))


def test_one_of_no_request_s_is_nobody_s(service: Any) -> None:
    found = known(service, service.span(1, 0, 9, {}, kind="internal"), service.span(2, 1, 2, {}, parent=1))
    assert found.owner(*identity(2)) == Owner(identity(2)[0], "")
    assert found.owner(*identity(2, trace=9)) is None


def test_a_span_whose_parents_have_not_come_names_the_one_that_is_missing(service: Any) -> None:
    found = known(service, service.span(2, 1, 2, {}, parent=1))
    assert found.owner(*identity(2)) == Owner(*identity(1), whole=False)
    found.add(service.server(1, 0, 9))
    assert found.owner(*identity(2)) == Owner(*identity(1))


def test_parents_that_go_round_in_a_circle_are_nobody_s(service: Any) -> None:
    found = known(service, service.span(1, 0, 1, {}, parent=2), service.span(2, 0, 1, {}, parent=1))
    assert found.owner(*identity(1)) == Owner(identity(1)[0], "", whole=False)
    chain = known(service, *(service.span(n, 0, 1, {}, parent=n + 1, trace=1) for n in range(1, MAX_DEPTH + 5)))
    assert chain.owner(*identity(1)) == Owner(identity(1)[0], "", whole=False)


def test_what_comes_twice_is_told_and_what_is_old_is_forgotten(service: Any) -> None:
    found = known(service, service.server(1, 0, 10), service.span(2, 0, 30, {}, parent=1), limit=2)
    assert not found.add(service.server(1, 0, 10))
    assert found.full
    assert found.ended(identity(1)[0]) == service.at(30)
    found.forget(service.at(20))
    assert len(found) == 1
    assert found.owner(*identity(1)) is None
    found.forget(service.at(40))
    assert (len(found), found.ended(identity(1)[0])) == (0, 0)
