"""A second opinion on what a month costs a person: plain Python over the same seeds, no SQL, nothing of the product.

It reads the law as rows (the seeds, and a site folder's `regulation/` in the same form), takes a person's punches,
roster, papers and events as facts, and answers day statuses, cuts and the month's totals. Written from the texts and
from docs/rule_decisions.md, so that a slip in the models shows as a difference. All sums are exact fractions; rupiah
are rounded once, half up, at the very end.

Not covered: several regulations' measures in one shift over midnight, corrections and disowned punches, drift of a
terminal's clock, decisions of leaders about events, outages with paper lists, stated counters, yearly ladders.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

Row = Mapping[str, str]
FOREVER = date.max
HOUSE = "bawaan"
COMING, GOING = frozenset({"terlambat", "tanpa_masuk"}), frozenset({"pulang_awal", "tanpa_pulang"})
OF_A_SHIFT = COMING | GOING | {"keluar_sementara"}
# What is wrong with an end of a shift, as its status says it, and the matter that a regulation prices.
MATTER_OF = {
    "TERLAMBAT": "terlambat", "PULANG_AWAL": "pulang_awal", "TANPA_MASUK": "tanpa_masuk",
    "TANPA_PULANG": "tanpa_pulang", "KELUAR_SEMENTARA": "keluar_sementara",
}  # fmt: skip


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def time_of(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


def number(text: str) -> Fraction | None:
    return Fraction(text) if text else None


def count(text: str) -> int | None:
    return int(text) if text else None


def half_up(value: Fraction, digits: int = 0) -> Fraction:
    """Of amounts that are never negative."""
    return Fraction(int(value * 10**digits + Fraction(1, 2)), 10**digits)


def covers(row: Row, day: date) -> bool:
    """Half-open: valid_to is the first day that is no longer meant."""
    return date.fromisoformat(row["valid_from"]) <= day < (day_of(row["valid_to"]) or FOREVER)


@dataclass(frozen=True)
class Rule:
    """A row of the law on a day in an office; announced ones reduce no payment."""

    row: Row
    status: str

    def __getitem__(self, name: str) -> str:
        return self.row.get(name) or ""


class Law:
    """All rows, by the name of their seed."""

    def __init__(self, *folders: Path) -> None:
        self._rows: dict[str, list[Row]] = defaultdict(list)
        for folder in folders:
            for path in sorted(folder.glob("*.csv")):
                with path.open(encoding="utf-8", newline="") as lines:
                    self._rows[path.stem] += list(csv.DictReader(lines))
        self.rules = cache(self._rules)
        self.governing = cache(self._governing)

    def seed(self, name: str) -> Sequence[Row]:
        return self._rows[name]

    def _governing(self, opd: str, day: date) -> tuple[str, str] | None:
        """Regulation and status: the office's own application beats the one for all, of two the later."""
        found = [
            row for row in self.seed("regulation_applications")
            if row["purpose"] == "potongan" and row["opd_code"] in ("", opd) and covers(row, day)
        ]  # fmt: skip
        if not found:
            return None
        row = max(found, key=lambda row: (row["opd_code"] != "", row["valid_from"]))
        return row["regulation_code"], row["rule_status"]

    def _rules(self, seed: str, opd: str, day: date) -> tuple[Rule, ...]:
        governing = self.governing(opd, day)
        if governing is None:
            return ()
        code, status = governing
        return tuple(
            Rule(row, "announced" if "announced" in (status, row["rule_status"]) else "in_force")
            for row in self.seed(seed)
            if row["regulation_code"] == code and covers(row, day)
        )

    def one(self, seed: str, opd: str, day: date) -> Rule | None:
        return next(iter(self.rules(seed, opd, day)), None)

    def special_day(self, opd: str, day: date) -> str:
        """The name of the special day that it is there, or nothing."""
        named = (rule for rule in self.rules("special_dates", opd, day) if rule["special_date"] == day.isoformat())
        return next((rule["special_day"] for rule in named), "")

    def measure(self, opd: str, day: date) -> Rule:
        """How a day is measured: by the regulation's own row, else by the house's."""
        own = self.one("day_measures", opd, day)
        return own or Rule(
            next(row for row in self.seed("day_measures") if row["regulation_code"] == HOUSE), "in_force"
        )

    @cached_property
    def house(self) -> Row:
        return self.seed("attendance_parameters")[0]

    def minutes(self, name: str) -> timedelta:
        return timedelta(minutes=int(self.house[name]))

    @cached_property
    def excuse_kinds(self) -> Mapping[str, Row]:
        return {row["excuse_kind"]: row for row in self.seed("excuse_kinds")}


# --- facts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hours:
    """A shift of a schedule on one day of its cycle."""

    day_no: int
    shift_no: int
    begin: time
    end: time
    valid_from: date
    valid_to: date
    on_holidays: bool = False


@dataclass(frozen=True)
class Schedule:
    cycle_start: date
    cycle_days: int
    hours: tuple[Hours, ...]


@dataclass(frozen=True)
class Excuse:
    excuse_id: str
    kind: str
    first: date
    last: date
    side: str
    decision: str
    requested_on: date


@dataclass(frozen=True)
class Event:
    event_id: str
    kind: str
    day: date
    begins: time
    window_from: time
    window_to: time
    on_list: Mapping[str, bool] | None = None  # None: read from the terminal


