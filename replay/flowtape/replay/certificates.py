"""A certificate authority for one test run, so that HTTPS dependencies can be played to a client that verifies them.

The authority's key lives in memory alone. Its folder holds its certificate, for SSL_CERT_FILE and its like, and, while a host's
certificate is being loaded, that host's key, readable by its owner only: Python's ssl loads keys from files alone.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import tempfile
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

START = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
"""So wide that the certificates hold at whatever time a flow's clock is frozen."""
MAX_NAME = 64
"""RFC 5280, appendix A: the longest common name."""
MAX_CONTEXTS = 1024


class Authority:
    """Signs a certificate for any host name. `certificate` is the CA's own, a PEM file in `folder`. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "flowtape-ca.pem"
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("flowtape replay")
        self._own = self._sign_own()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self.certificate.write_bytes(self._own.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str) -> ssl.SSLContext:
        """A server's context with a certificate for `host`, a name or an IP address; made once for each. Raises ValueError
        where `host` can be neither.
        """
        host = host.lower()
        if not host:
            raise ValueError("a certificate for a host without a name")
        with self._lock:
            if host not in self._contexts:
                if len(self._contexts) >= MAX_CONTEXTS:
                    self._contexts.clear()
                self._contexts[host] = self._make(host)
            return self._contexts[host]

    def pem(self, *hosts: str) -> bytes:
        """A key and a certificate of it that is good for all `hosts`. Raises ValueError where one is neither a name nor an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        common = hosts[0] if len(hosts[0]) <= MAX_NAME else ""
        certificate = (
            _builder(_name(common), self._name, key)
            # RFC 5280, 4.2.1.6: critical where the subject is empty.
            .add_extension(x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=not common)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return written + certificate.public_bytes(pem)

    def _make(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".pem") as file:  # made with mode 0600
            file.write(self.pem(host))
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _sign_own(self) -> x509.Certificate:
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        return (
            _builder(self._name, self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host.encode("idna").decode())
