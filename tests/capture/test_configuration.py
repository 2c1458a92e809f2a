from __future__ import annotations

from pathlib import Path

import pytest

from flowtape.capture.configuration import ConfigurationError, address, load
from flowtape.capture.exchange import Address


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "flowtape.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_least_that_is_needed_is_a_name(tmp_path: Path) -> None:
    found = load(written(tmp_path, "service: {name: shop}"))
    assert (found.service.name, found.folder, found.capture.recording) == ("shop", tmp_path.resolve(), "recording")


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("", "got `null`"),
        ("service: {}", "name"),
        ("service: {name: shop, nam: x}", "unknown field `nam`"),
        ("service: {name: 5}", r"\$.service.name"),
        ("service: {name: shop}\nfolder: /etc", "unknown key `folder`"),
        ("service: {name: shop}\ndependencies: {db: {protocol: oracle, address: a}}", "oracle"),
        ("service: {name: shop}\ndependencies: {service: {protocol: http, address: a}}", "cannot be named `service`"),
        ("service: {name: shop", "not YAML"),
        ("a: &a [*a]", "flowtape.yaml: "),
        ("service: !!python/object/apply:os.system ['touch ran']", "not YAML"),
    ],
)
def test_what_cannot_be_used_is_told_with_the_file_and_the_place(tmp_path: Path, text: str, about: str) -> None:
    with pytest.raises(ConfigurationError, match=about) as raised:
        load(written(tmp_path, text))
    assert str(tmp_path / "flowtape.yaml") in str(raised.value)
    assert not Path("ran").exists()


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("nowhere.yaml", "binary.yaml"):
        with pytest.raises(ConfigurationError, match=f"{name}: cannot be read"):
            load(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "protocol", "expected"),
    [
        ("db.internal:5432", "", Address("db.internal", 5432)),
        ("db.internal", "postgresql", Address("db.internal", 5432)),
        ("[fd00::2]:6379", "", Address("fd00::2", 6379)),
        ("https://pay.internal", "http", Address("pay.internal", 443)),
        ("http://pay.internal:8080/base", "http", Address("pay.internal", 8080)),
    ],
)
def test_an_address_is_taken_apart(text: str, protocol: str, expected: Address) -> None:
    assert address(text, protocol) == expected


@pytest.mark.parametrize("text", ["", "host", "host:port", "host:99999", ":80", "http://"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not an address"):
        address(text)
