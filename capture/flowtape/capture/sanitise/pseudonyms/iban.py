"""An IBAN (ISO 13616): the same country, length and spacing, valid modulo 97. Equal ignoring spaces and case."""

from __future__ import annotations

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

LENGTHS = {
    code: int(size)
    for code, size in (
        entry.split(":")
        for entry in (
            "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DJ:27 "
            "DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 "
            "IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 "
            "MN:20 MR:27 MT:31 MU:30 NI:28 NL:18 NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 RU:33 SA:24 SC:31 "
            "SD:18 SE:24 SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 YE:30"
        ).split()
    )
}


def valid(value: str) -> bool:
    """Whether `value` has its country's length and leaves 1 modulo 97."""
    plain = _plain(value)
    return (
        LENGTHS.get(plain[:2]) == len(plain)
        and plain[2:4].isdigit()
        and plain.isascii()
        and plain.isalnum()
        and _remainder(plain[4:] + plain[:4]) == 1
    )


def make(keyed: Keyed, value: str) -> str:
    plain = _plain(value)
    if not valid(value):
        return shape.make(keyed, value)
    account = shape.fill(keyed.draw("iban", plain), plain[4:])
    check = 98 - _remainder(f"{account}{plain[:2]}00")
    made = iter(f"{plain[:2]}{check:02}{account}")
    return "".join(sign if sign.isspace() else _cased(next(made), sign) for sign in value)


def ours(value: str) -> bool:
    return shape.marked(_plain(value)[4:]) if valid(value) else shape.ours(value)


def _plain(value: str) -> str:
    return "".join(value.split()).upper()


def _cased(made: str, like: str) -> str:
    return made.lower() if like.islower() else made


def _remainder(signs: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in signs)) % 97
