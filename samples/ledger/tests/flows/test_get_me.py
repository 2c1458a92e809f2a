"""GET /me, as production called it."""


def test_get_me_ok(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_me/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_me_ok_2(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_me/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_me_ok_3(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_me/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_me_ok_4(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_me/ok_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_me_ok_5(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_me/ok_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_me_no_token(replay):
    """401. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_me/no_token.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_me_no_token_2(replay):
    """401. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_me/no_token_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_me_no_token_3(replay):
    """401. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_me/no_token_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
