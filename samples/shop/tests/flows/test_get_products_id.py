"""GET /products/{id}, as production called it."""


def test_get_products_id_ok(replay):
    """200; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products_id/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_id_ok_2(replay):
    """200; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products_id/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_id_ok_3(replay):
    """200; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products_id/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_id_no_such_product(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products_id/no_such_product.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_id_no_such_product_2(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products_id/no_such_product_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_id_no_such_product_3(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products_id/no_such_product_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
