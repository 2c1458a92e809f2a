"""POST /carts/{id}/items, as production called it."""


def test_post_carts_id_items_no_content(replay):
    """204; 1 db write, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts_id_items/no_content.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_id_items_no_content_2(replay):
    """204; 1 db write, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts_id_items/no_content_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_id_items_no_content_3(replay):
    """204; 1 db write, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts_id_items/no_content_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_id_items_no_such_cart_or_product(replay):
    """404; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts_id_items/no_such_cart_or_product.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_id_items_no_such_cart_or_product_2(replay):
    """404; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts_id_items/no_such_cart_or_product_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_carts_id_items_no_such_cart_or_product_3(replay):
    """404; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_carts_id_items/no_such_cart_or_product_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
