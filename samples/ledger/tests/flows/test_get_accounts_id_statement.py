"""GET /accounts/{id}/statement, as production called it."""


def test_get_accounts_id_statement_ok(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_statement/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_statement_ok_2(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_statement/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_statement_ok_3(replay):
    """200; 2 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_statement/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