@dataclass(frozen=True)
class Person:
    employee_id: str
    kind: str
    schedule: Schedule
    group: str = ""
    tpp: tuple[tuple[int, date, date], ...] = ()
    punches: tuple[datetime, ...] = ()
    listed: Mapping[date, tuple[time | None, time | None]] = field(default_factory=dict)
    excuses: tuple[Excuse, ...] = ()
    punished: Mapping[date, Fraction] = field(default_factory=dict)
    midday: Mapping[date, int] = field(default_factory=dict)
    exempt_of: frozenset[str] = frozenset()

    def allowance(self, day: date) -> Fraction | None:
        return next((Fraction(idr) for idr, begin, end in self.tpp if begin <= day < end), None)


@dataclass(frozen=True)
class Office:
    """An office with one terminal, in the span in which it is judged."""

    code: str
    first: date
    end: date  # half-open
    people: tuple[Person, ...]
    holidays: frozenset[date]
    events: tuple[Event, ...] = ()
    polls: tuple[datetime, ...] = ()  # the terminal answered
    read_until: datetime = datetime.max
    as_of: date = date.max

    def is_alive(self, person: Person, begin: datetime, end: datetime) -> bool:
        """Somebody else punched, or the terminal answered: of oneself it is no sign."""
        first = bisect_left(self._signs, (begin, ""))
        return any(who != person.employee_id for _, who in self._signs[first : bisect_left(self._signs, (end, ""))])

    @cached_property
    def _signs(self) -> list[tuple[datetime, str]]:
        punches = ((at, person.employee_id) for person in self.people for at in person.punches)
        return sorted([*punches, *((at, "") for at in self.polls)])


# --- roster --------------------------------------------------------------------------------------------------------


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


# --- a shift measured ----------------------------------------------------------------------------------------------


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


# --- a day judged --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Papers:
    """What takes a day, or a side of it, out of the judgement."""

    excuse: Excuse | None = None
    status: str = ""
    is_full: bool = False
    is_in: bool = False
    is_out: bool = False
    is_waiting: bool = False


@dataclass(frozen=True)
class Judged:
    shift: Shift
    measured: Measured | None
    statuses: frozenset[str]
    late: int
    early: int
    papers: Papers


@dataclass
class Day:
    day: date
    shifts: list[Judged] = field(default_factory=list)
    missed: list[Event] = field(default_factory=list)
    is_punished: bool = False

    @property
    def statuses(self) -> frozenset[str]:
        words = {word for one in self.shifts for word in one.statuses} | {_missed(event) for event in self.missed}
        return frozenset(words | ({"HUKUMAN"} if self.is_punished else set()) | (set() if self.shifts else {"LIBUR"}))

    @property
    def late(self) -> int:
        return sum(one.late for one in self.shifts)

    @property
    def early(self) -> int:
        return sum(one.early for one in self.shifts)

    @property
    def is_alpa_whole(self) -> bool:
        """The day counts in a row of alpa: nothing of it is open."""
        return "ALPA" in self.statuses and "BELUM_LENGKAP" not in self.statuses


def family(kind: str) -> str:
    return kind.partition("_")[0]


def _missed(event: Event) -> str:
    return f"TIDAK_{(family(event.kind) if family(event.kind) in ('apel', 'upacara') else event.kind).upper()}"


