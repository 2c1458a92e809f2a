"""What JWTs claim in each run, so that their claims are learned one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowtape.replay.bodies import Number, Tree, json_body, leaves
from flowtape.replay.shapes import Jwt
from flowtape.replay.shapes.jwt import parts, signed
from flowtape.testgen.places import Place


def claims(place: Place, tokens: Sequence[str]) -> Mapping[Place, list[str]] | None:
    """The samples of each claim of the token at `place`, the record's first; None where the tokens have unlike claims."""
    read = [_claims(token) for token in tokens]
    if any(one.keys() != read[0].keys() for one in read):
        return None
    return {Place(place.call, f"{place.path}.{path}"): [_text(one[path]) for one in read] for path in read[0]}


def _claims(token: str) -> dict[str, Tree]:
    found = parts(token)
    return {} if found is None else dict(leaves(found[1], "claims"))


def _text(leaf: Tree) -> str:
    return leaf if isinstance(leaf, str) else Number(json_body.write(leaf))


def learned(tokens: Sequence[str], secret: str) -> Jwt:
    """What all `tokens`, those of the runs, have in common: the header, and whether the secret signs them. The claims are the first's."""
    read = [found for token in tokens if (found := parts(token)) is not None]
    header = read[0][0]
    same = all(one[0] == header for one in read)
    verified = bool(secret) and all(signed(token, one[0], secret) for token, one in zip(tokens, read, strict=True))
    return Jwt((), json_body.write(header) if same else "", json_body.write(read[0][1]), verified)
