"""A scenario as the rows that a city would have: an office of its own, people, hours, a terminal and its punches.

Nothing is judged here. The rows say what happened; what it is and what it costs, the models answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from law.examples.form import AnyScenario, DayScenario, DisciplineScenario, Doc, Event, MonthScenario

PEOPLE: Final = 20  # of an office; shares of presence in steps of 5 percent
FINE_PEOPLE: Final = 100  # where a share lies between those steps
ALLOWANCE_IDR: Final = Decimal(10_000_000)
LETTER: Final = "contoh/1"
BASIS: Final = "contoh hitungan"
TIMEZONE: Final = "Asia/Jakarta"
UTC_OFFSET: Final = timedelta(hours=7)
# An event without a shift (on a day off), and the hours of an office that has none on that day.
OFFICE_HOURS: Final = (time(7, 30), time(16))
EARLY, AFTERWARDS = timedelta(minutes=12), timedelta(minutes=5)
LATE_AT_EVENT: Final = timedelta(minutes=10)

# Columns of each table that a scenario fills, in the order of the rows below.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "opd": ("opd_code", "name", "timezone"),
    "employees": ("employee_id", "name", "kind"),
    "postings": ("employee_id", "opd_code", "group_code", "valid_from", "valid_to"),
    "terminals": ("terminal_serial", "label", "opd_code", "driver", "installed_on", "removed_on"),
    "pins": ("scope", "scope_code", "pin", "employee_id", "valid_from", "valid_to"),
    "schedules": (
        "schedule_code", "name", "cycle_start", "cycle_days", "day_no", "shift_no", "start_time", "end_time",
        "works_on_holidays", "valid_from", "valid_to", "legal_basis",
    ),
    "shift_assignments": ("scope", "scope_code", "schedule_code", "valid_from", "valid_to"),
    "holidays": ("holiday_date", "name", "kind", "legal_basis"),
    "excuses": (
        "excuse_id", "employee_id", "kind", "date_from", "date_to", "side", "letter_no", "decision", "decided_on",
        "requested_on",
    ),
    "manual_attendance": ("employee_id", "work_date", "time_in", "time_out", "signer", "letter_no"),
    "events": (
        "event_id", "kind", "name", "event_date", "opd_code", "starts_at", "window_from", "window_to",
        "terminal_serial", "attendance_by", "legal_basis",
    ),
    "event_attendance": ("event_id", "employee_id", "is_present"),
    "tpp": ("employee_id", "base_idr", "valid_from", "valid_to"),
    "midday_absences": ("employee_id", "work_date", "minutes", "letter_no"),
    "day_overrides": ("employee_id", "work_date", "kind", "pct", "decided_by", "letter_no"),
    "stated_counters": ("employee_id", "month", "counter", "quantity", "letter_no"),
    "law_regulation_applications": (
        "regulation_code", "purpose", "opd_code", "rule_status", "valid_from", "valid_to", "evidence", "legal_basis",
    ),
    "law_special_dates": (
        "rule_code", "regulation_code", "special_day", "special_date", "rule_status", "valid_from", "evidence",
        "legal_basis",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What a terminal gave: polls that it answered, and its whole log at the end."""

    serial: str
    polls: tuple[datetime, ...]
    covers_until: datetime
    punches: tuple[tuple[datetime, str], ...]  # wall time, pin


@dataclass(slots=True)
class Facts:
    """Rows per table of schema reference, and the readings of the terminals."""

    rows: dict[str, dict[tuple[Any, ...], None]] = field(default_factory=lambda: defaultdict(dict))  # each once
    readings: list[Reading] = field(default_factory=list)
    known_special_dates: frozenset[tuple[str, str, date]] = frozenset()  # of the law; stated twice they would clash

    def add(self, table: str, *row: Any) -> None:
        """One row, in the order of COLUMNS."""
        self.rows[table][row] = None


@dataclass(frozen=True, slots=True)
class Entered:
    """A scenario and the person whom it is about."""

    scenario: AnyScenario
    employee_id: str
    day: date  # of a month or a year: its first day


@dataclass(frozen=True, slots=True)
class _Office:
    """The place of one scenario."""

    code: str
    first_date: date
    end_date: date  # half-open

    @property
    def subject(self) -> str:
        return f"{self.code}-0"

    def everybody(self, count: int) -> list[str]:
        return [f"{self.code}-{number}" for number in range(count)]


