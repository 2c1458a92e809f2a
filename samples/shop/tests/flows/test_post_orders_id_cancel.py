"""POST /orders/{id}/cancel, as production called it."""


def test_post_orders_id_cancel_cancelled(replay):
    """200; 1 db read, 1 payments call, 1 db write. Captured 2026-11-23 20:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/cancelled.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_cancelled_2(replay):
    """200; 1 db read, 1 payments call, 1 db write. Captured 2026-11-23 20:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/cancelled_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_cancelled_3(replay):
    """200; 1 db read, 1 payments call, 1 db write. Captured 2026-11-23 20:36 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/cancelled_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
