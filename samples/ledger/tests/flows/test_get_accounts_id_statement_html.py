"""GET /accounts/{id}/statement.html, as production called it."""


def test_get_accounts_id_statement_html_ok(replay):
    """200; 3 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_statement_html/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_statement_html_ok_2(replay):
    """200; 3 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_statement_html/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_accounts_id_statement_html_ok_3(replay):
    """200; 3 db reads. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("get_accounts_id_statement_html/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
