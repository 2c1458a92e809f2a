"""Text in the encoding that the client speaks (PostgreSQL documentation, "Character Set Support")."""

from __future__ import annotations

import codecs
from dataclasses import replace

from flowtape.capture.exchange import Column

_ENCODINGS = {"UTF8": "utf-8", "SQL_ASCII": "utf-8", "WIN": "cp1251", "KOI8R": "koi8-r", "KOI8U": "koi8-u"}


def python_encoding(name: str) -> str:
    """Python's name of a client_encoding; UTF-8 where it has none, so that undecodable text is noticed."""
    if name in _ENCODINGS:
        return _ENCODINGS[name]
    try:
        return codecs.lookup(name.replace("WIN1", "cp1")).name
    except LookupError:
        return "utf-8"


def respoken(text: str, encoding: str) -> str:
    """Text of a message, which was read as UTF-8, in `encoding`; what is not in it stays as surrogates."""
    if encoding == "utf-8" or text.isascii():
        return text
    data = text.encode("utf-8", "surrogateescape")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("ascii", "surrogateescape")


def respoken_columns(columns: tuple[Column, ...], encoding: str) -> tuple[Column, ...]:
    if all(column.name.isascii() for column in columns):
        return columns
    return tuple(replace(column, name=respoken(column.name, encoding)) for column in columns)