class Judge:
    """The law applied to the people of one office."""

    def __init__(self, law: Law, office: Office) -> None:
        self.law, self.office = law, office
        self.rosters = {person.employee_id: roster(law, office, person) for person in office.people}
        self.is_below_quorum = cache(self._is_below_quorum)

    def papers(self, person: Person, day: date) -> Papers:
        """Approved papers that excuse here; a full day beats a side. A request waits as long as it may."""
        meant = [one for one in person.excuses if one.first <= day <= one.last and self._excuses(one, day)]
        waiting = any(one.decision == "pending" and self._waits(one, day) for one in meant)
        held = sorted((one for one in meant if one.decision == "approved"), key=lambda one: one.side != "full")
        sides = {one.side for one in held}
        if "presensi" in self._exempt_of(person, day) and "full" not in sides:
            return Papers(None, "DIBEBASKAN", True, is_waiting=waiting)
        if not held:
            return Papers(is_waiting=waiting)
        status = self.law.excuse_kinds[held[0].kind]["status"]
        return Papers(held[0], status, "full" in sides, "masuk" in sides, "pulang" in sides, waiting)

    def _excuses(self, excuse: Excuse, day: date) -> bool:
        ruled = [rule for rule in self._rules_for_excuse(excuse.kind, day) if rule["part_no"] == "1"]
        treated = ruled[0]["treat_as"] if ruled else self.law.excuse_kinds[excuse.kind]["treat_as"]
        return treated == "excused"

    def _rules_for_excuse(self, kind: str, day: date) -> list[Rule]:
        rules = self.law.rules("excuse_rules", self.office.code, day)
        return [rule for rule in rules if rule["excuse_kind"] == kind]

    def _waits(self, excuse: Excuse, day: date) -> bool:
        expiry = count(self.law.measure(self.office.code, day)["request_expiry_days"])
        return expiry is not None and (self.office.as_of - excuse.requested_on).days <= expiry

    def _exempt_of(self, person: Person, day: date) -> set[str]:
        groups = self.law.rules("exempt_groups", self.office.code, day)
        of_group = {
            rule["activity"] or "presensi" for rule in groups if person.group and rule["group_code"] == person.group
        }
        return of_group | person.exempt_of

    def punches_of(self, person: Person, shift: Shift) -> list[tuple[datetime, bool]]:
        """Those in the time of the shift, and what a hand list states of its day."""
        found = [(at, False) for at in person.punches if shift.window_from <= at < shift.window_to]
        for number_of_end, stated in enumerate(person.listed.get(shift.day, ())):
            if stated is None:
                continue
            meant = shift.end if number_of_end else shift.begin
            moments = [datetime.combine(shift.day + timedelta(days=later), stated) for later in (0, 1)]
            inside = [at for at in moments if shift.window_from <= at < shift.window_to]
            found += [(at, True) for at in sorted(inside, key=lambda at: abs(at - meant))[:1]]
        return found

    def _is_below_quorum(self, day: date) -> bool:
        share = number(self.law.measure(self.office.code, day)["quorum_share_pct"])
        if share is None:
            return False
        there = [
            any(self.punches_of(person, shift) for shift in shifts)
            for person in self.office.people
            if (shifts := [one for one in self.rosters[person.employee_id] if one.day == day])
        ]
        return sum(there) * 100 <= len(there) * share

    def judge(self, person: Person, shift: Shift) -> Judged:
        papers = self.papers(person, shift.day)
        measure = self.law.measure(self.office.code, shift.day)
        measured = pair(self.law, measure, shift, self.punches_of(person, shift))
        life = self.law.minutes("life_minutes")
        is_read = self.office.read_until >= shift.window_to
        at_begin = is_read and self.office.is_alive(person, shift.begin - life, shift.begin)
        at_end = is_read and self.office.is_alive(person, shift.end, shift.end + life)
        if measured is None:
            return self._absent(shift, papers, at_begin and at_end and not papers.is_waiting)
        words, late, early = {"HADIR"}, 0, 0
        if papers.is_full:
            words.add(papers.status)
        else:
            words |= {
                name for name, is_held in (("IZIN_MASUK", papers.is_in), ("IZIN_PULANG", papers.is_out)) if is_held
            }
        if not (papers.is_full or papers.is_in):
            adverse = "TANPA_MASUK" if measured.came is None else "TERLAMBAT" if measured.late else None
            words |= ({adverse if at_begin else "BELUM_LENGKAP"}) if adverse else set()
            late = measured.late if at_begin else 0
        if not (papers.is_full or papers.is_out):
            adverse = "TANPA_PULANG" if measured.left is None else "PULANG_AWAL" if measured.early else None
            words |= ({adverse if at_end else "BELUM_LENGKAP"}) if adverse else set()
            early = measured.early if at_end else 0
        if person.midday.get(shift.day) and shift.number == 1:
            words.add("KELUAR_SEMENTARA")
        return Judged(shift, measured, frozenset(words), late, early, papers)

    def _absent(self, shift: Shift, papers: Papers, is_judged: bool) -> Judged:
        if papers.is_full:
            word = papers.status
        elif not is_judged:
            word = "BELUM_LENGKAP"
        else:
            word = "TIDAK_DIHITUNG" if self.is_below_quorum(shift.day) else "ALPA"
        return Judged(shift, None, frozenset({word}), 0, 0, papers)

    # events

    def ruling(self, event: Event) -> Rule | None:
        """The rule of a special day beats the ordinary one, one for the very kind that for its family."""
        special = self.law.special_day(self.office.code, event.day)
        meant = [
            rule for rule in self.law.rules("event_rules", self.office.code, event.day)
            if rule["event_kind"] in (event.kind, family(event.kind)) and rule["special_day"] in ("", special)
        ]  # fmt: skip
        return max(meant, key=lambda rule: (rule["special_day"] != "", rule["event_kind"] == event.kind), default=None)

    def is_missed(self, person: Person, event: Event) -> bool:
        begins = datetime.combine(event.day, event.begins)
        shifts = [one for one in self.rosters[person.employee_id] if one.day == event.day]
        on_duty = [one for one in shifts if one.begin <= begins < one.end]
        rule = self.ruling(event)
        is_day_off = event.day in self.office.holidays or event.day.isoweekday() >= 6
        if not on_duty and not (rule and rule["is_on_holidays"] == "true" and not shifts and is_day_off):
            return False
        begin, end = (datetime.combine(event.day, at) for at in (event.window_from, event.window_to))
        if rule and rule["is_late_missed"] == "true":
            end = min(end, begins + timedelta(minutes=1))
        return (
            not self._is_seen(person, event, on_duty, begin, end)
            and not self._is_excused(person, event, on_duty, begins)
            and self._is_absence_known(person, event, begin, end)
        )

    def _is_seen(self, person: Person, event: Event, on_duty: list[Shift], begin: datetime, end: datetime) -> bool:
        if event.on_list is not None:
            return event.on_list.get(person.employee_id, False)
        punches = [at for one in on_duty for at, _ in self.punches_of(person, one)] if on_duty else person.punches
        return any(begin <= at < end for at in punches)

    def _is_excused(self, person: Person, event: Event, on_duty: list[Shift], begins: datetime) -> bool:
        papers = self.papers(person, event.day)
        is_morning = not on_duty or begins < on_duty[0].middle
        is_side_excused = papers.is_in if is_morning else papers.is_out
        return papers.is_full or is_side_excused or family(event.kind) in self._exempt_of(person, event.day)

    def _is_absence_known(self, person: Person, event: Event, begin: datetime, end: datetime) -> bool:
        if event.on_list is not None:
            return bool(event.on_list)
        return self.office.read_until >= end and self.office.is_alive(person, begin, end)

    def days(self, person: Person) -> dict[date, Day]:
        """Each rostered day, and each day off on which a duty was missed."""
        found: dict[date, Day] = {}
        for shift in self.rosters[person.employee_id]:
            found.setdefault(shift.day, Day(shift.day)).shifts.append(self.judge(person, shift))
        for event in self.office.events:
            if self.is_missed(person, event):
                found.setdefault(event.day, Day(event.day)).missed.append(event)
        for day in found.values():
            day.is_punished = day.day in person.punished
        return found


