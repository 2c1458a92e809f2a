"""What names stand for."""

from __future__ import annotations

from flowtape.capture.codec import Heard
from flowtape.capture.exchange import Column
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.prepared import Prepared

HEARD = Heard(1, 2)
COLUMNS = (Column("a", 23),)


def prepared() -> Prepared:
    names = Prepared()
    names.parsed(pg.Parse("s", "SELECT $1 AS a", (23,)), HEARD)
    return names


def test_a_statements_description_serves_later_binds() -> None:
    names = prepared()
    names.described(pg.Describe("S", "s"), HEARD, COLUMNS, (0,), HEARD)
    for number in (1, 2):
        names.bound(pg.Bind("", "s", (1,), (number.to_bytes(4),), (1,)), HEARD)
        draft = names.run("", HEARD)
        assert draft.row((number.to_bytes(4),))
        draft.finish("SELECT 1", 3)
        assert (draft.text, draft.parameters, draft.rows, draft.columns) == (
            "SELECT $1 AS a",
            (str(number),),
            [(str(number),)],
            COLUMNS,
        )
    assert names.only_described() == []


def test_described_and_not_run() -> None:
    names = prepared()
    names.described(pg.Describe("S", "s"), HEARD, COLUMNS, (0,), HEARD)
    (draft,) = names.only_described()
    assert (draft.describe, draft.columns, draft.parameter_types) == (True, COLUMNS, (23,))
    assert names.only_described() == []


def test_an_unknown_name_is_never_guessed() -> None:
    names = Prepared()
    names.bound(pg.Bind("", "s", (), (b"1",)), HEARD)
    assert names.run("", HEARD).problem == "prepared before capture began"
    assert names.run("other", HEARD).problem == "prepared before capture began"


def test_a_portal_left_suspended() -> None:
    names = prepared()
    names.bound(pg.Bind("p", "s"), HEARD)
    draft = names.run("p", HEARD)
    draft.suspended = True
    assert names.unfinished() == [draft]
    assert names.run("p", HEARD) is draft
    names.close("S", "s")
    assert (draft.done, draft.suspended, names.unfinished()) == (True, True, [])
    assert names.begun == [draft]


def test_a_portal_run_again_after_its_end() -> None:
    names = prepared()
    names.bound(pg.Bind("p", "s"), HEARD)
    names.run("p", HEARD).finish("SELECT 0", 3)
    assert names.run("p", HEARD).problem == "it had been run to its end before"


def test_formats_that_fit_no_columns() -> None:
    names = prepared()
    names.described(pg.Describe("S", "s"), HEARD, COLUMNS, (0,), HEARD)
    names.bound(pg.Bind("", "s", (), (), (0, 1)), HEARD)
    assert names.run("", HEARD).problem
