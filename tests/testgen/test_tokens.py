from __future__ import annotations

import jwt

from flowtape.replay.shapes import Jwt
from flowtape.testgen.places import RESPONSE, Place
from flowtape.testgen.tokens import claims, learned

SECRET = "a secret for replays, long enough for it".ljust(64)


def token(**claimed: object) -> str:
    return jwt.encode(claimed, SECRET)


def test_each_claim_has_its_place_and_its_samples() -> None:
    at = Place(RESPONSE, "json.t")
    found = claims(at, [token(sub="7", n=1), token(sub="7", n=2)])
    assert found == {Place(RESPONSE, "json.t.claims.sub"): ["7", "7"], Place(RESPONSE, "json.t.claims.n"): ["1", "2"]}
    assert claims(at, [token(sub="7"), token(n=1)]) is None


def test_what_tokens_have_in_common() -> None:
    tokens = [token(n=1), token(n=2)]
    assert learned(tokens, SECRET) == Jwt((), '{"alg":"HS256","typ":"JWT"}', '{"n":1}', verified=True)
    assert learned(tokens, "another").verified is False
    assert learned([token(n=1), jwt.encode({"n": 1}, SECRET, algorithm="HS384")], SECRET).header == ""
