"""Nothing raw is left of a flow, and what was equal in it stays equal."""

from __future__ import annotations

import gzip
import hashlib
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest
from django.core import signing
from django.utils.crypto import salted_hmac
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.capture.sanitise.conftest import redis, sql
from tests.capture.sanitise.pseudonyms.hashers import HASHERS, Hasher
from werkzeug.security import check_password_hash, generate_password_hash

from flowtape.capture.configuration import Rule, Sanitise
from flowtape.capture.exchange import (
    Address,
    Column,
    Connection,
    Exchange,
    Headers,
    HttpRequest,
    HttpResponse,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)
from flowtape.capture.flow import Call, Evidence, Flow, Outside
from flowtape.capture.sanitise.policy import Policy
from flowtape.capture.sanitise.sanitiser import Sanitiser

KEY = b"a key for tests, 32 bytes long.."
LeaksOf = Callable[[object], set[str]]


def test_the_planted_values_are_found_before_sanitising(raw_flow: Flow, leaks: LeaksOf) -> None:
    """Else the next test could not fail."""
    assert len(leaks(raw_flow)) == 19


def test_nothing_planted_is_left(clean_flow: Flow, leaks: LeaksOf) -> None:
    assert leaks(clean_flow) == set()


def sanitised(flow: Flow, section: Sanitise | None = None, key: bytes = KEY) -> Flow:
    return Sanitiser(Policy(section), key).flow(flow)


def entry_only(
    target: str = "/", body: object = None, answer: object = None, status: int = 200, headers: Headers = ()
) -> Flow:
    def data(value: object) -> bytes:
        return b"" if value is None else json.dumps(value).encode()

    request = HttpRequest("POST", target, headers, data(body))
    connection = Connection("c", Address("84.17.49.203", 1), Address("10.0.0.1", 80))
    entry = Exchange(connection, "http1", request, HttpResponse(status, body=data(answer)), 1, 2, 3, 4)
    return Flow("f", "shop", "1", entry)


def bodies(flow: Flow) -> tuple[Any, Any]:
    question, answer = flow.entry.question, flow.entry.answer
    assert isinstance(question, HttpRequest)
    assert isinstance(answer, HttpResponse)
    return json.loads(question.body or b"null"), json.loads(answer.body or b"null")


def test_it_is_the_same_each_time(raw_flow: Flow, clean_flow: Flow) -> None:
    assert sanitised(raw_flow) == clean_flow


def test_another_key_gives_other_pseudonyms(raw_flow: Flow, clean_flow: Flow, leaks: LeaksOf) -> None:
    other = sanitised(raw_flow, key=b"another key, as long as the one.")
    assert leaks(other) == set()
    before, after = bodies_of_entry(clean_flow), bodies_of_entry(other)
    assert all(before["customer"][name] != after["customer"][name] for name in ("email", "phone", "name", "dob"))
    assert before["customer"]["total"] == after["customer"]["total"]


def bodies_of_entry(flow: Flow) -> Any:
    assert isinstance(flow.entry.question, HttpRequest)
    return json.loads(gzip.decompress(flow.entry.question.body))


def test_equal_values_stay_equal_across_protocols(clean_flow: Flow) -> None:
    email = bodies_of_entry(clean_flow)["customer"]["email"]
    questions = [call.exchange.question for call in clean_flow.calls]
    statements = [question for question in questions if isinstance(question, SqlStatement)]
    commands = [question for question in questions if isinstance(question, RedisCommand)]
    assert statements[0].parameters[0] == email
    assert f"'{email}'" in statements[1].text
    assert any(f":{email}:".encode() in argument for command in commands for argument in command.arguments)
    assert isinstance(clean_flow.entry.answer, HttpResponse)
    assert dict(clean_flow.entry.answer.headers)["Location"] == f"/customers/{email}"


def test_what_is_nobodys_stays(clean_flow: Flow) -> None:
    request = clean_flow.entry.question
    assert isinstance(request, HttpRequest)
    assert "order=550e8400-e29b-41d4-a716-446655440000" in request.target
    assert dict(request.headers)["traceparent"] == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert dict(request.headers)["Content-Length"] == str(len(request.body))
    assert (clean_flow.entry.started, clean_flow.entry.ended) == (1, 4)
    assert all(not call.exchange.incomplete for call in clean_flow.calls)


def test_equal_values_stay_equal_across_flows() -> None:
    one = sanitised(entry_only(body={"email": "ana@quux.de", "phone": "+49 170 1234567"}))
    other = sanitised(entry_only("/?who=ana%40quux.de", answer={"msisdn": "+491701234567"}))
    made, _ = bodies(one)
    assert isinstance(other.entry.question, HttpRequest)
    assert other.entry.question.target == f"/?who={made['email'].replace('@', '%40')}"
    assert bodies(other)[1]["msisdn"] == made["phone"].replace(" ", "")


