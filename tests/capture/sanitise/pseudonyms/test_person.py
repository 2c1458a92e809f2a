from __future__ import annotations

import pytest

from flowtape.capture.sanitise.pseudonyms import person
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed


@pytest.mark.parametrize(
    "name", ["Ana Silva", "Dr. Ana Maria de Souza", "O'Neil Böttcher", "山田 太郎", "ANA SILVA", "Jean-Luc Picard"]
)
def test_a_name_is_made_of_known_words(keyed: Keyed, name: str) -> None:
    made = person.make(keyed, name)
    assert made != name
    assert person.ours(made)
    assert not person.ours(name)


def test_a_full_name_is_made_of_its_parts(keyed: Keyed) -> None:
    assert person.make(keyed, "Ana Silva") == f"{person.make(keyed, 'Ana')} {person.make_family(keyed, 'Silva')}"
    assert person.make(keyed, "Silva, Ana") == f"{person.make_family(keyed, 'Silva')}, {person.make(keyed, 'Ana')}"


def test_titles_and_particles_stay(keyed: Keyed) -> None:
    made = person.make(keyed, "Dr. Ludwig van Beethoven")
    assert made.startswith("Dr. ")
    assert " van " in made


def test_another_key_gives_another_name(keyed: Keyed, other: Keyed) -> None:
    assert person.make(keyed, "Ana Silva") != person.make(other, "Ana Silva")
