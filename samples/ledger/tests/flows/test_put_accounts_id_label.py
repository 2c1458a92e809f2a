"""PUT /accounts/{id}/label, as production called it."""


def test_put_accounts_id_label_ok(replay):
    """200; 2 db reads, 1 db write. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("put_accounts_id_label/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_put_accounts_id_label_ok_2(replay):
    """200; 2 db reads, 1 db write. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("put_accounts_id_label/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_put_accounts_id_label_ok_3(replay):
    """200; 2 db reads, 1 db write. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("put_accounts_id_label/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_put_accounts_id_label_label_taken(replay):
    """409; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("put_accounts_id_label/label_taken.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_put_accounts_id_label_label_taken_2(replay):
    """409; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("put_accounts_id_label/label_taken_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_put_accounts_id_label_label_taken_3(replay):
    """409; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("put_accounts_id_label/label_taken_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_put_accounts_id_label_label_length(replay):
    """422. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("put_accounts_id_label/label_length.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_put_accounts_id_label_label_length_2(replay):
    """422. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("put_accounts_id_label/label_length_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_put_accounts_id_label_label_length_3(replay):
    """422. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("put_accounts_id_label/label_length_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
