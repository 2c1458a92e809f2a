"""What web frameworks sign, such as sessions: compared by its content, and verified where the secret key is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.bodies import Tree, json_body
from flowtape.replay.shapes.base import Secrets, Shape, fields
from flowtape.replay.shapes.claims import Claims

EXAMPLE = "{signed: {by: flask session, claims: {user_id: 7, nonce: $nonce}, verified: true}}"


@dataclass(frozen=True, slots=True)
class Signed(Claims):
    """`by` is what signs it so (NOTATIONS in capture/sanitise/pseudonyms/signed.py), `claims` its content, a JSON text in which each
    value may be a variable. When it was signed is not asserted. Where it is `verified`, its signature must be that of the secret key
    which replay knows (`sanitise.secret_key` in flowtape.yaml), if it does.
    """

    by: str
    claims: str = ""
    verified: bool = False
    secret: str = ""

    @property
    def regex(self) -> str:
        return r"\.?[A-Za-z0-9_+/-]+={0,2}(?::[A-Za-z0-9]{6}:[A-Za-z0-9_-]{43}|\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27})"

    def matches(self, text: str, at: int) -> bool:
        from flowtape.capture.sanitise.pseudonyms.signed import readings, verifies

        found = next((token for token in readings(text) if token.notation == self.by), None)
        return found is not None and (not self.secret or verifies(found, text, self.secret.encode()))

    def content(self, text: str) -> Tree:
        from flowtape.capture.sanitise.pseudonyms.signed import readings

        found = next(readings(text), None)
        return None if found is None else json_body.read(found.claims)

    def claiming(self, claims: str) -> Signed:
        return replace(self, claims=claims)

    def told(self, request: HttpRequest, secrets: Secrets) -> Shape:
        return replace(self, secret=secrets.key) if self.verified and secrets.key else self

    def dump(self) -> dict[str, Any]:
        found: dict[str, Any] = {"by": self.by}
        if self.claims:
            found["claims"] = json_body.read(self.claims.encode())
        return {"signed": {**found, "verified": True} if self.verified else found}


def read(value: Any, _rest: dict[str, Any]) -> Signed:
    from flowtape.capture.sanitise.pseudonyms.signed import NOTATIONS

    found = fields(value, {"by": "", "claims": None, "verified": False}, EXAMPLE)
    by, claims, verified = found["by"], found["claims"], found["verified"]
    if not isinstance(verified, bool):
        raise ValueError(f"it is written {EXAMPLE}")
    if by not in NOTATIONS:
        raise ValueError(f"`by` is one of {', '.join(NOTATIONS)}, not `{by}`")
    return Signed(by, "" if claims is None else json_body.write(claims), verified)
