"""GET /customers/{id}, as production called it."""


def test_get_customers_id_ok(replay):
    """200; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_ok_2(replay):
    """200; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_ok_3(replay):
    """200; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_ok_4(replay):
    """200; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id/ok_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_ok_5(replay):
    """200; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id/ok_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_ok_6(replay):
    """200; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id/ok_6.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_no_such_customer(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id/no_such_customer.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_no_such_customer_2(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id/no_such_customer_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_customers_id_no_such_customer_3(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_customers_id/no_such_customer_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
