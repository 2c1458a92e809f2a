"""Mutants of the sample services: each one small change by an operator of cosmic-ray's.

cosmic-ray makes them; it does not run them, since it knows one test command for all and works in place, one mutant at a time. Of its
operators that put every operator in place of every other, one or two stand for all. An annotation is no code and is left as it is.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from benchmarks.regressions.patch import HOUSE, Edit, Patch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from cosmic_ray import plugins
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code

NOT_SERVED = frozenset({"__init__.py", "seed.py", "traffic.py"})
OPERATORS = (
    "AddNot ExceptionReplacer NumberReplacer RemoveDecorator ReplaceAndWithOr ReplaceBinaryOperator_Add_Sub"
    " ReplaceBinaryOperator_BitOr_BitAnd ReplaceBinaryOperator_Div_Mul ReplaceBinaryOperator_Mul_Div"
    " ReplaceBinaryOperator_Sub_Add ReplaceComparisonOperator_Eq_NotEq ReplaceComparisonOperator_GtE_Gt"
    " ReplaceComparisonOperator_GtE_Lt ReplaceComparisonOperator_Gt_GtE ReplaceComparisonOperator_Gt_LtE"
    " ReplaceComparisonOperator_IsNot_Is ReplaceComparisonOperator_Is_IsNot ReplaceComparisonOperator_LtE_Gt"
    " ReplaceComparisonOperator_LtE_Lt ReplaceComparisonOperator_Lt_GtE ReplaceComparisonOperator_Lt_LtE"
    " ReplaceComparisonOperator_NotEq_Eq ReplaceFalseWithTrue ReplaceOrWithAnd ReplaceTrueWithFalse"
    " ReplaceUnaryOperator_Delete_Not ZeroIterationForLoop"
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` and `new` are the whole lines that differ, without what surrounds them; `line` is where they begin."""

    service: str
    file: str
    operator: str
    line: int
    old: str
    new: str
    code: str

    @property
    def name(self) -> str:
        """The same for as long as the line is."""
        return f"{self.service}/{self.file}: {self.old} → {self.new}"

    @property
    def patch(self) -> Patch:
        return Patch(self.service, self.operator, self.name, (Edit(self.file, "", self.code),))


def mutants(service: str) -> Iterator[Mutant]:
    """Each once, though two operators may make it."""
    seen = set()
    for path in sorted((HOUSE / "samples" / service).glob("*.py")):
        if path.name in NOT_SERVED:
            continue
        source = path.read_text(encoding="utf-8")
        for operator in OPERATORS.split():
            for code in _mutated(source, operator):
                if code not in seen and ast.dump(_bare(code)) != ast.dump(_bare(source)):
                    seen.add(code)
                    yield Mutant(service, path.name, operator, *_difference(source, code), code)


def _mutated(source: str, name: str) -> Iterator[str]:
    operator = plugins.get_operator(f"core/{name}")()
    positions = sum(1 for node in ast_nodes(get_ast(source)) for _ in operator.mutation_positions(node))
    for occurrence in range(positions):
        code = mutate_code(source, operator, occurrence)
        if code is not None and _is_code(code):
            yield code


def _is_code(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


class _Bare(ast.NodeTransformer):
    """Away with annotations: changed ones are no mutants."""

    def visit_arg(self, node: ast.arg) -> Any:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        node.returns = None
        return self.generic_visit(node)


@cache
def _bare(code: str) -> ast.AST:
    return _Bare().visit(ast.parse(code))  # type: ignore[no-any-return]


def _difference(source: str, code: str) -> tuple[int, str, str]:
    before, after = source.splitlines(), code.splitlines()
    first = next(n for n, (old, new) in enumerate(zip([*before, ""], [*after, ""], strict=False)) if old != new)
    last = next(
        n for n, (old, new) in enumerate(zip([*before[::-1], ""], [*after[::-1], ""], strict=False)) if old != new
    )
    old, new = (" ".join("\n".join(lines[first : len(lines) - last]).split()) for lines in (before, after))
    return first + 1, old, new
