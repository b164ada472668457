"""Numbers, dates and moments as people in Indonesia write them (PUEBI: titik ribuan, koma desimal, pukul 07.30)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from dashboards.definition import Format

DAYS: Final = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS: Final = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
NOTHING: Final = "–"
# d3-format's dictionary for axes; the charts' other texts are written here.
D3_NUMBERS: Final = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]}


def number(value: Decimal | int | float, places: int = 0) -> str:
    """1234567.5 with one place is `1.234.567,5`; half a unit goes up."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return str(f"{rounded:,}").translate(str.maketrans(",.", ".,"))


def rupiah(value: Decimal | int | float) -> str:
    """`Rp1.234.567`, whole rupiah; a minus stands before the sign of the currency."""
    return f"{'-' if value < 0 else ''}Rp{number(-value if value < 0 else value)}"


def percent(value: Decimal | int | float) -> str:
    """`5,00 %`: the way percentages are kept (5.00 = five percent)."""
    return f"{number(value, 2)} %"


def long_date(day: date) -> str:
    """`Jumat, 31 Maret 2017`."""
    return f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def month(day: date) -> str:
    """`Maret 2017`."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def clock(moment: datetime) -> str:
    """`07.30`."""
    return f"{moment:%H.%M}"


def since(moment: datetime, today: date) -> str:
    """`10.00` of the same day, else `30 Mar 16.30`; another year is named."""
    if moment.date() == today:
        return clock(moment)
    year = "" if moment.year == today.year else f" {moment.year}"
    return f"{moment.day} {MONTHS[moment.month - 1][:3]}{year} {clock(moment)}"


def shown(value: Any, form: Format, today: date) -> str:
    """The text of one value of a card.

    Args:
        value: as psycopg2 gives it; None is a dash, never a zero.
        form: the format that the card declares for the column.
        today: the date of as_of, so that a moment of today needs no date.
    """
    if value is None:
        return NOTHING
    return since(value, today) if form == "moment" else _WRITTEN[form](value)


def short_date(day: date) -> str:
    """`31 Mar 2017`: for tables."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


_WRITTEN: Final[Mapping[Format, Callable[[Any], str]]] = {
    "text": str,
    "date": short_date,
    "month": month,
    "integer": number,
    "decimal": lambda value: number(value, 1),
    "percent": percent,
    "rupiah": rupiah,
}
