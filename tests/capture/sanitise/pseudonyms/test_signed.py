"""Against the frameworks themselves: what they signed in production they take at replay, with the other secret."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import flask
import itsdangerous
import pytest
from django.contrib.messages.storage.cookie import CookieStorage, Message
from django.core import signing
from django.test import RequestFactory, override_settings
from django.utils.crypto import salted_hmac
from flask.sessions import SecureCookieSessionInterface
from hypothesis import given
from hypothesis import strategies as st
from tests.with_django import set_up

from flowtape.capture.sanitise.pseudonyms import signed
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

KEYED = Keyed(b"k" * 32)
PRODUCTION, REPLAY = "the secret of production", "the secret of replays"
CONTENT: dict[str, Any] = {
    "_user_id": "7",
    "mail": "ana@quux.example",
    "note": "São " + "long " * 40,
    "n": [1, 2.5, None],
}
set_up()


@dataclass(frozen=True)
class Framework:
    name: str
    made: Callable[[str, Any], str] = field(repr=False)
    read: Callable[[str, str], Any] = field(repr=False)
    cookie: bool = False
    content: Any = field(default_factory=lambda: CONTENT)

    def __str__(self) -> str:
        return self.name


def django(salt: str, *, compress: bool = True) -> tuple[Callable[[str, Any], str], Callable[[str, str], Any]]:
    return (
        lambda key, data: str(signing.dumps(data, key=key, salt=salt, compress=compress)),
        lambda key, text: signing.loads(text, key=key, salt=salt),
    )


def _messages(key: str) -> CookieStorage:
    with override_settings(SECRET_KEY=key):
        return CookieStorage(RequestFactory().get("/"))


def _flask(key: str) -> Any:
    app = flask.Flask("app")
    app.secret_key = key
    return SecureCookieSessionInterface().get_signing_serializer(app)


def _starlette(key: str, data: Any) -> str:
    """As its SessionMiddleware does."""
    return itsdangerous.TimestampSigner(key).sign(b64encode(json.dumps(data).encode())).decode()


def _wtf(key: str) -> itsdangerous.URLSafeTimedSerializer:
    return itsdangerous.URLSafeTimedSerializer(key, salt="wtf-csrf-token")


FRAMEWORKS = [
    Framework("django, database", *django("django.contrib.sessions.SessionStore")),
    Framework("django, not packed", *django("django.contrib.sessions.SessionStore", compress=False)),
    Framework("django, cookie", *django("django.contrib.sessions.backends.signed_cookies"), cookie=True),
    Framework(
        "django, messages",
        lambda key, data: str(_messages(key)._encode([Message(20, text) for text in data])),
        lambda key, text: [message.message for message in _messages(key)._decode(text)],
        cookie=True,
        content=["2 patients imported.", "Ana, come " + "soon " * 30],
    ),
    Framework(
        "flask", lambda key, data: _flask(key).dumps(data), lambda key, text: _flask(key).loads(text), cookie=True
    ),
    Framework(
        "starlette",
        _starlette,
        lambda key, text: json.loads(b64decode(itsdangerous.TimestampSigner(key).unsign(text))),
        cookie=True,
    ),
    Framework(
        "flask-wtf",
        lambda key, data: str(_wtf(key).dumps(data)),
        lambda key, text: _wtf(key).loads(text),
        content="0a1b2c3d" * 5,
    ),
]


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=str)
def test_the_framework_takes_it_at_replay(framework: Framework) -> None:
    raw = framework.made(PRODUCTION, framework.content)
    token = signed.read(raw, cookie=framework.cookie)
    assert token is not None
    made = signed.write(KEYED, token, token.claims, REPLAY.encode())
    assert framework.read(REPLAY, made) == framework.content
    assert made[: -len(token.signature)] == raw[: -len(token.signature)]
    again = signed.read(made, cookie=framework.cookie)
    assert again is not None
    assert signed.ours(again, made, REPLAY.encode())
    assert not signed.ours(again, made)
    assert not signed.ours(token, raw, REPLAY.encode())


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=str)
def test_other_content_is_written_as_the_framework_would(framework: Framework) -> None:
    token = signed.read(framework.made(PRODUCTION, framework.content), cookie=framework.cookie)
    assert token is not None
    other = (
        json.dumps(json.loads(token.claims), ensure_ascii=False).replace("ana", "zoé").replace("Ana", "Zoé").encode()
    )
    made = signed.write(KEYED, token, other, REPLAY.encode())
    again = signed.read(made, cookie=framework.cookie)
    assert again is not None
    assert json.loads(again.claims) == json.loads(other)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=str)
def test_without_the_key_it_verifies_nowhere_and_is_known_again(framework: Framework) -> None:
    raw = framework.made(PRODUCTION, framework.content)
    token = signed.read(raw, cookie=framework.cookie)
    assert token is not None
    made = signed.write(KEYED, token, token.claims)
    assert len(made) == len(raw)
    again = signed.read(made, cookie=framework.cookie)
    assert again is not None
    assert signed.ours(again, made)
    assert not signed.ours(token, raw)


@pytest.mark.parametrize("kind", [{}, {"a": 1}, {"ab": 12}, {"abc": "d e"}, {"x": "ü"}], ids=str)
def test_flasks_and_starlettes_are_told_apart(kind: dict[str, Any]) -> None:
    for made, notation in (
        (_flask(PRODUCTION).dumps(kind), "flask session"),
        (_starlette(PRODUCTION, kind), "starlette session"),
    ):
        token = signed.read(made, cookie=True)
        assert token is not None
        assert token.notation == notation


def test_the_hash_in_a_session_is_djangos() -> None:
    salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
    expected = salted_hmac(salt, "bcrypt$x", secret=REPLAY, algorithm="sha256").hexdigest()
    assert signed.auth_hash(REPLAY.encode(), "bcrypt$x") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "." * 40,
        ":" * 44,
        "eyJh:1vOabc:" + "a" * 43,  # not JSON
        "eyJhIjogMX0:1vOabc:" + "a" * 43,  # spaced, as Django never writes it
        ".eJw:1vOabc:" + "a" * 43,  # cut off
        "MQ:1vOabc:" + "a" * 43,  # a number
        "a" * 20_000 + ":1vOabc:" + "a" * 43,
    ],
    ids=lambda text: text[:20],
)
def test_what_is_none_is_left_alone(text: str) -> None:
    assert signed.read(text) is None
    assert signed.read(text, cookie=True) is None


def test_a_bomb_is_not_unpacked() -> None:
    bomb = signing.dumps("x" * 10_000_000, key=PRODUCTION, salt="django.contrib.sessions.SessionStore", compress=True)
    assert signed.read(bomb) is None


@given(st.text(max_size=90), st.booleans())
def test_nothing_raises(text: str, cookie: bool) -> None:
    signed.read(text, cookie=cookie)
    signed.read(f"{text}:1vOabc:" + "a" * 43, cookie=cookie)
    signed.read(f"{text}.aaaaaa." + "a" * 27, cookie=cookie)
