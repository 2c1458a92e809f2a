"""GET /accounts/{id}, as production called it."""


def test_get_accounts_id_ok(replay):
    """200; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_ok_2(replay):
    """200; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_ok_3(replay):
    """200; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_ok_4(replay):
    """200; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/ok_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_ok_5(replay):
    """200; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/ok_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_not_yours(replay):
    """403; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/not_yours.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_not_yours_2(replay):
    """403; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/not_yours_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_not_yours_3(replay):
    """403; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/not_yours_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_no_such_account(replay):
    """404; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/no_such_account.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_no_such_account_2(replay):
    """404; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/no_such_account_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_no_such_account_3(replay):
    """404; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id/no_such_account_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
