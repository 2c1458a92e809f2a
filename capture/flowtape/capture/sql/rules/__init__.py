"""The rules by which the same question put differently becomes the same tree: one small function each, tree -> tree.

A rule may change the tree that it is given, and returns it or another one. It holds for every schema and all data: what only the
tables' columns could decide is left as it is. No rule loses or doubles a value, and none looks at one: `canonical` works on
statements whose values are markers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from flowtape.capture.sql.rules.assignments import sorted_assignments
from flowtape.capture.sql.rules.comparisons import oriented
from flowtape.capture.sql.rules.conditions import between_as_comparisons, sorted_conditions
from flowtape.capture.sql.rules.inner_joins import joins_as_conditions, sorted_tables
from flowtape.capture.sql.rules.labels import order_by_what_is_labelled, without_own_labels
from flowtape.capture.sql.rules.lists import any_as_in
from flowtape.capture.sql.rules.names import plain_names
from flowtape.capture.sql.rules.noise import fetch_as_limit, without_brackets, without_noise_words
from flowtape.capture.sql.rules.sources import renamed_sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlglot import exp

Rule: TypeAlias = "Callable[[exp.Expr], exp.Expr]"

RULES: tuple[Rule, ...] = (
    plain_names,
    without_noise_words,
    fetch_as_limit,
    any_as_in,
    between_as_comparisons,
    joins_as_conditions,
    without_brackets,
    sorted_tables,
    order_by_what_is_labelled,
    renamed_sources,
    without_own_labels,
    oriented,
    sorted_conditions,
    sorted_assignments,
)
"""In this order: names before what compares them, aliases before what is sorted by its text."""


def applied(statement: exp.Expr) -> exp.Expr:
    for rule in RULES:
        statement = rule(statement)
    return statement


__all__ = ["RULES", "Rule", "applied"]
