"""GET /account, as production called it."""


def test_get_account_ok(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/ok.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_ok_2(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/ok_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_ok_3(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/ok_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_ok_4(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/ok_4.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_ok_5(replay):
    """200; 2 cache calls, 2 db reads. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/ok_5.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_not_signed_in_with_cache_get(replay):
    """401; 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/not_signed_in_with_cache_get.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_not_signed_in_with_cache_get_2(replay):
    """401; 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/not_signed_in_with_cache_get_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_not_signed_in_with_cache_get_3(replay):
    """401; 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/not_signed_in_with_cache_get_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_not_signed_in_without_cache_get(replay):
    """401. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/not_signed_in_without_cache_get.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_not_signed_in_without_cache_get_2(replay):
    """401. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/not_signed_in_without_cache_get_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_get_account_not_signed_in_without_cache_get_3(replay):
    """401. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("get_account/not_signed_in_without_cache_get_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