def enter(facts: Facts, number: int, scenario: AnyScenario, month: date, as_of: date) -> Entered:
    """Adds the rows of a day, a month or a year to `facts`.

    Args:
        facts: where to.
        number: of the scenario in its database, which gives the office its code.
        scenario: a day, a month or a year; the others need no database.
        month: where a month or a year stands that names no date.
        as_of: local date of the build, from which the age of a request is counted.
    """
    code = f"C{number:04}"
    if isinstance(scenario, DayScenario):
        office = _Office(code, scenario.day - timedelta(days=1), scenario.day + timedelta(days=4))
        _Day.of(facts, office, scenario).enter(as_of)
        return Entered(scenario, office.subject, scenario.day)
    if isinstance(scenario, MonthScenario | DisciplineScenario):
        first = (scenario.day or month).replace(day=1)
        office = _Office(code, first, (first + timedelta(days=40)).replace(day=1))
        _enter_counters(facts, office, scenario)
        return Entered(scenario, office.subject, first)
    raise TypeError(f"{scenario.kind} needs no database")


def _enter_office(facts: Facts, office: _Office, scenario: DayScenario | MonthScenario | DisciplineScenario) -> None:
    purpose = "disiplin" if isinstance(scenario, DisciplineScenario) else "potongan"
    facts.add("opd", office.code, f"Contoh {scenario.id}", TIMEZONE)
    facts.add("law_regulation_applications", scenario.regulation, purpose, office.code, "in_force", office.first_date,
              office.end_date, "I", BASIS)  # fmt: skip


def _enter_person(facts: Facts, office: _Office, employee_id: str, kind: str, group: str | None = None) -> None:
    facts.add("employees", employee_id, f"Pegawai {employee_id}", kind)
    facts.add("postings", employee_id, office.code, group, office.first_date, office.end_date)


def _enter_counters(facts: Facts, office: _Office, scenario: MonthScenario | DisciplineScenario) -> None:
    _enter_office(facts, office, scenario)
    _enter_person(facts, office, office.subject, scenario.employee_kind)
    allowance = scenario.allowance_rp if isinstance(scenario, MonthScenario) else None
    facts.add("tpp", office.subject, allowance or ALLOWANCE_IDR, office.first_date, office.end_date)
    # What is counted is stated: no hours of the law stand behind it.
    facts.add("shift_assignments", "opd", office.code, office.code, office.first_date, office.end_date)
    for counter, quantity in scenario.counters.items():
        facts.add("stated_counters", office.subject, office.first_date, counter, quantity, LETTER)


