"""A transaction's mode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sql import isolation

DEFAULT = ""
MODES = st.builds(
    isolation.mode, st.sampled_from(["", *isolation.LEVELS]), read_only=st.booleans(), deferrable=st.booleans()
)


@pytest.mark.parametrize(
    ("text", "default", "mode"),
    [
        ("BEGIN", DEFAULT, ""),
        ("BEGIN", "serializable", "serializable"),
        ("begin  isolation /* so */ level SERIALIZABLE;", DEFAULT, "serializable"),
        ("BEGIN ISOLATION LEVEL READ COMMITTED", "serializable", ""),
        ("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", DEFAULT, "repeatable read, read only"),
        ("BEGIN READ WRITE", "read only", ""),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE", DEFAULT, "serializable, read only, deferrable"),
        ("BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY NOT DEFERRABLE", DEFAULT, "serializable, read only"),
        ("BEGIN DEFERRABLE", DEFAULT, ""),
    ],
)
def test_a_transaction_begins_in_a_mode(text: str, default: str, mode: str) -> None:
    assert isolation.begun(text, default) == mode


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "repeatable read"),
        ("SET LOCAL TRANSACTION READ ONLY", "read only"),
        ("set transaction_isolation = 'serializable'", "serializable"),
        ("SET LOCAL transaction_read_only TO on", "read only"),
        ("SET TRANSACTION SNAPSHOT '00000003-0000001B-1'", None),
        ("SET default_transaction_isolation = 'serializable'", None),
        ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", None),
        ("SELECT 'SET TRANSACTION READ ONLY'", None),
        ("SET search_path = x", None),
    ],
)
def test_an_open_transaction_is_set(text: str, mode: str | None) -> None:
    assert isolation.set_in(text, DEFAULT) == mode


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", "serializable"),
        ("SET default_transaction_isolation = 'repeatable read'", "repeatable read"),
        ("SET SESSION default_transaction_read_only = on", "read only"),
        ("RESET ALL", ""),
        ("DISCARD ALL", ""),
        ("SET LOCAL default_transaction_isolation = 'serializable'", None),
        ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", None),
        ("UPDATE t SET a = 1", None),
    ],
)
def test_a_session_is_set(text: str, mode: str | None) -> None:
    assert isolation.set_for(text, DEFAULT) == mode


def test_a_session_starts_in_the_mode_that_its_client_asks_for() -> None:
    asked = {"user": "u", "Default_Transaction_Isolation": "SERIALIZABLE", "default_transaction_read_only": "on"}
    assert isolation.of_settings(asked) == "serializable, read only"
    assert isolation.of_settings({}) == DEFAULT


@given(MODES)
def test_a_mode_is_written_in_one_way(mode: str) -> None:
    assert isolation.is_mode(mode)
    assert isolation.begun(f"BEGIN ISOLATION LEVEL {mode}" if mode else "BEGIN", DEFAULT) == mode


@pytest.mark.parametrize(
    "text", ["read committed", "Serializable", "read only, serializable", "deferrable", "snapshot"]
)
def test_what_is_no_mode(text: str) -> None:
    assert not isolation.is_mode(text)


@given(st.text(max_size=400), MODES)
def test_any_text_leaves_a_mode(text: str, mode: str) -> None:
    for found in (isolation.begun(text, mode), isolation.set_in(text, mode), isolation.set_for(text, mode)):
        assert found is None or isolation.is_mode(found)
