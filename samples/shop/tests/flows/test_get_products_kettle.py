"""GET /products/kettle, as production called it."""


def test_get_products_kettle_unprocessable_entity(replay):
    """422. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products_kettle/unprocessable_entity.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_kettle_unprocessable_entity_2(replay):
    """422. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products_kettle/unprocessable_entity_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_products_kettle_unprocessable_entity_3(replay):
    """422. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_products_kettle/unprocessable_entity_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
