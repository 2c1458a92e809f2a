from __future__ import annotations

from flowtape.capture.recording.segment import segment_name


def test_names_sort_by_time_whatever_the_service() -> None:
    names = [segment_name(service, at) for at, service in [(999_999_999, "z"), (1_000_000_000, "a"), (10**18, "m")]]
    assert names == sorted(names)
    assert names[2].startswith("20010909T014640.000000000Z-m-")


def test_a_name_is_never_given_twice() -> None:
    assert len({segment_name("shop", 5) for _ in range(100)}) == 100


def test_a_service_cannot_leave_the_folder() -> None:
    name = segment_name("../../etc/\x00passwd\n", 5)
    assert "/" not in name
    assert ".." not in name
    assert name.isprintable()
    assert segment_name("", 5)