# --- cuts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Something that may cost."""

    matter: str
    shift_no: int | None = None
    event: Event | None = None
    minutes: int | None = None
    at: time | None = None
    is_part_of_day: bool = False


@dataclass(frozen=True)
class Cut:
    day: date
    matter: str
    code: str
    shift_no: int | None
    event_id: str | None
    pct: Fraction | None  # None where the rate is not known
    amount: Fraction | None
    why_open: str | None
    candidates: tuple[Fraction, ...] | None
    base: str
    is_own_base: bool
    share: Fraction | None
    allowance: Fraction | None
    regulation: str
    status: str
    paid: Fraction | None = None
    is_share: bool = False  # rupiah that are a share of the allowance

    @property
    def key(self) -> tuple[date, str, str, int | None]:
        return self.day, self.event_id or self.matter, self.code, self.shift_no if self.matter in OF_A_SHIFT else None

    @property
    def is_decided(self) -> bool:
        return self.why_open is None


@dataclass(frozen=True)
class Place:
    """Which day an excused day is: of its kind in the month, of its spell, and in which month of the leave."""

    month_day: int
    workday: int
    workdays: int
    calendar_day: int
    calendar_days: int
    leave_month: int


@dataclass(frozen=True)
class Rate:
    """What a rule asks for; one and other differ where the text can be read two ways."""

    one: Fraction | None = None
    other: Fraction | None = None
    amount: Fraction | None = None
    is_monthly: bool = False
    waits_for_leader: bool = False
    needs_allowance: bool = False


