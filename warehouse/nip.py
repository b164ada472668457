"""Rules of the NIP, the personnel number of civil servants; a number that fits is not yet a registered one.

PNS (Perka BKN 22 and 43/2007): birth yyyymmdd, appointment (TMT) yyyymm, sex 1/2, serial 001-999; no check digit.
PPPK: birth, year, "2" and contract frequency 1-9, sex, serial. Digits 13-14 tell them apart: 01-12 is a month,
21-29 never is. Numbers are often written with blanks; blanks are dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

NipType = Literal["PNS", "PPPK"]
Sex = Literal["M", "F"]


class NotANip(ValueError):
    """The text does not follow the pattern of a NIP; the message says where, in Indonesian."""


@dataclass(frozen=True, slots=True)
class Nip:
    """A NIP taken apart. PNS has `tmt` (YYYY-MM), PPPK has `year` and the contract's `frequency`."""

    value: str
    type: NipType
    birth: date
    sex: Sex
    serial: str
    tmt: str | None = None
    year: str | None = None
    frequency: int | None = None


def parse_nip(text: str) -> Nip:
    """Takes a NIP apart.

    Raises:
        NotANip: length, birth date, appointment, sex or serial does not fit.
    """
    value = "".join(text.split())
    if re.fullmatch(r"[0-9]{18}", value) is None:
        raise NotANip(f"NIP terdiri atas 18 angka, bukan {len(value)} karakter ini")
    birth = _birth(value[:8])
    sex = _sex(value[14])
    serial = value[15:]
    if serial == "000":
        raise NotANip("nomor urut NIP (angka 16-18) mulai dari 001")
    year, month = value[8:12], value[12:14]
    if int(year) <= birth.year:
        raise NotANip(f"tahun pengangkatan {year} tidak sesudah tahun lahir {birth.year}")
    if "01" <= month <= "12":
        return Nip(value, "PNS", birth, sex, serial, tmt=f"{year}-{month}")
    if "21" <= month <= "29":
        return Nip(value, "PPPK", birth, sex, serial, year=year, frequency=int(month[1]))
    raise NotANip(f"angka 13-14 ({month}) bukan bulan 01-12 (PNS) dan bukan 21-29 (PPPK)")


def _birth(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise NotANip(f"tanggal lahir {digits} (angka 1-8) tidak ada di kalender") from None


def _sex(digit: str) -> Sex:
    if digit == "1":
        return "M"
    if digit == "2":
        return "F"
    raise NotANip(f"angka 15 ({digit}) harus 1 (laki-laki) atau 2 (perempuan)")


def describe_nip(text: str) -> dict[str, str | int | None]:
    """The parts of a NIP as plain values for reports and rule scenarios; {"type": None} when it is none.

    Keys: type, birth (ISO), sex (M/F), serial; PNS also tmt (YYYY-MM), PPPK also year and frequency.
    """
    try:
        nip = parse_nip(text)
    except NotANip:
        return {"type": None}
    parts: dict[str, str | int | None] = {
        "type": nip.type,
        "birth": nip.birth.isoformat(),
        "sex": nip.sex,
        "serial": nip.serial,
    }
    if nip.type == "PNS":
        parts["tmt"] = nip.tmt
    else:
        parts["year"] = nip.year
        parts["frequency"] = nip.frequency
    return parts
