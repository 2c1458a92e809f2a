"""A payment card: passes Luhn (ISO/IEC 7812-1, annex B), has the same length and grouping, and begins as a test card.

The first six digits are those of a test range of the same network; the last four follow from the last four of the raw number
alone, so that a number, its masked form (**** 1111) and its last four digits stay consistent with each other.
"""

from __future__ import annotations

import re

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

TEST_RANGES = {"2": "222300", "3": "378282", "4": "424242", "5": "555555", "6": "601111"}
OTHER_RANGE = "999999"
LENGTHS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17}"
)
"""What the networks issue: a plausible first digits and length."""


def digits(value: str) -> str:
    return "".join(sign for sign in value if sign.isdigit())


def luhn(number: str) -> bool:
    total = 0
    for place, sign in enumerate(reversed(number)):
        doubled = int(sign) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def plausible(value: str) -> bool:
    """Whether `value`, with any separators, is a number that a network could have issued."""
    number = digits(value)
    return LENGTHS.fullmatch(number) is not None and luhn(number)


def make(keyed: Keyed, value: str) -> str:
    number = digits(value)
    if len(number) < 12:
        return shape.make(keyed, value)
    start = TEST_RANGES.get(number[0], OTHER_RANGE)
    draw = keyed.draw("card", number)
    middle = "".join(str(draw.below(10)) for _ in range(len(number) - 11))
    end = tail(keyed, number[-4:])
    made = next(made for d in "0123456789" if luhn(made := start + middle + d + end))
    drawn = iter(made)
    return "".join(next(drawn) if sign.isdigit() else sign for sign in value)


def ours(value: str) -> bool:
    number = digits(value)
    return number[:6] in {*TEST_RANGES.values(), OTHER_RANGE} if len(number) >= 12 else shape.ours(value)


def tail(keyed: Keyed, value: str) -> str:
    """The last digits, alone or behind a mask."""
    number = digits(value)
    for attempt in range(8):
        made = shape.fill(keyed.draw("card tail", number, attempt), "0" + number, 1)[1:]
        if made != number:
            break
    drawn = iter(made)
    return "".join(next(drawn) if sign.isdigit() else sign for sign in value)


def tail_ours(value: str) -> bool:
    return shape.marked("0" + digits(value), 1)
