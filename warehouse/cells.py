"""Types of the cells of tables that people write: from the text to a value, or a reason and a remedy in Indonesian.

The site folder and the law's seeds are read with the same types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Annotated, Final, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

Value = TypeVar("Value")

REFUSED: Final = "site_refused"


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell whose content cannot be taken, seen already while reading the file (a formula, a lost digit)."""

    reason: str
    remedy: str


Cell = str | CellFault | None


def refused(reason: str, remedy: str, column: str | None = None) -> PydanticCustomError:
    """The error of a bad cell; `column` where the check is about the whole row."""
    return PydanticCustomError(
        REFUSED,
        "{reason}",
        {"reason": reason.replace("{", "("), "remedy": remedy, "column": column},
    )


def needed(parse: Callable[[str], Value]) -> BeforeValidator:
    """Reader of a cell that must be filled."""

    def read(cell: Cell) -> Value:
        if cell is None:
            raise refused("sel kosong, padahal wajib diisi", "isi sel ini")
        return _parsed(cell, parse)

    return BeforeValidator(read)


def optional(parse: Callable[[str], Value]) -> BeforeValidator:
    """Reader of a cell that may be empty."""

    def read(cell: Cell) -> Value | None:
        return None if cell is None else _parsed(cell, parse)

    return BeforeValidator(read)


def _parsed(cell: str | CellFault, parse: Callable[[str], Value]) -> Value:
    if isinstance(cell, CellFault):
        raise refused(cell.reason, cell.remedy)
    return parse(cell)


def parse_text(cell: str) -> str:
    """Words; several blanks become one."""
    words = " ".join(cell.split())
    if not words.isprintable():
        raise refused("teks memuat karakter yang tidak dapat dicetak", "ketik ulang isi sel ini")
    return words


def parse_code(cell: str) -> str:
    """A code: printable, at most 64 characters."""
    code = parse_text(cell)
    if len(code) > 64:
        raise refused(f"kode {len(code)} karakter; paling banyak 64", "pakai kode yang lebih pendek")
    return code


def parse_pin(cell: str) -> str:
    """A PIN as the terminal keeps it: up to 24 letters or digits, leading zeros count."""
    if re.fullmatch(r"[0-9A-Za-z:_.-]{1,24}", cell) is None:
        raise refused(f"PIN '{cell}' bukan 1-24 huruf atau angka", "tulis PIN seperti yang terdaftar di mesin")
    return cell


def parse_date(cell: str) -> date:
    """A day: YYYY-MM-DD. Other orders are refused, never guessed: 03/02/2017 is two different days."""
    day = cell.removesuffix(" 00:00:00")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) is None:
        raise refused(f"'{cell}' bukan tanggal berbentuk TTTT-BB-HH", "tulis misalnya 2017-01-30")
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise refused(f"tanggal {day} tidak ada di kalender", "perbaiki tanggalnya") from None


def parse_time(cell: str) -> time:
    """A time of day: HH:MM or HH:MM:SS, 00:00 to 23:59:59."""
    if re.fullmatch(r"([01]?[0-9]|2[0-3])[:.][0-5][0-9]([:.][0-5][0-9])?", cell) is None:
        raise refused(f"'{cell}' bukan jam berbentuk JJ:MM", "tulis misalnya 07:30")
    hour, minute, second = (int(part) for part in [*re.split("[:.]", cell), "0"][:3])
    return time(hour, minute, second)


def parse_moment(cell: str) -> datetime:
    """A wall time: YYYY-MM-DD HH:MM[:SS]."""
    day, _, clock = cell.replace("T", " ").partition(" ")
    if not clock:
        raise refused(f"'{cell}' tidak memuat jam", "tulis tanggal dan jam, misalnya 2017-02-21 07:00:00")
    return datetime.combine(parse_date(day), parse_time(clock.strip()))


def parse_flag(cell: str) -> bool:
    """ya or tidak."""
    word = cell.lower()
    if word not in ("ya", "tidak"):
        raise refused(f"'{cell}' bukan ya atau tidak", "tulis ya atau tidak")
    return word == "ya"


def parse_rupiah(cell: str) -> Decimal:
    """Rupiah without thousands marks, at most two decimals after a point or comma."""
    if re.fullmatch(r"[0-9]{1,12}([.,][0-9]{1,2})?", cell) is None:
        raise refused(f"'{cell}' bukan jumlah rupiah", "tulis angka saja tanpa titik ribuan, misalnya 2500000")
    return Decimal(cell.replace(",", "."))


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Reader of a whole number between two bounds, both included."""

    def parse(cell: str) -> int:
        if re.fullmatch(r"[0-9]{1,4}", cell) is None or not least <= int(cell) <= most:
            raise refused(f"'{cell}' bukan bilangan {least} sampai {most}", f"tulis bilangan {least} sampai {most}")
        return int(cell)

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """Reader of a word from a closed list; upper and lower case do not matter."""
    known = {word.lower(): word for word in words}

    def parse(cell: str) -> str:
        if cell.lower() not in known:
            raise refused(f"'{cell}' tidak dikenal", "pakai salah satu: " + ", ".join(words))
        return known[cell.lower()]

    return parse


def parse_kind(cell: str) -> str:
    """The id of a kind: lower-case letters, digits and underscores."""
    if re.fullmatch(r"[a-z][a-z0-9_]{0,63}", cell) is None:
        raise refused(f"jenis '{cell}' tidak berbentuk huruf_kecil", "tulis misalnya apel_pagi")
    return cell


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def parse_timezone(cell: str) -> str:
    """A zone of the tz database."""
    if cell not in _zones():
        raise refused(f"zona waktu '{cell}' tidak dikenal", "pakai Asia/Jakarta, Asia/Makassar atau Asia/Jayapura")
    return ZoneInfo(cell).key


def parse_address(cell: str) -> str:
    """Address of a terminal: [tcp://|udp://]host:port."""
    if re.fullmatch(r"((tcp|udp)://)?[A-Za-z0-9._-]+:[0-9]{1,5}", cell) is None:
        raise refused(f"alamat '{cell}' tidak berbentuk host:porta", "tulis misalnya tcp://10.20.1.5:4370")
    return cell


def parse_secret_name(cell: str) -> str:
    """The name of a communication key. The key itself does not belong in the site folder."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", cell) is None:
        raise refused(
            "kolom ini memuat NAMA kunci komunikasi (huruf di depan), bukan kuncinya",
            "simpan kunci sebagai rahasia comm_key_<nama>, lalu tulis <nama> di sini",
        )
    return cell


Code = Annotated[str, needed(parse_code)]
OptionalCode = Annotated[str | None, optional(parse_code)]
Text = Annotated[str, needed(parse_text)]
OptionalText = Annotated[str | None, optional(parse_text)]
Pin = Annotated[str, needed(parse_pin)]
Kind = Annotated[str, needed(parse_kind)]
Timezone = Annotated[str, needed(parse_timezone)]
OptionalAddress = Annotated[str | None, optional(parse_address)]
OptionalSecretName = Annotated[str | None, optional(parse_secret_name)]
Day = Annotated[date, needed(parse_date)]
OptionalDay = Annotated[date | None, optional(parse_date)]
TimeOfDay = Annotated[time, needed(parse_time)]
OptionalTimeOfDay = Annotated[time | None, optional(parse_time)]
Moment = Annotated[datetime, needed(parse_moment)]
Flag = Annotated[bool, needed(parse_flag)]
Rupiah = Annotated[Decimal, needed(parse_rupiah)]
