from __future__ import annotations

import pytest

from flowtape.replay.shapes import Integer, shape


def test_a_whole_number_of_so_many_digits() -> None:
    assert Integer().matches("-17", 0)
    assert not Integer().matches("1.5", 0)
    assert Integer(3).matches("170", 0)
    assert not Integer(3).matches("17", 0)


@pytest.mark.parametrize("data", [{"integer": "5"}, {"integer": {"digits": "x"}}])
def test_what_is_no_integer_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="it is written"):
        shape(data)
