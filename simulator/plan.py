"""Plans who does what on which working day: one script per person and day, with its minutes and seconds.

Arrays have the shape (people, days); seconds count from midnight on the terminal's own clock, which judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from simulator import scripts
from simulator.offices import (
    PAPER_DAYS,
    PAPER_OPD,
    POWER_CUT_DAY,
    POWER_CUT_OPD,
    UNKNOWN_PIN_DAY,
    UNKNOWN_PIN_OPD,
)
from simulator.people import Person, Town
from simulator.scripts import CODE, OFF, ON_TIME, Arrive, Leave
from simulator.workdays import workdays

START_S = 7 * 3600 + 30 * 60
ROLL_CALL_FROM_S = 7 * 3600
ROLL_CALL_MISSED_FROM_LATE = 15  # 07:45, the end of the roll call's window

# Share of person-days of an ordinary person, per script.
SINGLE_DAYS: tuple[tuple[str, float], ...] = (
    ("late", 0.0230),
    ("early", 0.0100),
    ("late_early", 0.0010),
    ("no_out", 0.0050),
    ("no_in", 0.0030),
    ("late_no_out", 0.0006),
    ("early_no_in", 0.0005),
    ("alpa", 0.0032),
    ("sick_no_letter", 0.0006),
    ("travel_punched", 0.0006),
    ("travel_pending", 0.0003),
    ("izin_in", 0.0016),
    ("izin_in_unpunched", 0.0003),
    ("izin_out", 0.0016),
    ("izin_out_late", 0.0002),
    ("double_morning", 0.0005),
    ("before_window", 0.0070),
)
# Spells of several days: share of days on which one begins, and its longest length in working days.
SPELLS: tuple[tuple[str, float, int], ...] = (("leave", 0.0022, 5), ("travel", 0.0050, 3), ("sick_letter", 0.0026, 3))


@dataclass(frozen=True, slots=True)
class Plan:
    """The planned days of the office staff."""

    days: tuple[date, ...]
    script: NDArray[np.uint8]
    late: NDArray[np.int32]
    early: NDArray[np.int32]
    in_s: NDArray[np.int32]
    out_s: NDArray[np.int32]
    terminal: NDArray[np.int32]
    on_paper: NDArray[np.bool_]
    opd: NDArray[np.int32]

    def column(self, day: date) -> int | None:
        """The index of a working day, None when it lies outside the plan."""
        return self.days.index(day) if day in self.days else None


def end_seconds(days: tuple[date, ...]) -> NDArray[np.int32]:
    """End of office hours of each day: 16:00, on Fridays 16:30."""
    return np.array([59400 if day.weekday() == 4 else 57600 for day in days], dtype=np.int32)


def plan_offices(town: Town) -> Plan:
    """Draw the scripts of all office staff and the times that go with them."""
    spec, people = town.spec, town.staff
    rng = np.random.default_rng([spec.seed, 3])
    days = tuple(workdays(spec.start, spec.plan_until))
    opd, terminal = _whereabouts(rng, days, town)
    script = _draw_scripts(rng, days, people, opd)
    script[opd < 0] = OFF
    on_paper = _apply_office_days(script, days, town.opd_codes, opd)
    shape = script.shape
    blank = np.zeros(shape, dtype=np.int32)
    plan = Plan(days, script, blank, blank.copy(), blank.copy(), blank.copy(), terminal, on_paper, opd)
    _draw_minutes(rng, plan)
    _draw_seconds(rng, plan, np.array([person.role == "anchor" for person in people]))
    return plan


def _whereabouts(
    rng: np.random.Generator, days: tuple[date, ...], town: Town
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Office (-1: not posted) and used terminal of each person and day."""
    people, terminals = town.staff, town.terminals
    shape = (len(people), len(days))
    calendar = np.array(days, dtype="datetime64[D]")
    opd = np.full(shape, -1, dtype=np.int32)
    home = np.zeros(shape, dtype=np.int32)
    for row, person in enumerate(people):
        for stay in person.stays:
            there = calendar >= np.datetime64(stay.valid_from)
            if stay.valid_to is not None:
                there &= calendar < np.datetime64(stay.valid_to)
            opd[row, there] = stay.opd
            home[row, there] = stay.terminal
    # Where an office has two terminals and its PINs hold at both, some walk to the other one.
    roams = np.array([person.stays[0].scope == "opd" and person.role == "staff" for person in people])
    first = np.array([min(t.index for t in terminals if t.opd == plan.opd) for plan in terminals])
    last = np.array([max(t.index for t in terminals if t.opd == plan.opd) for plan in terminals])
    other = first[home] + last[home] - home
    walks = (rng.random(shape) < 0.12) & roams[:, np.newaxis]
    used = np.where(walks, other, home)
    installed = np.array([plan.installed_on for plan in terminals], dtype="datetime64[D]")
    used = np.where(installed[used] > calendar[np.newaxis, :], first[used], used)
    return opd, used.astype(np.int32)


