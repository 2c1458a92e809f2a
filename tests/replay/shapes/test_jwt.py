from __future__ import annotations

import base64
import json

import pytest

from flowtape.replay.shapes import Jwt, shape

TOKEN = ".".join(
    base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
    for part in ({"alg": "HS256"}, {"sub": "7"})
)


@pytest.mark.parametrize(
    ("of", "text", "matches"),
    [(Jwt(), f"{TOKEN}.sig", True), (Jwt(("exp",)), f"{TOKEN}.sig", False), (Jwt(), "a.b.c", False)],
)
def test_a_token_has_its_claims(of: Jwt, text: str, *, matches: bool) -> None:
    assert of.matches(text, 0) is matches


@pytest.mark.parametrize("data", [{"jwt": {"claims": "sub"}}, {"jwt": {"claim": []}}, {"jwt": "x"}])
def test_what_is_no_jwt_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="it is written"):
        shape(data)
