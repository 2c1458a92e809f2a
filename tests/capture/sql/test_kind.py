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