def _draw_scripts(
    rng: np.random.Generator, days: tuple[date, ...], people: list[Person], opd: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """Single days by propensity of person, office and time; then spells over them."""
    shape = (len(people), len(days))
    person_factor = rng.choice(np.array([0.4, 1.0, 3.5]), size=len(people), p=[0.55, 0.38, 0.07])
    staff = np.array([person.role == "staff" for person in people])
    person_factor = np.where(staff, person_factor, 1e-12)
    office_factor = rng.uniform(0.6, 1.6, size=int(opd.max()) + 1)
    # The first week after the launch is the worst; Perwal 3/2017 makes people come in time.
    first_day = days[0]
    day_factor = np.array(
        [1.7 if (day - first_day).days < 7 else 1.0 if day < date(2017, 3, 20) else 0.65 for day in days]
    )
    scaled = rng.random(shape) / (person_factor[:, np.newaxis] * office_factor[np.maximum(opd, 0)] * day_factor)
    codes = np.array([CODE[name] for name, _ in SINGLE_DAYS] + [ON_TIME], dtype=np.uint8)
    script: NDArray[np.uint8] = codes[
        np.searchsorted(np.cumsum([share for _, share in SINGLE_DAYS]), scaled, side="right")
    ]
    monday = np.array([day.weekday() == 0 for day in days])
    script[:, ~monday] = np.where(script[:, ~monday] == CODE["before_window"], ON_TIME, script[:, ~monday])
    script[:, monday] = np.where(script[:, monday] == CODE["sick_no_letter"], CODE["alpa"], script[:, monday])
    for name, share, longest in SPELLS:
        begins = (rng.random(shape) < share) & staff[:, np.newaxis]
        length = rng.integers(1, longest + 1, size=shape)
        for offset in range(longest):
            covered = begins[:, : shape[1] - offset] & (length[:, : shape[1] - offset] > offset)
            script[:, offset:][covered] = CODE[name]
    return script


def _apply_office_days(
    script: NDArray[np.uint8], days: tuple[date, ...], codes: list[str], opd: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Bend the scripts where an office has a special day; return the cells that go on paper."""
    on_paper = np.zeros(script.shape, dtype=bool)
    for column, day in enumerate(days):
        if PAPER_DAYS[0] <= day <= PAPER_DAYS[1] and PAPER_OPD in codes:
            there = opd[:, column] == codes.index(PAPER_OPD)
            script[there, column] = scripts.PAPER[script[there, column]]
            on_paper[there, column] = True
        if day == POWER_CUT_DAY and POWER_CUT_OPD in codes:
            there = opd[:, column] == codes.index(POWER_CUT_OPD)
            script[there, column] = scripts.POWER_CUT[script[there, column]]
        if day == UNKNOWN_PIN_DAY and UNKNOWN_PIN_OPD in codes:
            there = opd[:, column] == codes.index(UNKNOWN_PIN_OPD)
            script[there, column] = scripts.UNKNOWN_PIN[script[there, column]]
    return on_paper


def _draw_minutes(rng: np.random.Generator, plan: Plan) -> None:
    """Plant the minutes: late 1..150, early 1..180; a second punch of the morning counts as going home."""
    shape = plan.script.shape
    late = np.clip(1 + rng.gamma(1.1, 13.0, size=shape), 1, 150).astype(np.int32)
    early = np.clip(1 + rng.gamma(1.2, 25.0, size=shape), 1, 180).astype(np.int32)
    morning = (end_seconds(plan.days) - START_S) // 60 + rng.integers(1, 13, size=shape)
    leave = scripts.LEAVE[plan.script]
    plan.late[:] = np.where(scripts.ARRIVE[plan.script] == Arrive.LATE, late, 0)
    plan.early[:] = np.where(leave == Leave.EARLY, early, np.where(leave == Leave.MORNING, morning, 0))


def _draw_seconds(rng: np.random.Generator, plan: Plan, anchors: NDArray[np.bool_]) -> None:
    """Turn the planted minutes into times of day; anchors give every terminal its signs of life at both ends."""
    shape = plan.script.shape
    end = end_seconds(plan.days)[np.newaxis, :]
    monday = np.array([day.weekday() == 0 for day in plan.days])[np.newaxis, :]
    odd = rng.integers(0, 60, size=shape)
    usual = np.clip(START_S - rng.gamma(2.2, 420.0, size=shape) + 60, START_S - 55 * 60, START_S + 59).astype(np.int32)
    usual = np.where(monday, np.maximum(usual, ROLL_CALL_FROM_S + 30 + odd), usual)
    anchor = rng.integers(ROLL_CALL_FROM_S + 120, START_S - 180, size=shape)
    on_time = np.where(anchors[:, np.newaxis], anchor, usual)
    on_time = np.where(scripts.LEAVE[plan.script] == Leave.MORNING, ROLL_CALL_FROM_S + 120 + odd * 10, on_time)
    arrive = {
        Arrive.ON_TIME: on_time,
        Arrive.LATE: START_S + 60 * plan.late + odd,
        Arrive.PERMITTED: rng.integers(31200, 38400, size=shape),
        Arrive.BEFORE_WINDOW: rng.integers(23880, 25080, size=shape),
    }
    for kind, seconds in arrive.items():
        np.copyto(plan.in_s, seconds, where=scripts.ARRIVE[plan.script] == kind, casting="same_kind")
    stays_on = np.clip(rng.gamma(1.6, 700.0, size=shape), 0, 6000).astype(np.int32)
    leave = {
        Leave.ON_TIME: end + np.where(anchors[:, np.newaxis], rng.integers(60, 1500, size=shape), stays_on),
        Leave.EARLY: end - 60 * plan.early - odd,
        Leave.PERMITTED: rng.integers(44400, 51600, size=shape),
        Leave.MORNING: end - 60 * plan.early - odd,
    }
    for kind2, seconds in leave.items():
        np.copyto(plan.out_s, seconds, where=scripts.LEAVE[plan.script] == kind2, casting="same_kind")
