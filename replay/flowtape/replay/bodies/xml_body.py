"""XML by its elements: the order of attributes, prefixes of namespaces, comments and white space between elements do not count.

expat reads it with every declaration of an entity refused, so that nothing is fetched and nothing grows.
"""

from __future__ import annotations

from xml.parsers import expat

from flowtape.replay.bodies.elements import Elements, TooDeepError
from flowtape.replay.bodies.tree import Tree


class _RefusedError(ValueError):
    """The document declares entities."""


class _Reader:
    def __init__(self) -> None:
        self.elements = Elements()
        self._spaces = [""]
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._flush()
        space, _, local = name.rpartition(" ")
        named = [(key.replace(" ", ":"), value) for key, value in attributes.items()]
        if space != self._spaces[-1]:
            named.append(("xmlns", space))
        self._spaces.append(space)
        self.elements.start(local, named)

    def end(self, _name: str) -> None:
        self._flush()
        self._spaces.pop()
        self.elements.end()

    def text(self, text: str) -> None:
        self._text.append(text)

    def _flush(self) -> None:
        text, self._text = "".join(self._text), []
        if text.strip():
            self.elements.piece(text)


def read(content: bytes) -> Tree | None:
    reader, parser = _Reader(), expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat takes no keyword here
    except (expat.ExpatError, _RefusedError, TooDeepError, ValueError, LookupError):
        return None
    return reader.elements.tree()


def _refuse(*_declared: object) -> None:
    raise _RefusedError
