"""POST /orders, as production called it."""


def test_post_orders_paid(replay):
    """201; 2 db reads, 11 db writes, 1 payments call, 2 cache calls, 1 mail call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/paid.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_paid_2(replay):
    """201; 2 db reads, 11 db writes, 1 payments call, 2 cache calls, 1 mail call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/paid_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_paid_3(replay):
    """201; 2 db reads, 7 db writes, 1 payments call, 2 cache calls, 1 mail call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/paid_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_card_declined(replay):
    """402; 2 db reads, 7 db writes, 1 payments call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/card_declined.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_card_declined_2(replay):
    """402; 2 db reads, 5 db writes, 1 payments call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/card_declined_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_card_declined_3(replay):
    """402; 2 db reads, 5 db writes, 1 payments call. Captured 2026-11-26 00:36 UTC from shop 1.4.2."""
    flow = replay("post_orders/card_declined_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_no_such_cart(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/no_such_cart.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_no_such_cart_2(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/no_such_cart_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_no_such_cart_3(replay):
    """404; 1 db read. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/no_such_cart_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_cart_is_empty(replay):
    """409; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/cart_is_empty.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_cart_is_empty_2(replay):
    """409; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/cart_is_empty_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_cart_is_empty_3(replay):
    """409; 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/cart_is_empty_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_out_of_stock(replay):
    """409; 2 db reads, 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/out_of_stock.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_out_of_stock_2(replay):
    """409; 2 db reads, 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/out_of_stock_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_out_of_stock_3(replay):
    """409; 2 db reads, 1 db write. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/out_of_stock_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_payment_failed(replay):
    """502; 2 db reads, 5 db writes, 1 payments call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/payment_failed.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_payment_failed_2(replay):
    """502; 2 db reads, 3 db writes, 1 payments call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/payment_failed_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_orders_payment_failed_3(replay):
    """502; 2 db reads, 7 db writes, 1 payments call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_orders/payment_failed_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
