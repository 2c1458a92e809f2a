"""GET /products, as production called it."""


def test_get_products_ok(replay):
    """200; 1 db read. Captured 2026-11-25 23:02 UTC from shop 1.4.2."""
    flow = replay("get_products/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_2(replay):
    """200; 1 db read. Captured 2026-11-25 23:03 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_3(replay):
    """200; 1 db read. Captured 2026-11-25 23:03 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_4(replay):
    """200; 1 db read. Captured 2026-11-25 23:02 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_5(replay):
    """200; 1 db read. Captured 2026-11-25 23:03 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_6(replay):
    """200; 1 db read. Captured 2026-11-25 23:03 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_6.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
