from __future__ import annotations

import pytest

from flowtape.capture.sanitise.pseudonyms import postal
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed


@pytest.mark.parametrize(
    "address", ["Weidenallee 17b, 25421 Pinneberg", "12 Main Street, Apt 4", "PO Box 1234", "Pinneberg", "Łódź"]
)
def test_an_address_keeps_its_layout(keyed: Keyed, address: str) -> None:
    made = postal.make(keyed, address)
    assert made != address
    assert postal.ours(made)
    assert [sign for sign in made if not sign.isalnum()] == [sign for sign in address if not sign.isalnum()]


def test_a_part_is_the_same_alone(keyed: Keyed) -> None:
    assert postal.make(keyed, "17b Pinneberg").endswith(postal.make(keyed, "Pinneberg"))


def test_a_raw_address_is_known(keyed: Keyed) -> None:
    assert not postal.ours("Weidenallee 17b")
