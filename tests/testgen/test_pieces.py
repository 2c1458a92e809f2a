from __future__ import annotations

import string
import uuid
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.shapes import Digest, Shape, Token, Uuid
from flowtape.testgen.pieces import Piece, pieces, random_text

AT = 1_795_169_472_000_000_000
IDS = [str(uuid.UUID(int=number << 64 | 0x8000 << 48, version=4)) for number in (7, 8, 9)]


def shapes(*sample: str) -> list[Shape] | None:
    found = pieces(sample, [AT] * len(sample))
    return None if found is None else [piece.shape for piece in found]


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ([f"order-{id_}" for id_ in IDS], [Uuid(4)]),
        ([f"a {id_.replace('-', '')} b" for id_ in IDS], [Uuid(4)]),
        (["ch_3fa9c1", "ch_9bb2d0", "ch_0f11aa"], [Token(6, "hex")]),
        (["a" * 40, "b" * 40, "c" * 40], [Digest("sha1")]),
        (["id=QWERTYU", "id=ASDFGHJ", "id=ZXCVBNM"], [Token(7, "alnum")]),
        (["same", "same", "same"], []),
        (["short", "other", "third"], None),
        (["abcdef", "abcdef", "ghijkl"], None),
        (["2026-11-20T10:11:12", "2026-11-21T00:11:13", "2026-11-20T06:41:16"], None),
        (["2026-11-20T10:11:12", "2026-11-21T00:11:12", "2026-11-20T06:11:12"], None),
    ],
)
def test_a_piece_has_one_shape_in_all_runs(sample: Sequence[str], expected: list[Shape] | None) -> None:
    assert shapes(*sample) == expected


def test_password_hashes_of_one_scheme() -> None:
    found = shapes(*("$2b$12$" + letter * 53 for letter in "abc"))
    assert found is not None
    assert [shape.dump() for shape in found] == [{"password_hash": {"scheme": "$2b$12", "length": 60}}]
    assert shapes("$2b$12$" + "a" * 53, "$2b$04$" + "b" * 53, "$2b$12$" + "c" * 53) is None


WORDS = st.text(alphabet=string.ascii_letters + " .,:", max_size=12)


@given(WORDS, WORDS)
def test_a_piece_is_found_in_any_text_around_it(before: str, after: str) -> None:
    sample = [f"{before} {id_} {after}" for id_ in IDS]
    assert pieces(sample, [AT] * 3) == [Piece(Uuid(4), tuple(IDS))]


@given(st.lists(st.text(max_size=20), min_size=2, max_size=4))
def test_nothing_raises_and_each_piece_stands_in_its_run(sample: list[str]) -> None:
    for piece in pieces(sample, [AT] * len(sample)) or []:
        assert all(value in text for value, text in zip(piece.values, sample, strict=True))


@given(st.lists(st.text(alphabet=string.hexdigits, min_size=6, max_size=6), min_size=1, max_size=3))
def test_random_text_never_comes_twice(values: list[str]) -> None:
    assert random_text([*values, values[0]]) is None
