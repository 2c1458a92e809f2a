"""What tokens claim in each run, so that their claims are learned one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flowtape.capture.sanitise.pseudonyms.signed import readings
from flowtape.replay.bodies import Number, Tree, json_body, leaves
from flowtape.replay.shapes import Claims, Jwt, Secrets, Signed
from flowtape.replay.shapes.jwt import parts, signed
from flowtape.testgen.places import Place


def claims(place: Place, shape: Claims, tokens: Sequence[str]) -> Mapping[Place, list[str]] | None:
    """The samples of each claim of the token at `place`, the record's first; None where the tokens have unlike claims."""
    read = [dict(leaves(shape.content(token), "claims")) for token in tokens]
    if any(one.keys() != read[0].keys() for one in read):
        return None
    return {Place(place.call, f"{place.path}.{path}"): [_text(one[path]) for one in read] for path in read[0]}


def _text(leaf: Tree) -> str:
    return leaf if isinstance(leaf, str) else Number(json_body.write(leaf))


def learned(shape: Claims, tokens: Sequence[str], secrets: Secrets) -> Claims:
    """What all `tokens`, those of the runs, have in common, and whether the service's secret signs them. The claims are the first's."""
    content = json_body.write(shape.content(tokens[0]))
    if isinstance(shape, Signed):
        return _signed(replace(shape, claims=content), tokens, secrets.key)
    headers = [found[0] for token in tokens if (found := parts(token)) is not None]
    same = all(header == headers[0] for header in headers)
    verified = bool(secrets.jwt) and all(
        signed(token, header, secrets.jwt) for token, header in zip(tokens, headers, strict=True)
    )
    return Jwt((), json_body.write(headers[0]) if same else "", content, verified)


def _signed(shape: Signed, tokens: Sequence[str], key: str) -> Signed:
    """`shape`, by whoever the key says has signed all of `tokens`."""
    ways = [replace(shape, by=token.notation, verified=True) for token in readings(tokens[0])] if key else []
    verified = (way for way in ways if all(replace(way, secret=key).matches(token, 0) for token in tokens))
    return next(verified, shape)
