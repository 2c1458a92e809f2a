"""DELETE /carts/{id}/items/{id}, as production called it."""


def test_delete_carts_id_items_id_no_content(replay):
    """204; 1 db write, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("delete_carts_id_items_id/no_content.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_delete_carts_id_items_id_no_content_2(replay):
    """204; 1 db write, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("delete_carts_id_items_id/no_content_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_delete_carts_id_items_id_no_content_3(replay):
    """204; 1 db write, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("delete_carts_id_items_id/no_content_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_delete_carts_id_items_id_not_in_cart(replay):
    """404; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("delete_carts_id_items_id/not_in_cart.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_delete_carts_id_items_id_not_in_cart_2(replay):
    """404; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("delete_carts_id_items_id/not_in_cart_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_delete_carts_id_items_id_not_in_cart_3(replay):
    """404; 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("delete_carts_id_items_id/not_in_cart_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
