"""The statuses of a person's days: shifts, papers, missed events and punishments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from tests.golden.oracle.facts import Event, Excuse, Office, Person
from tests.golden.oracle.seeds import Law, Rule, count, number
from tests.golden.oracle.shifts import Measured, Shift, pair, roster


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
