"""SQL text into tokens, as PostgreSQL's lexer cuts it (chapter "Lexical Structure"), without knowing what they mean.

Linear in the text's length and without recursion, because strangers write the text. Whatever a lexer would refuse
(a string without end) is a token too: nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

MAX_TOKENS = 100_000
"""What follows this many tokens is one last token: it is compared as text and no longer read."""


class Kind(Enum):
    WORD = "word"  # a keyword or an identifier without quotes, in lower case
    NAME = "name"  # an identifier in double quotes; the text is without them
    NUMBER = "number"
    STRING = "string"  # the text is the value
    PLACEHOLDER = "placeholder"
    OPERATOR = "operator"
    REST = "rest"


class Token(NamedTuple):
    kind: Kind
    text: str
    source: str


# Up to Python 3.11.4 a possessive group that fails behind a repeat or a look-ahead of its own eats what it tried: none is here.
_TOKEN = re.compile(
    r"""
      (?P<space>\s++)
    | (?P<line>--[^\n]*+)
    | (?P<block>/\*)
    | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*+(?:'|\Z|\\\Z))
    | (?P<string>(?:[bBxXnN]|[uU]&)?'[^']*+(?:''[^']*+)*+(?:'|\Z))
    | (?P<dollar>\$(?P<tag>[^\W\d]\w*+)?+\$)
    | (?P<name>(?:[uU]&)?"[^"]*+(?:""[^"]*+)*+(?:"|\Z))
    | (?P<number>0[xX][0-9a-fA-F_]++|0[oO][0-7_]++|0[bB][01_]++
        |(?:\d[\d_]*+(?:\.(?!\.)[\d_]*+)?|\.\d[\d_]*+)(?:[eE][+-]?\d++)?)
    | (?P<numbered>\$\d++)
    | (?P<word>[^\W\d][\w$]*+)
    | (?P<cast>::)
    | (?P<colon>:[^\W\d]\w*+)
    | (?P<percent>%s|%\([^)\s]*+\)s)
    | (?P<operator>[-+*/<>=~!@\#%^&|`?]++|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_BACKSLASH = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))|''", re.DOTALL)
_KEEPS_SIGN = re.compile(r"[~!@#%^&|`?]")
_COMPARISONS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "+", "-", "*", "/", "||"})
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

_BEFORE_OPERAND = frozenset(
    [
        "select",
        "where",
        "and",
        "or",
        "not",
        "limit",
        "offset",
        "like",
        "ilike",
        "in",
        "between",
        "then",
        "else",
        "when",
        "set",
        "values",
        "returning",
        "is",
        "case",
        "any",
        "all",
        "interval",
        "by",
        "on",
        "using",
        "from",
        "escape",
        "similar",
        "to",
        "as",
        "having",
        "distinct",
        "fetch",
        "first",
        "next",
        "with",
        "over",
        "array",
    ]
)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, comments and white space left out."""
    position, count, previous = 0, 0, None
    while position < len(text):
        if count >= MAX_TOKENS:
            yield Token(Kind.REST, text[position:].strip(), text[position:])
            return
        match = _TOKEN.match(text, position)
        assert match is not None, "the last alternative matches any character"
        group = match.lastgroup or ""
        position = match.end()
        if group in {"space", "line"}:
            continue
        if group == "block":
            position = _after_block(text, position)
            continue
        if group == "dollar":
            token, position = _dollar(text, match)
        elif group in {"percent", "colon", "operator"}:
            token, position = _operator(match, previous)
        else:
            token = _READ[group](match[0])
        count += 1
        previous = token
        yield token


_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")
_MEANT_OTHERWISE = frozenset(
    [
        "user",
        "current_user",
        "session_user",
        "current_role",
        "current_catalog",
        "current_schema",
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "default",
        "null",
        "true",
        "false",
        "array",
        "row",
    ]
)


def needs_no_quotes(name: str) -> bool:
    """Whether a quoted identifier means the same without its quotes: "id" does, "user" and "Id" do not."""
    return _PLAIN_NAME.fullmatch(name) is not None and name not in _MEANT_OTHERWISE


def operand(token: Token | None) -> bool:
    """Whether `token` ends an operand, so that what follows is an operator."""
    if token is None or token.kind is Kind.OPERATOR:
        return token is not None and token.text in {")", "]"}
    return token.kind is not Kind.WORD or token.text not in _BEFORE_OPERAND


def simple_string(source: str) -> str:
    """The value of a string constant that has no backslash escapes."""
    prefix, _, inner = source.partition("'")
    value = inner.removesuffix("'").replace("''", "'")
    return prefix.lower() + value if prefix.lower() in {"b", "x", "u&"} else value


def escaped_string(source: str) -> str:
    """The value of E'…'."""
    inner = source[2:]
    return _BACKSLASH.sub(_unescape, inner.removesuffix("'"))


def _unescape(match: re.Match[str]) -> str:
    if match[0] == "''":
        return "'"
    digits = match[1] or match[2] or match[3]
    if digits:
        code = int(digits, 16)
    elif match[4]:
        code = int(match[4], 8)
    else:
        return _CONTROL.get(match[5], match[5])
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _after_block(text: str, position: int) -> int:
    """Where the block comment ends whose `/*` ends at `position`: PostgreSQL's comments nest."""
    depth = 1
    while depth:
        edge = _BLOCK_EDGE.search(text, position)
        if edge is None:
            return len(text)
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
    return position


