"""Night guards: 19:00 to 07:00, every other night, holidays too. Their nights are planted one by one.

History is read in bulk, so nobody polled the terminal at night: only the punch of another person is a sign of life
(S-7 b). At 19:00 that is the other guard of the same night, if he punched between 18:30 and 19:00; at 07:00 it is
he, or on a working day the office staff. A lone guard's evening can therefore never be held against him.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator.offices import CitySpec
from simulator.people import Town
from simulator.workdays import days_between

GROUP_CYCLE_START = {"JAGA-A": date(2017, 1, 2), "JAGA-B": date(2017, 1, 1)}
HELD = "BELUM_LENGKAP+HADIR"


@dataclass(frozen=True, slots=True)
class Night:
    """One rostered night and its truth. Seconds count from midnight of work_date; None: not punched."""

    row: int
    work_date: date
    in_s: int | None
    out_s: int | None
    statuses: str
    late: int = 0
    early: int = 0
    excuse: str = ""


@dataclass(frozen=True, slots=True)
class NightCase:
    """A planted night: times as they stand on the clock, '-' = not punched, empty = drawn in order."""

    office: str
    number: int
    day: str
    time_in: str = ""
    time_out: str = ""
    statuses: str = "HADIR"
    late: int = 0
    early: int = 0
    excuse: str = ""


# Guards 0 and 2 of Setda have the A nights together, 1 and 3 the B nights; of the other offices 0 has A, 1 has B.
NIGHTS: tuple[NightCase, ...] = (
    # Two at one office: the other one's punch in the half hour is the sign of life.
    NightCase("SETDA", 0, "2017-02-07", "-", "-", "ALPA"),
    NightCase("SETDA", 2, "2017-02-07", "18:55:10", "07:08:20"),
    NightCase("SETDA", 0, "2017-03-21", "18:47:05", "07:04:00"),
    NightCase("SETDA", 2, "2017-03-21", "19:20:15", "07:06:00", "HADIR+TERLAMBAT", late=20),
    NightCase("SETDA", 0, "2017-03-23", "18:50:00", "07:05:00"),
    NightCase("SETDA", 2, "2017-03-23", "-", "-", "ALPA"),
    NightCase("SETDA", 0, "2017-03-25", "18:52:00", "07:10:00"),
    NightCase("SETDA", 2, "2017-03-25", "18:54:00", "06:29:30", "HADIR+PULANG_AWAL", early=30),
    # He came before the half hour, so there is no sign of life in it.
    NightCase("SETDA", 0, "2017-03-27", "18:20:00", "07:03:00"),
    NightCase("SETDA", 2, "2017-03-27", "19:15:00", "07:05:00", HELD),
    # A working day's morning: the office staff are the sign of life. A Saturday's: only he, and he came later.
    NightCase("SETDA", 1, "2017-03-22", "18:49:00", "07:02:00"),
    NightCase("SETDA", 3, "2017-03-22", "18:51:00", "06:19:40", "HADIR+PULANG_AWAL", early=40),
    NightCase("SETDA", 1, "2017-03-24", "18:49:00", "07:40:00"),
    NightCase("SETDA", 3, "2017-03-24", "18:51:00", "06:30:00", HELD),
    NightCase("SETDA", 1, "2017-03-26", "-", "07:04:00", "HADIR+TANPA_MASUK"),
    NightCase("SETDA", 3, "2017-03-26", "18:52:00", "07:06:00"),
    # Alone.
    NightCase("DISHUB", 0, "2017-03-21", "19:25:00", "07:05:00", HELD),
    NightCase("DISHUB", 0, "2017-03-23", "-", "-", "BELUM_LENGKAP"),
    NightCase("DISHUB", 1, "2017-03-22", "18:50:00", "06:34:30", "HADIR+PULANG_AWAL", early=25),
    NightCase("DISHUB", 1, "2017-03-24", "18:50:00", "06:35:00", HELD),
    NightCase("DISHUB", 0, "2017-03-29", "18:50:00", "-", "HADIR+TANPA_PULANG"),
    NightCase("DPUTR", 0, "2017-03-27", "-", "07:06:00", HELD),
    NightCase("DPUTR", 1, "2017-03-30", "-", "-", "SAKIT", excuse="sakit_with_doctor_letter"),
    # The last night is not read to the end of its window (15:00): what is good stands, what is not is held back.
    NightCase("SETDA", 0, "2017-03-31", "18:50:00", "07:05:00"),
    NightCase("SETDA", 2, "2017-03-31", "19:12:00", "07:07:00", HELD),
)


def is_on(group: str, day: date) -> bool:
    """Whether the group has the night that begins on that day."""
    return (day - GROUP_CYCLE_START[group]).days % 2 == 0


def _clock(text: str, next_day: bool) -> int | None:
    if text == "-":
        return None
    hour, minute, second = (int(part) for part in text.split(":"))
    return hour * 3600 + minute * 60 + second + (86400 if next_day else 0)


def plan_nights(town: Town) -> list[Night]:
    """All nights of all guards from spec.start to spec.plan_until; planted ones as planted, the others in order."""
    spec, people = town.spec, town.people
    rng = np.random.default_rng([spec.seed, 4])
    guards = [row for row, person in enumerate(people) if person.role == "guard"]
    numbers: dict[int, int] = {}
    cases: dict[tuple[int, date], NightCase] = {}
    for row in guards:
        opd = people[row].stays[0].opd
        numbers[opd] = numbers.get(opd, -1) + 1
        for case in NIGHTS:
            if case.office == town.opd_codes[opd] and case.number == numbers[opd]:
                cases[row, date.fromisoformat(case.day)] = case
    nights: list[Night] = []
    for row in guards:
        for day in days_between(spec.start, max(spec.plan_until, spec.until + timedelta(days=1))):
            if is_on(people[row].stays[0].group, day):
                case = cases.get((row, day), NightCase("", 0, ""))
                nights.append(_night(rng, spec, row, day, case))
    return nights


def _night(rng: np.random.Generator, spec: CitySpec, row: int, day: date, case: NightCase) -> Night:
    drawn_in = 68400 - int(rng.integers(120, 1260))
    drawn_out = 86400 + 25200 + int(rng.integers(60, 1200))
    in_s = _clock(case.time_in, next_day=False) if case.time_in else drawn_in
    out_s = _clock(case.time_out, next_day=True) if case.time_out else drawn_out
    statuses = case.statuses
    if day > spec.until:
        # The night after the last pull has not begun yet.
        statuses = "BELUM_LENGKAP"
    return Night(row, day, in_s, out_s, statuses, case.late, case.early, case.excuse)


def judged_nights(spec: CitySpec, nights: list[Night]) -> list[Night]:
    """The nights that have a person-day after the last pull: up to that day."""
    return [night for night in nights if night.work_date <= spec.until + timedelta(days=1)]
