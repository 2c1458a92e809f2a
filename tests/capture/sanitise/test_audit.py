"""The audit finds raw values wherever they lie, shows them to nobody, and lets pseudonyms pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from django.core import signing as django
from tests.capture.sanitise.pseudonyms.hashers import by_werkzeug

from flowtape.capture.configuration import Rule, Sanitise
from flowtape.capture.flow import Flow
from flowtape.capture.recording import RecordingWriter
from flowtape.capture.sanitise.audit import Finding, audit, masked
from flowtape.capture.sanitise.policy import Policy
from flowtape.capture.sanitise.pseudonyms import signed
from flowtape.capture.sanitise.pseudonyms.registry import KINDS, Pseudonyms, refine

PSEUDONYMS = Pseudonyms(b"k" * 32)
PLANTED = {
    "email": "ana@quux.de", "phone": "+49 170 1234567", "card_number": "4539148803436467", "iban": "DE89370400440532013000",
    "full_name": "Ana Silva", "street": "Weidenallee 17b", "dob": "1987-03-04", "client_ip": "84.17.49.203", "password": "hunter2!!",
    "session_id": "b1946ac92492d2347c6235b4d2611184", "api_key": "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "ssn": "123-45-6789", "zip": "25422",
}  # fmt: skip


def found(path: Path, policy: Policy | None = None) -> list[Finding]:
    return list(audit(path, policy or Policy()))


def pseudonym(name: str) -> str:
    kind = refine(Policy().field(name), PLANTED[name])
    return PSEUDONYMS.of(kind, PLANTED[name])


@pytest.mark.parametrize("name", PLANTED)
def test_a_raw_value_is_found_and_its_pseudonym_is_not(tmp_path: Path, name: str) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(yaml.safe_dump({"request": {"json": {name: PLANTED[name]}}}))
    (finding,) = found(tmp_path)
    assert (finding.file, finding.place) == (file, "line 3")
    assert finding.kind in KINDS
    assert PLANTED[name] not in str(finding)
    file.write_text(yaml.safe_dump({"request": {"json": {name: pseudonym(name)}}}))
    assert found(tmp_path) == []


def write(folder: Path, flow: Flow) -> Path:
    writer = RecordingWriter(str(folder), "shop")
    assert writer.write(flow)
    writer.close()
    return folder


def test_a_recording_of_raw_flows(tmp_path: Path, raw_flow: Flow) -> None:
    findings = found(write(tmp_path / "recording", raw_flow))
    assert {finding.kind for finding in findings} >= {
        "email", "phone", "card", "iban", "name", "family_name", "address", "birth_date", "ip", "password", "session", "api_key", "jwt", "password_hash", "token",
    }  # fmt: skip
    assert {finding.place.partition(",")[0] for finding in findings} == {"record 1"}
    assert any("call 1 (db)" in finding.place for finding in findings)


def test_a_recording_of_sanitised_flows(tmp_path: Path, clean_flow: Flow) -> None:
    assert found(write(tmp_path / "recording", clean_flow)) == []


def test_a_torn_recording_is_said(tmp_path: Path, clean_flow: Flow) -> None:
    folder = write(tmp_path / "recording", clean_flow)
    (segment,) = folder.rglob("*.*")
    segment.write_bytes(segment.read_bytes()[:-10])
    assert [finding.kind for finding in found(folder)] == ["unreadable"]


def test_a_suites_statements_are_read_by_their_columns(tmp_path: Path) -> None:
    flow = {
        "variables": {"token_1": {"uuid": 4}},
        "request": {
            "method": "GET",
            "target": "/c/ana@quux.de",
            "headers": {"authorization": "Bearer abcdef123456", "cookie": "sid=$token_1"},
        },
        "calls": [
            {
                "db": "SELECT email FROM users WHERE username = $1",
                "parameters": ["ana77"],
                "columns": {"email": "text", "username": "text"},
                "rows": [{"email": "$token_1"}],
            }
        ],
    }
    (tmp_path / "flow.yaml").write_text(yaml.safe_dump(flow, sort_keys=False))
    assert [(finding.place, finding.kind) for finding in found(tmp_path)] == [
        ("line 6", "email"),
        ("line 8", "token"),
        ("line 13", "username"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "kinds"),
    [
        ("test_x.py", 'replay("x")  # ana@quux.de', {"email"}),
        ("test_x.py", "def password(token: str) -> str:\n    secret = token\n", set()),
        ("log.txt", "GET /?email=ana%40quux.de password=hunter2!!", {"email", "password"}),
        ("broken.yaml", "{[ana@quux.de", {"email"}),
        ("tag.yaml", "!!python/object/apply:os.system ['echo ana@quux.de']", {"email"}),
        ("data.json", '{"password": "hunter2!!"}', {"password"}),
        ("empty.yaml", "", set()),
    ],
)
def test_any_text(tmp_path: Path, name: str, text: str, kinds: set[str]) -> None:
    (tmp_path / name).write_text(text)
    assert {finding.kind for finding in found(tmp_path / name)} == kinds


def test_bytes(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"\0\xff ana@quux.de \0")
    assert [finding.kind for finding in found(tmp_path)] == ["email"]


def test_a_folded_document_is_read_in_time(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    (tmp_path / "laughs.yaml").write_text("\n".join(lines))
    assert found(tmp_path) == []


def test_what_the_configuration_keeps_passes(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text("support_email: help@shop.internal\nip: 84.17.49.203\n")
    policy = Policy(Sanitise(rules=[Rule(kind="keep", fields=["support_email"])], exclude=["ip"]))
    assert len(found(tmp_path)) == 2
    assert found(tmp_path, policy) == []


def test_a_session_is_ours_where_its_key_and_its_users_password_hash_are(tmp_path: Path) -> None:
    hashed = PSEUDONYMS.of("password_hash", by_werkzeug.hashed("hunter2!"))
    policy = Policy(Sanitise(secret_key="replay"))

    def audited(key: str, auth_hash: str) -> set[str]:
        session = django.dumps({"_auth_user_hash": auth_hash}, key=key, salt="django.contrib.sessions.SessionStore")
        (tmp_path / "flow.json").write_text(json.dumps({"session_data": session, "password_hash": hashed}))
        return {finding.kind for finding in found(tmp_path, policy)}

    assert audited("replay", signed.auth_hash(b"replay", hashed)) == set()
    assert audited("raw", signed.auth_hash(b"replay", hashed)) == {"signed"}
    assert audited("replay", signed.auth_hash(b"raw", hashed)) == {"auth_hash"}


def test_the_content_of_a_session_that_varies_is_read(tmp_path: Path) -> None:
    def audited(email: str) -> set[str]:
        shape = {"signed": {"by": "flask session", "claims": {"email": email}}}
        flow = {
            "flowtape": 1,
            "variables": {"session": shape},
            "response": {"headers": {"Set-Cookie": "session=$session"}},
        }
        (tmp_path / "flow.yaml").write_text(yaml.safe_dump(flow, sort_keys=False))
        return {finding.kind for finding in found(tmp_path)}

    assert audited(PSEUDONYMS.of("email", "ana@quux.de")) == set()
    assert audited("ana@quux.de") == {"email"}


def test_placeholders_and_names_of_types_are_nobodys(tmp_path: Path) -> None:
    statement = "SELECT id FROM users WHERE users.email = \n $1::VARCHAR"
    types = {"db": "SELECT t.typname AS name FROM pg_type t", "columns": {"name": "name"}, "rows": [{"name": "state"}]}
    flow = {"flowtape": 1, "calls": [{"db": statement, "parameters": ["7"], "rows": []}, types]}
    (tmp_path / "flow.yaml").write_text(yaml.safe_dump(flow, sort_keys=False))
    assert found(tmp_path) == []
    (tmp_path / "flow.yaml").write_text(yaml.safe_dump(flow, sort_keys=False).replace("pg_type", "customers"))
    assert [finding.kind for finding in found(tmp_path)] == ["name"]


def test_a_missing_file_and_a_link_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("ana@quux.de")
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "link.txt").symlink_to(outside)
    assert found(folder) == []
    assert [finding.kind for finding in found(tmp_path / "no such file")] == ["unreadable"]


@pytest.mark.parametrize("value", ["x", "ab", "secret-value-123", "a\nb" * 10])
def test_an_excerpt_shows_little(value: str) -> None:
    shown = masked(value)
    assert value not in shown or value == "x"
    assert "\n" not in shown
    assert sum(sign in shown.partition("…")[0] for sign in value[:2]) <= 2


def test_the_name_of_a_dependency_says_nothing_of_what_it_was_asked(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text("flowtape: 1\ncalls:\n- mail: POST /messages\nresponse:\n  json: {calls: [{mail: ana@quux.de}]}\n")
    assert [(finding.place, finding.kind) for finding in found(tmp_path)] == [("line 5", "email")]
    file.write_text("flowtape: 1\ncalls:\n- password: GET ana@quux.de\n")
    assert [finding.kind for finding in found(tmp_path)] == ["email"]
