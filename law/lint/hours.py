"""Weeks of working hours: what the table sums to, and what its text claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from law.lint.book import LawBook, Placed, finding_at, read_book, valid_on
from law.lint.finding import NOTE, Finding
from warehouse.law_rows import WorkingHourRow, WorkingWeekRow

SHORTEST_DAY: Final = 120  # minutes; a working day below this is a slip of the pen (08.00-08.30 for 08.00-15.30)


def weekly_net_minutes(schedule_code: str, book: LawBook | None = None) -> dict[str, int | bool | None]:
    """Net minutes a week of a schedule of the seeds, and whether its own text claims another number.

    net_week_min is None where a break is not known; differs_from_claim only stands where a number is claimed.

    Raises:
        KeyError: no such schedule.
    """
    book = book or read_book(None)[0]
    rows = [placed for placed in book.of(WorkingHourRow) if placed.row.schedule_code == schedule_code]
    if not rows:
        raise KeyError(schedule_code)
    answer: dict[str, int | bool | None] = {"net_week_min": _net(rows)}
    for week in book.of(WorkingWeekRow):
        if week.row.schedule_code == schedule_code and week.row.claimed_week_minutes is not None:
            counted = _counted(rows, week.row.counted_by)
            answer["differs_from_claim"] = counted is not None and counted != week.row.claimed_week_minutes
    return answer


def hour_findings(book: LawBook) -> Iterator[Finding]:
    """Weeks that do not sum to the claimed hours, claims without a table, days too short to be meant."""
    for placed in book.of(WorkingHourRow):
        yield from _short_day(placed)
    for week in book.of(WorkingWeekRow):
        rows = [placed for placed in book.of(WorkingHourRow) if placed.row.schedule_code == week.row.schedule_code]
        rows = valid_on(rows, week.row.valid_from)
        if not rows:
            yield finding_at(week, "minggu_tanpa_jam", f"jadwal {week.row.schedule_code} tidak punya baris jam",
                             "isi working_hours", _week_of(week.row.valid_from))  # fmt: skip
        elif week.row.claimed_week_minutes is not None:
            yield from _wrong_sum(week, rows, week.row.claimed_week_minutes)


def _wrong_sum(week: Placed[WorkingWeekRow], rows: list[Placed[WorkingHourRow]], claimed: int) -> Iterator[Finding]:
    counted = _counted(rows, week.row.counted_by)
    if counted is None or counted == claimed:
        return
    finding = finding_at(
        week,
        "jumlah_minggu",
        f"tertulis {_hours(claimed)} seminggu, tabelnya berjumlah {_hours(counted)}",
        "perbaiki tabel atau angkanya; bacaan yang dipilih ditulis di note",
        _week_of(week.row.valid_from),
    )
    # A reader who has noted which of the two counts has decided it.
    if week.row.note is not None:
        finding = replace(finding, reason=f"{finding.reason} (dibaca: {week.row.note})", level=NOTE)
    yield finding


def _short_day(placed: Placed[WorkingHourRow]) -> Iterator[Finding]:
    row = placed.row
    if (length := _length(row.start_time, row.end_time)) < SHORTEST_DAY:
        yield finding_at(placed, "jam_janggal", f"hari kerja {row.day_group} hanya {length} menit",
                         "salah cetak? perbaiki end_time", f"{row.valid_from}, {row.day_group}: "
                         f"pulang {row.end_time:%H.%M}")  # fmt: skip


def _counted(rows: Iterable[Placed[WorkingHourRow]], by: str) -> int | None:
    return _gross(rows) if by == "gross" else _net(rows)


def _net(rows: Iterable[Placed[WorkingHourRow]]) -> int | None:
    rows = list(rows)
    breaks = [placed.row.break_minutes for placed in rows if placed.row.break_minutes is not None]
    return _gross(rows) - sum(breaks) if len(breaks) == len(rows) else None


def _gross(rows: Iterable[Placed[WorkingHourRow]]) -> int:
    return sum(_length(placed.row.start_time, placed.row.end_time) for placed in rows)


def _length(start: time, end: time) -> int:
    """Minutes from start to end; an end not after the start lies on the next day."""
    first = datetime.combine(date(2000, 1, 1), start)
    last = datetime.combine(date(2000, 1, 1 if end > start else 2), end)
    return (last - first) // timedelta(minutes=1)


def _hours(minutes: int) -> str:
    return f"{minutes // 60} jam {minutes % 60} menit" if minutes % 60 else f"{minutes // 60} jam"


def _week_of(day: date) -> str:
    return f"minggu yang mulai {day + timedelta(days=-day.weekday() % 7)}"
