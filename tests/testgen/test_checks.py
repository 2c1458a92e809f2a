from __future__ import annotations

import socket
from pathlib import Path

import msgspec
import pytest

from flowtape.capture import tapping
from flowtape.capture.configuration import Capture, Configuration, Dependency, Rule, Sanitise, Service, Spans
from flowtape.testgen.checks import (
    Check,
    addresses,
    application,
    checks,
    key,
    proxying,
    recording,
    rules,
    sniffing,
    spans,
)


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return Configuration(
        service=Service(name="shop", asgi="a:b"),
        dependencies={"db": Dependency(protocol="postgresql", address="127.0.0.1:5432")},
        folder=tmp_path,
    )


def changed(configuration: Configuration, **changes: object) -> Configuration:
    return msgspec.structs.replace(configuration, **changes)


def states(found: list[Check]) -> list[str]:
    return [check.state for check in found]


def test_each_failure_says_what_to_do(configuration: Configuration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOWTAPE_KEY", raising=False)
    broken = changed(configuration, service=Service(name="s"), capture=Capture(inline={"moon": "127.0.0.1:1"}))
    found = list(checks(broken))
    assert all(check.advice for check in found if check.state != "ok")


@pytest.mark.parametrize(("value", "state"), [(None, "fail"), ("short", "fail"), ("0123456789abcdef" * 4, "ok")])
def test_the_key(configuration: Configuration, monkeypatch: pytest.MonkeyPatch, value: str | None, state: str) -> None:
    monkeypatch.delenv("FLOWTAPE_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("FLOWTAPE_KEY", value)
    (check,) = key(configuration)
    assert check.state == state
    assert value is None or value not in f"{check}", "the key itself is never shown"


def test_a_rule_of_no_kind(configuration: Configuration) -> None:
    assert states(list(rules(configuration))) == ["ok"]
    wrong = changed(configuration, sanitise=Sanitise(rules=[Rule(kind="moon", fields=["a"])]))
    (check,) = rules(wrong)
    assert (check.state, "moon" in check.advice) == ("fail", True)


def test_a_recording_that_others_may_read_or_nobody_write(configuration: Configuration, tmp_path: Path) -> None:
    assert recording(configuration).state == "ok"
    assert not (tmp_path / "recording").exists(), "looking changes nothing"
    (tmp_path / "recording").mkdir(mode=0o755)
    (tmp_path / "recording").chmod(0o755)
    assert recording(configuration).state == "warn"
    (tmp_path / "file").write_text("")
    assert recording(changed(configuration, capture=Capture(recording="file/below"))).state == "fail"
    assert recording(changed(configuration, capture=Capture(recording="moon://x"))).state == "fail"
    assert recording(changed(configuration, capture=Capture(recording="memory://x"))).state == "ok"


def test_a_port_that_is_taken(configuration: Configuration) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (check,) = proxying(changed(configuration, capture=Capture(inline={"db": f"127.0.0.1:{port}"})))
        assert (check.state, f"db: 127.0.0.1:{port}" in check.what) == ("fail", True)
    (check,) = proxying(changed(configuration, capture=Capture(inline={"db": f"127.0.0.1:{port}"})))
    assert check.state == "ok"
    (check,) = proxying(changed(configuration, capture=Capture(inline={"db": "nonsense"})))
    assert check.state == "fail"


def test_addresses_that_are_none(configuration: Configuration) -> None:
    assert states(list(addresses(configuration))) == ["ok", "ok"]
    wrong = changed(
        configuration,
        dependencies={
            "a": Dependency(protocol="redis", address="::::"),
            "b": Dependency(protocol="redis", address="no.such.host.invalid:1"),
        },
    )
    assert states(list(addresses(wrong))) == ["fail", "fail", "ok"]
    assert states(list(addresses(changed(configuration, dependencies={})))) == ["warn", "ok"]


def test_an_interface_that_is_none() -> None:
    found = list(sniffing("moon0"))
    assert any(check.state == "fail" and "moon0" in check.what and "lo" in check.advice for check in found)


def test_who_may_not_sniff_is_told_two_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", refused)
    last = list(sniffing("any"))[-1]
    assert last.state == "fail"
    assert "cap_net_raw" in last.advice
    assert "capture.inline" in last.advice


def test_how_the_application_starts(configuration: Configuration) -> None:
    assert application(configuration).state == "ok"
    assert application(changed(configuration, service=Service(name="s"))).state == "warn"
    assert application(changed(configuration, service=Service(name="s", asgi="a:b", wsgi="a:b"))).state == "fail"


def test_where_spans_are_to_come(configuration: Configuration, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not list(spans(configuration))
    monkeypatch.setattr(tapping, "installed", lambda library: library != "grpc")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        wanted = Capture(spans=Spans(http=f"127.0.0.1:{port}", grpc=""))
        missing, check = spans(changed(configuration, capture=wanted))
    assert (missing.state, "grpc" in missing.what, missing.advice) == ("fail", True, tapping.EXTRA)
    assert (check.state, check.what) == ("fail", f"capture.spans.http: 127.0.0.1:{port}")
