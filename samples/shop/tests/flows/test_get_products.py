"""GET /products, as production called it."""


def test_get_products_ok_without_cache_mget(replay):
    """200; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_without_cache_mget.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_without_cache_mget_2(replay):
    """200; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_without_cache_mget_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_without_cache_mget_3(replay):
    """200; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_without_cache_mget_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_with_cache_mget(replay):
    """200; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_with_cache_mget.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_with_cache_mget_2(replay):
    """200; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_with_cache_mget_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_ok_with_cache_mget_3(replay):
    """200; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products/ok_with_cache_mget_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
