"""How the relay reaches a server, by TLS where its address asks for it: what the relay hears from the client stays plain.

    postgresql://HOST:PORT?sslmode=require     also verify-ca and verify-full, with sslrootcert=FILE (libpq's words)
    rediss://HOST:PORT                         with ssl_ca_certs=FILE, ssl_cert_reqs=none (redis-py's)

Where no file is named, those are trusted whom SSL_CERT_FILE names, or the system.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from flowtape.capture.configuration import ConfigurationError
from flowtape.capture.exchange import Address

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""PostgreSQL's wish for TLS: the length, then a number that no protocol version has."""
POSTGRESQL_SCHEMES = ("postgresql", "postgres")
PLAIN = ("disable", "allow", "prefer")
"""libpq's modes that go on without TLS where the server has none: the relay does at once."""
VERIFIED = ("verify-ca", "verify-full")
SASL, BOUND = 10, b"SCRAM-SHA-256-PLUS"
LONGEST_OPENING = 1 << 16


@dataclass(frozen=True, slots=True)
class Tls:
    """`asked_for`: the server is asked first, in PostgreSQL's way."""

    context: ssl.SSLContext
    asked_for: bool = False


def tls(text: str) -> Tls | None:
    """What the address of a dependency says of TLS: None if it wants none. Raises ConfigurationError."""
    parts = urlsplit(text)
    said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme in POSTGRESQL_SCHEMES:
        mode = said.get("sslmode", "disable")
        if mode in PLAIN:
            return None
        if mode != "require" and mode not in VERIFIED:
            modes = ", ".join((*PLAIN, "require", *VERIFIED))
            raise ConfigurationError(f"`{text}`: sslmode is one of {modes}")
        authority = said.get("sslrootcert", "")
        checked = mode in VERIFIED or bool(authority)
        return Tls(_context(text, authority, checked=checked, named=mode == "verify-full"), asked_for=True)
    if parts.scheme == "rediss":
        checked = said.get("ssl_cert_reqs") != "none"
        return Tls(_context(text, said.get("ssl_ca_certs", ""), checked=checked, named=checked))
    return None


def _context(text: str, authority: str, *, checked: bool, named: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authority if authority not in ("", "system") else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"`{text}`: {authority} cannot be read: {error}") from None
    context.check_hostname = named
    context.verify_mode = ssl.CERT_REQUIRED if checked else ssl.CERT_NONE
    return context


async def connect(leg: asyncio.Protocol, server: Address, wanted: Tls | None) -> asyncio.BaseTransport:
    """Connect `leg` to `server`. Raises OSError, whose text says why TLS could not be had; UnicodeError for an impossible name."""
    loop = asyncio.get_running_loop()
    try:
        if wanted is None or not wanted.asked_for:
            name = server.host if wanted else None
            context = wanted.context if wanted else None
            transport, _ = await loop.create_connection(
                lambda: leg, server.host, server.port, ssl=context, server_hostname=name
            )
            return transport
        return await _asked(leg, server, wanted.context)
    except ssl.SSLCertVerificationError as error:
        trusted = "the authority's file can be named there, or in SSL_CERT_FILE"
        raise ConnectionError(f"its certificate is not accepted: {error.verify_message} ({trusted})") from error
    except ssl.SSLError as error:
        raise ConnectionError(f"TLS failed: {error.reason or error}") from error


async def _asked(leg: asyncio.Protocol, server: Address, context: ssl.SSLContext) -> asyncio.BaseTransport:
    """TLS after PostgreSQL's question for it (protocol chapter "SSL Session Encryption")."""
    loop = asyncio.get_running_loop()
    plain, asking = await loop.create_connection(_Asking, server.host, server.port)
    plain.write(SSL_REQUEST)
    try:
        if await asking.answer != b"S":
            raise ConnectionError("the server takes no TLS")
        found = await loop.start_tls(plain, asking, context, server_hostname=server.host)
    except BaseException:
        plain.abort()
        raise
    assert found is not None
    found.set_protocol(leg)
    leg.connection_made(found)
    return found


class _Asking(asyncio.Protocol):
    """Waits for the answer of one byte: more would have been put in by someone between."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result(data)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.answer.done():
            self.answer.set_exception(error or ConnectionError("the server closed the connection"))


class Unbound:
    """What a PostgreSQL server says first, without its offer to bind the password's proof to the TLS connection.

    The client, which is not inside that connection, could not do so, and libpq would not go on.
    """

    def __init__(self) -> None:
        self._held = b""
        self._over = False

    def passed(self, data: bytes) -> bytes:
        """What of `data`, and of what was held back, goes to the client now."""
        if self._over:
            return data
        self._held += data
        out = b""
        while self._held and not self._over:
            end = 1 + int.from_bytes(self._held[1:5], "big")
            if self._held[:1] not in (b"R", b"v") or (len(self._held) >= 5 and end > LONGEST_OPENING):
                self._over = True  # an error, or no PostgreSQL
            elif len(self._held) < max(end, 5):
                break
            else:
                self._over = self._held[:1] == b"R"
                out += _without_binding(self._held[:end])
                self._held = self._held[end:]
        if self._over:
            out, self._held = out + self._held, b""
        return out


def _without_binding(message: bytes) -> bytes:
    if message[:1] != b"R" or message[5:9] != SASL.to_bytes(4, "big"):
        return message
    kept = [name for name in message[9:].split(b"\0") if name not in (b"", BOUND)]
    body = message[5:9] + b"".join(name + b"\0" for name in kept) + b"\0"
    return b"R" + (len(body) + 4).to_bytes(4, "big") + body
