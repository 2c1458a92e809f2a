"""What a variable's values look like: a value that differs from run to run must still be of its shape.

One file a shape, each a small frozen class with its `read`: what stands in a flow file under `variables:` becomes the shape, and
`dump` writes it again. `shape` reads any of them.

    placed_at = shape({"timestamp": "iso8601", "from": "-1s", "to": "2s"})
    placed_at.matches("2026-11-20T10:11:12Z", at=1795169472_000000000)
"""

from flowtape.replay.shapes.anything import Anything, Pinned
from flowtape.replay.shapes.base import NANOSECONDS, NO_SECRETS, REFERENCE, Secrets, Shape, secrets_in
from flowtape.replay.shapes.claims import Claims
from flowtape.replay.shapes.digest import Digest, Etag
from flowtape.replay.shapes.duration import Duration
from flowtape.replay.shapes.identifier import Uuid
from flowtape.replay.shapes.jwt import Jwt
from flowtape.replay.shapes.number import Integer
from flowtape.replay.shapes.password_hash import PasswordHash
from flowtape.replay.shapes.reading import contradiction, shape
from flowtape.replay.shapes.signed import Signed
from flowtape.replay.shapes.timestamp import FORMATS, Timestamp
from flowtape.replay.shapes.token import ALPHABETS, Token

__all__ = [
    "ALPHABETS",
    "FORMATS",
    "NANOSECONDS",
    "NO_SECRETS",
    "REFERENCE",
    "Anything",
    "Claims",
    "Digest",
    "Duration",
    "Etag",
    "Integer",
    "Jwt",
    "PasswordHash",
    "Pinned",
    "Secrets",
    "Shape",
    "Signed",
    "Timestamp",
    "Token",
    "Uuid",
    "contradiction",
    "secrets_in",
    "shape",
]
