"""Values by OID: our text is the server's text, our binary is the server's binary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowtape.capture.protocols.postgresql import values

if TYPE_CHECKING:
    from samples.servers import Server

ORACLE: dict[str, tuple[str, ...]] = {
    "bool": ("t", "f"),
    "int2": ("-32768", "32767"),
    "int4": ("0", "-2147483648"),
    "int8": ("9223372036854775807", "-1"),
    "oid": ("4294967295",),
    "xid": ("4294967295",),
    "xid8": ("18446744073709551615",),
    "float4": ("0", "-0", "1", "1.5", "0.1", "1e6", "123456", "1234567", "1e-45", "3.4028235e38", "0.0001", "0.00001", "NaN",
               "Infinity", "-Infinity", "16777216", "1.17549435e-38", "-2.5e-7", "33554432", "9.5367431640625e-07"),
    "float8": ("0", "-0", "1", "0.1", "1e15", "1e14", "123456789012345", "1234567890123456", "1234567890123456.8", "1e16",
               "1e22", "1e23", "2e23", "9e-265", "0.0001", "0.00001", "5e-324", "1.7976931348623157e308", "NaN", "-Infinity",
               "9007199254740993", "123.456", "1180591620717411303424"),
    "numeric": ("0", "0.00", "1", "-1.50", "10000", "100000000", "0.0001", "0.00001", "0.000012345", "12345678901234567890.0987",
                "NaN", "Infinity", "-Infinity", "1e20", "1.20e-10", "99999999.9999", "-0.1", "1000.0001"),
    "text": ("", "café \U0001f600 \"'\\", "a\nb"),
    "varchar": ("x",), "bpchar": ("x  ",), "name": ("n",), '"char"': ("a", "", "\\377"),
    "bytea": ("\\x", "\\x00ff5c27"),
    "uuid": ("12345678-9abc-def0-1234-56789abcdef0",),
    "json": ('{"a": [1, null]}',), "jsonb": ('{"a": [1, null]}',), "jsonpath": ('$."a"[*]',),
    "date": ("2000-01-01", "1999-12-31", "2024-02-29", "0001-01-01", "0001-12-31 BC", "4713-11-24 BC", "5874897-12-31",
             "infinity", "-infinity", "1900-03-01", "1600-02-29"),
    "time": ("00:00:00", "24:00:00", "12:34:56.789", "23:59:59.999999", "00:00:00.000001"),
    "timetz": ("12:34:56+00", "12:34:56.5+05:30", "01:02:03-11:30:15", "00:00:00-08"),
    "timestamp": ("2026-11-20 10:11:12.123456", "1999-12-31 23:59:59.999999", "0044-03-15 12:00:00 BC", "infinity", "-infinity",
                  "294276-12-31 23:59:59.999999"),
    "timestamptz": ("2026-11-20 10:11:12.1+00", "2026-11-20 10:11:12+02", "0044-03-15 12:00:00+00 BC", "infinity"),
    "interval": ("00:00:00", "1 year 2 mons 3 days 04:05:06.789", "-1 years -2 mons +3 days -04:05:06", "-1 days +00:00:01",
                 "1 mon", "-00:00:00.5", "1000000:00:00", "infinity", "-infinity", "-11 mons", "-1 years +1 day"),
    "inet": ("10.1.2.3", "10.1.2.3/8", "::1", "2001:db8::/32", "::ffff:1.2.3.4", "fe80::1:0:0:1/64"),
    "cidr": ("10.0.0.0/8", "10.1.2.3/32", "2001:db8::/32", "::1/128"),
    "macaddr": ("08:00:2b:01:02:03",), "macaddr8": ("08:00:2b:01:02:03:04:05",),
    "bit(5)": ("10110",), "varbit": ("", "1", "101100111"),
    "point": ("(1.5,-2)",), "tid": ("(4294967295,65535)",), "pg_lsn": ("16/B374D848",),
    "int4[]": ("{}", "{1,2,NULL}", "{{1,2},{3,4}}", "[0:1]={1,2}", "[-1:0][2:3]={{1,2},{3,4}}"),
    "text[]": ('{"",NULL,"NULL","a b","a,b","a\\"b","a\\\\b","{}",c}', '{{"é"},{null}}', '{" a","b "}', '{"a\nb"}'),
    "numeric[]": ("{1.10,NaN}",), "bytea[]": ('{"\\\\xff"}',), "timestamptz[]": ('{"2026-11-20 10:11:12+00"}',),
    "uuid[]": ("{12345678-9abc-def0-1234-56789abcdef0}",), "bool[]": ("{t,f}",), "jsonb[]": ('{"{\\"a\\": 1}"}',),
    "int4range": ("[1,5)", "empty", "(,)", "[3,)"), "numrange": ("[1.5,2.50]", "(0,1)"),
    "daterange": ("[2024-01-01,2024-02-01)",),
    "tsrange": ('["2024-01-01 00:00:00","2024-01-02 00:00:00")', "(,\"2024-01-01 00:00:00\")"),
    "tstzrange": ('["2024-01-01 00:00:00+00",)',), "int8range[]": ('{"[1,5)",empty}',),
    "int4multirange": ("{}", "{[1,3),[5,7)}"), "nummultirange": ("{(,1.5),[2,)}",),
    "tsmultirange": ('{["2024-01-01 00:00:00","2024-01-02 00:00:00"),["2025-01-01 00:00:00",)}',),
    "int2vector": ("1 2 3", ""), "oidvector": ("1 2",),
    "xml": ("<a>b</a>",), "refcursor": ("c",), "void": ("",),
}  # fmt: skip


INFINITE_INTERVALS = {
    "infinity": bytes.fromhex("7fffffffffffffff7fffffff7fffffff"),
    "-infinity": bytes.fromhex("80000000000000008000000080000000"),
}
"""As servers from 17 on send them; those before it have none."""


@pytest.fixture(scope="module")
def server(postgresql_server: Server) -> psycopg.Connection:
    connection = psycopg.connect(
        host=postgresql_server.host, port=postgresql_server.port, user=postgresql_server.user,
        password=postgresql_server.password, dbname=postgresql_server.database, autocommit=True,
    )  # fmt: skip
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def both(server: psycopg.Connection, type_name: str, text: str) -> tuple[int, str, bytes]:
    """The type's OID, and the value as the server prints it and as it sends it in binary."""
    found = []
    for binary in (False, True):
        result = server.pgconn.exec_params(
            f"SELECT $1::{type_name}".encode(), [text.encode()], result_format=int(binary)
        )
        assert result.ntuples == 1, result.error_message
        value = result.get_value(0, 0)
        assert value is not None
        found.append(value)
    return result.ftype(0), found[0].decode(), found[1]