def _dollar(text: str, match: re.Match[str]) -> tuple[Token, int]:
    end = text.find(match["dollar"], match.end())
    if end < 0:
        return Token(Kind.STRING, text[match.end() :], text[match.start() :]), len(text)
    after = end + len(match["dollar"])
    return Token(Kind.STRING, text[match.end() : end], text[match.start() : after]), after


def _operator(match: re.Match[str], previous: Token | None) -> tuple[Token, int]:
    """An operator, or one of the placeholders `?`, `%s` and `:name`, which only what stands before them tells apart."""
    text, start = match[0], match.start()
    if not operand(previous):
        if match.lastgroup != "operator":
            return Token(Kind.PLACEHOLDER, text, text), match.end()
        if text[0] == "?":
            return Token(Kind.PLACEHOLDER, "?", "?"), start + 1
    if match.lastgroup != "operator":
        text = text[0]
    size = _operator_size(text)
    operator = text[:size]
    return Token(Kind.OPERATOR, "<>" if operator == "!=" else operator, operator), start + size


def _operator_size(text: str) -> int:
    """How much of a run of operator characters is one operator: not a comment, a sign or a placeholder behind it."""
    size = len(text)
    for edge in ("--", "/*"):
        found = text.find(edge)
        size = min(size, found) if found > 0 else size
    while size > 1 and text[size - 1] in "-+" and not _KEEPS_SIGN.search(text, 0, size):
        size -= 1
    if size > 1 and text[size - 1] in "?%" and text[: size - 1] in _COMPARISONS:
        size -= 1
    return size


def _word(source: str) -> Token:
    return Token(Kind.WORD, source.lower(), source)


def _name(source: str) -> Token:
    return Token(Kind.NAME, source.partition('"')[2].removesuffix('"').replace('""', '"'), source)


_READ: dict[str, Callable[[str], Token]] = {
    "escaped": lambda source: Token(Kind.STRING, escaped_string(source), source),
    "string": lambda source: Token(Kind.STRING, simple_string(source), source),
    "name": _name,
    "number": lambda source: Token(Kind.NUMBER, source.replace("_", ""), source),
    "numbered": lambda source: Token(Kind.PLACEHOLDER, source, source),
    "word": _word,
    "cast": lambda source: Token(Kind.OPERATOR, "::", source),
}
