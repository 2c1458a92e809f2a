"""When pairs count again after a loss."""

from __future__ import annotations

import pytest

from flowtape.capture.settling import PROBLEM, QUIET, Settling
from flowtape.capture.stream import DecodeError


def test_a_connection_heard_from_its_start_is_never_in_doubt() -> None:
    settling = Settling()
    settling.asked(0, outstanding=7)
    assert settling.problem == ""


def test_pairs_count_from_the_second_quiet_time_on() -> None:
    settling = Settling()
    settling.begin()
    settling.asked(100, outstanding=0)
    assert settling.problem == PROBLEM
    settling.answered(200)
    settling.asked(200 + QUIET - 1, outstanding=0)
    assert settling.problem == PROBLEM
    settling.answered(300 + QUIET)
    settling.asked(300 + 2 * QUIET, outstanding=0)
    assert settling.problem == ""


def test_a_quiet_time_before_the_first_answer_proves_nothing() -> None:
    settling = Settling()
    settling.begin()
    settling.asked(5 * QUIET, outstanding=0)
    settling.asked(9 * QUIET, outstanding=0)
    assert settling.problem == PROBLEM


def test_two_questions_at_once_cannot_be_sorted_out_while_in_doubt() -> None:
    settling = Settling()
    settling.begin()
    with pytest.raises(DecodeError, match="before the first was answered"):
        settling.asked(0, outstanding=1)


def test_doubt_begins_anew_with_each_loss() -> None:
    settling = Settling()
    settling.begin()
    settling.answered(1)
    settling.begin()
    settling.asked(1 + QUIET, outstanding=0)
    assert settling.problem == PROBLEM
