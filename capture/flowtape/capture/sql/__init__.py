"""What a SQL text means.

- A *statement* is a text without its values: `read(text)` gives its fingerprint, its tables, and what it does.
- A *slot* is a value's place in it, whether a literal stands there or a placeholder; `arguments` fills the slots.
- A *trace comment* is the comment by which a service's tracing marks the statement (sqlcommenter).

The way: `scan` cuts a text into tokens, `fold` takes the values out, `canonical` (by sqlglot: `tree`) takes out what does not
matter, `kind` says what the statement does, and `statement` puts it together and remembers it. `listed` tells what a statement gives from the
rest of it, where the record is to answer something else than was asked.
"""

from flowtape.capture.sql.comment import split_comment, trace_comment
from flowtape.capture.sql.listed import listed
from flowtape.capture.sql.statement import Statement, arguments, read

__all__ = ["Statement", "arguments", "listed", "read", "split_comment", "trace_comment"]
