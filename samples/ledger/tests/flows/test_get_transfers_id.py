"""GET /transfers/{id}, as production called it."""


def test_get_transfers_id_ok(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_transfers_id/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_transfers_id_ok_2(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_transfers_id/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_transfers_id_ok_3(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_transfers_id/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_transfers_id_no_such_transfer(replay):
    """404; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_transfers_id/no_such_transfer.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_transfers_id_no_such_transfer_2(replay):
    """404; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_transfers_id/no_such_transfer_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_transfers_id_no_such_transfer_3(replay):
    """404; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_transfers_id/no_such_transfer_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
