"""Single values in binary and in text: numbers, text, bytes, identifiers (PostgreSQL source, src/backend/utils/adt).

Each pair of functions takes one value between its binary format and the text that the server would print for it. They raise
ValueError where the value is not one of its type.
"""

from __future__ import annotations

import math
import re
import struct
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

ToText: TypeAlias = Callable[[bytes], str]
ToBinary: TypeAlias = Callable[[str], bytes]

_NUMERIC = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?", re.ASCII)
_NUMERIC_LIMIT = 131_072
"""The most digits that a numeric has before its point, and more than it has after it."""
_SPECIAL = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}
_SPECIAL_SIGNS = {"nan": 0xC000, "infinity": 0xD000, "inf": 0xD000, "-infinity": 0xF000, "-inf": 0xF000}


def bool_text(data: bytes) -> str:
    if len(data) != 1:
        raise ValueError(f"a bool of {len(data)} bytes")
    return "t" if data[0] else "f"


def bool_binary(text: str) -> bytes:
    match text.strip().lower():
        case "t" | "true" | "on" | "yes" | "y" | "1":
            return b"\x01"
        case "f" | "false" | "off" | "no" | "n" | "0":
            return b"\x00"
    raise ValueError(f"not a bool: {text!r}")


def integer(size: int, *, signed: bool = True) -> tuple[ToText, ToBinary]:
    """Both directions for an integer of `size` bytes."""

    def to_text(data: bytes) -> str:
        if len(data) != size:
            raise ValueError(f"an integer of {len(data)} bytes, where {size} are")
        return str(int.from_bytes(data, signed=signed))

    def to_binary(text: str) -> bytes:
        try:
            return int(text).to_bytes(size, signed=signed)
        except OverflowError as error:
            raise ValueError(f"{text} is out of range for {size} bytes") from error

    return to_text, to_binary


def float8_text(data: bytes) -> str:
    (value,) = struct.unpack(">d", data)
    if special := _special_float(value):
        return special
    digits = repr(value)
    if abs(value) >= 2**52 and _halfway(digits, value):
        candidates = (f"{value:.{precision}e}" for precision in (15, 16))
        digits = next(digits for digits in candidates if float(digits) == value and not _halfway(digits, value))
    return _shape(digits, 15)


def _halfway(digits: str, value: float) -> bool:
    """Whether the decimal lies just between `value` and its neighbour, where the server trusts no reader's rounding.

    Below 2**52 no decimal of so few digits does.
    """
    exact = int(Decimal(digits))
    around = (math.nextafter(value, math.inf), math.nextafter(value, -math.inf))
    return any(math.isfinite(next_) and 2 * exact == int(value) + int(next_) for next_ in around)


def float4_text(data: bytes) -> str:
    """The shortest decimal that is read back as the same 32 bits."""
    (value,) = struct.unpack(">f", data)
    if special := _special_float(value):
        return special
    digits = "0"
    for precision in range(0 if abs(value) < 1e-37 else 5, 9):
        digits = f"{value:.{precision}e}"
        try:
            if struct.pack(">f", float(digits)) == data and not _halfway4(float(digits), value, data):
                break
        except OverflowError:  # rounded up past the largest
            continue
    return _shape(digits, 6)


def _halfway4(decimal: float, value: float, data: bytes) -> bool:
    """`_halfway` for four bytes, whose midpoints eight bytes hold exactly."""
    bits = int.from_bytes(data)
    around = struct.unpack(">2f", struct.pack(">2I", bits + 1, max(bits - 1, 0)))
    return any(2 * decimal == value + next_ for next_ in around)


def _special_float(value: float) -> str:
    if value != value:  # noqa: PLR0124 - only NaN differs from itself
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return ""


def _shape(digits: str, scientific: int) -> str:
    """The decimal `digits` as PostgreSQL lays them out: with an exponent from 10**scientific on and below 0.0001."""
    sign = "-" if digits[0] == "-" else ""
    mantissa, _, power = digits.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    exponent = int(power or 0) + len(whole) - 1
    leading = len(whole + fraction) - len((whole + fraction).lstrip("0"))
    figures = (whole + fraction).strip("0")
    if not figures:
        return sign + "0"
    exponent -= leading
    if exponent < -4 or exponent >= scientific:
        return f"{sign}{figures[0]}{'.' if figures[1:] else ''}{figures[1:]}e{exponent:+03d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{figures}"
    figures = figures.ljust(exponent + 1, "0")
    return f"{sign}{figures[: exponent + 1]}{'.' if figures[exponent + 1 :] else ''}{figures[exponent + 1 :]}"


def floating(code: str) -> ToBinary:
    def to_binary(text: str) -> bytes:
        try:
            return struct.pack(code, float(text))
        except OverflowError as error:
            raise ValueError(f"{text} is out of range") from error

    return to_binary


def numeric_text(data: bytes) -> str:
    if len(data) < 8:
        raise ValueError("a numeric without its head")
    count, weight, sign, scale = struct.unpack(">HhHH", data[:8])
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    if sign not in (0, 0x4000) or len(data) != 8 + 2 * count or scale > 0x3FFF:
        raise ValueError("not a numeric")
    groups = struct.unpack(f">{count}H", data[8:])
    if any(group > 9999 for group in groups):
        raise ValueError("a numeric's digit over 9999")
    figures = "".join(f"{group:04d}" for group in groups)
    point = 4 * (weight + 1)
    whole = figures[: max(point, 0)].ljust(point, "0").lstrip("0") or "0"
    fraction = ("0" * -point + figures if point < 0 else figures[point:])[:scale].ljust(scale, "0")
    return f"{'-' if sign else ''}{whole}{'.' + fraction if scale else ''}"


