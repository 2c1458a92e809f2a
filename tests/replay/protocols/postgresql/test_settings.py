"""SET, RESET and SHOW, and what is reported."""

from __future__ import annotations

from flowtape.replay.protocols.postgresql.settings import REPORTED, Settings, show_name


def after(*texts: str, recorded: tuple[tuple[str, str], ...] = ()) -> Settings:
    settings = Settings(recorded, [("application_name", "mine")])
    for text in texts:
        settings.apply(text)
    return settings


def test_what_set_says_holds_and_is_reported() -> None:
    settings = after("SET TIME ZONE 'Europe/Lisbon'", "SET datestyle TO ISO, DMY", "set work_mem = '64MB'")
    assert settings.changes() == [("TimeZone", "Europe/Lisbon"), ("DateStyle", "iso, dmy")]
    assert settings.get("WORK_MEM") == "64MB"
    assert settings.changes() == []


def test_what_does_not_change_is_not_reported() -> None:
    assert after("SET client_encoding TO 'utf-8'", "SET x.y = 1", "SET application_name = 'mine'").changes() == []


def test_reset_goes_back_to_the_start() -> None:
    settings = after("SET application_name = 'other'", "SET TimeZone = 'X'", "RESET application_name")
    assert settings.get("application_name") == "mine"
    for text in ("RESET ALL", "DISCARD ALL", "SET TIME ZONE DEFAULT;", "SET timezone TO DEFAULT"):
        assert after("SET TimeZone = 'X'", text).get("timezone") in {"UTC", "default"}
    assert after("SET TimeZone = 'X'", "SET timezone TO DEFAULT").get("timezone") == "UTC"


def test_other_forms() -> None:
    assert after("SET NAMES 'latin1'").get("client_encoding") == "LATIN1"
    assert after('SET SESSION search_path TO a, "B"').get("search_path") == 'a, "B"'
    assert after("SET LOCAL statement_timeout = 5").get("statement_timeout") == "5"
    assert after("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").get("transaction_isolation") == "read committed"
    assert after("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET", "", "RESET", "nonsense").changes() == []


def test_what_the_recorded_server_told_is_told() -> None:
    settings = after(recorded=(("server_version", "12.1"), ("TimeZone", "Asia/Tokyo")))
    assert settings.reported() == [("server_version", "12.1"), ("TimeZone", "Asia/Tokyo")]
    assert [name for name, _ in after().reported()] == list(REPORTED)


def test_names() -> None:
    assert show_name("SHOW transaction isolation level") == "transaction_isolation"
    assert show_name("show TIME ZONE;") == "TimeZone"
    assert show_name('SHOW "x.y"') == "x.y"
    assert after().spelled("timezone") == "TimeZone"
