"""Dates, times and intervals in binary and in text (PostgreSQL source, src/backend/utils/adt/datetime.c, timestamp.c).

The text is what a server prints with DateStyle ISO, IntervalStyle postgres and TimeZone UTC: a timestamptz reads "+00". Text
with another offset is read; text in another DateStyle or IntervalStyle raises ValueError.
"""

from __future__ import annotations

import re
import struct

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_EPOCH = 730_425
"""Days from 0000-03-01 to 2000-01-01: the calendar below counts from March so that leap days come last."""
_MAX8, _MIN8 = (1 << 63) - 1, -(1 << 63)
_MAX4, _MIN4 = (1 << 31) - 1, -(1 << 31)

_DATE = r"(\d{4,7})-(\d\d)-(\d\d)"
_TIME = r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?"
_ZONE = r"([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?"
_DATE_TEXT = re.compile(rf"{_DATE}( BC)?", re.ASCII)
_TIME_TEXT = re.compile(rf"{_TIME}(?:{_ZONE})?", re.ASCII)
_TIMESTAMP_TEXT = re.compile(rf"{_DATE}[ T]{_TIME}(?:{_ZONE})?( BC)?", re.ASCII)
_INTERVAL_TEXT = re.compile(
    r"(?:([+-]?\d{1,9}) years?\b ?)?(?:([+-]?\d{1,9}) mons?\b ?)?(?:([+-]?\d{1,10}) days?\b ?)?"
    r"(?:([+-]?)(\d{1,10}):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?",
    re.ASCII,
)


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of the day that is `days` after 2000-01-01, by the proleptic Gregorian calendar; year 0 is 1 BC."""
    era, of_era = divmod(days + _EPOCH, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    return year + era * 400 + (month >= 10), month + 3 if month < 10 else month - 9, day


def _days(year: int, month: int, day: int) -> int:
    """The inverse of `_civil`. Raises ValueError where the calendar has no such day."""
    march = year - (month <= 2)
    era, of_era = divmod(march, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _EPOCH
    if not (1 <= month <= 12 and day >= 1) or _civil(days) != (year, month, day):
        raise ValueError(f"no such day: {year}-{month}-{day}")
    return days


def _print_date(days: int) -> tuple[str, str]:
    year, month, day = _civil(days)
    return f"{year if year > 0 else 1 - year:04d}-{month:02d}-{day:02d}", "" if year > 0 else " BC"


def _print_time(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, _SECOND)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{fraction:06d}".rstrip("0") if fraction else text


def _print_zone(seconds: int) -> str:
    """`seconds` east of Greenwich."""
    east = abs(seconds)
    text = f"{'-' if seconds < 0 else '+'}{east // 3600:02d}"
    if east % 3600:
        text += f":{east // 60 % 60:02d}"
    return text + (f":{east % 60:02d}" if east % 60 else "")


def _read_time(hours: str, minutes: str, seconds: str, fraction: str | None) -> int:
    if int(minutes) > 59 or int(seconds) > 60:
        raise ValueError(f"no such time: {hours}:{minutes}:{seconds}")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * _SECOND + int((fraction or "").ljust(6, "0"))


def _read_zone(sign: str | None, hours: str | None, minutes: str | None, seconds: str | None) -> int:
    """Seconds east of Greenwich."""
    east = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return -east if sign == "-" else east


def _pack(code: str, *values: int) -> bytes:
    try:
        return struct.pack(code, *values)
    except struct.error as error:
        raise ValueError("out of range") from error


def date_text(data: bytes) -> str:
    (days,) = struct.unpack(">i", data)
    if days in (_MAX4, _MIN4):
        return "infinity" if days > 0 else "-infinity"
    return "".join(_print_date(days))


def date_binary(text: str) -> bytes:
    if text in ("infinity", "-infinity"):
        return _pack(">i", _MAX4 if text == "infinity" else _MIN4)
    found = _DATE_TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"not a date in ISO style: {text!r}")
    year = int(found[1])
    return _pack(">i", _days(1 - year if found[4] else year, int(found[2]), int(found[3])))


def time_text(data: bytes) -> str:
    (value,) = struct.unpack(">q", data)
    if not 0 <= value <= _DAY:
        raise ValueError("a time outside of a day")
    return _print_time(value)


def time_binary(text: str) -> bytes:
    found = _TIME_TEXT.fullmatch(text)
    if found is None or found[5]:
        raise ValueError(f"not a time: {text!r}")
    return _pack(">q", _read_time(*found.group(1, 2, 3, 4)))


def timetz_text(data: bytes) -> str:
    _, west = struct.unpack(">qi", data)
    return time_text(data[:8]) + _print_zone(-west)


def timetz_binary(text: str) -> bytes:
    found = _TIME_TEXT.fullmatch(text)
    if found is None or not found[5]:
        raise ValueError(f"not a time with its zone: {text!r}")
    return _pack(">qi", _read_time(*found.group(1, 2, 3, 4)), -_read_zone(*found.group(5, 6, 7, 8)))


def timestamp_text(data: bytes) -> str:
    return _timestamp(data, "")


def timestamptz_text(data: bytes) -> str:
    return _timestamp(data, "+00")


def _timestamp(data: bytes, zone: str) -> str:
    (value,) = struct.unpack(">q", data)
    if value in (_MAX8, _MIN8):
        return "infinity" if value > 0 else "-infinity"
    days, time = divmod(value, _DAY)
    date, era = _print_date(days)
    return f"{date} {_print_time(time)}{zone}{era}"


def timestamp_binary(text: str) -> bytes:
    return _read_timestamp(text, zoned=False)


def timestamptz_binary(text: str) -> bytes:
    return _read_timestamp(text, zoned=True)


def _read_timestamp(text: str, *, zoned: bool) -> bytes:
    if text in ("infinity", "-infinity"):
        return _pack(">q", _MAX8 if text == "infinity" else _MIN8)
    found = _TIMESTAMP_TEXT.fullmatch(text)
    if found is None or bool(found[8]) is not zoned:
        raise ValueError(f"not a timestamp in ISO style{' with its zone' if zoned else ''}: {text!r}")
    year = int(found[1])
    days = _days(1 - year if found[12] else year, int(found[2]), int(found[3]))
    east = _read_zone(*found.group(8, 9, 10, 11))
    return _pack(">q", days * _DAY + _read_time(*found.group(4, 5, 6, 7)) - east * _SECOND)


def interval_text(data: bytes) -> str:
    time, days, months = struct.unpack(">qii", data)
    if (time, days, months) in ((_MAX8, _MAX4, _MAX4), (_MIN8, _MIN4, _MIN4)):
        return "infinity" if days > 0 else "-infinity"
    sign = -1 if months < 0 else 1
    years, months = divmod(abs(months), 12)
    parts: list[str] = []
    negative = False
    for value, unit in ((sign * years, "year"), (sign * months, "mon"), (days, "day")):
        if value:
            plus = "+" if negative and value > 0 else ""
            parts.append(f"{plus}{value} {unit}{'' if value == 1 else 's'}")
            negative = value < 0
    if time or not parts:
        plus = "-" if time < 0 else "+" if negative else ""
        parts.append(plus + _print_time(abs(time)))
    return " ".join(parts)


def interval_binary(text: str) -> bytes:
    if text in ("infinity", "-infinity"):
        return _pack(">qii", *((_MAX8, _MAX4, _MAX4) if text == "infinity" else (_MIN8, _MIN4, _MIN4)))
    found = _INTERVAL_TEXT.fullmatch(text)
    if found is None or not text or text != text.strip():
        raise ValueError(f"not an interval in the style of PostgreSQL: {text!r}")
    years, months, days = (int(part or 0) for part in found.group(1, 2, 3))
    time = _read_time(found[5], found[6], found[7], found[8]) if found[5] else 0
    return _pack(">qii", -time if found[4] == "-" else time, days, 12 * years + months)
