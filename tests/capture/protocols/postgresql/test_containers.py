"""Arrays and ranges over any element; what the server prints is in test_values."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.protocols.postgresql import containers
from flowtape.capture.protocols.postgresql.scalars import plain_binary, plain_text

ITEM = st.none() | st.text(st.characters(blacklist_categories=["Cs"]), max_size=5)


@given(st.lists(st.lists(ITEM, min_size=2, max_size=2), min_size=1, max_size=3))
def test_arrays_of_arrays_there_and_back(rows: list[list[str | None]]) -> None:
    def quoted(item: str | None) -> str:
        return "NULL" if item is None else '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = "{" + ",".join("{" + ",".join(map(quoted, row)) + "}" for row in rows) + "}"
    binary = containers.array_binary(text, plain_binary, 25)
    printed = containers.array_text(binary, plain_text, 25)
    assert containers.array_binary(printed, plain_binary, 25) == binary


@given(st.text(max_size=5), st.text(max_size=5), st.sampled_from("[("), st.sampled_from("])"))
def test_ranges_there_and_back(low: str, high: str, left: str, right: str) -> None:
    def quoted(bound: str) -> str:
        return '"' + bound.replace("\\", "\\\\").replace('"', '""') + '"'

    binary = containers.range_binary(f"{left}{quoted(low)},{quoted(high)}{right}", plain_binary)
    assert binary[1:] == len(low.encode()).to_bytes(4) + low.encode() + len(high.encode()).to_bytes(4) + high.encode()
    assert containers.range_binary(containers.range_text(binary, plain_text), plain_binary) == binary


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "{}}",
        "{1",
        "{1,}",
        "{,1}",
        "{1,{2}}",
        "{{1},{2,3}}",
        "[1:2={1}",
        "x",
        "{}{}",
        '{"a}',
        "[1:1][1:1]={1}",
    ],
)
def test_what_is_no_array_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        containers.array_binary(text, plain_binary, 25)


@pytest.mark.parametrize("text", ["", "[", "[1", "[1,2", "1,2]", "[1,2,3]", '["1,2]', "empty)"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        containers.range_binary(text, plain_binary)


@pytest.mark.parametrize("dimensions", [(), (0,), (0, 3), (2, 0)])
def test_an_array_of_nothing_may_have_dimensions(dimensions: tuple[int, ...]) -> None:
    head = struct.pack(">iiI", len(dimensions), 0, 25)
    data = head + b"".join(struct.pack(">ii", size, 1) for size in dimensions)
    assert containers.array_text(data, plain_text, 25) == "{}"
    if dimensions:
        with pytest.raises(ValueError, match="dimensions"):
            containers.array_text(data + b"\0\0\0\1a", plain_text, 25)
        with pytest.raises(ValueError, match="dimensions"):
            containers.array_text(head + struct.pack(">ii", -1, 1) * len(dimensions), plain_text, 25)


def test_an_element_of_another_type_is_refused() -> None:
    binary = containers.array_binary("{a}", plain_binary, 25)
    with pytest.raises(ValueError, match="type 25"):
        containers.array_text(binary, plain_text, 23)


@given(st.lists(ITEM, max_size=4))
def test_the_elements_of_an_array(items: list[str | None]) -> None:
    quoted = ["NULL" if item is None else '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items]
    assert containers.array_elements("{" + ",".join(quoted) + "}") == items


@pytest.mark.parametrize("text", ["", "a", "{a", "{{a},{b}}", "{a},{b}", '{"a": 1}'])
def test_what_has_no_elements(text: str) -> None:
    with pytest.raises(ValueError, match="array"):
        containers.array_elements(text)
