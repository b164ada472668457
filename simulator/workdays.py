"""The calendar of the simulated city: holidays of 2017 and the days on which offices work."""

from __future__ import annotations

from datetime import date, timedelta

SKB = "SKB 684/302/02 2016"

# (date, name, kind, legal basis); SKB of three ministers of 21 November 2016, election day by Keppres 3/2017.
HOLIDAYS: tuple[tuple[str, str, str, str], ...] = (
    ("2017-01-01", "Tahun Baru 2017 Masehi", "libur_nasional", SKB),
    ("2017-01-02", "Cuti bersama Tahun Baru 2017", "cuti_bersama", SKB),
    ("2017-01-28", "Tahun Baru Imlek 2568", "libur_nasional", SKB),
    ("2017-02-15", "Pemungutan suara Pilkada serentak", "libur_nasional", "Keppres 3/2017"),
    ("2017-03-28", "Hari Raya Nyepi 1939", "libur_nasional", SKB),
    ("2017-04-14", "Wafat Isa Almasih", "libur_nasional", SKB),
    ("2017-04-24", "Isra Mikraj Nabi Muhammad", "libur_nasional", SKB),
    ("2017-05-01", "Hari Buruh Internasional", "libur_nasional", SKB),
    ("2017-05-11", "Hari Raya Waisak 2561", "libur_nasional", SKB),
    ("2017-05-25", "Kenaikan Isa Almasih", "libur_nasional", SKB),
    ("2017-06-01", "Hari Lahir Pancasila", "libur_nasional", "Keppres 24/2016"),
    ("2017-06-25", "Hari Raya Idul Fitri 1438", "libur_nasional", SKB),
    ("2017-06-26", "Hari Raya Idul Fitri 1438", "libur_nasional", SKB),
    ("2017-06-27", "Cuti bersama Idul Fitri", "cuti_bersama", SKB),
    ("2017-06-28", "Cuti bersama Idul Fitri", "cuti_bersama", SKB),
    ("2017-06-29", "Cuti bersama Idul Fitri", "cuti_bersama", SKB),
    ("2017-06-30", "Cuti bersama Idul Fitri", "cuti_bersama", SKB),
    ("2017-08-17", "Hari Kemerdekaan RI", "libur_nasional", SKB),
    ("2017-09-01", "Hari Raya Idul Adha 1438", "libur_nasional", SKB),
    ("2017-09-21", "Tahun Baru Islam 1439", "libur_nasional", SKB),
    ("2017-12-01", "Maulid Nabi Muhammad", "libur_nasional", SKB),
    ("2017-12-25", "Hari Raya Natal", "libur_nasional", SKB),
    ("2017-12-26", "Cuti bersama Natal", "cuti_bersama", SKB),
)

_HOLIDAY_DATES = frozenset(date.fromisoformat(row[0]) for row in HOLIDAYS)


def is_workday(day: date) -> bool:
    """Whether offices of a five-day week work on that day."""
    return day.weekday() < 5 and day not in _HOLIDAY_DATES


def days_between(first: date, last: date) -> list[date]:
    """Each calendar day from first to last, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def workdays(first: date, last: date) -> list[date]:
    """The working days from first to last, both included."""
    return [day for day in days_between(first, last) if is_workday(day)]
