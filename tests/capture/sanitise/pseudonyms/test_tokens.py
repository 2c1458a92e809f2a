from __future__ import annotations

import jwt as pyjwt
import pytest
from django.core import signing
from tests.with_django import set_up

from flowtape.capture.sanitise.pseudonyms import tokens
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed
from flowtape.capture.sanitise.pseudonyms.tokens import Secrets

set_up()
KEYED = Keyed(b"k" * 32)
SECRETS = Secrets(b"j" * 32, b"s" * 32)
JWT = pyjwt.encode({"sub": "7"}, "p" * 32)
SESSION = str(signing.dumps({"sub": "7"}, key="p" * 32, salt="django.contrib.sessions.SessionStore"))


@pytest.mark.parametrize(("raw", "kind"), [(JWT, "jwt"), (SESSION, "signed")], ids=["jwt", "signed"])
def test_each_is_signed_with_its_own_secret(raw: str, kind: str) -> None:
    token = tokens.read(raw)
    assert token is not None
    assert token.kind == kind
    made = tokens.write(KEYED, token, b'{"sub":"8"}', SECRETS)
    again = tokens.read(made)
    assert again is not None
    assert tokens.ours(again, made, SECRETS)
    assert not tokens.ours(again, made, Secrets())
    assert not tokens.ours(token, raw, SECRETS)


def test_they_verify() -> None:
    token, session = tokens.read(JWT), tokens.read(SESSION)
    assert token is not None
    assert session is not None
    assert pyjwt.decode(tokens.write(KEYED, token, token.claims, SECRETS), "j" * 32, ["HS256"]) == {"sub": "7"}
    made = tokens.write(KEYED, session, session.claims, SECRETS)
    assert signing.loads(made, key="s" * 32, salt="django.contrib.sessions.SessionStore") == {"sub": "7"}


@pytest.mark.parametrize("text", ["", "eyJ", "a.b.c", "no token", "2026-11-20 10:11:12"])
def test_other_text_is_none(text: str) -> None:
    assert tokens.read(text) is None