def test_a_name_found_once_is_replaced_in_text() -> None:
    flow = sanitised(
        entry_only(
            body={"first_name": "Anabela", "last_name": "Silveira"}, answer={"greeting": "Dear Anabela Silveira!"}
        )
    )
    asked, answered = bodies(flow)
    assert answered["greeting"] == f"Dear {asked['first_name']} {asked['last_name']}!"


@pytest.mark.parametrize("hasher", HASHERS, ids=str)
def test_a_log_in_still_verifies(hasher: Hasher) -> None:
    raw = hasher.hashed("hunter2!")
    asked, answered = bodies(sanitised(entry_only(body={"password": "hunter2!"}, answer={"hash": raw})))
    assert asked["password"] != "hunter2!"
    assert answered["hash"] != raw
    assert hasher.check(answered["hash"], asked["password"])


def test_a_wrong_password_stays_wrong() -> None:
    raw = generate_password_hash("another", "pbkdf2:sha256:1000")
    asked, answered = bodies(sanitised(entry_only(body={"password": "hunter2!"}, answer={"hash": raw})))
    assert not check_password_hash(answered["hash"], asked["password"])


def test_who_is_signed_in_with_django_is_signed_in_at_replay() -> None:
    """In the database, in a cookie, and pickled in a cache."""
    salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
    password = generate_password_hash("hunter2!", "pbkdf2:sha256:1000")
    session = {
        "_auth_user_id": "7",
        "_auth_user_hash": salted_hmac(salt, password, secret="raw", algorithm="sha256").hexdigest(),
    }
    stored = signing.dumps(session, key="raw", salt="django.contrib.sessions.SessionStore", compress=True)
    kept = signing.dumps(session, key="raw", salt="django.contrib.sessions.backends.signed_cookies", compress=True)
    flow = entry_only(headers=(("Cookie", f"sessionid={kept}"),))
    rows = sql(
        "SELECT s.session_data, u.password FROM s, u",
        answer=SqlResult((Column("session_data", 25), Column("password", 25)), ((stored, password),)),
    )
    cached = redis("GET", ":1:session", answer=Resp("bulk", pickle.dumps(session)))
    calls = tuple(Call(exchange, (Evidence("alone", "", 0.999),)) for exchange in (rows, cached))
    made = sanitised(replace(flow, calls=calls), Sanitise(secret_key="replay"))

    request, (listed, got) = made.entry.question, (call.exchange.answer for call in made.calls)
    assert isinstance(request, HttpRequest)
    assert isinstance(listed, SqlResult)
    assert isinstance(got, RedisReply)
    assert isinstance(got.value.value, bytes)
    ((new, hashed),) = listed.rows
    assert isinstance(hashed, str)
    expected = {
        **session,
        "_auth_user_hash": salted_hmac(salt, hashed, secret="replay", algorithm="sha256").hexdigest(),
    }
    assert hashed != password
    assert signing.loads(new, key="replay", salt="django.contrib.sessions.SessionStore") == expected
    cookie = dict(request.headers)["Cookie"].removeprefix("sessionid=")
    assert signing.loads(cookie, key="replay", salt="django.contrib.sessions.backends.signed_cookies") == expected
    assert pickle.loads(got.value.value) == expected


def test_tokens_are_signed_with_the_replays_secret() -> None:
    secret = "a secret for replays alone, long enough"
    raw = jwt.encode({"sub": "42", "email": "ana@quux.de"}, "the secret of production, not for us", algorithm="HS256")
    section = Sanitise(jwt_secret=secret)
    asked, _ = bodies(sanitised(entry_only(body={"token": raw, "email": "ana@quux.de"}), section))
    assert jwt.decode(asked["token"], secret, algorithms=["HS256"]) == {"sub": "42", "email": asked["email"]}
    refused, _ = bodies(sanitised(entry_only(body={"token": raw}, status=401), section))
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(refused["token"], secret, algorithms=["HS256"])


def test_a_masked_card_goes_with_its_card() -> None:
    asked, answered = bodies(
        sanitised(entry_only(body={"card_number": "4539148803436467"}, answer={"last4": "6467", "shown": "**** 6467"}))
    )
    assert answered["last4"] == asked["card_number"][-4:]
    assert answered["shown"] == f"**** {answered['last4']}"


def test_rules_of_the_configuration() -> None:
    rules = [Rule(kind="keep", fields=["support_email"]), Rule(kind="national_id", fields=["kundennr"])]
    before = {"support_email": "help@shop.internal", "kundennr": "K-123456", "ip": "84.17.49.203"}
    asked, _ = bodies(sanitised(entry_only(body=before), Sanitise(rules=rules, exclude=["ip"])))
    assert asked["support_email"] == before["support_email"]
    assert asked["ip"] == before["ip"]
    assert asked["kundennr"] != before["kundennr"]


