from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.protobuf import edited, read, write
from flowtape.replay.bodies.tree import Number, Tree

ID = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69"
# Field 1: varint 150; 2: "testing"; 3: {1: 150}; 4: fixed32 7; 5: fixed64 8, twice.
EVERYTHING = bytes.fromhex("089601120774657374696e671a030896012507000000290800000000000000290900000000000000")


def test_fields_by_their_numbers() -> None:
    fixed = [{"fixed64": "8"}, {"fixed64": "9"}]
    assert read(EVERYTHING) == {"1": "150", "2": "testing", "3": {"1": "150"}, "4": {"fixed32": "7"}, "5": fixed}
    assert write(read(EVERYTHING) or {}) == EVERYTHING


@pytest.mark.parametrize("number", [1, 4])
def test_a_message_in_a_message_is_found_though_its_bytes_are_printable(number: int) -> None:
    inner = write({str(number): ID})
    assert read(b"\x0a" + bytes([len(inner)]) + inner) == {"1": {str(number): ID}}


def test_an_edit_keeps_the_lengths_true() -> None:
    body = write({"1": Number("7"), "2": {"1": ID}})
    assert read(edited(body, lambda text: text.replace(ID, "$id"))) == {"1": "7", "2": {"1": "$id"}}
    assert edited(body, str) == body


@pytest.mark.parametrize("body", [b"\x08", b"\x00", b"\x12\x05ab", b"\x0b", b"\xff" * 11, b"{}"])
def test_what_does_not_read_to_its_end_is_none(body: bytes) -> None:
    assert read(body) is None


def test_bytes_are_no_tree() -> None:
    with pytest.raises(ValueError, match="no field"):
        write({"1": None})


@given(st.binary(max_size=40))
def test_nothing_raises_and_what_is_written_reads_the_same(body: bytes) -> None:
    tree = read(body)
    if tree is not None:
        assert read(write(tree)) == tree


WORDS = st.text(alphabet="abcdefghij-", min_size=1, max_size=12)
TREES = st.dictionaries(
    st.integers(1, 15).map(str),
    WORDS | st.integers(0, 2**64 - 1).map(lambda n: Number(str(n))),
    min_size=1,
    max_size=4,
)


@given(TREES)
def test_a_message_is_written_and_read_again(tree: dict[str, Tree]) -> None:
    assert read(write({"1": Number("1"), "2": tree})) is not None
    assert write(read(write(tree)) or {}) == write(tree)


def test_nesting_has_an_end() -> None:
    body = b""
    for _ in range(100):
        body = (
            b"\x0a"
            + (bytes([len(body)]) if len(body) < 128 else bytes([len(body) & 0x7F | 0x80, len(body) >> 7]))
            + body
        )
    read(body)
