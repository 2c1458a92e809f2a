from __future__ import annotations

from typing import Any

import flask
import pytest
from flask.sessions import SecureCookieSessionInterface

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.difference import differences
from flowtape.replay.settle import settle
from flowtape.replay.shapes import Secrets, Shape, Signed, Uuid, shape
from flowtape.replay.variables import Variables

REQUEST = HttpRequest("GET", "/")
ID = "3f2a8c1e-5b7d-4e9a-8c1f-0a2b4c6d8e9f"
LEARNED = Signed("flask session", '{"user_id":7,"nonce":"$nonce"}', verified=True)


def session(content: dict[str, Any], key: str = "replay") -> str:
    app = flask.Flask("app")
    app.secret_key = key
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps(content))


def compared(content: dict[str, Any], key: str = "replay") -> list[str]:
    shapes: dict[str, Shape] = {"session": LEARNED, "nonce": Uuid(4)}
    recorded = HttpResponse(200, "", (("set-cookie", "session=$session; Path=/"),))
    observed = HttpResponse(200, "", (("set-cookie", f"session={session(content, key)}; Path=/"),))
    return differences(settle(recorded, observed, Variables(shapes, 0, REQUEST, Secrets(key="replay"))), observed)


def test_its_content_is_compared_value_by_value() -> None:
    assert compared({"user_id": 7, "nonce": ID}) == []
    assert compared({"nonce": ID, "user_id": 7}) == []
    (difference,) = compared({"user_id": 8, "nonce": ID})
    assert "claims.user_id recorded 7, got 8" in difference
    assert compared({"user_id": 7, "nonce": "no uuid"})
    assert compared({"user_id": 7})
    assert compared({"user_id": 7, "nonce": ID, "admin": True})


def test_its_signature_is_verified_where_the_key_is_known() -> None:
    assert compared({"user_id": 7, "nonce": ID}, "another")
    raw = session({"user_id": 7, "nonce": ID}, "another")
    assert LEARNED.matches(raw, 0)
    assert not LEARNED.told(REQUEST, Secrets(key="replay")).matches(raw, 0)
    assert LEARNED.told(REQUEST, Secrets(jwt="replay")) == LEARNED
    assert not Signed("starlette session").matches(raw, 0)
    assert not LEARNED.matches("no session", 0)


def test_it_is_read_as_it_is_written() -> None:
    assert shape(LEARNED.dump()) == LEARNED
    assert shape({"signed": {"by": "flask session"}}) == Signed("flask session")
    assert LEARNED.refers() == ["nonce"]


@pytest.mark.parametrize("data", [{"signed": {}}, {"signed": {"by": "me"}}, {"signed": {"by": "flask session", "verified": 1}}, {"signed": 1}])  # fmt: skip
def test_what_is_none_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"`by` is one of|it is written"):
        shape(data)
