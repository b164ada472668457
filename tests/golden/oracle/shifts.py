"""A person's shifts, each with the time in which a punch belongs to it, and how one is measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from tests.golden.oracle.facts import Hours, Office, Person
from tests.golden.oracle.seeds import Law, Rule, count, time_of


@dataclass(frozen=True)
class Shift:
    day: date
    number: int
    begin: datetime
    end: datetime
    window_from: datetime = datetime.min
    window_to: datetime = datetime.max

    @property
    def middle(self) -> datetime:
        return self.begin + (self.end - self.begin) / 2


def days_between(first: date, end: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((end - first).days))


def roster(law: Law, office: Office, person: Person) -> list[Shift]:
    """The shifts of a person, each with the time in which a punch belongs to it."""
    plain = [
        Shift(day, hours.shift_no, *_span(day, hours))
        for day in days_between(office.first, office.end)
        for hours in sorted(person.schedule.hours, key=lambda hours: hours.shift_no)
        if hours.valid_from <= day < hours.valid_to
        and (day - person.schedule.cycle_start).days % person.schedule.cycle_days + 1 == hours.day_no
        and (hours.on_holidays or day not in office.holidays)
    ]
    before, after = law.minutes("capture_before_minutes"), law.minutes("capture_after_minutes")
    gaps = [None, *(later.begin - earlier.end for earlier, later in pairwise(plain)), None]
    return [
        Shift(
            one.day, one.number, one.begin, one.end,
            one.begin - _reach(law, gaps[place], before), one.end + _reach(law, gaps[place + 1], after),
        )
        for place, one in enumerate(plain)
    ]  # fmt: skip


def _span(day: date, hours: Hours) -> tuple[datetime, datetime]:
    next_day = timedelta(days=hours.end <= hours.begin)
    return datetime.combine(day, hours.begin), datetime.combine(day + next_day, hours.end)


def _reach(law: Law, gap: timedelta | None, usual: timedelta) -> timedelta:
    if gap is None:
        return usual
    if gap < law.minutes("short_gap_minutes"):
        return gap / 2 + law.minutes("change_overlap_minutes")
    return min(usual, gap / 2)


@dataclass(frozen=True)
class Measured:
    came: datetime | None
    left: datetime | None
    late: int
    early: int
    is_there: bool


def _is_in(at: time, earliest: time | None, latest: time | None) -> bool:
    """The minute named as the last belongs to it."""
    return (earliest is None or at >= earliest) and (latest is None or at < _next_minute(latest))


def _next_minute(at: time) -> time:
    return (datetime.combine(date.min, at) + timedelta(minutes=1)).time()


def _windows(measure: Rule, shift: Shift) -> tuple[tuple[time | None, time | None], tuple[time | None, time | None]]:
    """For coming and going; one in which the shift itself does not begin (end) does not hold."""
    coming = time_of(measure["in_earliest"]), time_of(measure["in_latest"])
    going = time_of(measure["out_earliest"]), time_of(measure["out_latest"])
    begin, end = shift.begin.time(), shift.end.time()
    coming_holds = (coming[0] or begin) <= begin <= (coming[1] or begin)
    going_holds = (going[0] or end) <= end <= (going[1] or end)
    return coming if coming_holds else (None, None), going if going_holds else (None, None)


def _acts(stamps: Sequence[datetime], same_act: timedelta) -> list[int]:
    """Number of the act that each punch belongs to: one shortly after another is the same act."""
    numbers = [0] * len(stamps)
    for place in range(1, len(stamps)):
        numbers[place] = numbers[place - 1] + (stamps[place] - stamps[place - 1] >= same_act)
    return numbers


def pair(law: Law, measure: Rule, shift: Shift, punches: Iterable[tuple[datetime, bool]]) -> Measured | None:
    """Which record is the coming and which the going; None without any that counts."""
    (first_in, last_in), (first_out, last_out) = _windows(measure, shift)
    kept: list[tuple[datetime, bool, bool]] = []
    for at, is_stated in sorted(punches):
        is_coming = is_stated or (_is_in(at.time(), first_in, last_in) and _is_in(at.time(), None, last_out))
        is_going = is_stated or (_is_in(at.time(), first_out, last_out) and _is_in(at.time(), first_in, None))
        if is_coming or is_going:
            kept.append((at, is_coming, is_going))
    if not kept:
        return None
    acts = _acts([at for at, _, _ in kept], timedelta(seconds=int(law.house["same_act_seconds"])))
    comings = [place for place, (_, is_coming, _) in enumerate(kept) if is_coming]
    goings = [place for place, (_, _, is_going) in enumerate(kept) if is_going]
    if measure["out_pairing"] == "first":
        goings = [place for place in goings if kept[place][0] >= shift.middle][:1] or goings
    coming, going = comings[0] if comings else None, goings[-1] if goings else None
    if coming is not None and going is not None and acts[coming] == acts[going]:
        is_nearer_begin = kept[coming][0] < shift.middle
        coming, going = (coming, None) if is_nearer_begin else (None, going)
    came = None if coming is None else kept[coming][0]
    left = None if going is None else kept[going][0]
    return _with_minutes(measure, shift, came, left)


def _with_minutes(measure: Rule, shift: Shift, came: datetime | None, left: datetime | None) -> Measured:
    moved = timedelta(0)
    if came is not None:
        earliest = -timedelta(minutes=count(measure["flexi_early_minutes"]) or 0)
        latest = timedelta(minutes=count(measure["flexi_late_minutes"]) or 0)
        moved = max(min(came - shift.begin, latest), earliest)
    raw = 0 if came is None else _raw_late(measure, int((came - shift.begin - moved).total_seconds()))
    grace = count(measure["grace_minutes"])
    is_within = grace is not None and raw <= grace
    from_end = measure["grace_measured_from"] == "end_of_grace"
    late = 0 if is_within else raw - (grace or 0) if from_end else raw
    repaid = min(raw, count(measure["makeup_minutes"]) or 0) if is_within or from_end else 0
    early = 0 if left is None else _early(measure, shift, came, left, moved + timedelta(minutes=repaid))
    return Measured(came, left, late, early, True)


def _raw_late(measure: Rule, seconds: int) -> int:
    if seconds <= int(measure["grace_seconds"]):
        return 0
    if measure["rounding"] == "floor":
        return seconds // 60
    block = int(measure["block_minutes"])
    return -(-seconds // (60 * block)) * block


def _early(measure: Rule, shift: Shift, came: datetime | None, left: datetime, moved: timedelta) -> int:
    if measure["early_by"] == "net_minutes":
        if came is None:
            return 0
        is_friday = shift.day.isoweekday() == 5 and measure["friday_break_minutes"]
        pause = measure["friday_break_minutes" if is_friday else "break_minutes"] or "0"
        missing = timedelta(minutes=int(measure["net_minutes"]) + int(pause)) - (left - came)
    else:
        missing = shift.end + moved - left
    seconds = int(missing.total_seconds())
    return 0 if seconds <= int(measure["grace_seconds"]) else seconds // 60
