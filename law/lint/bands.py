"""Steps that must tile: bands by minute and by clock, ladders of days and counts, tiers of a spell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, TypeVar

from law.lint.book import LawBook, Placed, finding_at, first_days, valid_on
from law.lint.finding import NOTE, Finding
from warehouse.law_rows import DisciplineStepRow, ExcuseRuleRow, MinuteBandRow, MonthTriggerRow, RuleRow

RuleLike = TypeVar("RuleLike", bound=RuleRow)

OPEN: Final = 10**6
EXAMPLE_START: Final = time(7, 30)
EXAMPLE_END: Final = time(16, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder, half-open: first number and the first one after it."""

    begin: int
    end: int


def band_findings(book: LawBook) -> Iterator[Finding]:
    """Bands of lateness, early leave and midday leave: each minute from 1 on lies in exactly one."""
    for rows in book.by_regulation(MinuteBandRow).values():
        for matter, special_day in sorted({(p.row.matter, p.row.special_day or "") for p in rows}):
            same = [p for p in rows if (p.row.matter, p.row.special_day or "") == (matter, special_day)]
            yield from _once(same, _band_step, _band_example, first=None if same[0].row.from_time else 1)


def ladder_findings(book: LawBook) -> Iterator[Finding]:
    """Ladders of days a year, of counts a month, and tiers of a spell."""
    for steps in book.by_regulation(DisciplineStepRow).values():
        for kind in sorted({p.row.kind for p in steps}):
            same = [p for p in steps if p.row.kind == kind]
            yield from _once(same, _ladder_step, lambda p, n: f"{n} hari tidak masuk dalam {p.row.valid_from.year}")
    for triggers in book.by_regulation(MonthTriggerRow).values():
        for counter, effect in sorted({(p.row.counter, p.row.effect) for p in triggers}):
            counted = [p for p in triggers if (p.row.counter, p.row.effect) == (counter, effect)]
            yield from _once(
                counted, _trigger_step, lambda p, n: f"{p.row.counter} = {n} dalam {p.row.valid_from:%Y-%m}"
            )
    for excuses in book.by_regulation(ExcuseRuleRow).values():
        for excuse, part in sorted({(p.row.excuse_kind, p.row.part_no) for p in excuses}):
            of_kind = [p for p in excuses if (p.row.excuse_kind, p.row.part_no) == (excuse, part)]
            by_day = [p for p in of_kind if p.row.spell_from_day is not None]
            by_month = [p for p in of_kind if p.row.leave_month_from is not None]
            yield from _softened(_once(by_day, _spell_step, lambda p, n: f"{p.row.excuse_kind}, hari ke-{n}", first=1))
            yield from _softened(_once(by_month, _month_step, lambda p, n: f"{p.row.excuse_kind}, bulan ke-{n}"))


def _softened(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A spell may end where the text ends: what comes after is unsaid, not wrong."""
    for finding in findings:
        yield replace(finding, level=NOTE) if finding.kind == "jenjang_terakhir_berakhir" else finding


def _band_step(row: MinuteBandRow) -> Step:
    if row.from_time is not None:
        return Step(_minute_of_day(row.from_time), _minute_of_day(row.to_time) if row.to_time else OPEN)
    return Step(row.from_minute or 0, OPEN if row.to_minute is None else row.to_minute)


def _ladder_step(row: DisciplineStepRow) -> Step:
    return Step(row.at_least, OPEN if row.at_most is None else row.at_most + 1)


def _trigger_step(row: MonthTriggerRow) -> Step:
    return Step(row.at_least, OPEN if row.at_most is None else row.at_most + 1)


def _spell_step(row: ExcuseRuleRow) -> Step:
    return Step(row.spell_from_day or 0, OPEN if row.spell_to_day is None else row.spell_to_day)


def _month_step(row: ExcuseRuleRow) -> Step:
    return Step(row.leave_month_from or 0, OPEN if row.leave_month_to is None else row.leave_month_to)


def _minute_of_day(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _band_example(placed: Placed[MinuteBandRow], number: int) -> str:
    row = placed.row
    day = row.valid_from.isoformat()
    if row.from_time is not None:
        return f"{day}, rekaman pukul {number // 60:02}.{number % 60:02}"
    if row.matter == "keluar_sementara":
        return f"{day}, keluar kantor {number} menit"
    if row.matter == "terlambat":
        return f"{day}, masuk {_clock(EXAMPLE_START, number)} pada jadwal 07.30 ({number} menit terlambat)"
    return f"{day}, pulang {_clock(EXAMPLE_END, -number)} pada jadwal 16.00 ({number} menit lebih awal)"


def _clock(start: time, minutes: int) -> str:
    moment = datetime.combine(date(2000, 1, 1), start) + timedelta(minutes=minutes)
    return f"{moment:%H.%M}"


def _once(
    rows: list[Placed[RuleLike]],
    step_of: Callable[[RuleLike], Step],
    example: Callable[[Placed[RuleLike], int], str],
    first: int | None = None,
) -> Iterator[Finding]:
    """Each fault once, though it holds on several days."""
    seen: set[tuple[str, int, str]] = set()
    for day in first_days(rows):
        for finding in _untiled(valid_on(rows, day), step_of, example, first):
            if (key := (finding.kind, finding.line, finding.reason)) not in seen:
                seen.add(key)
                yield finding


def _untiled(
    rows: list[Placed[RuleLike]],
    step_of: Callable[[RuleLike], Step],
    example: Callable[[Placed[RuleLike], int], str],
    first: int | None,
) -> Iterator[Finding]:
    ordered = sorted(rows, key=lambda placed: (step_of(placed.row).begin, step_of(placed.row).end))
    if not ordered:
        return
    begin = step_of(ordered[0].row).begin
    if first is not None and begin != first:
        yield finding_at(ordered[0], "jenjang_pertama", f"jenjang pertama mulai dari {begin}, bukan {first}",
                         f"mulai dari {first}", example(ordered[0], first))  # fmt: skip
    for earlier, later in pairwise(ordered):
        yield from _between(earlier, later, step_of, example)
    last = max(ordered, key=lambda placed: step_of(placed.row).end)
    if step_of(last.row).end < OPEN:
        end = step_of(last.row).end
        yield finding_at(last, "jenjang_terakhir_berakhir", f"sesudah {end - 1} tidak ada jenjang",
                         "kosongkan batas atas jenjang terakhir", example(last, end))  # fmt: skip


def _between(
    earlier: Placed[RuleLike],
    later: Placed[RuleLike],
    step_of: Callable[[RuleLike], Step],
    example: Callable[[Placed[RuleLike], int], str],
) -> Iterator[Finding]:
    end, begin = step_of(earlier.row).end, step_of(later.row).begin
    names = f"{earlier.row.rule_code} dan {later.row.rule_code}"
    if end < begin:
        span = str(end) if end + 1 == begin else f"{end} sampai {begin - 1}"
        yield finding_at(earlier, "celah", f"{span} tidak masuk jenjang mana pun, di antara {names}",
                         f"batas atas = angka SESUDAH jenjang: tulis {begin}", example(earlier, end))  # fmt: skip
    elif end > begin:
        is_slip = end < OPEN and str(end).endswith(str(begin))
        reason = f"{begin} masuk dua jenjang, {names}" + (f"; {end} tampak salah cetak dari {begin}" if is_slip else "")
        yield finding_at(earlier, "salah_cetak" if is_slip else "tumpang_tindih", reason,
                         f"akhiri jenjang di {begin}", example(earlier, begin))  # fmt: skip
