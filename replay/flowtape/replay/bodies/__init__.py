"""What a body says: one decomposition for all who compare bodies.

A body is read into a `Tree` of named leaves, once its content coding is off: JSON as it is, a form by its fields, a multipart
body by its parts, XML and HTML by elements, CSV by rows and columns, an event stream by events, protobuf by wire fields; else text,
else bytes. Differences of a response, arguments of an HTTP call and the places of a variable are all read off these leaves.

    body = read(response.headers, response.body)
    for path, leaf in leaves(body.tree, f"response.{body.kind}"): ...

One file a kind, with `read(content) -> Tree | None`, None for what is not of that kind. Bodies are hostile: reading never
raises, follows no reference, and what is nested too deep is compared as the text that it is. No body is too long to be compared.
"""

from flowtape.replay.bodies import json_body
from flowtape.replay.bodies.kinds import Body, content, edited, media_type, read, without_boundary
from flowtape.replay.bodies.tree import NOTHING, Number, Tree, child, leaves, same

__all__ = [
    "NOTHING",
    "Body",
    "Number",
    "Tree",
    "child",
    "content",
    "edited",
    "json_body",
    "leaves",
    "media_type",
    "read",
    "same",
    "without_boundary",
]
