"""GET /carts/{id}, as production called it."""


def test_get_carts_id_ok_with_select_carts(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_carts_id/ok_with_select_carts.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_carts_id_ok_with_select_carts_2(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_carts_id/ok_with_select_carts_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_carts_id_ok_with_select_carts_3(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_carts_id/ok_with_select_carts_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_carts_id_ok_without_cache_set(replay):
    """200; 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_carts_id/ok_without_cache_set.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_carts_id_ok_without_cache_set_2(replay):
    """200; 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_carts_id/ok_without_cache_set_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_carts_id_ok_without_cache_set_3(replay):
    """200; 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_carts_id/ok_without_cache_set_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_carts_id_no_such_cart(replay):
    """404; 1 cache call, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_carts_id/no_such_cart.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_carts_id_no_such_cart_2(replay):
    """404; 1 cache call, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_carts_id/no_such_cart_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_carts_id_no_such_cart_3(replay):
    """404; 1 cache call, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_carts_id/no_such_cart_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
