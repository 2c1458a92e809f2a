"""DELETE /sessions, as production called it."""


def test_delete_sessions_no_content(replay):
    """204; 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("delete_sessions/no_content.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_delete_sessions_no_content_2(replay):
    """204; 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("delete_sessions/no_content_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_delete_sessions_no_content_3(replay):
    """204; 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("delete_sessions/no_content_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