class Cashier:
    """The price of one person's days."""

    def __init__(self, judge: Judge, person: Person) -> None:
        self.judge, self.person, self.law = judge, person, judge.law
        self.opd = judge.office.code
        self.days = judge.days(person)
        self.workdays = sorted({shift.day for shift in judge.rosters[person.employee_id]})
        self.places = self._place_excuses()
        self.cuts = [cut for day in sorted(self.days) for cut in self._cuts_of(self.days[day])]

    def _place_excuses(self) -> dict[date, Place]:
        papers = {day: self.judge.papers(self.person, day) for day in self.workdays}
        kinds = {day: one.excuse.kind for day, one in papers.items() if one.is_full and one.excuse}
        spells: list[list[date]] = []
        for before, day in zip([None, *self.workdays], self.workdays, strict=False):
            if day in kinds:
                is_same = before is not None and kinds.get(before) == kinds[day]
                spells[-1].append(day) if is_same else spells.append([day])
        places: dict[date, Place] = {}
        seen: dict[str, int] = defaultdict(int)
        for spell in spells:
            first = min([spell[0], *(one.first for day in spell if (one := papers[day].excuse))])
            for place, day in enumerate(spell, start=1):
                seen[kinds[day]] += 1
                places[day] = Place(
                    seen[kinds[day]], place, len(spell), (day - first).days + 1, (spell[-1] - first).days + 1,
                    _months(first, day) + 1,
                )  # fmt: skip
        return places

    def _cuts_of(self, day: Day) -> Iterator[Cut]:
        governing, policy = self.law.governing(self.opd, day.day), self.policy(day.day)
        if governing is None or policy is None or not self._is_covered(day.day):
            return
        late_no = self._late_number(day.day)
        for found in self._found(day, policy):
            if found.matter == "terlambat" and late_no <= self._free_lates(day.day):
                continue
            yield from self._priced(day, found, policy)

    def policy(self, day: date) -> Rule | None:
        return self.law.one("combining_policies", self.opd, day)

    def _is_covered(self, day: date) -> bool:
        rows = [
            row for row in self.law.rules("covered_persons", self.opd, day) if row["employee_kind"] == self.person.kind
        ]
        return bool(rows) and (rows[0]["is_only_with_tpp"] != "true" or self.person.allowance(day) is not None)

    def _free_lates(self, day: date) -> int:
        return count(self.law.measure(self.opd, day)["free_late_count"]) or 0

    def _late_number(self, day: date) -> int:
        return sum(1 for one in self.days.values() if one.day <= day and one.late > 0)

    def _found(self, day: Day, policy: Rule) -> Iterator[Found]:
        if day.is_punished:
            yield Found("hukuman")
            return
        alpas = sum("ALPA" in one.statuses for one in day.shifts)
        if alpas:
            yield Found("alpa", is_part_of_day=alpas < len(day.shifts))
        for one in day.shifts:
            yield from self._found_in_shift(day, one)
        excuse = day.shifts[0].papers.excuse if day.shifts else None
        # who had leave for a side only and never came is absent, or not yet judged: it is not the leave that costs
        if excuse and (excuse.side == "full" or any(one.measured for one in day.shifts)):
            yield Found(excuse.kind)
        for event in day.missed:
            rule = self.judge.ruling(event)
            if rule and not (alpas and policy["alpa_absorbs_events"] == "true"):
                yield Found(rule["event_kind"], event=event)

    def _found_in_shift(self, day: Day, one: Judged) -> Iterator[Found]:
        for word in one.statuses & MATTER_OF.keys():
            matter = MATTER_OF[word]
            minutes = {
                "terlambat": one.late,
                "pulang_awal": one.early,
                "keluar_sementara": self.person.midday.get(day.day),
            }
            at = None
            if one.measured and matter in ("terlambat", "pulang_awal"):
                at = one.measured.came if matter == "terlambat" else one.measured.left
            yield Found(matter, one.shift.number, minutes=minutes.get(matter), at=at.time() if at else None)

    # rules

    def _priced(self, day: Day, found: Found, policy: Rule) -> Iterator[Cut]:
        if found.matter == "hukuman":
            pct = self.person.punished[day.day]
            row = {"code": "HUKUMAN", "priced_by": "pct"}
            yield self._cut(day, found, Rule(row, policy.status), Rate(pct, pct), policy)
            return
        rules = self._rules_of(found, day.day)
        special = self.law.special_day(self.opd, day.day)
        of_special = [rule for rule in rules if special and rule["special_day"] == special]
        for rule in of_special or [rule for rule in rules if not rule["special_day"]]:
            if self._fits(rule, found, day.day):
                rate = self._rate(rule, found, day.day, rules)
                if not (rate.one == 0 and rate.other == 0):
                    yield self._cut(day, found, rule, rate, policy)

    def _rules_of(self, found: Found, day: date) -> list[Rule]:
        seeds = {"event_kind": "event_rules"} if found.event else {}
        if not found.event:
            is_excuse = found.matter in self.law.excuse_kinds
            seeds = {"excuse_kind": "excuse_rules"} if is_excuse else {"matter": "minute_bands"}
            if found.matter in ("alpa", "tanpa_masuk", "tanpa_pulang"):
                seeds = {"matter": "day_matters"}
        ((column, seed),) = seeds.items()
        return [rule for rule in self.law.rules(seed, self.opd, day) if rule[column] == found.matter]

    def _fits(self, rule: Rule, found: Found, day: date) -> bool:
        if found.minutes is not None:
            first, end = count(rule["from_minute"]), count(rule["to_minute"])
            if not ((first is None or found.minutes >= first) and (end is None or found.minutes < end)):
                return False
        if found.at is not None:
            begin, until = time_of(rule["from_time"]), time_of(rule["to_time"])
            if not ((begin is None or found.at >= begin) and (until is None or found.at < until)):
                return False
        return self._fits_place(rule, self.places.get(day))

    def _fits_place(self, rule: Rule, place: Place | None) -> bool:
        first, end = count(rule["leave_month_from"]), count(rule["leave_month_to"])
        if first is not None and not (place and first <= place.leave_month < (end or 10**6)):
            return False
        if not rule["spell_from_day"]:
            return True
        if place is None:
            return False
        is_workday = rule["spell_unit"] == "workday"
        nth = place.workday if is_workday else place.calendar_day
        length = place.workdays if is_workday else place.calendar_days
        return _in_spell(rule, length if rule["tier_mode"] == "whole" else nth)

    def _rate(self, rule: Rule, found: Found, day: date, rules: list[Rule]) -> Rate:
        if count(rule["as_minutes"]) and not rule["pct"]:
            rule = self._as_band(rule, day)
        priced_by = rule["priced_by"]
        if priced_by == "whole_month":
            return Rate(Fraction(100), Fraction(100))
        if priced_by == "paid_pct":
            is_paid = Fraction(rule["paid_pct"]) >= 100
            return Rate(Fraction(0), Fraction(0)) if is_paid else Rate(is_monthly=True)
        if priced_by in ("workday_share", "minute_share"):
            return Rate(amount=self._share(rule, found, day), needs_allowance=True)
        if priced_by == "idr":
            return Rate(amount=number(rule["amount_idr"]))
        if rule["decided_by"] == "by_decision" and not rule["pct"]:
            return Rate(waits_for_leader=True)
        return self._percent(rule, day, rules)

    def _percent(self, rule: Rule, day: date, rules: list[Rule]) -> Rate:
        place = self.places.get(day)
        pct, free = number(rule["pct"]), count(rule["free_days_month"])
        if free and place and place.month_day <= free:
            pct = Fraction(0)
        if pct is None:
            return Rate(number(rule["pct_low"]), number(rule["pct_high"]))
        if rule["spell_from_day"] and not rule["tier_mode"] and place:
            length = place.workdays if rule["spell_unit"] == "workday" else place.calendar_days
            whole = [other for other in rules if other["part_no"] == rule["part_no"] and _in_spell(other, length)]
            return Rate(pct, number(whole[0]["pct"]) if whole else pct)
        return Rate(pct, pct)

    def _as_band(self, rule: Rule, day: date) -> Rule:
        """A missing punch that counts as so many minutes."""
        matter = "terlambat" if rule["matter"] == "tanpa_masuk" else "pulang_awal"
        bands = self._rules_of(Found(matter), day)
        minutes = Found(matter, minutes=count(rule["as_minutes"]))
        return next((band for band in bands if not band["special_day"] and self._fits(band, minutes, day)), rule)

    def _share(self, rule: Rule, found: Found, day: date) -> Fraction | None:
        allowance, base = self.person.allowance(day), self.base(rule, day)
        share = number(base["share_pct"]) if base else None
        if allowance is None or share is None or not self.workdays:
            return None
        month_days = sum(one.month == day.month for one in self.workdays)
        a_day = allowance * share / 100 / month_days
        if rule["priced_by"] == "workday_share":
            return a_day * Fraction(rule["share_pct"]) / 100
        return a_day * (found.minutes or 0) / int(rule["minutes_per_day"])

    def base(self, rule: Rule, day: date) -> Rule | None:
        bases = self.law.rules("allowance_bases", self.opd, day)
        name = rule["base_name"]
        return next(
            (base for base in bases if (base["base_name"] == name if name else base["is_default"] == "true")), None
        )

    def _cut(self, day: Day, found: Found, rule: Rule, rate: Rate, policy: Rule) -> Cut:
        priced = self._as_band(rule, day.day) if rule["as_minutes"] and not rule["pct"] else rule
        base, allowance = self.base(priced, day.day), self.person.allowance(day.day)
        share = number(base["share_pct"]) if base else None
        is_twofold = rate.one != rate.other
        pct = None if is_twofold else rate.one
        why = self._why_open(rate, found, pct, share, allowance)
        is_rate_known = why in (None, "TPP_TIDAK_DIKETAHUI", "BAGIAN_TIDAK_DIKETAHUI")
        return Cut(
            day.day, found.matter, priced["code"], found.shift_no, found.event.event_id if found.event else None,
            pct if is_rate_known else None, rate.amount if why is None else None, why,
            tuple(one for one in (rate.one, rate.other) if one is not None) if is_twofold else None,
            (base["base_name"] if base else ""), bool(base and base["is_default"] == "true"), share, allowance,
            policy["regulation_code"], "announced" if "announced" in (rule.status, policy.status) else "in_force",
            number(rule["paid_pct"]) if rate.is_monthly else None, rate.needs_allowance,
        )  # fmt: skip

    def _why_open(
        self, rate: Rate, found: Found, pct: Fraction | None, share: Fraction | None, allowance: Fraction | None
    ) -> str | None:
        """None: decided. Else the first reason for which nobody can say what it costs."""
        is_priced = rate.amount is not None
        reasons = (
            (pct == 0, None),
            (rate.one != rate.other, "BACAAN_GANDA"),
            (rate.is_monthly, "TARIF_BULANAN"),
            (rate.needs_allowance and not is_priced and allowance is None, "TPP_TIDAK_DIKETAHUI"),
            (rate.waits_for_leader, "MENUNGGU_KEPUTUSAN"),
            (pct is None and not is_priced, "TARIF_TIDAK_DIKETAHUI"),
            (found.is_part_of_day, "ALPA_SEBAGIAN_HARI"),
            (not is_priced and share is None, "BAGIAN_TIDAK_DIKETAHUI"),
            (not is_priced and allowance is None, "TPP_TIDAK_DIKETAHUI"),
        )
        return next((why for holds, why in reasons if holds), None)


