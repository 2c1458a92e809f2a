"""POST /login, as production called it."""


def test_post_login_ok(replay):
    """200; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_login/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_login_ok_2(replay):
    """200; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_login/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_login_ok_3(replay):
    """200; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_login/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_login_wrong_email_or_password(replay):
    """401; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_login/wrong_email_or_password.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_login_wrong_email_or_password_2(replay):
    """401; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_login/wrong_email_or_password_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_login_wrong_email_or_password_3(replay):
    """401; 1 db read. Captured 2026-11-26 00:37 UTC from ledger 0.9.0."""
    flow = replay("post_login/wrong_email_or_password_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
