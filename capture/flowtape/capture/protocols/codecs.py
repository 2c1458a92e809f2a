"""Every codec there is. Apart from what imports one protocol alone: replay need not know how the others are read."""

from __future__ import annotations

from flowtape.capture.codec import Codec
from flowtape.capture.protocols.http1 import Http1Codec
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.capture.protocols.postgresql.codec import PostgresqlCodec
from flowtape.capture.protocols.redis import RedisCodec

CODECS: tuple[type[Codec], ...] = (Http1Codec, RedisCodec, PostgresqlCodec, OpaqueCodec)
"""Every codec, in the order in which a client's first bytes are offered to them; the last one claims anything."""