def _in_spell(rule: Rule, nth: int) -> bool:
    end = count(rule["spell_to_day"])
    return bool(rule["spell_from_day"]) and int(rule["spell_from_day"]) <= nth and (end is None or nth < end)


def _months(first: date, day: date) -> int:
    """Whole months between two days."""
    return (day.year - first.year) * 12 + day.month - first.month - (day.day < first.day)


# --- a month -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    payable_pct: Fraction
    payable_idr: Fraction
    projected_pct: Fraction
    projected_idr: Fraction
    undecided: int
    incomplete: int
    alpa: int
    state: str
    cut_idr: Fraction | None  # None while something that it depends on is not decided


@dataclass
class Bill:
    """The cuts of a month by one regulation: its own base, and all others as percent of the whole allowance."""

    own: Fraction = Fraction(0)
    own_idr: Fraction = Fraction(0)
    whole: Fraction = Fraction(0)
    whole_idr: Fraction = Fraction(0)
    amount: Fraction = Fraction(0)
    shared: Fraction = Fraction(0)  # priced by the workday: out of the allowance like a percentage
    shared_pct: Fraction = Fraction(0)
    own_open: int = 0
    other_open: int = 0
    cap: Fraction = Fraction(100)


def month_of(cashier: Cashier) -> Month:
    days = cashier.days.values()
    groups: dict[tuple[str, str], list[Cut]] = defaultdict(list)
    for cut in cashier.cuts:
        groups[cut.regulation, cut.status].append(cut)
    codes = {found[0] for day in cashier.days if (found := cashier.law.governing(cashier.opd, day))}
    for code in codes:
        if not any(regulation == code for regulation, _ in groups):
            groups[code, "in_force"] = []
    totals = {key: _total(cashier, key[0], cuts) for key, cuts in groups.items()}
    pct = {
        status: sum((one[0] for (_, own), one in totals.items() if own == status), Fraction(0)) for status in STATUSES
    }
    idr = {
        status: sum((one[1] for (_, own), one in totals.items() if own == status), Fraction(0)) for status in STATUSES
    }
    undecided, is_open = sum(one[2] for one in totals.values()), any(one[3] for one in totals.values())
    incomplete = sum("BELUM_LENGKAP" in day.statuses for day in days)
    state = "BELUM_LENGKAP" if incomplete else "BELUM_DIPUTUS" if undecided else "TERHITUNG"
    return Month(
        half_up(pct["in_force"], 2), half_up(idr["in_force"]), half_up(pct["announced"], 2), half_up(idr["announced"]),
        undecided, incomplete, sum("ALPA" in day.statuses for day in days), state,
        None if is_open else half_up(idr["in_force"] + idr["announced"]),
    )  # fmt: skip


