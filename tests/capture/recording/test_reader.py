from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.recording import Counts, Damage, Reader, Record, RecordingError, encoding
from flowtape.capture.recording.segment import CHECKSUM, FRAME, HEADER, MAGIC, Header, frame, header

HEAD = header(Header("shop", 5))
COUNTS = [Counts(number, "r", {"flows.heard": number}) for number in range(3)]
FRAMES = [frame(encoding.encode(record)) for record in COUNTS]
SEGMENT = HEAD + b"".join(FRAMES)


def read(folder: Path, data: bytes) -> tuple[list[Record], list[Damage]]:
    (folder / "a.tape").write_bytes(data)
    reader = Reader(str(folder))
    return list(reader), reader.damages


def test_a_tail_that_is_torn_anywhere_costs_the_last_record_alone(tmp_path: Path) -> None:
    last = len(SEGMENT) - len(FRAMES[-1])
    for cut in range(last + 1, len(SEGMENT)):
        found, damages = read(tmp_path, SEGMENT[:cut])
        assert found == COUNTS[:-1]
        assert [(damage.offset, damage.reason.split(":")[0]) for damage in damages] == [(last, "cut short")]
    assert read(tmp_path, SEGMENT[:last]) == (COUNTS[:-1], [])


def test_a_header_that_is_torn_anywhere_is_a_damage(tmp_path: Path) -> None:
    for cut in range(len(HEAD)):
        found, (damage,) = read(tmp_path, SEGMENT[:cut])
        assert not found
        assert "cut short" in damage.reason


def test_a_damaged_record_in_the_middle_is_stepped_over(tmp_path: Path) -> None:
    damaged = FRAMES[1][:-1] + bytes([FRAMES[1][-1] ^ 1])
    found, (damage,) = read(tmp_path, HEAD + FRAMES[0] + damaged + FRAMES[2])
    assert found == [COUNTS[0], COUNTS[2]]
    assert damage.offset == len(HEAD) + len(FRAMES[0])
    assert "left out" in damage.reason


def test_a_damaged_length_costs_the_rest_of_the_segment_but_not_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "b.tape").write_bytes(SEGMENT)
    found, (damage,) = read(tmp_path, HEAD + FRAMES[0] + b"\x7f" + FRAMES[1][1:] + FRAMES[2])
    assert found == [COUNTS[0], *COUNTS]
    assert "length" in damage.reason


@given(st.integers(0, len(SEGMENT) * 8 - 1))
def test_a_flipped_bit_never_gives_a_record_that_was_not_written(
    tmp_path_factory: pytest.TempPathFactory, bit: int
) -> None:
    data = bytearray(SEGMENT)
    data[bit // 8] ^= 1 << (bit % 8)
    found, damages = read(tmp_path_factory.mktemp("bit"), bytes(data))
    assert len(damages) == 1
    assert all(record in COUNTS for record in found)
    if bit >= (len(HEAD) + len(FRAMES[0])) * 8:
        assert found[0] == COUNTS[0]


def test_a_promised_length_of_two_gigabytes_is_not_read(tmp_path: Path) -> None:
    head = FRAME.pack(2 << 30, 0)
    huge = head + CHECKSUM.pack(zlib.crc32(head))
    found, (damage,) = read(tmp_path, HEAD + FRAMES[0] + huge + b"x")
    assert found == COUNTS[:1]
    assert "length is damaged" in damage.reason
    head = FRAME.pack(200 << 20, 0)
    _, (damage,) = read(tmp_path, HEAD + head + CHECKSUM.pack(zlib.crc32(head)))
    assert "cut short" in damage.reason


def test_a_newer_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    body = HEAD[HEADER.size + CHECKSUM.size :]
    head = HEADER.pack(MAGIC, 2, len(body))
    with pytest.raises(RecordingError, match=r"a\.tape: written by a newer flowtape .*upgrade"):
        read(tmp_path, head + CHECKSUM.pack(zlib.crc32(head + body)) + body)


def test_another_file_among_the_segments_is_a_damage_and_others_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "b.tape").write_bytes(SEGMENT)
    (tmp_path / "notes.txt").write_text("hello")
    found, (damage,) = read(tmp_path, b"PK\x03\x04" * 9)
    assert found == COUNTS
    assert damage.segment.endswith("a.tape")
    assert "not a segment" in damage.reason


def test_a_single_segment_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "any.name").write_bytes(SEGMENT)
    assert list(Reader(str(tmp_path / "any.name"))) == COUNTS


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.write_text("flow: 1")])
def test_what_is_no_recording_is_refused_by_name(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "moon")
    with pytest.raises(RecordingError, match="moon"):
        Reader(str(tmp_path / "moon"))


@pytest.mark.parametrize("url", ["moon://somewhere/x", "s3://bucket/x"])
def test_a_store_that_cannot_be_opened_is_refused_by_name(url: str) -> None:
    with pytest.raises(RecordingError, match=url):
        Reader(url)


def test_reading_twice_reports_a_damage_once(tmp_path: Path) -> None:
    (tmp_path / "a.tape").write_bytes(SEGMENT[:-1])
    reader = Reader(str(tmp_path))
    assert list(reader) == list(reader)
    assert len(reader.damages) == 1
