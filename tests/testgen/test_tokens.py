from __future__ import annotations

import jwt
from django.core import signing
from tests.with_django import set_up

from flowtape.replay.shapes import Jwt, Secrets, Signed
from flowtape.testgen.places import RESPONSE, Place
from flowtape.testgen.tokens import claims, learned

set_up()
SECRET = "a secret for replays, long enough for it".ljust(64)


def token(**claimed: object) -> str:
    return jwt.encode(claimed, SECRET)


def test_each_claim_has_its_place_and_its_samples() -> None:
    at = Place(RESPONSE, "json.t")
    found = claims(at, Jwt(), [token(sub="7", n=1), token(sub="7", n=2)])
    assert found == {Place(RESPONSE, "json.t.claims.sub"): ["7", "7"], Place(RESPONSE, "json.t.claims.n"): ["1", "2"]}
    assert claims(at, Jwt(), [token(sub="7"), token(n=1)]) is None


def test_what_tokens_have_in_common() -> None:
    tokens = [token(n=1), token(n=2)]
    header, known = '{"alg":"HS256","typ":"JWT"}', Secrets(jwt=SECRET)
    assert learned(Jwt(), tokens, known) == Jwt((), header, '{"n":1}', verified=True)
    assert learned(Jwt(), tokens, Secrets(jwt="another")) == Jwt((), header, '{"n":1}')
    unlike = [token(n=1), jwt.encode({"n": 1}, SECRET, algorithm="HS384")]
    assert learned(Jwt(), unlike, known) == Jwt((), "", '{"n":1}', verified=True)


def test_the_key_tells_who_signed() -> None:
    salt = "django.contrib.sessions.backends.signed_cookies"
    tokens = [str(signing.dumps({"n": n}, key="k" * 32, salt=salt)) for n in (1, 2)]
    shape = Signed("django session")
    assert learned(shape, tokens, Secrets(key="k" * 32)) == Signed("django session cookie", '{"n":1}', verified=True)
    assert learned(shape, tokens, Secrets(key="another")) == Signed("django session", '{"n":1}')
    assert learned(shape, tokens, Secrets()) == Signed("django session", '{"n":1}')
