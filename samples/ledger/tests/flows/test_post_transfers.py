"""POST /transfers, as production called it."""


def test_post_transfers_created(replay):
    """201; 1 db read, 1 rates call, 3 db writes. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_2(replay):
    """201; 1 db read, 1 rates call, 3 db writes. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_3(replay):
    """201; 1 db read, 1 rates call, 3 db writes. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_4(replay):
    """201; 1 db read, 1 rates call, 3 db writes. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_5(replay):
    """201; 1 db read, 1 rates call, 3 db writes. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_6(replay):
    """201; 1 db read, 1 rates call, 3 db writes. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_6.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_yours(replay):
    """403; 1 db read. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_yours.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_yours_2(replay):
    """403; 1 db read. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_yours_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_yours_3(replay):
    """403; 1 db read. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_yours_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_enough(replay):
    """409; 1 db read. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_enough.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_enough_2(replay):
    """409; 1 db read. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_enough_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_enough_3(replay):
    """409; 1 db read. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_enough_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_rate(replay):
    """422; 1 db read, 1 rates call. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_rate.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_rate_2(replay):
    """422; 1 db read, 1 rates call. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_rate_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_rate_3(replay):
    """422; 1 db read, 1 rates call. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_rate_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_rate_4(replay):
    """422; 1 db read, 1 rates call. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_rate_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_rate_5(replay):
    """422; 1 db read, 1 rates call. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_rate_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_rate_6(replay):
    """422; 1 db read, 1 rates call. Captured 2026-11-23 20:36 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_rate_6.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
