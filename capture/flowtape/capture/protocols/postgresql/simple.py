"""A simple query's results, each with its own statement of the query's text."""

from __future__ import annotations

from flowtape.capture.protocols.postgresql.draft import Draft
from flowtape.capture.protocols.postgresql.split import split

SYNTAX_ERROR = "42601"


def pair(text: str, results: list[Draft]) -> list[Draft]:
    """One draft for each statement that was answered.

    The server parses the whole text before it runs any of it: a syntax error answers the whole. Where the statements cannot be
    told apart (a rule may give one statement several results), one draft stands for the whole text, and is incomplete.
    """
    if not results:
        return []
    statements = split(text) or [text]
    error = results[-1].error
    if error is not None and len(results) == 1 and (len(statements) == 1 or error.field("C") == SYNTAX_ERROR):
        return results
    if len(results) == len(statements) or (error is not None and len(results) < len(statements)):
        for draft, statement in zip(results, statements, strict=False):
            draft.text = statement
        return results
    whole = results[0]
    whole.problem = f"{len(statements)} statements gave {len(results)} results"
    whole.error, whole.ended = error, results[-1].ended
    return [whole]
