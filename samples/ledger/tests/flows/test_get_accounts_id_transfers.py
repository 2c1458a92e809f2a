"""GET /accounts/{id}/transfers, as production called it."""


def test_get_accounts_id_transfers_ok(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_transfers/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_transfers_ok_2(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_transfers/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_transfers_ok_3(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_transfers/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_transfers_ok_4(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_transfers/ok_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_transfers_ok_5(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_transfers/ok_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_transfers_ok_6(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_transfers/ok_6.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_transfers_ok_7(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_transfers/ok_7.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_transfers_ok_8(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_transfers/ok_8.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_transfers_ok_9(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_transfers/ok_9.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
