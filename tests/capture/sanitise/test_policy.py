from __future__ import annotations

import re
from pathlib import Path

import pytest

from flowtape.capture.configuration import ConfigurationError, Rule, Sanitise, load
from flowtape.capture.sanitise.policy import Policy, key_from_environment
from flowtape.capture.sanitise.pseudonyms.registry import KINDS


def test_the_built_in_rules() -> None:
    policy = Policy()
    assert policy.field("email") == "email"
    assert policy.column("customers", "phone") == "phone"
    assert policy.header("Authorization") == "token"
    assert policy.header("Content-Type") == "keep"
    assert policy.header("X-Customer-Email") == "email"


def test_rules_come_before_the_built_in_ones() -> None:
    rules = [
        Rule(kind="keep", fields=["*_email"], columns=["products.name"], headers=["x-tenant*"], keys=["stock:*"]),
        Rule(kind="national_id", fields=["kundennr"], columns=["nr"], pattern=r"\bK-\d{6}\b"),
        Rule(kind="email", fields=["shop_email"]),
    ]
    policy = Policy(Sanitise(rules=rules))
    assert policy.field("shop_email") == "keep", "the first rule that fits counts"
    assert policy.field("kundennr") == policy.column("any", "nr") == "national_id"
    assert policy.column("products", "name") == "keep"
    assert policy.column("customers", "name") == "bare_name"
    assert policy.header("X-Tenant-Id") == "keep"
    assert policy.key("stock:1") == "keep"
    assert policy.find("number K-123456 of ana@quux.de") == [(7, 15, "national_id"), (19, 30, "email")]


def test_a_pattern_can_keep() -> None:
    policy = Policy(Sanitise(rules=[Rule(kind="keep", pattern=r"[\w.]+@shop\.internal")]))
    assert policy.find("from noreply@shop.internal to ana@quux.de") == [(30, 41, "email")]


def test_excluded_kinds_are_switched_off() -> None:
    policy = Policy(Sanitise(exclude=["ip", "name"]))
    assert policy.field("client_ip") == policy.field("name") == policy.field("first_name") == ""
    assert policy.find("84.17.49.203") == []
    assert policy.refine("username", "ana@quux.de") == "email"


def test_a_bare_name_counts_for_people_only() -> None:
    policy = Policy()
    assert policy.refine("bare_name", "Ana Silva") == "name"
    assert policy.refine("bare_name", "mug 0.3l") == ""
    assert policy.field("name", "", frozenset({"name", "price"})) == ""


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (Sanitise(rules=[Rule(kind="emial", fields=["x"])]), "there is no kind `emial`"),
        (Sanitise(rules=[Rule(kind="email")]), "names no place"),
        (Sanitise(rules=[Rule(kind="email", pattern="(")]), "no regular expression"),
        (Sanitise(exclude=["keep"]), "sanitise.exclude: there is no kind `keep`"),
    ],
)
def test_mistakes_are_named(section: Sanitise, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message.replace(".", r"\.")):
        Policy(section)


def test_a_star_is_no_regular_expression() -> None:
    policy = Policy(Sanitise(rules=[Rule(kind="token", fields=["a.c*", "(("])]))
    assert policy.field("abc") == ""
    assert policy.field("a.cd") == policy.field("((") == "token"


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWTAPE_KEY", "0123456789abcdef")
    assert key_from_environment("FLOWTAPE_KEY") == b"0123456789abcdef"
    monkeypatch.setenv("FLOWTAPE_KEY", "short")
    with pytest.raises(ConfigurationError, match="at least 16"):
        key_from_environment("FLOWTAPE_KEY")
    monkeypatch.delenv("FLOWTAPE_KEY")
    with pytest.raises(ConfigurationError, match=r"export FLOWTAPE_KEY=\$\(openssl rand -hex 32\)"):
        key_from_environment("FLOWTAPE_KEY")


DOCUMENT = Path(__file__).parents[3] / "docs" / "sanitising.md"


def test_the_documentations_examples_are_configurations(tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        file = tmp_path / "flowtape.yaml"
        file.write_text(example, encoding="utf-8")
        policy = Policy(load(file).sanitise)
        assert (
            policy.field("kundennr")
            == policy.column("customers", "taxno")
            == policy.header("x-customer-no")
            == "national_id"
        )
        assert policy.key("login:42") == "token"
        assert policy.find("Frau Silva") == [(0, 10, "name")]
        assert policy.field("client_ip") == ""


def test_the_documentation_lists_every_kind_and_no_other() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(KINDS)
