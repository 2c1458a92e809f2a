from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowtape.replay.flowfile.types import TYPES, type_in, type_out


@pytest.mark.parametrize(
    ("oid", "modifier", "text"),
    [(23, -1, "int4"), (1043, 259, "varchar(255)"), (1700, 655366, "numeric(10,2)"), (99999, -1, "oid 99999"), (1114, 3, "timestamp~3"), (1007, -1, "int4[]"), (0, -1, "auto")],
)  # fmt: skip
def test_a_type_has_a_name(oid: int, modifier: int, text: str) -> None:
    assert type_out(oid, modifier) == text
    assert type_in(text) == (oid, modifier)


@given(
    st.sampled_from([oid for oid, _ in TYPES.values()]) | st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1)
)
@example(1042, (1 << 30) - 1)
def test_every_type_survives(oid: int, modifier: int) -> None:
    assert type_in(type_out(oid, modifier)) == (oid, modifier)


@pytest.mark.parametrize("text", ["integer", "", "int4(", "oid x", "varchar(255", "Int4"])
def test_an_unknown_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unknown type"):
        type_in(text)
