"""A date of birth: another date within two years, in the same format, the time of day kept.

Equal dates get equal pseudonyms in whatever format. The mark: of the dates around it only one in 64 may be a pseudonym.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed, mark

FORMATS = (
    (re.compile(r"(?P<y>\d{4})(?P<s>[-/.]?)(?P<m>\d\d)(?P=s)(?P<d>\d\d)(?P<rest>(?:[T ]\d\d:.{0,40})?)"), "{y}{s}{m}{s}{d}{rest}"),
    (re.compile(r"(?P<d>\d\d?)(?P<s>[.-])(?P<m>\d\d?)(?P=s)(?P<y>\d{4})(?P<rest>)"), "{d}{s}{m}{s}{y}"),
    (re.compile(r"(?P<m>\d\d?)(?P<s>/)(?P<d>\d\d?)(?P=s)(?P<y>\d{4})(?P<rest>)"), "{m}{s}{d}{s}{y}"),
    (re.compile(r"(?P<d>\d\d?)(?P<s>/)(?P<m>\d\d?)(?P=s)(?P<y>\d{4})(?P<rest>)"), "{d}{s}{m}{s}{y}"),
)  # fmt: skip
SPAN = 730
ONE_IN = 64


def make(keyed: Keyed, value: str) -> str:
    read = _read(value)
    if read is None:
        return shape.make(keyed, value)
    born, match, layout = read
    made = _near(keyed, born)
    padded = len(match["d"]) == 2 and len(match["m"]) == 2
    day, month = (f"{made.day:02}", f"{made.month:02}") if padded else (str(made.day), str(made.month))
    return layout.format(y=f"{made.year:04}", m=month, d=day, s=match["s"], rest=match["rest"])


def ours(value: str) -> bool:
    read = _read(value)
    return _marked(read[0]) if read else shape.ours(value)


def is_date(value: str) -> bool:
    return _read(value) is not None


def _read(value: str) -> tuple[date, re.Match[str], str] | None:
    for pattern, layout in FORMATS:
        match = pattern.fullmatch(value)
        if match:
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"])), match, layout
            except ValueError:
                continue
    return None


def _near(keyed: Keyed, born: date) -> date:
    """One of the marked dates within two years, chosen by the key; never the date itself."""
    low = max(date.min.toordinal(), born.toordinal() - SPAN)
    high = min(date.max.toordinal(), born.toordinal() + SPAN)
    days = [date.fromordinal(day) for day in range(low, high + 1)]
    choices = [day for day in days if day != born and _marked(day)] or [born + timedelta(days=1)]
    return choices[keyed.draw("birth", born.isoformat()).below(len(choices))]


def _marked(day: date) -> bool:
    return mark(day.isoformat()).below(ONE_IN) == 0
