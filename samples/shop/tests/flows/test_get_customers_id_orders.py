"""GET /customers/{id}/orders, as production called it."""


def test_get_customers_id_orders_ok(replay):
    """200; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id_orders/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_orders_ok_2(replay):
    """200; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id_orders/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_orders_ok_3(replay):
    """200; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id_orders/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_orders_ok_4(replay):
    """200; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id_orders/ok_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_orders_ok_5(replay):
    """200; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id_orders/ok_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_orders_ok_6(replay):
    """200; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id_orders/ok_6.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