STATUSES = ("in_force", "announced")


def _total(cashier: Cashier, regulation: str, cuts: list[Cut]) -> tuple[Fraction, Fraction, int, bool]:
    """Percent of the whole allowance, rupiah, how many cuts are undecided, and whether the sum waits for one."""
    bill = Bill()
    leave = _whole_leave(cashier, cuts)
    if leave is not None:
        _add(bill, [leave], Rule({}, ""))
    count_of = _triggers(cashier, regulation)
    for day in sorted({cut.day for cut in cuts} if leave is None else ()):
        counted = [cut for cut in cuts if cut.day == day and cut.matter not in count_of.waived]
        _add(bill, counted, cashier.policy(day) or Rule({}, ""), cashier)
    bill.own_open += count_of.unknown
    share, allowance = _own_base(cashier, regulation)
    own = _capped(bill.own, bill.own_idr, bill.cap, count_of.set_own, share, allowance)
    whole = _capped(bill.whole, bill.whole_idr, bill.cap, count_of.set_whole, Fraction(100), allowance)
    pct = own.pct * (share or 0) / 100 + whole.pct
    # all of it comes out of the allowance and is together no more than that; sums that a rule names come on top
    idr = (own.idr + whole.idr + bill.shared) / max((pct + bill.shared_pct) / 100, Fraction(1)) + bill.amount
    is_moot = own.is_set and count_of.set_own is not None and count_of.set_own >= 100
    is_open = bill.other_open > 0 or (bill.own_open > 0 and not is_moot) or own.is_unknown or whole.is_unknown
    return min(pct, Fraction(100)), idr, bill.own_open + bill.other_open, is_open


@dataclass(frozen=True)
class Part:
    """What is cut of one base: percent of it, rupiah, and whether a count of the month set it."""

    pct: Fraction
    idr: Fraction
    is_set: bool = False
    is_unknown: bool = False


def _capped(
    pct: Fraction,
    idr: Fraction,
    cap: Fraction,
    set_pct: Fraction | None,
    share: Fraction | None,
    allowance: Fraction | None,
) -> Part:
    """Rupiah shrink with the percent; what a count sets takes the place of less."""
    capped = min(pct, cap)
    if set_pct is None or set_pct < capped:
        return Part(capped, idr * capped / pct if pct else idr)
    if share is None or allowance is None:
        return Part(Fraction(0), Fraction(0), True, True)
    return Part(set_pct, set_pct * share * allowance / 10000, True)


def _own_base(cashier: Cashier, regulation: str) -> tuple[Fraction | None, Fraction | None]:
    """Share of the regulation's own base and the allowance, on the last day of the month that there is."""
    day = max(cashier.days)
    ruled = [one for one in cashier.days if (cashier.law.governing(cashier.opd, one) or ("", ""))[0] == regulation]
    base = cashier.base(Rule({}, ""), max(ruled)) if ruled else None
    return (number(base["share_pct"]) if base else None), cashier.person.allowance(day)


def _add(bill: Bill, cuts: list[Cut], policy: Rule, cashier: Cashier | None = None) -> None:
    """The cuts of a day put together: matrix, sum or max by base, then the cap of a day of presence."""
    bill.cap = min(bill.cap, number(policy["monthly_cap_pct"]) or bill.cap)
    if policy["combine_mode"] == "matrix" and cashier:
        cuts = _by_matrix(cashier, cuts)
    for base in {cut.base for cut in cuts}:
        of_base = [cut for cut in cuts if cut.base == base]
        for cut in of_base:
            _add_rupiah(bill, cut)
        _add_open(bill, of_base)
        _add_percent(bill, of_base, policy)


def _add_open(bill: Bill, of_base: list[Cut]) -> None:
    """What is open of the own base, a rate that a count sets for it makes needless to know."""
    open_count = sum(not cut.is_decided for cut in of_base)
    is_rate_open = any(cut.why_open not in (None, "BAGIAN_TIDAK_DIKETAHUI") for cut in of_base)
    if of_base[0].is_own_base and is_rate_open:
        bill.own_open += open_count
    else:
        bill.other_open += open_count


