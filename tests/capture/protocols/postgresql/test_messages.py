"""What the messages promise of themselves."""

from __future__ import annotations

import inspect

import pytest

from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import wire

ALL = [item for _, item in inspect.getmembers(pg, inspect.isclass) if item.__mro__[1] is pg.Message]


@pytest.mark.parametrize("message", ALL, ids=lambda message: message.__name__)
def test_every_message_is_a_frozen_value_that_can_be_written(message: type[pg.Message]) -> None:
    assert message.__struct_config__.frozen
    untagged = {*wire._UNTAGGED, pg.EncryptionReply, pg.Unknown}
    assert message in wire._WRITERS or message in untagged


def test_no_message_is_left_out() -> None:
    assert len(ALL) == 54


def test_a_refusal_is_not_an_acceptance() -> None:
    assert not pg.EncryptionReply("N").accepted
    assert pg.EncryptionReply("S").accepted
    assert pg.EncryptionReply("G").accepted
