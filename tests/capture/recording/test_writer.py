from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from flowtape.capture.recording import Counts, Reader, Record, RecordingWriter


class Clock:
    def __init__(self) -> None:
        self.now = 10**18

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def memory() -> Iterator[str]:
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]
    yield "memory://bucket/recording"
    fs.store.clear()


def test_what_is_written_is_read_back(tmp_path: Path, records: list[Record]) -> None:
    writer = RecordingWriter(str(tmp_path / "r"), "shop")
    assert all(writer.write(record) for record in records)
    writer.close()
    reader = Reader(str(tmp_path / "r"))
    assert list(reader) == records
    assert not reader.damages
    assert writer.counters == {"recorded": len(records)}
    assert not writer.write(records[0])


def test_a_recording_without_records_leaves_no_file(tmp_path: Path) -> None:
    RecordingWriter(str(tmp_path / "r"), "shop").close()
    assert list(Reader(str(tmp_path / "r"))) == []


def test_segments_are_rotated_by_size_and_by_time(tmp_path: Path) -> None:
    clock = Clock()
    writer = RecordingWriter(str(tmp_path), "shop", rotate_bytes=400, rotate_seconds=60, clock=clock)
    for number in range(20):
        writer.write(Counts(number))
    by_size = len(list(tmp_path.iterdir()))
    assert by_size > 1
    writer.rotate()
    clock.now += 5
    writer.write(Counts(20))
    clock.now += 60 * 10**9
    writer.rotate(only_if_due=True)
    writer.write(Counts(21))
    writer.close()
    assert len(list(tmp_path.iterdir())) >= by_size + 2
    assert [record.at for record in Reader(str(tmp_path)) if isinstance(record, Counts)] == list(range(22))


def test_two_writers_of_one_folder_do_not_meet(tmp_path: Path) -> None:
    clock = Clock()
    writers = [RecordingWriter(str(tmp_path), "shop", clock=clock) for _ in range(2)]
    for number, writer in enumerate(writers):
        writer.write(Counts(number))
    for writer in writers:
        writer.close()
    assert {record.at for record in Reader(str(tmp_path)) if isinstance(record, Counts)} == {0, 1}


def test_only_its_user_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        writer = RecordingWriter(str(tmp_path / "a" / "b"), "shop")
        writer.write(Counts(1))
        writer.close()
    finally:
        os.umask(before)
    (segment,) = (tmp_path / "a" / "b").iterdir()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (segment, segment.parent, segment.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


CHILD = """
import sys
from flowtape.capture.recording import Counts, RecordingWriter
writer = RecordingWriter(sys.argv[1], "shop")
for number in range(50):
    writer.write(Counts(number))
print("written", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_leaves_all_it_wrote(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=20)
    reader = Reader(str(tmp_path))
    assert len(list(reader)) == 50
    assert not reader.damages


FULL_DISK = """
import resource, signal, sys
from flowtape.capture.recording import Counts, RecordingWriter
sys.dont_write_bytecode = True  # CPython keeps a short write as a whole cache, torn for every later process
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
writer = RecordingWriter(sys.argv[1], "shop")
taken = [writer.write(Counts(number)) for number in range(50)]
writer.close()
print(taken.count(True), writer.counters["recorded"], writer.counters["not recorded"], writer.stopped)
"""


def test_a_file_that_cannot_grow_stops_the_recording_and_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, timeout=30, check=True
    )
    taken, recorded, lost, reason = done.stdout.split(maxsplit=3)
    reader = Reader(str(tmp_path))
    assert int(taken) == int(recorded) == len(list(reader)) > 0
    assert int(lost) == 50 - int(taken)
    assert os.strerror(errno.EFBIG) in reason
    assert not reader.damages, "what was half written was taken back"


def test_a_folder_that_cannot_be_made_stops_the_recording_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        writer = RecordingWriter(str(path), "shop")
        assert str(path) in writer.stopped
        assert not writer.write(Counts(1))
        assert writer.counters == {"not recorded": 1}
        writer.close()


@pytest.mark.parametrize("url", ["moon://x/y", "s3://bucket/x"])
def test_a_store_without_its_driver_stops_the_recording_at_once(url: str) -> None:
    writer = RecordingWriter(url, "shop")
    assert url in writer.stopped
    assert not writer.write(Counts(1))
    writer.close()


def test_a_store_that_cannot_append_gets_whole_segments(memory: str, records: list[Record]) -> None:
    writer = RecordingWriter(memory, "shop")
    for record in records:
        writer.write(record)
    assert writer.counters == {"waiting": len(records)}
    writer.rotate()
    writer.write(records[0])
    writer.close()
    assert list(Reader(memory)) == [*records, records[0]]
    assert +writer.counters == {"recorded": len(records) + 1}


def test_a_dead_store_stops_the_recording_and_nothing_is_counted_as_recorded(
    memory: str, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*arguments: object, **named: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", dead)
    writer = RecordingWriter(memory, "shop")
    for record in records:
        assert writer.write(record)
    writer.rotate()
    assert not writer.write(records[0])
    writer.close()
    assert +writer.counters == {"not recorded": len(records) + 1}
    assert "TimeoutError" in writer.stopped


def test_a_record_that_cannot_be_encoded_is_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    writer = RecordingWriter(str(tmp_path), "shop")
    assert not writer.write(Counts(1 << 70))
    assert writer.write(Counts(1))
    writer.close()
    assert writer.counters == {"recorded": 1, "not recorded": 1}