def numeric_binary(text: str) -> bytes:
    text = text.strip()
    if (sign := _SPECIAL_SIGNS.get(text.lower())) is not None:
        return struct.pack(">HhHH", 0, 0, sign, 0 if sign == 0xC000 else 0x20)  # as the server writes them
    found = _NUMERIC.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        raise ValueError(f"not a numeric: {text!r}")
    whole, fraction, power = found[2], found[3] or "", int(found[4] or 0)
    if abs(power) + len(whole) > _NUMERIC_LIMIT:
        raise ValueError("a numeric of too many digits")
    figures, point = whole + fraction, len(whole) + power
    scale = max(0, len(figures) - point)
    if point < 0:
        figures, point = "0" * -point + figures, 0
    figures = figures.ljust(point, "0")
    left = -point % 4
    figures = "0" * left + figures
    figures += "0" * (-len(figures) % 4)
    groups = [int(figures[at : at + 4]) for at in range(0, len(figures), 4)]
    weight = (point + left) // 4 - 1
    while groups and not groups[0]:
        groups.pop(0)
        weight -= 1
    while groups and not groups[-1]:
        groups.pop()
    if not groups:
        return struct.pack(">HhHH", 0, 0, 0, scale)
    return struct.pack(f">HhHH{len(groups)}H", len(groups), weight, 0x4000 if found[1] == "-" else 0, scale, *groups)


def plain_text(data: bytes) -> str:
    return data.decode("utf-8")


def plain_binary(text: str) -> bytes:
    return text.encode("utf-8")


def char_text(data: bytes) -> str:
    """The one-byte type "char": bytes over 127 are printed in octal, the zero byte as nothing."""
    if len(data) != 1:
        raise ValueError(f'a "char" of {len(data)} bytes')
    return f"\\{data[0]:03o}" if data[0] > 127 else data.decode("ascii").rstrip("\x00")


def char_binary(text: str) -> bytes:
    if re.fullmatch(r"\\[0-3][0-7]{2}", text):
        return bytes((int(text[1:], 8),))
    return (text.encode("utf-8") or b"\x00")[:1]


def bytea_text(data: bytes) -> str:
    return "\\x" + data.hex()


def bytea_binary(text: str) -> bytes:
    """From the hex format, or from the older escape format."""
    if text.startswith("\\x"):
        return bytes.fromhex(text[2:])
    data = text.encode("utf-8")
    if re.fullmatch(rb"(?:[^\\]|\\\\|\\[0-3][0-7]{2})*", data, re.DOTALL) is None:
        raise ValueError("not a bytea")
    return re.sub(rb"\\(\\|[0-7]{3})", lambda m: b"\\" if m[1] == b"\\" else bytes((int(m[1], 8),)), data)


def uuid_text(data: bytes) -> str:
    return str(uuid.UUID(bytes=data))


def uuid_binary(text: str) -> bytes:
    return uuid.UUID(text).bytes


def jsonb_text(data: bytes) -> str:
    """Jsonb and jsonpath: a version byte, then the text."""
    if data[:1] != b"\x01":
        raise ValueError("neither jsonb nor jsonpath of version 1")
    return data[1:].decode("utf-8")


def jsonb_binary(text: str) -> bytes:
    return b"\x01" + text.encode("utf-8")


def bit_text(data: bytes) -> str:
    if len(data) < 4 or len(data) - 4 != -(-(size := int.from_bytes(data[:4])) // 8):
        raise ValueError("not a bit string")
    return "".join(f"{byte:08b}" for byte in data[4:])[:size]


def bit_binary(text: str) -> bytes:
    if not set(text) <= {"0", "1"}:
        raise ValueError(f"not a bit string: {text!r}")
    padded = text + "0" * (-len(text) % 8)
    return len(text).to_bytes(4) + (int(padded, 2).to_bytes(len(padded) // 8) if padded else b"")


def tid_text(data: bytes) -> str:
    block, offset = struct.unpack(">IH", data)
    return f"({block},{offset})"


def tid_binary(text: str) -> bytes:
    block, offset = text.strip("()").split(",")
    return integer(4, signed=False)[1](block) + integer(2, signed=False)[1](offset)


def lsn_text(data: bytes) -> str:
    high, low = struct.unpack(">II", data)
    return f"{high:X}/{low:X}"


def lsn_binary(text: str) -> bytes:
    high, low = (int(part, 16) for part in text.split("/"))
    try:
        return high.to_bytes(4) + low.to_bytes(4)
    except OverflowError as error:
        raise ValueError(f"not a pg_lsn: {text!r}") from error


def point_text(data: bytes) -> str:
    if len(data) != 16:
        raise ValueError(f"a point of {len(data)} bytes")
    return f"({float8_text(data[:8])},{float8_text(data[8:])})"


def point_binary(text: str) -> bytes:
    x, y = text.strip("()").split(",")
    return floating(">d")(x) + floating(">d")(y)


def void_text(data: bytes) -> str:
    if data:
        raise ValueError("a void that is not empty")
    return ""


def void_binary(_: str) -> bytes:
    return b""
