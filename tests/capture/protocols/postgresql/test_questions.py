"""Questions that ran through no portal."""

from __future__ import annotations

from typing import Any

from flowtape.capture.codec import Heard
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.prepared import Prepared
from flowtape.capture.protocols.postgresql.questions import Asked, function_call, undescribed, unparsed


def asked(message: Any) -> Asked:
    return Asked(message, Heard(1, 2))


def test_a_function_calls_arguments() -> None:
    draft = function_call(asked(pg.FunctionCall(7, (0, 1), (b"1", b"\x01"))))
    assert (draft.text, draft.parameters, draft.parameter_types) == ("-- function call 7", ("1", b"\x01"), (0, 0))


def test_what_did_not_parse_has_its_own_parameters_only() -> None:
    bind = pg.Bind("", "s", (), (b"x",))
    parse = pg.Parse("s", "a", (25,))
    assert unparsed(Prepared(), [asked(parse), asked(bind)]).parameters == ("x",)
    for others in ([asked(pg.Sync()), asked(bind)], [asked(pg.Bind("", "t", (), (b"x",)))], []):
        draft = unparsed(Prepared(), [asked(parse), *others])
        assert (draft.text, draft.parameters, draft.describe) == ("a", (), True)


def test_what_could_not_be_described() -> None:
    prepared = Prepared()
    prepared.parsed(pg.Parse("s", "a"), Heard(1, 2))
    prepared.bound(pg.Bind("p", "s", (), (b"x",)), Heard(1, 2))
    assert undescribed(prepared, asked(pg.Describe("S", "s"))).text == "a"
    assert undescribed(prepared, asked(pg.Describe("P", "p"))).parameters == ("x",)
    assert undescribed(prepared, asked(pg.Describe("S", "t"))).problem == "prepared before capture began"
