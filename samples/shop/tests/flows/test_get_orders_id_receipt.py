"""GET /orders/{id}/receipt, as production called it."""


def test_get_orders_id_receipt_ok(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_ok_2(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_ok_3(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_not_modified(replay):
    """304; 2 cache calls, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/not_modified.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_not_modified_2(replay):
    """304; 2 cache calls, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/not_modified_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_not_modified_3(replay):
    """304; 2 cache calls, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/not_modified_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_not_yours(replay):
    """403; 2 cache calls, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/not_yours.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_not_yours_2(replay):
    """403; 2 cache calls, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/not_yours_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_not_yours_3(replay):
    """403; 2 cache calls, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/not_yours_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_no_such_order(replay):
    """404; 2 cache calls, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/no_such_order.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_no_such_order_2(replay):
    """404; 2 cache calls, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/no_such_order_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_orders_id_receipt_no_such_order_3(replay):
    """404; 2 cache calls, 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_orders_id_receipt/no_such_order_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