@pytest.mark.parametrize(("type_name", "text"), [(name, text) for name, texts in ORACLE.items() for text in texts])
def test_text_and_binary_are_the_servers(server: psycopg.Connection, type_name: str, text: str) -> None:
    if type_name == "void":
        oid, printed, binary = 2278, "", b""
    elif text in INFINITE_INTERVALS and type_name == "interval" and server.info.server_version < 170000:
        oid, printed, binary = 1186, text, INFINITE_INTERVALS[text]
    else:
        oid, printed, binary = both(server, type_name, text)
    assert values.to_text(oid, binary) == printed
    assert values.to_binary(oid, printed) == binary


@settings(max_examples=60, deadline=None)
@given(number=st.floats(allow_nan=False), small=st.floats(width=32, allow_nan=False))
def test_floats_print_as_the_server_prints_them(server: psycopg.Connection, number: float, small: float) -> None:
    for type_name, value in (("float8", number), ("float4", small)):
        oid, printed, binary = both(server, type_name, repr(value))
        assert values.to_text(oid, binary) == printed
        assert values.to_binary(oid, printed) == binary


@settings(max_examples=60, deadline=None)
@given(
    st.decimals(allow_nan=True, allow_infinity=False, min_value=None, max_value=None).filter(
        lambda d: d.is_nan() or abs(d.adjusted()) < 200
    )
)
def test_numerics_print_as_the_server_prints_them(server: psycopg.Connection, number: object) -> None:
    oid, printed, binary = both(server, "numeric", str(number).replace("sNaN", "NaN").replace("-NaN", "NaN"))
    assert values.to_text(oid, binary) == printed
    assert values.to_binary(oid, printed) == binary


