"""POST /carts, as production called it."""


def test_post_carts_created(replay):
    """201; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts/created.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_created_2(replay):
    """201; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts/created_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_created_3(replay):
    """201; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts/created_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_no_such_customer(replay):
    """404; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts/no_such_customer.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_no_such_customer_2(replay):
    """404; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts/no_such_customer_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_no_such_customer_3(replay):
    """404; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts/no_such_customer_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
