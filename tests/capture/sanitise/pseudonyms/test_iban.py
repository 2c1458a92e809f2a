from __future__ import annotations

import pytest

from flowtape.capture.sanitise.pseudonyms import iban
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

SAMPLES = ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606", "NO9386011117947", "de89 3704 0044 0532 0130 00", "MT84MALT011000012345MTLCAST001S"]  # fmt: skip


@pytest.mark.parametrize("value", SAMPLES)
def test_an_iban_stays_valid(keyed: Keyed, other: Keyed, value: str) -> None:
    assert iban.valid(value)
    made = iban.make(keyed, value)
    assert iban.valid(made)
    assert made[:2] == value[:2]
    assert len(made) == len(value)
    assert iban.ours(made)
    assert not iban.ours(value)
    assert made != iban.make(other, value)


def test_equal_ignoring_spaces_and_case(keyed: Keyed) -> None:
    assert iban.make(keyed, SAMPLES[4]).replace(" ", "").upper() == iban.make(keyed, SAMPLES[0])


@pytest.mark.parametrize(
    "value", ["DE89370400440532013001", "XX89370400440532013000", "DE8937040044053201300", "", "DÉ89370400440532013000"]
)
def test_what_is_none(value: str) -> None:
    assert not iban.valid(value)
