"""Many people for one month each, drawn near every edge of the law, side by side in one town.

Each regulation that can govern an office has an office of its own, and a quiet one of three people whose terminal shows
life only now and then. The same facts go into the site folder and the raw tables, and to the oracle.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import count, pairwise
from math import prod
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.golden.oracle.facts import Event, Excuse, Hours, Office, Person, Schedule
from tests.golden.oracle.seeds import Law
from tests.golden.oracle.shifts import Shift, days_between, roster

AS_OF = datetime.fromisoformat("2025-04-05T08:00+07:00")
MARCH_2017, JUNE_2019, JULY_2020 = date(2017, 3, 1), date(2019, 6, 1), date(2020, 7, 1)
FEBRUARY_2025, MARCH_2025 = date(2025, 2, 1), date(2025, 3, 1)
HOLIDAYS = {
    date(2017, 3, 28): "Nyepi", date(2019, 6, 3): "Cuti bersama", date(2019, 6, 4): "Cuti bersama",
    date(2019, 6, 5): "Idul Fitri", date(2019, 6, 6): "Idul Fitri", date(2019, 6, 7): "Cuti bersama",
    date(2020, 7, 31): "Idul Adha", date(2025, 3, 28): "Cuti bersama", date(2025, 3, 29): "Nyepi",
    date(2025, 3, 31): "Idul Fitri",
}  # fmt: skip

# From the begin (the end) of a shift on: both sides of every edge of a band, of a grace and of a moving hour.
MINUTES = (
    1,
    0,
    2,
    14,
    15,
    16,
    29,
    30,
    31,
    32,
    59,
    60,
    61,
    62,
    89,
    90,
    91,
    92,
    120,
    121,
    122,
    150,
    151,
    152,
    181,
    240,
    300,
)
SECONDS = (0, 1, 29, 59)
# Around the edges of punch windows, and where a single punch changes sides.
CLOCK = (
    "05:00:00", "05:59:59", "06:00:00", "11:00:59", "11:01:00", "11:44:59", "11:45:00", "12:00:59", "12:01:00",
    "13:59:59", "14:00:00", "14:59:59", "15:00:00", "18:00:59", "18:01:00", "22:15:00", "23:00:59", "23:40:00",
)  # fmt: skip
GAPS = (1, 60, 100, 119, 120, 121, 600)
KINDS_OF_DAY = (
    "cuti_tahunan", "dinas_luar", "sakit", "sakit_with_doctor_letter", "sakit_without_letter", "cuti_sakit", "izin",
    "cuti_alasan_penting", "sakit_tanpa_cuti", "cuti_besar", "cuti_bersalin", "tugas_belajar", "cuti_lain", "itm",
    "ipc", "rawat_inap", "rawat_jalan_setelah_inap", "kecelakaan_kerja", "cuti_bersalin_anak_1_2",
    "cuti_bersalin_anak_3",
)  # fmt: skip
KINDS_OF_SIDE = ("izin_sebelah", "izin", "itm", "ipc", "dinas_luar")
LENGTHS = (1, 1, 2, 3, 4, 5, 6, 8, 15, 31)
ALLOWANCES = (2_000_000, 3_333_330, 1_999_990, 1_111_150, 4_250_000, 750_000)


@dataclass(frozen=True)
class Incident:
    """Something out of the ordinary on one shift; which, by its number in the roster."""

    place: int
    what: str
    minute: int
    second: int
    pick: int


@dataclass(frozen=True)
class Habit:
    """A person-month as it was drawn, before it meets an office."""

    kind: str
    allowance: int | None
    group: str
    has_raise: bool
    incidents: tuple[Incident, ...]


WHAT = (
    "in", "in", "out", "out", "both", "both", "absent", "absent", "absent_days", "single", "clock", "twice", "clocks",
    "excuse", "excuse", "excuse", "side", "side", "punish", "midday", "list", "feast",
)  # fmt: skip


# An incident and a person are each drawn as one number: hypothesis is asked ten times for a person-month, not fifty.
_INCIDENTS = (31, len(WHAT), len(MINUTES), len(SECONDS), 200)
_KINDS, _GROUPS = ("PNS", "PNS", "PNS", "PPPK", "honorer"), ("", "", "", "cleaners", "tugas_belajar")
_PAID = (*ALLOWANCES, *ALLOWANCES, None)
_PEOPLE = (len(_KINDS), len(_PAID), len(_GROUPS), 2)


def _digits(drawn_number: int, sizes: Sequence[int]) -> list[int]:
    """One choice of each size. The number is scattered first: small ones are drawn most and would choose alike."""
    digits = []
    drawn_number = (drawn_number * 1_000_003 + 12_345) % prod(sizes)
    for size in sizes:
        drawn_number, digit = divmod(drawn_number, size)
        digits.append(digit)
    return digits


def _incident(drawn_number: int) -> Incident:
    place, what, minute, second, pick = _digits(drawn_number, _INCIDENTS)
    return Incident(place, WHAT[what], MINUTES[minute], SECONDS[second], pick)


def habits() -> st.SearchStrategy[Habit]:
    """Most people are PNS with an allowance; up to ten days of the month are out of the ordinary."""

    def habit(person: int, incidents: list[int]) -> Habit:
        kind, paid, group, has_raise = _digits(person, _PEOPLE)
        return Habit(
            _KINDS[kind], _PAID[paid], _GROUPS[group], bool(has_raise), tuple(_incident(one) for one in incidents)
        )

    incident = st.integers(0, prod(_INCIDENTS) - 1)
    return st.builds(
        habit, person=st.integers(0, prod(_PEOPLE) - 1), incidents=st.lists(incident, min_size=3, max_size=10)
    )


def drawn(amount: int, seed: int | None) -> list[Habit]:
    """So many, the same each time unless a seed is given."""
    found: list[Habit] = []

    @settings(
        max_examples=amount, derandomize=seed is None, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(habits())
    def collect(habit: Habit) -> None:
        found.append(habit)

    (collect if seed is None else hypothesis.seed(seed)(collect))()
    return found


# --- offices -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """An office to be filled; without a regulation it has the one that governs the whole city."""

    code: str
    month: date
    regulation: str = ""
    until: date | None = None  # half-open, where another regulation takes over
    next_regulation: str = ""
    hours: str = "five"
    is_quiet: bool = False
    strike: int | None = None  # the working day on which most of the office stays away

    @property
    def end(self) -> date:
        return (self.month + timedelta(days=32)).replace(day=1)


def hours_of(plan: Plan) -> Schedule:
    """The week of an office; `ramadan` is shorter from the 11th to the 24th."""
    monday = plan.month - timedelta(days=plan.month.isoweekday() - 1)
    spans = {
        "five": [(range(1, 5), 1, "07:30", "16:00"), ((5,), 1, "07:30", "16:30")],
        "six": [((1, 2, 3, 4), 1, "07:30", "14:30"), ((5,), 1, "07:30", "11:00"), ((6,), 1, "07:30", "13:30")],
        "early": [(range(1, 6), 1, "07:15", "15:45")],
        "long": [(range(1, 6), 1, "07:30", "17:00")],
        "two": [(range(1, 6), 1, "07:00", "11:30"), (range(1, 6), 2, "12:30", "17:00")],
        "ramadan": [(range(1, 5), 1, "07:30", "16:00"), ((5,), 1, "07:30", "16:30")],
        "night": [((1,), 1, "19:00", "07:00")],
    }[plan.hours]
    is_ramadan = plan.hours == "ramadan"
    begin, until = plan.month + timedelta(days=10), plan.month + timedelta(days=24)
    parts = [(plan.month, begin), (until, plan.end)] if is_ramadan else [(plan.month, plan.end)]
    rows = [_hours(span, *part, plan.hours == "night") for part in parts for span in spans]
    if is_ramadan:
        short = [(range(1, 5), 1, "08:00", "15:00"), ((5,), 1, "08:00", "15:30")]
        rows += [_hours(span, begin, until, False) for span in short]
    return Schedule(monday, 2 if plan.hours == "night" else 7, tuple(one for row in rows for one in row))


def _hours(span: tuple[Iterable[int], int, str, str], begin: date, until: date, on_holidays: bool) -> list[Hours]:
    days, shift_no, start, end = span
    return [
        Hours(day, shift_no, time.fromisoformat(start), time.fromisoformat(end), begin, until, on_holidays)
        for day in days
    ]


def events_of(plan: Plan, likes: Mapping[str, int]) -> Iterator[Event]:
    """Roll call each Monday, two ceremonies on workdays, one of them by hand list, and two on days off."""
    begins = {"two": time(7), "early": time(7, 15)}.get(plan.hours, time(7, 30))
    days = list(days_between(plan.month, plan.end))
    for number, day in enumerate(day for day in days if day.isoweekday() == 1):
        kind = "apel" if number % 2 else "apel_senin"
        yield Event(f"{plan.code}-A{day:%d}", kind, day, begins, time(begins.hour - 1, 45), time(begins.hour, 45))
    wednesdays = [day for day in days if day.isoweekday() == 3]
    thursdays = [day for day in days if day.isoweekday() == 4 and day not in HOLIDAYS]
    saturdays = [day for day in days if day.isoweekday() == 7]
    holidays = [day for day in days if day in HOLIDAYS] or saturdays
    yield Event(f"{plan.code}-U", "upacara_hari_kerja", wednesdays[1], time(7, 40), time(7), time(8, 10))
    listed = {employee_id: like % 7 != 3 for employee_id, like in likes.items() if like % 5}
    yield Event(f"{plan.code}-N", "phbn", thursdays[1], time(9), time(8, 30), time(10), listed)
    yield Event(f"{plan.code}-I", "phbi", holidays[0], time(8), time(7), time(10))
    yield Event(f"{plan.code}-H", "phbi", thursdays[2], time(8), time(7), time(8, 5))


# --- people --------------------------------------------------------------------------------------------------------


@dataclass
class _Record:
    """What a person did and had, filled incident by incident; times of a shift are replaced by the last one."""

    employee_id: str
    shifts: list[Shift]
    stamps: dict[tuple[date, int], list[datetime]]
    excuses: list[Excuse]
    punished: dict[date, Fraction]
    midday: dict[date, int]
    listed: dict[date, tuple[time | None, time | None]]
    feasts: list[datetime]
    numbers: Iterator[int]

    def play(self, incident: Incident) -> None:
        if not self.shifts:
            return
        shift = self.shifts[incident.place % len(self.shifts)]
        getattr(self, f"_{incident.what}")(shift, incident)

    def take(self, step: Step, usual: Mapping[tuple[date, int], list[datetime]], is_worse: bool) -> None:
        """The step on a day on which nothing else happens."""
        free = [one for one in self.shifts if self._is_free(one, usual)]
        if free:
            shift = free[step.pick % len(free)]
            self._set(shift, *(step.worse if is_worse else step.better).stamps(shift))

    def _is_free(self, shift: Shift, usual: Mapping[tuple[date, int], list[datetime]]) -> bool:
        is_usual = self.stamps[shift.day, shift.number] == usual[shift.day, shift.number]
        papers = {*self.punished, *self.midday, *self.listed}
        return (
            is_usual and shift.day not in papers and not any(one.first <= shift.day <= one.last for one in self.excuses)
        )

    def _came(self, shift: Shift, incident: Incident) -> datetime:
        return shift.begin + timedelta(minutes=incident.minute, seconds=incident.second)

    def _left(self, shift: Shift, incident: Incident) -> datetime:
        return shift.end - timedelta(minutes=incident.minute, seconds=incident.second)

    def _set(self, shift: Shift, *stamps: datetime) -> None:
        self.stamps[shift.day, shift.number] = list(stamps)

    def _in(self, shift: Shift, incident: Incident) -> None:
        self._set(shift, self._came(shift, incident), shift.end + timedelta(minutes=incident.pick))

    def _out(self, shift: Shift, incident: Incident) -> None:
        self._set(shift, shift.begin - timedelta(minutes=incident.pick), self._left(shift, incident))

    def _both(self, shift: Shift, incident: Incident) -> None:
        other = replace(incident, minute=MINUTES[incident.pick % len(MINUTES)])
        self._set(shift, *sorted((self._came(shift, incident), self._left(shift, other))))

    def _absent(self, shift: Shift, incident: Incident) -> None:
        self._set(shift)

    def _absent_days(self, shift: Shift, incident: Incident) -> None:
        first = self.shifts.index(shift)
        for one in self.shifts[first : first + 3 + incident.pick % 10]:
            self._set(one)

    def _single(self, shift: Shift, incident: Incident) -> None:
        self._set(shift, self._came(shift, incident) if incident.pick % 2 else self._left(shift, incident))

    def _clock(self, shift: Shift, incident: Incident) -> None:
        self._set(shift, datetime.combine(shift.day, time.fromisoformat(CLOCK[incident.pick % len(CLOCK)])))

    def _clocks(self, shift: Shift, incident: Incident) -> None:
        picks = (
            incident.pick % len(CLOCK),
            incident.minute % len(CLOCK),
            (incident.pick + incident.second) % len(CLOCK),
        )
        stamps = {datetime.combine(shift.day, time.fromisoformat(CLOCK[pick])) for pick in picks}
        self._set(shift, *sorted(stamps))

    def _twice(self, shift: Shift, incident: Incident) -> None:
        gap = timedelta(seconds=GAPS[incident.pick % len(GAPS)])
        first = self._came(shift, incident) if incident.pick % 3 else self._left(shift, incident)
        self._set(shift, *(first + gap * number for number in range(2 + incident.pick % 2)))

    def _excuse(self, shift: Shift, incident: Incident) -> None:
        kind = KINDS_OF_DAY[incident.pick % len(KINDS_OF_DAY)]
        length = LENGTHS[(incident.pick + incident.minute) % len(LENGTHS)]
        first = shift.day - timedelta(days=incident.second % 3)
        self._add_excuse(kind, first, first + timedelta(days=length - 1), "full", incident)
        if incident.second != 59:  # else he comes all the same
            for one in self.shifts:
                if first <= one.day < first + timedelta(days=length):
                    self._set(one)

    def _side(self, shift: Shift, incident: Incident) -> None:
        kind = KINDS_OF_SIDE[incident.pick % len(KINDS_OF_SIDE)]
        is_coming = incident.second < 29
        self._add_excuse(kind, shift.day, shift.day, "masuk" if is_coming else "pulang", incident)
        (self._absent, self._both, self._single, self._in, self._out)[incident.pick // 5 % 5](shift, incident)

    def _add_excuse(self, kind: str, first: date, last: date, side: str, incident: Incident) -> None:
        if any(one.first <= last and first <= one.last for one in self.excuses):
            return
        decision = ("approved", "approved", "approved", "approved", "pending", "refused")[incident.place % 6]
        asked = AS_OF.date() - timedelta(days=2 + incident.place % 4) if decision == "pending" else first
        code = f"{self.employee_id}-{next(self.numbers)}"
        self.excuses.append(Excuse(code, kind, first, last, side, decision, asked))

    def _punish(self, shift: Shift, incident: Incident) -> None:
        self.punished[shift.day] = Fraction(incident.pick % 6)
        if incident.pick % 2:
            self._both(shift, incident)

    def _midday(self, shift: Shift, incident: Incident) -> None:
        self.midday[shift.day] = max(incident.minute, 1)

    def _list(self, shift: Shift, incident: Incident) -> None:
        if shift.number > 1 or shift.end.date() != shift.begin.date():
            return
        came, left = (
            self._came(shift, incident).replace(second=0).time(),
            self._left(shift, incident).replace(second=0).time(),
        )
        self.listed[shift.day] = ((came, left), (came, None), (None, left))[incident.pick % 3]
        self._set(shift, *([shift.end + timedelta(minutes=1)] if incident.pick % 4 == 0 else []))

    def _feast(self, shift: Shift, incident: Incident) -> None:
        self.feasts = [at + timedelta(minutes=MINUTES[incident.pick % 12]) for at in self.feasts]


@dataclass(frozen=True)
class Deed:
    """What somebody does on a day: minutes late and early, or he leaves no record at an end or at all."""

    late: int = 0
    early: int = 0
    has_in: bool = True
    has_out: bool = True

    def stamps(self, shift: Shift) -> list[datetime]:
        came, left = shift.begin + timedelta(minutes=self.late), shift.end - timedelta(minutes=self.early)
        return ([came] if self.has_in else []) + ([left] if self.has_out else [])


ABSENT = Deed(has_in=False, has_out=False)


@dataclass(frozen=True)
class Step:
    """Two deeds of one day, the second of which is more absence."""

    name: str
    better: Deed
    worse: Deed
    pick: int


def steps_of(plan: Plan) -> list[Step]:
    """A pair that is the same all month, and one for each way of being there less."""
    chance = random.Random(plan.code)
    less, more = sorted(chance.sample(MINUTES[2:], 2))
    named = [
        ("sama", Deed(), Deed()),
        ("terlambat", Deed(), Deed(late=more)),
        ("lebih terlambat", Deed(late=less), Deed(late=more)),
        ("lebih awal", Deed(early=less), Deed(early=more)),
        ("juga pulang awal", Deed(late=less), Deed(late=less, early=more)),
        ("tidak masuk", Deed(), ABSENT),
        ("terlambat atau tidak masuk", Deed(late=more), ABSENT),
        ("pulang awal atau tidak masuk", Deed(early=more), ABSENT),
        ("keduanya atau tidak masuk", Deed(late=more, early=less), ABSENT),
        ("tanpa pulang atau tidak masuk", Deed(has_out=False), ABSENT),
    ]
    return [Step(name, better, worse, chance.randrange(100)) for name, better, worse in named]


@dataclass(frozen=True)
class Seat:
    """A place in an office, with the habit that sits there; the two of a pair are alike but for one day."""

    employee_id: str
    habit: Habit
    like: int
    step: Step | None = None
    is_worse: bool = False


@dataclass(frozen=True)
class Pair:
    step: str
    better: str
    worse: str


def person_of(law: Law, plan: Plan, seat: Seat, schedule: Schedule, events: Sequence[Event]) -> Person:
    """A habit in an office. Who is not told otherwise comes twelve minutes early and leaves five minutes late."""
    employee_id, habit, number = seat.employee_id, seat.habit, seat.like
    person = Person(employee_id, habit.kind, schedule, habit.group)
    shifts = roster_of(law, plan, person)
    usual = {
        (one.day, one.number): [one.begin - timedelta(minutes=12, seconds=number % 60), one.end + timedelta(minutes=5)]
        for one in shifts
    }
    on_duty = {one.day for one in shifts}
    feasts = [datetime.combine(event.day, event.begins) for event in events if event.day not in on_duty and number % 3]
    record = _Record(employee_id, shifts, dict(usual), [], {}, {}, {}, feasts, count(1))
    for incident in habit.incidents:
        record.play(incident)
    if plan.strike is not None and number % 10 < 6:
        record.stamps[shifts[plan.strike].day, 1] = []
    if seat.step is not None:
        record.take(seat.step, usual, seat.is_worse)
    stamps = {at for times in record.stamps.values() for at in times} | set(record.feasts)
    exempt = frozenset({"apel"}) if habit.group == "cleaners" and number % 2 else frozenset[str]()
    return replace(
        person, tpp=tuple(_allowances(plan, habit)), punches=tuple(sorted(stamps)), listed=record.listed,
        excuses=tuple(record.excuses), punished=record.punished, midday=record.midday, exempt_of=exempt,
    )  # fmt: skip


def _allowances(plan: Plan, habit: Habit) -> Iterator[tuple[int, date, date]]:
    """A raise in the middle of the month for one in two; who has none may be paid from then on."""
    middle = plan.month + timedelta(days=13)
    if habit.allowance is None:
        if habit.has_raise:
            yield 2_500_000, middle, plan.end
        return
    yield habit.allowance, plan.month, middle if habit.has_raise else plan.end
    if habit.has_raise:
        yield habit.allowance + 333_330, middle, plan.end


def seats_of(plan: Plan, habits: Sequence[Habit]) -> list[Seat]:
    """The first habits sit twice, as pairs."""
    steps = [] if plan.is_quiet else steps_of(plan)
    seats: list[Seat] = []
    for place, habit in enumerate(habits):
        step = steps[place] if place < len(steps) else None
        for is_worse in (False, True) if step else (False,):
            seats.append(Seat(f"{plan.code}-{len(seats)}", habit, place, step, is_worse))
    return seats


def pairs_of(seats: Sequence[Seat]) -> list[Pair]:
    return [
        Pair(better.step.name, better.employee_id, worse.employee_id)
        for better, worse in pairwise(seats)
        if better.step is not None and better.step is worse.step
    ]


def office_of(law: Law, plan: Plan, seats: Sequence[Seat]) -> Office:
    """The office with its people, and what its terminal showed."""
    schedule, events = hours_of(plan), tuple(events_of(plan, {seat.employee_id: seat.like for seat in seats}))
    people = tuple(person_of(law, plan, seat, schedule, events) for seat in seats)
    read_until = datetime.combine(plan.end + timedelta(days=2), time())
    polls: list[datetime] = []
    if plan.is_quiet:
        chance = random.Random(plan.code)
        ends = sorted({at for one in roster_of(law, plan, people[0]) for at in (one.begin, one.end)})
        around = (-31, -30, -1, 0, 1, 29, 30)
        polls = [at + timedelta(minutes=chance.choice(around)) for at in ends if chance.random() < 0.7]
        read_until = datetime.combine(plan.month + timedelta(days=24), time(chance.choice((9, 16, 23)), 59))
        polls = [at for at in polls if at < read_until]
        people = tuple(replace(one, punches=tuple(at for at in one.punches if at < read_until)) for one in people)
    return Office(
        plan.code, plan.month, plan.end, people, frozenset(HOLIDAYS), events, tuple(polls), read_until, AS_OF.date()
    )


def roster_of(law: Law, plan: Plan, person: Person) -> list[Shift]:
    return roster(law, Office(plan.code, plan.month, plan.end, (), frozenset(HOLIDAYS)), person)


# --- the site folder -----------------------------------------------------------------------------------------------

HEADS = {
    "opd": "opd_code,name,timezone",
    "employees": "employee_id,name,kind",
    "postings": "employee_id,opd_code,group_code,valid_from,valid_to",
    "terminals": "terminal_serial,label,opd_code,driver,address,comm_key_name,installed_on,removed_on",
    "pins": "scope,scope_code,pin,employee_id,valid_from,valid_to",
    "schedules": "schedule_code,name,cycle_start,cycle_days,day_no,shift_no,start_time,end_time,works_on_holidays,"
    "valid_from,valid_to,legal_basis",
    "shift_assignments": "scope,scope_code,schedule_code,valid_from,valid_to",
    "holidays": "holiday_date,name,kind,legal_basis",
    "excuses": "excuse_id,employee_id,kind,date_from,date_to,side,letter_no,decision,decided_on,requested_on",
    "manual_attendance": "employee_id,work_date,time_in,time_out,signer,letter_no",
    "midday_absences": "employee_id,work_date,from_time,to_time,minutes,letter_no",
    "day_overrides": "employee_id,work_date,kind,pct,decided_by,letter_no",
    "exemptions": "scope,scope_code,activity,valid_from,valid_to,letter_no",
    "events": "event_id,kind,name,event_date,opd_code,starts_at,window_from,window_to,terminal_serial,attendance_by,"
    "legal_basis",
    "event_attendance": "event_id,employee_id,is_present,note",
    "tpp": "employee_id,base_idr,valid_from,valid_to",
    "regulation/regulation_applications": "regulation_code,purpose,opd_code,rule_status,valid_from,valid_to,evidence,"
    "legal_basis",
}


def write_applications(folder: Path, plans: Iterable[Plan]) -> None:
    """Which regulation governs which office: law, so it is written before anything is drawn."""
    lines = [HEADS["regulation/regulation_applications"]]
    for plan in plans:
        if plan.regulation:
            lines.append(f"{plan.regulation},potongan,{plan.code},in_force,{plan.month},{plan.until or plan.end},I,Uji")
        if plan.until:
            lines.append(f"{plan.next_regulation},potongan,{plan.code},in_force,{plan.until},{plan.end},I,Uji")
    (folder / "regulation").mkdir(parents=True, exist_ok=True)
    (folder / "regulation" / "regulation_applications.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_site(folder: Path, offices: Iterable[Office]) -> None:
    """The facts as a city would state them."""
    lines: dict[str, list[str]] = defaultdict(list)
    for day, name in HOLIDAYS.items():
        lines["holidays"].append(f"{day},{name},libur_nasional,SKB 3 menteri")
    for office in offices:
        _write_office(lines, office)
    for table, rows in lines.items():
        (folder / f"{table}.csv").write_text("\n".join([HEADS[table], *rows]) + "\n", encoding="utf-8")


def _write_office(lines: dict[str, list[str]], office: Office) -> None:
    code, span = office.code, f"{office.first},{office.end}"
    stay = f"{office.first},{office.end + timedelta(days=3)}"  # who is on duty in the last night goes home by it
    lines["opd"].append(f"{code},Kantor {code},Asia/Jakarta")
    lines["terminals"].append(f"T-{code},{code}-1,{code},zk,tcp://127.0.0.1:4370,,{stay}")
    lines["shift_assignments"].append(f"opd,{code},{code},{span}")
    schedule = office.people[0].schedule
    for one in schedule.hours:
        cycle = f"{schedule.cycle_start},{schedule.cycle_days},{one.day_no},{one.shift_no}"
        lines["schedules"].append(
            f"{code},Jam {code},{cycle},{one.begin:%H:%M},"
            f"{one.end:%H:%M},{'ya' if one.on_holidays else 'tidak'},{one.valid_from},{one.valid_to},Jam kerja"
        )
    for event in office.events:
        by = "terminal" if event.on_list is None else "daftar_hadir"
        lines["events"].append(
            f"{event.event_id},{event.kind},Acara {event.event_id},{event.day},{code},{event.begins:%H:%M},"
            f"{event.window_from:%H:%M},{event.window_to:%H:%M},,{by},Instruksi"
        )
        for employee_id, is_present in (event.on_list or {}).items():
            lines["event_attendance"].append(f"{event.event_id},{employee_id},{'ya' if is_present else 'tidak'},")
    for number, person in enumerate(office.people, start=1):
        lines["pins"].append(f"opd,{code},{number},{person.employee_id},{stay}")
        _write_person(lines, person, code, span)


def _write_person(lines: dict[str, list[str]], person: Person, code: str, span: str) -> None:
    who = person.employee_id
    lines["employees"].append(f"{who},Pegawai {who},{person.kind}")
    lines["postings"].append(f"{who},{code},{person.group},{span}")
    lines["tpp"] += [f"{who},{idr},{begin},{end}" for idr, begin, end in person.tpp]
    lines["exemptions"] += [f"employee,{who},{activity},{span},800/1" for activity in person.exempt_of]
    for one in person.excuses:
        decided = "" if one.decision == "pending" else one.first
        lines["excuses"].append(
            f"{one.excuse_id},{who},{one.kind},{one.first},{one.last},{one.side},800/2,{one.decision},{decided},{one.requested_on}"
        )
    for day, (came, left) in person.listed.items():
        stated = ",".join(at.strftime("%H:%M") if at else "" for at in (came, left))
        lines["manual_attendance"].append(f"{who},{day},{stated},Kepala,800/3")
    lines["midday_absences"] += [f"{who},{day},,,{minutes},800/4" for day, minutes in person.midday.items()]
    lines["day_overrides"] += [f"{who},{day},HUKUMAN,{pct},Kepala,800/5" for day, pct in person.punished.items()]
