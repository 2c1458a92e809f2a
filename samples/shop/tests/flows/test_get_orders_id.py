"""GET /orders/{id}, as production called it."""


def test_get_orders_id_paid(replay):
    """200; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id/paid.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_paid_2(replay):
    """200; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id/paid_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_paid_3(replay):
    """200; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id/paid_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_no_such_order(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id/no_such_order.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_no_such_order_2(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id/no_such_order_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_no_such_order_3(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id/no_such_order_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
