"""POST /orders/{id}/cancel, as production called it."""


def test_post_orders_id_cancel_cancelled(replay):
    """200; 1 db read, 1 payments call, 2 db writes. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/cancelled.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_cancelled_2(replay):
    """200; 1 db read, 1 payments call, 2 db writes. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/cancelled_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_cancelled_3(replay):
    """200; 1 db read, 1 payments call, 2 db writes. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/cancelled_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_no_such_order(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/no_such_order.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_no_such_order_2(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/no_such_order_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_no_such_order_3(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/no_such_order_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_not_paid(replay):
    """409; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/not_paid.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_not_paid_2(replay):
    """409; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/not_paid_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_id_cancel_not_paid_3(replay):
    """409; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders_id_cancel/not_paid_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
