from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace

import jwt
from django.core import signing
from itsdangerous import TimestampSigner
from tests.testgen import learning
from tests.testgen.learning import AT, IDS, LATER, case_with, insert, moved, run_with
from tests.with_django import set_up

from flowtape.capture.exchange import HttpResponse, SqlResult
from flowtape.replay.flowfile import RecordedCall
from flowtape.replay.shapes import Jwt, Secrets, Signed, Timestamp, Uuid
from flowtape.testgen.learn import learn
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


def signed_token(claims: dict[str, object], secret: str = "replay", alg: str = "HS256") -> str:
    return str(jwt.encode(claims, secret.ljust(32), algorithm=alg))


def test_a_jwt_is_learned_claim_by_claim() -> None:
    """Those that vary are variables, and the same wherever they stand; those that do not are asserted."""

    def body(n: int, later: float, secret: str = "replay") -> dict[str, object]:
        at = int(AT.timestamp() + later)
        claims = {"sub": "7", "roles": ["admin"], "jti": IDS[n], "iat": at, "exp": at + 900}
        return {"access_token": signed_token(claims, secret), "session": IDS[n]}

    runs = [moved(body(n, later), later) for n, later in enumerate(LATER, 1)]
    case = learning.learned(learn(case_with(body(0, 0, "production")), runs, Secrets(jwt="replay".ljust(32))))
    assert json.loads(case.response.body) == {"access_token": "$access_token", "session": "$session"}
    assert case.variables == {
        "session": Uuid(4),
        "access_token": Jwt(
            (),
            '{"alg":"HS256","typ":"JWT"}',
            '{"sub":"7","roles":["admin"],"jti":"$session","iat":"$iat","exp":"$exp"}',
            verified=True,
        ),
        "iat": Timestamp("epoch", json="integer"),
        "exp": Timestamp("epoch", 898, 901, json="integer"),
    }


def test_a_signed_session_is_compared_by_what_it_holds() -> None:
    def cookie(n: int, later: float, key: str) -> str:
        signer = TimestampSigner(key)
        signer.get_timestamp = lambda: int(AT.timestamp() + later)  # type: ignore[method-assign]
        return signer.sign(b64encode(json.dumps({"user_id": 7, "nonce": IDS[n]}).encode())).decode()

    def headers(n: int, later: float, key: str = "replay") -> tuple[tuple[str, str], ...]:
        return (("set-cookie", f"session={cookie(n, later, key)}; path=/; httponly"),)

    runs = [run_with({}, headers=headers(n, later), later=later) for n, later in enumerate(LATER, 1)]
    case = learning.learned(learn(case_with({}, headers=headers(0, 0, "production")), runs, Secrets(key="replay")))
    assert case.response.headers == (("set-cookie", "session=$session; path=/; httponly"),)
    assert case.variables == {
        "session": Signed("starlette session", '{"user_id":7,"nonce":"$nonce"}', verified=True),
        "nonce": Uuid(4),
    }


def test_a_claim_out_of_an_answer_is_the_variable_that_it_was_asked_with() -> None:
    """As long as nothing is learned, the answer is the record's."""

    def answered(later: float, key: str = "replay") -> HttpResponse:
        claims = {"seen": f"got {IDS[0]}", "iat": int(AT.timestamp() + later)}
        return HttpResponse(201, body=json.dumps({"t": signed_token(claims, key)}).encode())

    call = RecordedCall("d", insert(IDS[0], "x"), SqlResult(tag="INSERT 0 1"))
    recorded = replace(case_with({}, call), response=answered(0, "production"))
    runs = [
        replace(run_with({}, insert(IDS[n], "x"), later=later), response=answered(later))
        for n, later in enumerate(LATER, 1)
    ]
    case = learning.learned(learn(recorded, runs, Secrets(jwt="replay".ljust(32))))
    (shape,) = [shape for shape in case.variables.values() if isinstance(shape, Jwt)]
    assert shape.claims == '{"seen":"got $order_id","iat":"$iat"}'


def test_a_jwt_whose_secret_is_not_known_is_compared_by_its_claims() -> None:
    runs = [moved({"t": signed_token({"jti": IDS[n]}, "other")}, later) for n, later in enumerate(LATER, 1)]
    case = learning.learned(
        learn(case_with({"t": signed_token({"jti": IDS[0]})}), runs, Secrets(jwt="replay".ljust(32)))
    )
    (shape,) = [shape for shape in case.variables.values() if isinstance(shape, Jwt)]
    assert (shape.verified, shape.claims) == (False, '{"jti":"$jti"}')


def test_a_claim_that_cannot_be_told_quarantines_the_flow() -> None:
    runs = [moved({"t": signed_token({"n": n})}, later) for n, later in enumerate(LATER, 1)]
    assert "response.json.t.claims.n: recorded 0" in str(learn(case_with({"t": signed_token({"n": 0})}), runs).problem)
    runs = [moved({"t": signed_token({"n": 0, "x" * n: 1})}, later) for n, later in enumerate(LATER, 1)]
    assert "a token with other claims" in str(learn(case_with({"t": signed_token({"n": 0})}), runs).problem)
