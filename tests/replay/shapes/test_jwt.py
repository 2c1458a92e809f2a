from __future__ import annotations

import jwt
import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.difference import differences
from flowtape.replay.settle import settle
from flowtape.replay.shapes import Jwt, Secrets, Shape, Timestamp, Uuid, shape
from flowtape.replay.variables import Variables

SECRET = "a secret for replays, long enough for it".ljust(64)
AT = 1795169472_000000000
ID = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69"
CLAIMS = {"sub": "7", "role": "admin", "jti": ID, "iat": 1795169472}
LEARNED = Jwt((), '{"alg":"HS256","typ":"JWT"}', '{"sub":"7","role":"admin","jti":"$id","iat":"$iat"}', verified=True)


def token(claims: dict[str, object] = CLAIMS, secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


@pytest.mark.parametrize(
    ("of", "text", "matches"),
    [
        (Jwt(), token(), True),
        (Jwt(), f"{token().rpartition('.')[0]}.sig", True),
        (Jwt(("sub", "jti")), token(), True),
        (Jwt(("exp",)), token(), False),
        (Jwt(), "a.b.c", False),
        (Jwt(), "a.b", False),
        (LEARNED, token(), True),
        (LEARNED, token(algorithm="HS512"), False),
        (LEARNED, token({**CLAIMS, "email": "leaked"}), False),
        (LEARNED, token({"sub": "7"}), False),
    ],
)
def test_a_token_has_its_header_and_its_claims(of: Jwt, text: str, *, matches: bool) -> None:
    assert of.matches(text, 0) is matches


def test_a_signature_is_verified_where_the_secret_is_known() -> None:
    told = LEARNED.told(HttpRequest("GET", "/"), Secrets(jwt=SECRET))
    assert told.matches(token(), 0)
    assert not told.matches(token(secret="another secret, which is just as long"), 0)
    assert not told.matches(token().rpartition(".")[0] + ".", 0)
    assert LEARNED.told(HttpRequest("GET", "/"), Secrets(key=SECRET)) == LEARNED


def run() -> Variables:
    shapes: dict[str, Shape] = {"token": LEARNED, "id": Uuid(4), "iat": Timestamp("epoch")}
    return Variables(shapes, AT, HttpRequest("GET", "/"), Secrets(jwt=SECRET))


def compared(claims: dict[str, object], id_: str = ID) -> list[str]:
    recorded = HttpResponse(200, "", (), b'{"token": "$token", "id": "$id"}')
    observed = HttpResponse(200, "", (), f'{{"token": "{token(claims)}", "id": "{id_}"}}'.encode())
    return differences(settle(recorded, observed, run()), observed)


def test_the_claims_are_the_same_variables_as_elsewhere() -> None:
    assert compared(CLAIMS) == []
    (line,) = compared(CLAIMS, "00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69")
    assert line.startswith("response.json.id: ")


@pytest.mark.parametrize(
    ("claim", "value", "shown"),
    [("role", "user", 'claims.role recorded "admin", got "user"'), ("sub", 7, 'claims.sub recorded "7", got 7'), ("iat", 5, "claims.iat")],
)  # fmt: skip
def test_a_claim_that_differs_is_named(claim: str, value: object, shown: str) -> None:
    (line,) = [line for line in compared({**CLAIMS, claim: value}) if line.startswith("response.json.token: ")]
    assert shown in line.replace('\\"', '"')


def test_it_is_read_as_it_is_written() -> None:
    data = {
        "header": {"alg": "HS256", "typ": "JWT"},
        "claims": {"sub": "7", "role": "admin", "jti": "$id", "iat": "$iat"},
    }
    assert shape({"jwt": {**data, "verified": True}}) == LEARNED
    assert shape(LEARNED.dump()) == LEARNED
    assert shape({"jwt": {"claims": ["sub"]}}) == Jwt(("sub",))


@pytest.mark.parametrize(
    "data",
    [
        {"jwt": {"claims": "sub"}},
        {"jwt": {"claim": []}},
        {"jwt": "x"},
        {"jwt": {"header": []}},
        {"jwt": {"verified": "maybe"}},
    ],
)
def test_what_is_no_jwt_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="it is written"):
        shape(data)
