"""The cheapest pairing of two sets, and by how much each pair of it is cheaper than the best pairing without it.

Shortest augmenting paths with potentials, O(n³) (Jonker and Volgenant, Computing 38, 1987), on each connected part of the graph of
possible pairs by itself: under concurrency those are small.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Costs = Sequence[Mapping[int, float]]
"""For each row the columns it may be paired with, and what that costs. What is not there is impossible."""

UNPAIRED = 200.0
"""What a row costs that is left without a column: more than any pair whose odds are better than e⁻⁴⁰."""


@dataclass(frozen=True, slots=True)
class Pair:
    """`margin` is what the best pairing costs more in which this row has another column, or none: the log of the odds."""

    column: int
    margin: float


def pair(costs: Costs, unpaired: float = UNPAIRED) -> list[Pair | None]:
    """For each row its column in the cheapest pairing, None where it is left without one."""
    found: list[Pair | None] = [None] * len(costs)
    for rows, columns in _parts(costs):
        for row, chosen in zip(rows, _solve(costs, rows, columns, unpaired), strict=True):
            found[row] = chosen
    return found


def _parts(costs: Costs) -> list[tuple[list[int], list[int]]]:
    """The connected parts of the graph of possible pairs: their rows and columns, in order."""
    rows_of: dict[int, list[int]] = {}
    for row, choices in enumerate(costs):
        for column in choices:
            rows_of.setdefault(column, []).append(row)
    seen: set[int] = set()
    parts = []
    for start in range(len(costs)):
        if start in seen:
            continue
        rows, columns, waiting = {start}, set[int](), [start]
        while waiting:
            for column in costs[waiting.pop()].keys() - columns:
                columns.add(column)
                fresh = [row for row in rows_of[column] if row not in rows]
                rows.update(fresh)
                waiting += fresh
        seen |= rows
        parts.append((sorted(rows), sorted(columns)))
    return parts


def _solve(costs: Costs, rows: list[int], columns: list[int], unpaired: float) -> list[Pair | None]:
    if len(rows) == 1:
        return [_alone(costs[rows[0]], unpaired)]
    # A column of its own for each row stands for being left without one.
    matrix = [[costs[row].get(column, math.inf) for column in columns] + [math.inf] * len(rows) for row in rows]
    for index, line in enumerate(matrix):
        line[len(columns) + index] = unpaired
    # And rows that take what is left, so that no column is ever free.
    matrix += [[0.0] * len(matrix[0])] * len(columns)
    best = _Cheapest(matrix)
    for row in range(len(matrix)):
        best.add(row)
    return [
        Pair(columns[column], best.without(row, column)) if column < len(columns) else None
        for row, column in enumerate(best.chosen()[: len(rows)])
    ]


def _alone(choices: Mapping[int, float], unpaired: float) -> Pair | None:
    ranked = sorted((cost, column) for column, cost in choices.items())
    if not ranked or ranked[0][0] >= unpaired:
        return None
    second = min(ranked[1][0], unpaired) if len(ranked) > 1 else unpaired
    return Pair(ranked[0][1], second - ranked[0][0])


class _Cheapest:
    """The cheapest pairing of a square matrix's rows, once each has been added. There is a way for each row."""

    def __init__(self, matrix: Sequence[Sequence[float]]) -> None:
        self._matrix = matrix
        self._above = [0.0] * len(matrix)
        self._across = [0.0] * len(matrix[0])
        self._owner: list[int | None] = [None] * len(matrix[0])
        """Of each column its row."""

    def chosen(self) -> list[int]:
        found = {row: column for column, row in enumerate(self._owner) if row is not None}
        return [found[row] for row in sorted(found)]

    def add(self, row: int) -> None:
        least, came, passed, last = self._search(row)
        self._above[row] += least[last]
        for column in passed:
            owner = self._owner[column]
            assert owner is not None
            self._above[owner] += least[last] - least[column]
            self._across[column] -= least[last] - least[column]
        here, before = last, came[last]
        while before is not None:
            self._owner[here] = self._owner[before]
            here, before = before, came[before]
        self._owner[here] = row

    def without(self, row: int, column: int) -> float:
        """What the best pairing costs more in which `row` does not have `column`."""
        self._owner[column] = None
        least, *_ = self._search(row, column)
        self._owner[column] = row
        return least[column]

    def _search(self, row: int, forbidden: int | None = None) -> tuple[list[float], list[int | None], list[int], int]:
        """The cheapest way from `row` to a free column: what it costs to reach each column, beyond the potentials, from which column it
        is reached, which columns were passed in their order, and the free column.
        """
        width = len(self._across)
        least, came = [math.inf] * width, list[int | None]([None] * width)
        waiting, passed = list(range(width)), list[int]()
        at, base, before = row, 0.0, None
        while True:
            line, offset = self._matrix[at], base - self._above[at]
            for column in waiting:
                reduced = line[column] + offset - self._across[column]
                if reduced < least[column] and not (at == row and column == forbidden):
                    least[column], came[column] = reduced, before
            nearest = min(waiting, key=least.__getitem__)
            owner = self._owner[nearest]
            if owner is None:
                return least, came, passed, nearest
            waiting.remove(nearest)
            passed.append(nearest)
            at, base, before = owner, least[nearest], nearest
