from __future__ import annotations

from flowtape.capture.sanitise.pseudonyms import words
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed


def test_the_lists_hold_a_thousand_different_names_each() -> None:
    assert len(set(words.GIVEN)) == len(set(words.FAMILY)) == 1024
    assert not set(words.GIVEN) & set(words.FAMILY)


def test_case_is_kept_and_does_not_matter(keyed: Keyed) -> None:
    made = words.given(keyed, "Ana")
    assert made in words.GIVEN
    assert words.given(keyed, "ANA") == made.upper()
    assert words.given(keyed, "ana") == made.lower()
    assert words.family(keyed, "Ana") in words.FAMILY
