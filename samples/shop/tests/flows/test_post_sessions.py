"""POST /sessions, as production called it."""


def test_post_sessions_created(replay):
    """201; 1 db read, 2 cache calls. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/created.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_created_2(replay):
    """201; 1 db read, 2 cache calls. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/created_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_created_3(replay):
    """201; 1 db read, 2 cache calls. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/created_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_wrong_email_or_password_with_cache_expire(replay):
    """401; 1 db read, 2 cache calls. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/wrong_email_or_password_with_cache_expire.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_wrong_email_or_password_with_cache_expire_2(replay):
    """401; 1 db read, 2 cache calls. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/wrong_email_or_password_with_cache_expire_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_wrong_email_or_password_with_cache_expire_3(replay):
    """401; 1 db read, 2 cache calls. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/wrong_email_or_password_with_cache_expire_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_wrong_email_or_password_without_cache_expire(replay):
    """401; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/wrong_email_or_password_without_cache_expire.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_wrong_email_or_password_without_cache_expire_2(replay):
    """401; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/wrong_email_or_password_without_cache_expire_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_wrong_email_or_password_without_cache_expire_3(replay):
    """401; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/wrong_email_or_password_without_cache_expire_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_too_many_attempts(replay):
    """429; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/too_many_attempts.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_too_many_attempts_2(replay):
    """429; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/too_many_attempts_2.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects


def test_post_sessions_too_many_attempts_3(replay):
    """429; 1 db read, 1 cache call. Captured 2026-11-26 00:35 UTC from shop 1.4.2."""
    flow = replay("post_sessions/too_many_attempts_3.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