def _add_percent(bill: Bill, of_base: list[Cut], policy: Rule) -> None:
    rates = [cut.pct for cut in of_base if cut.is_decided and cut.pct is not None and cut.amount is None]
    if not rates:
        return
    pct = max(rates) if policy["combine_mode"] == "max" else sum(rates, Fraction(0))
    cap = number(policy["daily_cap_pct"])
    if cap is not None and not any(cut.matter in ("alpa", "hukuman") for cut in of_base):
        pct = min(pct, cap)
    share, allowance = of_base[0].share or Fraction(0), of_base[0].allowance or Fraction(0)
    if of_base[0].is_own_base:
        bill.own += pct
        bill.own_idr += pct * share * allowance / 10000
    else:
        bill.whole += pct * share / 100
        bill.whole_idr += pct * share * allowance / 10000


def _add_rupiah(bill: Bill, cut: Cut) -> None:
    if cut.amount is None:
        return
    if cut.is_share and cut.allowance:
        bill.shared += cut.amount
        bill.shared_pct += cut.amount / cut.allowance * 100
    else:
        bill.amount += cut.amount


def _by_matrix(cashier: Cashier, cuts: list[Cut]) -> list[Cut]:
    """A coming and a going of one shift that both cost have one rate together; a cell that lacks is not known."""
    left = list(cuts)
    for coming in [cut for cut in cuts if cut.matter in COMING]:
        for going in [cut for cut in cuts if cut.matter in GOING and cut.shift_no == coming.shift_no]:
            cells = cashier.law.rules("combination_matrix", cashier.opd, coming.day)
            cell = next((c for c in cells if c["row_code"] == coming.code and c["column_code"] == going.code), None)
            pct = number(cell["pct"]) if cell else None
            why = None if pct is not None and coming.allowance is not None else "TARIF_TIDAK_DIKETAHUI"
            together = Cut(**{**coming.__dict__, "pct": pct, "amount": None, "why_open": why})
            left = [cut for cut in left if cut not in (coming, going)] + [together]
    return left


def _whole_leave(cashier: Cashier, cuts: list[Cut]) -> Cut | None:
    """Leave that is paid by the month has a rate where it fills all workdays and all are paid alike."""
    monthly = [cut for cut in cuts if cut.why_open == "TARIF_BULANAN"]
    worked = [day for day in cashier.days.values() if day.shifts]
    if not monthly or len({cut.day for cut in monthly}) < len(worked) or len({cut.paid for cut in monthly}) > 1:
        return None
    last = max(monthly, key=lambda cut: cut.day)
    pct = 100 - (last.paid or Fraction(0))
    why = None if last.allowance is not None and last.share is not None else "TPP_TIDAK_DIKETAHUI"
    return Cut(**{**last.__dict__, "pct": pct, "why_open": why})


@dataclass
class Counted:
    """What the counts of a month set off."""

    waived: set[str] = field(default_factory=set)  # matters whose cuts do not apply yet
    unknown: int = 0  # rates that apply now and nobody knows
    set_own: Fraction | None = None
    set_whole: Fraction | None = None  # of the whole allowance


def _triggers(cashier: Cashier, regulation: str) -> Counted:
    days = [day for day in cashier.days.values() if _ruled_by(cashier, day.day, regulation)]
    counted = Counted()
    last = max((day.day for day in days), default=date.min)
    for rule in cashier.law.rules("month_triggers", cashier.opd, last):
        quantity = _quantity(rule["counter"], days)
        is_fired = int(rule["at_least"]) <= quantity <= (count(rule["at_most"]) or 10**6)
        if rule["effect"] == "cuts_apply":
            _apply(cashier, counted, rule, last, is_fired)
        if rule["effect"] == "set_base_pct" and is_fired:
            _set(cashier, counted, rule, last)
    return counted


def _apply(cashier: Cashier, counted: Counted, rule: Rule, last: date, is_fired: bool) -> None:
    matter = next(row["matter"] for row in cashier.law.seed("counters") if row["counter"] == rule["counter"])
    bands = cashier.law.rules("minute_bands", cashier.opd, last)
    if not is_fired:
        counted.waived.add(matter)
    elif not rule["pct"] and not any(
        (band["pct"] or band["amount_idr"]) and band["matter"] == matter for band in bands
    ):
        counted.unknown += 1


def _set(cashier: Cashier, counted: Counted, rule: Rule, last: date) -> None:
    base, pct = cashier.base(rule, last), Fraction(rule["pct"])
    if base is None or base["is_default"] == "true":
        counted.set_own = max(counted.set_own or pct, pct)
    else:
        pct = pct * Fraction(base["share_pct"]) / 100
        counted.set_whole = max(counted.set_whole or pct, pct)


def _ruled_by(cashier: Cashier, day: date, regulation: str) -> bool:
    return (cashier.law.governing(cashier.opd, day) or ("", ""))[0] == regulation


def _quantity(counter: str, days: list[Day]) -> int:
    if counter == "absent_days":
        return sum("ALPA" in day.statuses for day in days)
    if counter == "late_count":
        return sum("TERLAMBAT" in day.statuses for day in days)
    if counter != "absent_consecutive":
        raise ValueError(f"a counter that the oracle does not know: {counter}")
    longest = run = 0
    # a day off and one that by the quorum counts for nobody are no days of his
    for day in sorted(days, key=lambda one: one.day):
        if not day.shifts or day.statuses <= {"TIDAK_DIHITUNG"}:
            continue
        run = run + 1 if day.is_alpa_whole else 0
        longest = max(longest, run)
    return longest
