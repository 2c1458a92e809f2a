from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.csv_body import read


def test_rows_by_the_columns_that_the_first_row_names() -> None:
    tree = read('id,Total price\n1,"19,90"\r\n2\n')
    assert tree == {"columns": ["id", "Total price"], "rows": [{"id": "1", "Total price": "19,90"}, ["2"]]}
    assert read("id\tx\n1\t2\n", "\t") == {"columns": ["id", "x"], "rows": [{"id": "1", "x": "2"}]}


def test_a_first_row_of_values_names_nothing() -> None:
    assert read("b7e3c9e2-5f6a,x1795000\n") == {"rows": [["b7e3c9e2-5f6a", "x1795000"]]}
    assert read("a,a\n1,2\n") == {"rows": [["a", "a"], ["1", "2"]]}


def test_quoting_and_line_ends_do_not_count() -> None:
    assert read("a,b\n1,2\n") == read('"a","b"\r\n"1","2"\r\n')


def test_what_no_reader_takes_is_none() -> None:
    assert read("") is None
    assert read("a," + "x" * (csv.field_size_limit() + 1)) is None


@given(st.lists(st.lists(st.text(max_size=4), min_size=1, max_size=3), min_size=1, max_size=4))
def test_every_cell_is_in_the_tree(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    tree = read(file.getvalue())
    if tree is not None and "columns" not in tree:
        assert tree["rows"] == rows


@given(st.text(max_size=40))
def test_nothing_raises(text: str) -> None:
    read(text)
