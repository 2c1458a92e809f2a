"""What statements do."""

from __future__ import annotations

import pytest

from flowtape.capture import sql

KINDS = {
    "SELECT 1": "read",
    "SELECT a FROM t FOR UPDATE": "read",
    "SELECT a FROM t FOR NO KEY UPDATE OF t": "read",
    "SELECT updated FROM t": "read",
    "WITH x AS (SELECT a FROM t FOR UPDATE) SELECT set FROM x": "read",
    "WITH x AS (SELECT a FROM t FOR NO KEY UPDATE) SELECT set FROM x": "read",
    "VALUES (1)": "read",
    "TABLE t": "read",
    "WITH x AS (SELECT 1) SELECT * FROM x": "read",
    "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x": "write",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x": "write",
    "WITH x AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM x": "write",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x": "write",
    "SELECT nextval('s')": "write",
    "SELECT setval('s', 1)": "write",
    "SELECT currval('s')": "read",
    "SELECT nextval FROM t": "read",
    "SELECT 'nextval(' FROM t": "read",
    "SELECT a INTO b FROM t": "write",
    "SELECT pg_notify('a', 'b')": "write",
    "INSERT INTO t VALUES (1)": "write",
    "UPDATE t SET a = 1": "write",
    "DELETE FROM t": "write",
    "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE": "write",
    "CALL p(1)": "write",
    "DO $$ BEGIN END $$": "write",
    "COPY t FROM STDIN": "write",
    "COPY t (a) FROM STDIN (FORMAT binary)": "write",
    "COPY t TO STDOUT": "read",
    "COPY (SELECT * FROM t) TO STDOUT": "read",
    "CREATE TABLE t (a int)": "write",
    "TRUNCATE t": "write",
    "NOTIFY c, 'x'": "write",
    "EXPLAIN SELECT 1": "read",
    "EXPLAIN INSERT INTO t VALUES (1)": "read",
    "EXPLAIN ANALYZE INSERT INTO t VALUES (1)": "write",
    "DECLARE c CURSOR FOR SELECT 1": "read",
    "FETCH 1 FROM c": "read",
    "CLOSE c": "read",
    "COPY (DELETE FROM t RETURNING a) TO STDOUT": "write",
    "EXPLAIN (BUFFERS, FORMAT JSON, COSTS off, ANALYZE) DELETE FROM t": "write",
    "SELECT transfer(1, 2, 10)": "write",
    "SELECT bank.transfer(1, 2, 10) AS done": "write",
    "SELECT * FROM bank.transfer(1, 2, 10)": "write",
    "SELECT * FROM transfer(1, 2) AS t(a int)": "write",
    "SELECT get_balance(1)": "read",
    "SELECT * FROM get_balance(1)": "read",
    "SELECT fee(amount) FROM t": "read",
    "SELECT coalesce(max(a), 0) FROM t": "read",
    "SELECT now(), gen_random_uuid(), to_char(now(), 'YYYY')": "read",
    "SELECT extract(epoch FROM now())": "read",
    "SELECT EXISTS (SELECT 1 FROM t WHERE a IN (1, 2))": "read",
    "SELECT CAST(1 AS numeric(10, 2)), x.* FROM (VALUES (1, 2)) AS x (a, b)": "read",
    "SELECT count(*) FILTER (WHERE a > 1) OVER (PARTITION BY b) FROM t": "read",
    "SELECT pg_terminate_backend(1)": "write",
    "SELECT pg_sleep(1)": "read",
    "SELECT pg_advisory_xact_lock(1)": "read",
    "LOCK TABLE t IN SHARE MODE": "write",
    "COMMIT PREPARED 'x'": "write",
    "ROLLBACK PREPARED 'x'": "write",
    "LISTEN c": "session",
    "UNLISTEN *": "session",
    "SET x = 1": "session",
    "SHOW x": "session",
    "DISCARD ALL": "session",
    "DEALLOCATE p": "session",
    "SELECT set_config('a', 'b', false)": "session",
    "SELECT pg_advisory_unlock_all()": "session",
    "BEGIN": "transaction",
    "PREPARE TRANSACTION 'x'": "transaction",
    "": "other",
    "nonsense": "other",
}


@pytest.mark.parametrize(("text", "kind"), KINDS.items())
def test_kinds(text: str, kind: str) -> None:
    assert sql.read(text).kind == kind


CONTROLS = {
    "BEGIN": "begin",
    "begin isolation level serializable": "begin",
    "START TRANSACTION READ ONLY": "begin",
    "COMMIT": "commit",
    "END": "commit",
    "COMMIT PREPARED 'x'": "",
    "ROLLBACK": "rollback",
    "ABORT": "rollback",
    "ROLLBACK AND CHAIN": "rollback",
    "ROLLBACK PREPARED 'x'": "",
    "SAVEPOINT a": "savepoint",
    "RELEASE SAVEPOINT a": "release",
    "ROLLBACK TO SAVEPOINT a": "rollback to",
    "ROLLBACK WORK TO a": "rollback to",
    "SELECT 'BEGIN'": "",
    "-- COMMIT\nSELECT 1": "",
}


@pytest.mark.parametrize(("text", "control"), CONTROLS.items())
def test_transaction_control(text: str, control: str) -> None:
    assert sql.read(text).transaction_control == control


def test_the_verb_is_that_of_the_main_statement() -> None:
    assert sql.read("WITH x AS (SELECT 1) UPDATE t SET a = 1").verb == "UPDATE"
    assert sql.read("/* x */ (SELECT 1) UNION SELECT 2").verb == "SELECT"
    assert sql.read("").verb == ""


LOCKS = {
    "SELECT a FROM t FOR UPDATE": True,
    "SELECT a FROM t FOR NO KEY UPDATE OF t SKIP LOCKED": True,
    "SELECT a FROM t FOR SHARE NOWAIT": True,
    "SELECT a FROM t FOR KEY SHARE": True,
    "WITH x AS (SELECT a FROM t FOR UPDATE) UPDATE t SET b = 1 FROM x": True,
    "SELECT pg_advisory_xact_lock($1)": True,
    "SELECT pg_try_advisory_lock(1, 2)": True,
    "SELECT pg_catalog.pg_advisory_unlock(1)": True,
    "SELECT pg_advisory_unlock_all()": False,
    "SELECT substring(a FOR 2) FROM t": False,
    "SELECT a FROM t WHERE b = 'FOR UPDATE'": False,
    "SELECT pg_advisory_lock FROM t": False,
    "UPDATE t SET a = 1": False,
    "SELECT a FROM t": False,
}


@pytest.mark.parametrize(("text", "locks"), LOCKS.items())
def test_locks(text: str, locks: bool) -> None:
    assert sql.read(text).locks is locks
