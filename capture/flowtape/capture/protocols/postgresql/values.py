"""Values by their type's OID: from PostgreSQL's binary format to its text format, and back.

The text is what a server prints with client_encoding UTF8, DateStyle ISO, IntervalStyle postgres, TimeZone UTC and bytea_output
hex (a timestamptz reads "2026-11-20 10:11:12+00"). The object identifier types with names (regclass, regproc, …) read as
numbers, which the server takes as well. Not known are types that a database makes (OIDs from 16384 on: enums, composites,
extensions), records, money (its text depends on the locale) and the shapes other than point.
"""

from __future__ import annotations

import struct
from functools import partial

from flowtape.capture.protocols.postgresql import containers, moments, networks, scalars
from flowtape.capture.protocols.postgresql.scalars import ToBinary, ToText

TEXT_OIDS = frozenset({19, 25, 114, 142, 194, 705, 1042, 1043, 1790, 2275})
"""Types whose binary format is their text: name, text, json, xml, pg_node_tree, unknown, bpchar, varchar, refcursor, cstring."""

_INT2, _INT4, _INT8 = scalars.integer(2), scalars.integer(4), scalars.integer(8)
_UINT4, _UINT8 = scalars.integer(4, signed=False), scalars.integer(8, signed=False)

_OBJECT_OIDS = (24, 26, 28, 29, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191)
"""regproc, oid, xid, cid, regprocedure, regoper, regoperator, regclass, regtype, regconfig, regdictionary, regnamespace,
regrole, regcollation."""

_SCALARS: dict[int, tuple[ToText, ToBinary]] = {
    16: (scalars.bool_text, scalars.bool_binary),
    17: (scalars.bytea_text, scalars.bytea_binary),
    18: (scalars.char_text, scalars.char_binary),
    20: _INT8,
    21: _INT2,
    23: _INT4,
    27: (scalars.tid_text, scalars.tid_binary),
    600: (scalars.point_text, scalars.point_binary),
    650: networks.network(cidr=True),
    700: (scalars.float4_text, scalars.floating(">f")),
    701: (scalars.float8_text, scalars.floating(">d")),
    774: networks.mac(8),
    829: networks.mac(6),
    869: networks.network(cidr=False),
    1082: (moments.date_text, moments.date_binary),
    1083: (moments.time_text, moments.time_binary),
    1114: (moments.timestamp_text, moments.timestamp_binary),
    1184: (moments.timestamptz_text, moments.timestamptz_binary),
    1186: (moments.interval_text, moments.interval_binary),
    1266: (moments.timetz_text, moments.timetz_binary),
    1560: (scalars.bit_text, scalars.bit_binary),
    1562: (scalars.bit_text, scalars.bit_binary),
    1700: (scalars.numeric_text, scalars.numeric_binary),
    2278: (scalars.void_text, scalars.void_binary),
    2950: (scalars.uuid_text, scalars.uuid_binary),
    3220: (scalars.lsn_text, scalars.lsn_binary),
    3802: (scalars.jsonb_text, scalars.jsonb_binary),
    4072: (scalars.jsonb_text, scalars.jsonb_binary),
    5069: _UINT8,
}
_SCALARS |= dict.fromkeys(TEXT_OIDS, (scalars.plain_text, scalars.plain_binary)) | dict.fromkeys(_OBJECT_OIDS, _UINT4)

RANGE_ELEMENTS = {3904: 23, 3906: 1700, 3908: 1114, 3910: 1184, 3912: 1082, 3926: 20}
"""Each range type's element: int4range, numrange, tsrange, tstzrange, daterange, int8range."""

MULTIRANGE_ELEMENTS = {4451: 23, 4532: 1700, 4533: 1114, 4534: 1184, 4535: 1082, 4536: 20}

VECTOR_ELEMENTS = {22: 21, 30: 26}
"""int2vector and oidvector."""

# fmt: off
ARRAY_ELEMENTS = {
    143: 142, 199: 114, 651: 650, 775: 774, 1000: 16, 1001: 17, 1002: 18, 1003: 19, 1005: 21, 1006: 22, 1007: 23, 1008: 24,
    1009: 25, 1010: 27, 1011: 28, 1012: 29, 1013: 30, 1014: 1042, 1015: 1043, 1016: 20, 1017: 600, 1021: 700, 1022: 701,
    1028: 26, 1040: 829, 1041: 869, 1115: 1114, 1182: 1082, 1183: 1083, 1185: 1184, 1187: 1186, 1231: 1700, 1263: 2275,
    1270: 1266, 1561: 1560, 1563: 1562, 2201: 1790, 2207: 2202, 2208: 2203, 2209: 2204, 2210: 2205, 2211: 2206, 2951: 2950,
    3221: 3220, 3735: 3734, 3770: 3769, 3807: 3802, 3905: 3904, 3907: 3906, 3909: 3908, 3911: 3910, 3913: 3912, 3927: 3926,
    4073: 4072, 4090: 4089, 4097: 4096, 4192: 4191, 271: 5069,
    6150: 4451, 6151: 4532, 6152: 4533, 6153: 4534, 6155: 4535, 6157: 4536,
}
# fmt: on
"""Each array type's element."""


class UnknownType(LookupError):  # noqa: N818 - it says what is the matter, as LookupError does
    """No reader for values of this type: its OID is the argument."""


def _pair(oid: int) -> tuple[ToText, ToBinary]:
    if found := _SCALARS.get(oid):
        return found
    if element := ARRAY_ELEMENTS.get(oid):
        to_text, to_binary = _pair(element)
        array_text = partial(containers.array_text, element=to_text, oid=element)
        return array_text, partial(containers.array_binary, element=to_binary, oid=element)
    if element := RANGE_ELEMENTS.get(oid):
        to_text, to_binary = _pair(element)
        return partial(containers.range_text, element=to_text), partial(containers.range_binary, element=to_binary)
    if element := MULTIRANGE_ELEMENTS.get(oid):
        to_text, to_binary = _pair(element)
        multirange_text = partial(containers.multirange_text, element=to_text)
        return multirange_text, partial(containers.multirange_binary, element=to_binary)
    if element := VECTOR_ELEMENTS.get(oid):
        to_text, to_binary = _pair(element)
        vector_text = partial(containers.vector_text, element=to_text, oid=element)
        return vector_text, partial(containers.vector_binary, element=to_binary, oid=element)
    raise UnknownType(oid)


_PAIRS = {
    oid: _pair(oid)
    for oids in (_SCALARS, ARRAY_ELEMENTS, RANGE_ELEMENTS, MULTIRANGE_ELEMENTS, VECTOR_ELEMENTS)
    for oid in oids
}

KNOWN = frozenset(_PAIRS)
"""The OIDs of all types whose values are read."""


def to_text(oid: int, binary: bytes) -> str:
    """The text of a binary value. Raises UnknownType (a LookupError), or ValueError where it is not a value of the type."""
    pair = _PAIRS.get(oid)
    if pair is None:
        raise UnknownType(oid)
    try:
        return pair[0](binary)
    except struct.error as error:
        raise ValueError(f"not a value of type {oid}: {error}") from error


def to_binary(oid: int, text: str) -> bytes:
    """The binary format of a text value. Raises UnknownType (a LookupError), or ValueError where the text is not read."""
    pair = _PAIRS.get(oid)
    if pair is None:
        raise UnknownType(oid)
    try:
        return pair[1](text)
    except (struct.error, OverflowError) as error:
        raise ValueError(f"not a value of type {oid}: {text!r}") from error
