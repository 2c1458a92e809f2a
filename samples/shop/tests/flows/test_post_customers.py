"""POST /customers, as production called it."""


def test_post_customers_created(replay):
    """201; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_customers/created.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_customers_created_2(replay):
    """201; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_customers/created_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_customers_created_3(replay):
    """201; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_customers/created_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_customers_email_taken(replay):
    """409; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_customers/email_taken.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_customers_email_taken_2(replay):
    """409; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_customers/email_taken_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_customers_email_taken_3(replay):
    """409; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_customers/email_taken_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
