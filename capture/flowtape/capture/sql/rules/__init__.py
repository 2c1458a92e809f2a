"""The rules by which the same question put differently becomes the same tree: one small function each, tree -> tree.

A rule may change the tree that it is given, and returns it or another one. It holds for every schema and all data: what only the
tables' columns could decide is left as it is, and is for `columns`, which is told them, as `single` is for what the record's values
decide; neither is one of `RULES`. No rule loses or doubles a value, and none looks at one: `canonical` works on
statements whose values are markers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sqlglot import exp

from flowtape.capture.sql.rules.assignments import sorted_assignments
from flowtape.capture.sql.rules.clocks import one_now
from flowtape.capture.sql.rules.comparisons import oriented, rows_as_conditions
from flowtape.capture.sql.rules.conditions import between_as_comparisons, sorted_conditions
from flowtape.capture.sql.rules.constants import counted_rows, sought_rows, without_truths
from flowtape.capture.sql.rules.groups import groups_as_distinct
from flowtape.capture.sql.rules.inner_joins import joins_as_conditions, sorted_tables
from flowtape.capture.sql.rules.labels import (
    order_by_what_is_labelled,
    positions_as_outputs,
    without_own_labels,
)
from flowtape.capture.sql.rules.lists import any_as_in
from flowtape.capture.sql.rules.names import plain_names
from flowtape.capture.sql.rules.negations import without_negations
from flowtape.capture.sql.rules.noise import (
    fetch_as_limit,
    without_brackets,
    without_limits_of_all,
    without_noise_words,
    without_single_choices,
)
from flowtape.capture.sql.rules.sources import renamed_sources
from flowtape.capture.sql.rules.using import using_as_conditions

Rule: TypeAlias = "Callable[[exp.Expr], exp.Expr]"

RULES: tuple[Rule, ...] = (
    plain_names,
    without_noise_words,
    fetch_as_limit,
    without_limits_of_all,
    one_now,
    counted_rows,
    without_single_choices,
    any_as_in,
    between_as_comparisons,
    rows_as_conditions,
    without_truths,
    without_negations,
    order_by_what_is_labelled,
    positions_as_outputs,
    sought_rows,
    using_as_conditions,
    joins_as_conditions,
    without_brackets,
    sorted_tables,
    renamed_sources,
    without_own_labels,
    groups_as_distinct,
    oriented,
    sorted_conditions,
    sorted_assignments,
)
"""In this order: names before what compares them, aliases before what is sorted by its text."""
SELDOM: dict[Rule, frozenset[type[exp.Expr]]] = {
    fetch_as_limit: frozenset({exp.Fetch}),
    without_limits_of_all: frozenset({exp.Limit}),
    one_now: frozenset({exp.Anonymous}),
    counted_rows: frozenset({exp.Count}),
    without_single_choices: frozenset({exp.Coalesce}),
    between_as_comparisons: frozenset({exp.Between}),
    rows_as_conditions: frozenset({exp.Tuple}),
    without_negations: frozenset({exp.Not}),
    order_by_what_is_labelled: frozenset({exp.Ordered}),
    positions_as_outputs: frozenset({exp.Ordered, exp.Group}),
    sought_rows: frozenset({exp.Exists}),
    using_as_conditions: frozenset({exp.Join}),
    groups_as_distinct: frozenset({exp.Group}),
}
"""What these rules are for: no other rule makes any of it that they would change."""


def applied(statement: exp.Expr) -> exp.Expr:
    present = {type(node) for node in statement.walk()}
    for rule in RULES:
        if rule not in SELDOM or SELDOM[rule] & present:
            statement = rule(statement)
    return statement


__all__ = ["RULES", "SELDOM", "Rule", "applied"]
