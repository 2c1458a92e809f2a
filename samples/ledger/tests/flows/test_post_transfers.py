"""POST /transfers, as production called it."""


def test_post_transfers_created(replay):
    """201; 3 db reads, 1 rates call, 3 db writes, 1 mail call. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_2(replay):
    """201; 3 db reads, 1 rates call, 3 db writes, 1 mail call. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_3(replay):
    """201; 3 db reads, 1 rates call, 3 db writes, 1 mail call. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_4(replay):
    """201; 3 db reads, 3 db writes, 1 mail call. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_5(replay):
    """201; 3 db reads, 3 db writes, 1 mail call. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_6(replay):
    """201; 3 db reads, 1 rates call, 3 db writes. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_6.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_7(replay):
    """201; 3 db reads, 1 rates call, 3 db writes. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_7.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_8(replay):
    """201; 3 db reads, 1 rates call, 3 db writes. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_8.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_created_9(replay):
    """201; 3 db reads, 3 db writes. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/created_9.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_yours(replay):
    """403; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_yours.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_yours_2(replay):
    """403; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_yours_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_yours_3(replay):
    """403; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_yours_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_account(replay):
    """404; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_account.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_account_2(replay):
    """404; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_account_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_account_3(replay):
    """404; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_account_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_enough(replay):
    """409; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_enough.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_enough_2(replay):
    """409; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_enough_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_not_enough_3(replay):
    """409; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/not_enough_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_daily_limit(replay):
    """409; 2 db reads, 1 rates call, 3 db writes. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/daily_limit.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_daily_limit_2(replay):
    """409; 2 db reads, 1 rates call, 3 db writes. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/daily_limit_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_amount_must_be_positive(replay):
    """422. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/amount_must_be_positive.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_amount_must_be_positive_2(replay):
    """422. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/amount_must_be_positive_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_amount_must_be_positive_3(replay):
    """422. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/amount_must_be_positive_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_rate(replay):
    """422; 1 db read, 1 rates call. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_rate.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_rate_2(replay):
    """422; 1 db read, 1 rates call. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_rate_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_transfers_no_such_rate_3(replay):
    """422; 1 db read, 1 rates call. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_transfers/no_such_rate_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