@settings(max_examples=60, deadline=None)
@given(
    days=st.integers(-2_451_507, 2_145_031_948),
    moment=st.integers(-211_813_488_000_000_000, 9_223_371_331_199_999_999),
    months=st.integers(-100_000, 100_000),
    span=st.integers(-(10**15), 10**15),
)
def test_moments_print_as_the_server_prints_them(
    server: psycopg.Connection, days: int, moment: int, months: int, span: int
) -> None:
    given_values = (
        (1082, days.to_bytes(4, signed=True)),
        (1114, moment.to_bytes(8, signed=True)),
        (1184, moment.to_bytes(8, signed=True)),
        (
            1186,
            span.to_bytes(8, signed=True)
            + (days % 1000 - 500).to_bytes(4, signed=True)
            + months.to_bytes(4, signed=True),
        ),
    )
    for oid, binary in given_values:
        result = server.pgconn.exec_params(b"SELECT $1", [binary], [oid], [1])
        printed = result.get_value(0, 0)
        assert printed is not None, result.error_message
        assert values.to_text(oid, binary) == printed.decode()
        assert values.to_binary(oid, printed.decode()) == binary


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.none() | st.text(st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"]), max_size=6),
        max_size=5,
    )
)
def test_arrays_of_any_text_print_as_the_server_prints_them(
    server: psycopg.Connection, items: list[str | None]
) -> None:
    head = (
        b"\x00\x00\x00\x01"
        + int(None in items).to_bytes(4)
        + (25).to_bytes(4)
        + len(items).to_bytes(4)
        + b"\x00\x00\x00\x01"
    )
    cells = [b"\xff" * 4 if item is None else len(item.encode()).to_bytes(4) + item.encode() for item in items]
    binary = head + b"".join(cells) if items else b"\x00" * 8 + (25).to_bytes(4)
    result = server.pgconn.exec_params(b"SELECT $1", [binary], [1009], [1])
    printed = result.get_value(0, 0)
    assert printed is not None, result.error_message
    assert values.to_text(1009, binary) == printed.decode()
    assert values.to_binary(1009, printed.decode()) == binary


@settings(max_examples=300, deadline=None)
@given(oid=st.sampled_from(sorted(values.KNOWN)), data=st.binary(max_size=40))
def test_any_bytes_are_a_value_or_a_value_error(oid: int, data: bytes) -> None:
    try:
        text = values.to_text(oid, data)
    except ValueError:
        return
    assert isinstance(text, str)


@settings(max_examples=300, deadline=None)
@given(oid=st.sampled_from(sorted(values.KNOWN)), text=st.text(max_size=20) | st.text('{}[](),"\\ 0:1=-', max_size=20))
def test_any_text_is_a_value_or_a_value_error(oid: int, text: str) -> None:
    try:
        binary = values.to_binary(oid, text)
    except ValueError:
        return
    assert isinstance(binary, bytes)


def test_a_type_that_a_database_made_is_unknown() -> None:
    with pytest.raises(LookupError):
        values.to_text(16384, b"x")
    with pytest.raises(LookupError):
        values.to_binary(16384, "x")


@pytest.mark.parametrize(
    ("oid", "text"),
    [(1700, "1e999999"), (3904, '["' + '""' * 5000), (1009, "{" * 5000), (1009, '{"a' * 3000), (1700, "9" * 200_000)],
)
def test_hostile_text_is_refused_at_once(oid: int, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.to_binary(oid, text)


@pytest.mark.parametrize(
    ("oid", "data"),
    [
        (1007, (1).to_bytes(4) + bytes(4) + (23).to_bytes(4) + (2**31 - 1).to_bytes(4) + (1).to_bytes(4)),
        (1007, (6).to_bytes(4) + bytes(4) + (23).to_bytes(4) + (65536).to_bytes(4) * 12),
        (1700, b"\xff\xff" + b"\x7f\xff" + b"\x00\x00\x00\x00"),
        (4451, b"\xff" * 4),
    ],
)
def test_counts_that_promise_too_much_are_refused(oid: int, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.to_text(oid, data)