@dataclass(frozen=True, slots=True)
class _Day:
    """One scenario of a day on its way into rows."""

    facts: Facts
    office: _Office
    scenario: DayScenario
    people: tuple[str, ...]  # the subject first
    begin: datetime
    end: datetime

    @classmethod
    def of(cls, facts: Facts, office: _Office, scenario: DayScenario) -> _Day:
        """With as many people as the share of those present asks for, and the hours of the day."""
        share = scenario.office_present_share
        people = office.everybody(PEOPLE if share is None or share * PEOPLE % 1 == 0 else FINE_PEOPLE)
        begin = datetime.combine(scenario.day, scenario.begin or OFFICE_HOURS[0])
        end = datetime.combine(scenario.day, scenario.end or OFFICE_HOURS[1])
        return cls(facts, office, scenario, tuple(people), begin, end if end > begin else end + timedelta(days=1))

    def enter(self, as_of: date) -> None:
        """All of it."""
        _enter_office(self.facts, self.office, self.scenario)
        self._enter_people()
        self._enter_hours()
        self._enter_papers(as_of)
        if self.scenario.special_day is not None:
            self._enter_special_day(self.scenario.special_day)
        for number, event in enumerate(self.scenario.events):
            self._enter_event(f"{self.office.code}-{number}", event)
        self._enter_reading()

    def _enter_people(self) -> None:
        office, scenario = self.office, self.scenario
        for employee_id in self.people:
            is_subject = employee_id == office.subject
            _enter_person(self.facts, office, employee_id, scenario.employee_kind if is_subject else "PNS",
                          scenario.group if is_subject else None)  # fmt: skip
            self.facts.add("pins", "opd", office.code, _pin(employee_id), employee_id, office.first_date,
                           office.end_date)  # fmt: skip
        self.facts.add("tpp", office.subject, scenario.allowance_rp or ALLOWANCE_IDR, office.first_date,
                       office.end_date)  # fmt: skip

    def _enter_hours(self) -> None:
        """The shift of that one day. An office that rests on a holiday has its usual hours, of a week without it.
        With a schedule of the law its own hours and holidays hold, as they do in a city that names it.
        """
        day, code = self.scenario.day, self.office.code
        if self.scenario.schedule is not None:
            self.facts.add("shift_assignments", "opd", code, self.scenario.schedule, self.office.first_date,
                           self.office.end_date)  # fmt: skip
            return
        self.facts.add("shift_assignments", "opd", code, code, self.office.first_date, self.office.end_date)
        if self.scenario.begin is not None or self.scenario.holiday:
            # Holidays are the whole city's: a scenario without one works through those of others.
            self.facts.add("schedules", code, "Jam contoh", day, 1, 1, 1, self.begin.time(), self.end.time(),
                           not self.scenario.holiday, day, day + timedelta(days=1), BASIS)  # fmt: skip
        if self.scenario.holiday:
            self.facts.add("holidays", day, "Hari libur contoh", "libur_nasional", BASIS)

    def _enter_papers(self, as_of: date) -> None:
        scenario, subject = self.scenario, self.office.subject
        for number, doc in enumerate(scenario.docs):
            if doc.kind == "hukuman":
                self.facts.add("day_overrides", subject, scenario.day, "HUKUMAN", doc.pct, "atasan langsung", LETTER)
            else:
                self.facts.add("excuses", f"{subject}-{number}", subject, *_excuse(doc, scenario.day, as_of))
        if scenario.midday_out_min:
            self.facts.add("midday_absences", subject, scenario.day, scenario.midday_out_min, LETTER)
        if _is_listed(scenario):
            is_out = scenario.single_punch_is == "pulang"
            first, last = scenario.times[0].time(), scenario.times[-1].time()
            is_single = len(scenario.times) == 1
            self.facts.add("manual_attendance", subject, scenario.day, None if is_out else first,
                           None if is_single and not is_out else last, "atasan langsung", LETTER)  # fmt: skip

    def _enter_special_day(self, name: str) -> None:
        code, day = self.scenario.regulation, self.scenario.day
        if (code, name, day) in self.facts.known_special_dates:
            return
        self.facts.add("law_special_dates", f"{code}.{name}.{day}", code, name, day, "in_force", day, "I", BASIS)

    def _event_begin(self) -> datetime:
        return self.begin if self.scenario.begin is not None else datetime.combine(self.scenario.day, OFFICE_HOURS[0])

    def _enter_event(self, event_id: str, event: Event) -> None:
        """The event and its list. Who came late is no matter of a list: a terminal at the place saw him come."""
        starts_at, is_late = self._event_begin(), event.attended == "late"
        midnight = datetime.combine(starts_at.date(), time())
        serial = f"T-{event_id}" if is_late else None
        self.facts.add(
            "events", event_id, event.kind, f"Acara {event.kind}", self.scenario.day, self.office.code,
            starts_at.time(), max(starts_at - timedelta(minutes=30), midnight).time(),
            min(starts_at + timedelta(minutes=60), midnight + timedelta(hours=23, minutes=59)).time(),
            serial, "terminal" if is_late else "daftar_hadir", BASIS,
        )  # fmt: skip
        if serial is not None:
            seen = {(starts_at - EARLY, _pin(employee_id)) for employee_id in self.people[1:]}
            self._enter_terminal(serial, seen | {(starts_at + LATE_AT_EVENT, _pin(self.office.subject))})
            return
        for employee_id in self.people:
            is_present = event.attended if employee_id == self.office.subject else True
            self.facts.add("event_attendance", event_id, employee_id, is_present)

    def _enter_reading(self) -> None:
        """The office's terminal and what it holds of the day."""
        scenario = self.scenario
        own = [] if _is_listed(scenario) else scenario.times
        punches = {(at, _pin(self.office.subject)) for at in own}
        others = self.people[1 : 1 + _present_others(scenario, len(self.people))] if scenario.begin is not None else ()
        for employee_id in others:
            punches |= {(self.begin - EARLY, _pin(employee_id)), (self.end + AFTERWARDS, _pin(employee_id))}
        self._enter_terminal(f"T-{self.office.code}", punches)

    def _enter_terminal(self, serial: str, punches: set[tuple[datetime, str]]) -> None:
        """A terminal of the office: it answered at both ends of the day and was read to the end of every window."""
        office = self.office
        self.facts.add("terminals", serial, f"Terminal {serial}", office.code, "zk", office.first_date,
                       office.end_date)  # fmt: skip
        polls = (self.begin - EARLY, self.end + AFTERWARDS)
        covers_until = datetime.combine(office.end_date, time())
        self.facts.readings.append(Reading(serial, polls, covers_until, tuple(sorted(punches))))


def _excuse(doc: Doc, day: date, as_of: date) -> Iterator[Any]:
    letter = doc.letter if isinstance(doc.letter, str) else LETTER if doc.letter else None
    yield from (doc.kind, day, day, doc.side or "full", letter, doc.approval)
    yield None if doc.approval == "pending" else day
    yield as_of - timedelta(days=doc.age_days)


def _present_others(scenario: DayScenario, count: int) -> int:
    if scenario.office_present_share is None:
        return count - 1
    present = int((scenario.office_present_share * count).to_integral_value(ROUND_HALF_UP))
    return min(count - 1, max(0, present - bool(scenario.punches)))


def _is_listed(scenario: DayScenario) -> bool:
    """Whether the scenario says itself which punch is which: as a signed list would."""
    return bool(scenario.punches) and (scenario.pairing_override or scenario.single_punch_is is not None)


def _pin(employee_id: str) -> str:
    return str(int(employee_id.rsplit("-", 1)[1]) + 1)
