"""One protocol a file (or a folder): bytes ⇄ messages ⇄ exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowtape.capture.codec import Codec

    CODECS: tuple[type[Codec], ...]
    """Every codec, in the order in which a client's first bytes are offered to them; the last one claims anything."""


def __getattr__(name: str) -> Any:
    """CODECS are imported when they are asked for: what answers in replay needs a protocol's messages, and no codec."""
    if name != "CODECS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from flowtape.capture.protocols.http1 import Http1Codec
    from flowtape.capture.protocols.opaque import OpaqueCodec
    from flowtape.capture.protocols.postgresql.codec import PostgresqlCodec
    from flowtape.capture.protocols.redis import RedisCodec

    return globals().setdefault(name, (Http1Codec, RedisCodec, PostgresqlCodec, OpaqueCodec))
