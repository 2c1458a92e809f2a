"""Clients that verify accept what the authority signs, for the host it was signed for and no other."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest

from flowtape.replay.certificates import Authority


def handshake(server: ssl.SSLContext, trusted: Path, host: str) -> None:
    """A TLS handshake in memory. Raises ssl.SSLCertVerificationError."""
    context = ssl.create_default_context(cafile=str(trusted))
    # As strict as Python 3.13's default.
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_end = context.wrap_bio(to_client, to_server, server_hostname=host)
    server_end = server.wrap_bio(to_server, to_client, server_side=True)
    done = [False, False]
    for _ in range(20):
        for number, end in enumerate((client_end, server_end)):
            try:
                end.do_handshake()
                done[number] = True
            except ssl.SSLWantReadError:
                continue
        if all(done):
            return
    raise AssertionError("the handshake came to no end")


@pytest.mark.parametrize(
    "host", ["payments.internal", "PAYMENTS.internal", "127.0.0.1", "::1", "bücher.example", "a" * 60 + "." + "b" * 60]
)
def test_a_client_that_verifies_accepts_the_certificate(tmp_path: Path, host: str) -> None:
    authority = Authority(tmp_path)
    handshake(authority.context(host), authority.certificate, host)


def test_a_certificate_holds_for_its_own_host_alone(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(authority.context("payments.internal"), authority.certificate, "other.internal")


def test_another_authority_is_not_trusted(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = Authority(tmp_path / "one"), Authority(tmp_path / "two")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(one.context("payments.internal"), two.certificate, "payments.internal")


def test_a_context_is_made_once(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    assert authority.context("Payments.internal") is authority.context("payments.internal")


def test_no_key_stays_on_the_disk(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.context("payments.internal")
    assert list(tmp_path.iterdir()) == [authority.certificate]
    assert b"PRIVATE KEY" not in authority.certificate.read_bytes()
    assert stat.S_ISREG(authority.certificate.stat().st_mode)


@pytest.mark.parametrize("host", ["", "a..b", "x" * 300, "../../etc/passwd" * 20])
def test_what_cannot_be_a_host_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(ValueError):
        Authority(tmp_path).context(host)


def test_a_certificate_may_be_for_several_hosts(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    (pem := tmp_path / "several.pem").write_bytes(authority.pem("payments.example", "127.0.0.2"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    for host in ("payments.example", "127.0.0.2"):
        handshake(context, authority.certificate, host)
