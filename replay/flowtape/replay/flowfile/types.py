"""PostgreSQL's types by name: what a reader of a flow file sees instead of OIDs (catalog pg_type)."""

from __future__ import annotations

import re
from functools import lru_cache

# name: (OID, size in bytes, -1 where it varies)
TYPES: dict[str, tuple[int, int]] = {
    "auto": (0, -1),
    "bool": (16, 1), "bytea": (17, -1), "char": (18, 1), "name": (19, 64), "int8": (20, 8), "int2": (21, 2),
    "int4": (23, 4), "text": (25, -1), "oid": (26, 4), "xid": (28, 4), "json": (114, -1), "xml": (142, -1),
    "point": (600, 16), "float4": (700, 4), "float8": (701, 8), "unknown": (705, -2), "money": (790, 8),
    "macaddr": (829, 6), "inet": (869, -1), "cidr": (650, -1), "bpchar": (1042, -1), "varchar": (1043, -1),
    "date": (1082, 4), "time": (1083, 8), "timestamp": (1114, 8), "timestamptz": (1184, 8), "interval": (1186, 16),
    "timetz": (1266, 12), "bit": (1560, -1), "varbit": (1562, -1), "numeric": (1700, -1), "regclass": (2205, 4),
    "void": (2278, 4), "uuid": (2950, 16), "tsvector": (3614, -1), "jsonb": (3802, -1), "int4range": (3904, -1),
    "record": (2249, -1), "regtype": (2206, 4),
    "bool[]": (1000, -1), "bytea[]": (1001, -1), "int2[]": (1005, -1), "int4[]": (1007, -1), "text[]": (1009, -1),
    "varchar[]": (1015, -1), "int8[]": (1016, -1), "float4[]": (1021, -1), "float8[]": (1022, -1), "date[]": (1182, -1),
    "timestamp[]": (1115, -1), "timestamptz[]": (1185, -1), "numeric[]": (1231, -1), "uuid[]": (2951, -1),
    "json[]": (199, -1), "jsonb[]": (3807, -1), "name[]": (1003, -1), "oid[]": (1028, -1), "inet[]": (1041, -1),
}  # fmt: skip
NAMES = {oid: name for name, (oid, _) in TYPES.items()}
INTEGERS = frozenset({20, 21, 23, 26})
NUMBERS = frozenset({700, 701, 1700})
BOOL = 16
JSON = frozenset({114, 3802})
SIZES = dict(TYPES.values())
# Types whose modifier is a length, four bytes of header added.
_WITH_LENGTH = frozenset({1042, 1043})
_NUMERIC = 1700


def type_out(oid: int, modifier: int = -1) -> str:
    """`int4`, `varchar(255)`, `numeric(10,2)`; `oid 12345` for what has no name here; `~7` for any other modifier."""
    name = NAMES.get(oid, f"oid {oid}")
    if modifier == -1:
        return name
    if oid in _WITH_LENGTH and 4 <= modifier < 1 << 30:
        return f"{name}({modifier - 4})"
    if oid == _NUMERIC and 4 <= modifier < 1 << 30 and (modifier - 4) & 0xF800 == 0:
        return f"{name}({(modifier - 4) >> 16},{(modifier - 4) & 0x7FF})"
    return f"{name}~{modifier}"


@lru_cache(maxsize=1024)
def type_in(text: str) -> tuple[int, int]:
    """OID and modifier. Raises ValueError for a name that is not known."""
    found = re.fullmatch(
        r"(oid (-?[0-9]{1,11})|[a-z0-9]+(?:\[\])?)(?:\(([0-9]{1,10})(?:,([0-9]{1,4}))?\)|~(-?[0-9]{1,11}))?", text
    )
    if not found or not (found[2] or found[1] in TYPES):
        raise ValueError(f"unknown type `{text}`; write `oid 12345` for one that has no name here")
    oid = int(found[2]) if found[2] else TYPES[found[1]][0]
    if found[5]:
        return oid, int(found[5])
    if not found[3]:
        return oid, -1
    if found[4]:
        return oid, (int(found[3]) << 16 | int(found[4])) + 4
    return oid, int(found[3]) + 4