def test_a_common_word_as_a_password_harms_no_route() -> None:
    flow = sanitised(entry_only("/session/orders", {"password": "orders", "pin": "1234", "id": 1234}))
    assert isinstance(flow.entry.question, HttpRequest)
    assert flow.entry.question.target == "/session/orders"
    asked, _ = bodies(flow)
    assert asked["password"] != "orders"
    assert asked["pin"] != "1234"
    assert asked["id"] == 1234


def test_a_bomb_is_left_out_and_said() -> None:
    bomb = gzip.compress(bytes(80_000_000))
    flow = entry_only(headers=(("Content-Encoding", "gzip"),))
    assert isinstance(flow.entry.question, HttpRequest)
    flow = replace(flow, entry=replace(flow.entry, question=replace(flow.entry.question, body=bomb)))
    made = sanitised(flow)
    assert isinstance(made.entry.question, HttpRequest)
    assert made.entry.question.body == b""
    assert "longer than" in made.entry.incomplete


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["ana@quux.de", "+49 170 1234567", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["email", "name", "token", "id", "x", "dob"]) | st.text(max_size=5), inner, max_size=4),
        max_leaves=12,
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_any_json_keeps_its_structure_and_loses_its_secrets(value: object) -> None:
    flow = sanitised(entry_only(body=value, answer=value))
    asked, answered = bodies(flow)
    assert asked == answered
    assert skeleton(asked) == skeleton(value)
    text = json.dumps(asked)
    assert not [raw for raw in ("ana@quux.de", "1234567", "4eC39HqLyjWDarjtT1zdp7dc") if raw in text]


def skeleton(value: Any) -> Any:
    if isinstance(value, dict):
        return [skeleton(one) for one in value.values()]
    return [skeleton(one) for one in value] if isinstance(value, list) else type(value)


def test_what_is_outside_is_sanitised_too(leaks: LeaksOf, raw_flow: Flow) -> None:
    sanitiser = Sanitiser(Policy(), KEY)
    auth = next(call.exchange for call in raw_flow.calls if isinstance(call.exchange.question, RedisCommand))
    assert leaks(Outside(auth, "session")) == {"password"}
    assert leaks(sanitiser.outside(Outside(auth, "session"))) == set()
    assert sanitiser.counters == {"password": 1}


def test_every_replacement_is_counted(raw_flow: Flow) -> None:
    sanitiser = Sanitiser(Policy(), KEY)
    sanitiser.flow(raw_flow)
    assert sanitiser.counters["email"] > 30
    assert set(sanitiser.counters) >= {
        "phone",
        "card",
        "iban",
        "name",
        "address",
        "jwt",
        "password",
        "password_hash",
        "session",
        "ip",
    }
    assert not sanitiser.counters["failed"]


def test_a_token_kept_as_its_digest_stays_that_tokens() -> None:
    token = "Zk3vP0qL9xYw2"
    raw = hashlib.sha256(token.encode()).hexdigest()
    asked, answered = bodies(sanitised(entry_only(body={"token": token}, answer={"stored": raw})))
    assert answered["stored"] == hashlib.sha256(asked["token"].encode()).hexdigest()


def test_a_short_name_is_found_in_text() -> None:
    asked, answered = bodies(
        sanitised(entry_only(body={"full_name": "Ana Silva"}, answer={"subject": "Thanks, Ana!", "word": "ana"}))
    )
    assert answered == {"subject": f"Thanks, {asked['full_name'].split()[0]}!", "word": "ana"}


def test_a_request_of_a_suite_stays_as_it_is_and_so_does_what_it_holds_elsewhere() -> None:
    headers = (
        ("Authorization", "Bearer 9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("Cookie", "session=D1oJz2KBFITmKciphK9vdjd"),
    )
    body = {"email": "fenlan.valmondp66t@example.org", "name": "Fenlan Valmond"}
    answer = {"session": "D1oJz2KBFITmKciphK9vdjd", "other": "ana.silva@mailbox.org"}
    flow = entry_only(body=body, answer=answer, headers=headers)
    found = Sanitiser(Policy(None), KEY).flow(flow, sent=True)
    assert found.entry.question == flow.entry.question
    _, answered = bodies(found)
    assert answered["session"] == answer["session"]
    assert answered["other"] != answer["other"]


def test_a_log_in_of_a_suite_verifies_the_live_database_s_hash() -> None:
    raw = generate_password_hash("pseudonym!", "pbkdf2:sha256:1000")
    flow = entry_only(body={"password": "pseudonym!"}, answer={"hash": raw})
    asked, answered = bodies(Sanitiser(Policy(None), KEY).flow(flow, sent=True))
    assert asked["password"] == "pseudonym!"
    assert answered["hash"] != raw
    assert check_password_hash(answered["hash"], "pseudonym!")
