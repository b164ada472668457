"""Writes down what is true of the planted city: statuses, minutes, cuts, rupiah. Only tests may read it.

State after the last pull of the planned history. Percentages stand here as the planter knows them (announcement of
27 January 2017; Perwal 3/2017 from 20 March 2017), so that the machine's tables are measured against something else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator import scripts
from simulator.ceremony import SANCTION_PCT, Closing
from simulator.guards import Night, judged_nights
from simulator.offices import FAST_CLOCK_OPD
from simulator.people import Person, Town
from simulator.plan import Plan
from simulator.rolls import MISSED, Roll
from simulator.tables import write_rows

PERWAL_FROM = np.datetime64("2017-03-20")
# The announcement leaves the religious gathering to the leadership; this is what it decides (simulator.ceremony).
ANNOUNCED_PCT: dict[str, int | None] = {"alpa": 5, "phbi": SANCTION_PCT}
PERWAL_PCT: dict[str, int | None] = {
    "terlambat": 1,
    "pulang_awal": 1,
    "tanpa_masuk": None,
    "tanpa_pulang": None,
    "alpa": 5,
    "apel": 1,
}
# The clock is four minutes fast: so many minutes late, or so many after 07:45, vanish when it is set right.
FAST_LATE_VANISHES_UP_TO = 4
FAST_APEL_REACHED_UP_TO_LATE = 18


@dataclass(frozen=True, slots=True)
class Cut:
    """One row of deductions.csv. pct None: UNDECIDED; base None: no allowance is known."""

    row: int
    day: np.datetime64
    matter: str
    pct: int | None
    reason: str
    base: int | None

    @property
    def in_force(self) -> bool:
        """Whether the regulation of that day was signed."""
        return bool(self.day >= PERWAL_FROM)

    @property
    def counts(self) -> bool:
        """Whether it is an amount of money (state DIHITUNG)."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class PersonDays:
    """The judged shifts as columns, in the order of people and days."""

    rows: NDArray[np.int64]
    days: NDArray[np.datetime64]
    statuses: NDArray[np.str_]
    late: NDArray[np.int64]
    early: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Truth:
    """All person-days, cuts and rolls of a city."""

    person_days: PersonDays
    cuts: list[Cut]
    rolls: list[Roll]


def plant_truth(town: Town, plan: Plan, nights: list[Night], rolls: list[Roll]) -> Truth:
    """Gather the truth of scripts, nights and roll calls up to the last pull."""
    spec = town.spec
    judged = np.array([day <= spec.until for day in plan.days])
    last_nights = judged_nights(spec, nights)
    person_days = _person_days(plan, judged, last_nights)
    cutter = _Cutter(town, plan)
    cuts = cutter.of_shifts(judged) + cutter.of_nights(last_nights)
    past = [roll for roll in rolls if roll.event.day <= spec.until]
    for roll in past:
        cuts += cutter.of_roll(roll)
    return Truth(person_days, cuts, past)


def _person_days(plan: Plan, judged: NDArray[np.bool_], nights: list[Night]) -> PersonDays:
    """Office days and then nights; minutes are those of adverse statuses only, a permitted end is not judged."""
    rows, columns = np.nonzero((plan.script != scripts.OFF) & judged[np.newaxis, :])
    days = np.array(plan.days, dtype="datetime64[D]")
    return PersonDays(
        np.concatenate([rows, np.array([night.row for night in nights], dtype=np.int64)]),
        np.concatenate([days[columns], np.array([night.work_date for night in nights], dtype="datetime64[D]")]),
        np.concatenate([scripts.STATUSES[plan.script[rows, columns]], np.array([n.statuses for n in nights], "U64")]),
        np.concatenate([plan.late[rows, columns], np.array([night.late for night in nights], dtype=np.int64)]),
        np.concatenate([plan.early[rows, columns], np.array([night.early for night in nights], dtype=np.int64)]),
    )


class _Cutter:
    """Knows the allowances and the terminals' clocks, and turns planted matters into cuts."""

    def __init__(self, town: Town, plan: Plan) -> None:
        self.people, self.plan = town.people, plan
        codes = town.opd_codes
        self.fast_opd = codes.index(FAST_CLOCK_OPD) if FAST_CLOCK_OPD in codes else -2
        self.days = np.array(plan.days, dtype="datetime64[D]")

    def base(self, row: int, day: np.datetime64) -> int | None:
        """The allowance of a person on a day."""
        valid = [pay.base_idr for pay in self.people[row].pays if np.datetime64(pay.valid_from) <= day]
        return valid[-1] if valid else None

    def cut(self, row: int, day: np.datetime64, matter: str, by_clock: bool) -> list[Cut]:
        """The cut of one matter; none where the rule is silent or the person is not covered."""
        rates = PERWAL_PCT if day >= PERWAL_FROM else ANNOUNCED_PCT
        base = self.base(row, day)
        if matter not in rates or (base is None and self.people[row].kind == "honorer"):
            return []
        pct = rates[matter]
        if by_clock:
            return [Cut(row, day, matter, None, "JAM_MESIN", base)]
        if pct is None:
            return [Cut(row, day, matter, None, "TARIF_TIDAK_DIKETAHUI", base)]
        return [Cut(row, day, matter, pct, "" if base is not None else "TPP_TIDAK_DIKETAHUI", base)]

    def of_shifts(self, judged: NDArray[np.bool_]) -> list[Cut]:
        """Cuts of the office days."""
        cuts: list[Cut] = []
        for status, matter in scripts.MATTERS.items():
            mask = scripts.scripts_with(status)[self.plan.script] & judged[np.newaxis, :]
            for row, column in zip(*(axis.tolist() for axis in np.nonzero(mask)), strict=True):
                fast = self.plan.opd[row, column] == self.fast_opd
                late = self.plan.late[row, column]
                by_clock = bool(fast and matter == "terlambat" and late <= FAST_LATE_VANISHES_UP_TO)
                cuts += self.cut(row, self.days[column], matter, by_clock)
        return cuts

    def of_nights(self, nights: list[Night]) -> list[Cut]:
        """Cuts of the guards' nights."""
        cuts: list[Cut] = []
        for night in nights:
            for status in night.statuses.split("+"):
                if status in scripts.MATTERS:
                    day = np.datetime64(night.work_date)
                    cuts += self.cut(night.row, day, scripts.MATTERS[status], by_clock=False)
        return cuts

    def of_roll(self, roll: Roll) -> list[Cut]:
        """Cuts of those who missed a roll call; alpa absorbs it, a decision may let somebody off."""
        cuts: list[Cut] = []
        column = self.plan.days.index(roll.event.day)
        for row in roll.rows[roll.status == MISSED].tolist():
            script = scripts.SCRIPTS[self.plan.script[row, column]]
            if "ALPA" in script.statuses:
                continue
            late = self.plan.late[row, column]
            fast = self.plan.opd[row, column] == self.fast_opd and not roll.event.by_list
            by_clock = bool(fast and 0 < late <= FAST_APEL_REACHED_UP_TO_LATE)
            missed = self.cut(row, self.days[column], roll.event.kind, by_clock)
            cuts += [replace(cut, pct=0) for cut in missed] if row in roll.excepted else missed
        return cuts


def half_up(numerator: int, denominator: int) -> int:
    """Round a non-negative fraction half up to a whole number."""
    return (2 * numerator + denominator) // (2 * denominator)


def write_truth(folder: Path, people: list[Person], truth: Truth) -> None:
    """Write person_days, deductions, months and events, sorted."""
    name = [person.employee_id for person in people]
    # People are numbered in their order, so the columns are sorted as they stand.
    days = truth.person_days
    write_rows(
        folder / "person_days.csv",
        "employee_id,work_date,shift_no,statuses,late_minutes,early_minutes",
        zip(
            np.array(name)[days.rows].tolist(),
            np.datetime_as_string(days.days).tolist(),
            np.ones(len(days.rows), dtype=np.int64).tolist(),
            days.statuses.tolist(),
            days.late.tolist(),
            days.early.tolist(),
            strict=True,
        ),
    )
    write_rows(
        folder / "deductions.csv",
        "employee_id,work_date,matter,pct,reason,rule_status",
        sorted(
            (
                name[cut.row],
                str(cut.day),
                cut.matter,
                "" if cut.pct is None else f"{cut.pct}.00",
                cut.reason,
                "in_force" if cut.in_force else "announced",
            )
            for cut in truth.cuts
        ),
    )
    write_rows(
        folder / "months.csv",
        "employee_id,month,payable_pct,payable_idr,projected_pct,projected_idr,undecided_count",
        _months(name, truth),
    )
    write_rows(
        folder / "events.csv",
        "event_id,employee_id,status",
        sorted(
            (roll.event.event_id, name[row], status)
            for roll in truth.rolls
            for row, status in zip(roll.rows.tolist(), roll.words, strict=True)
        ),
    )


def write_closing(folder: Path, people: list[Person], plan: Plan, truth: Truth, closing: Closing) -> None:
    """Write the closed month as it was known at its close, and what the records that came later add to it."""
    name = [person.employee_id for person in people]
    opd_of = {day: plan.opd[:, column] for column, day in enumerate(np.array(plan.days, dtype="datetime64[D]"))}
    unknown_from = np.datetime64(closing.unknown_from)

    def was_known(cut: Cut) -> bool:
        is_staff = cut.row < plan.opd.shape[0] and cut.day in opd_of
        return bool(cut.day < unknown_from or not is_staff or opd_of[cut.day][cut.row] != closing.unknown_opd)

    month = f"{closing.month:%Y-%m}"
    header = "employee_id,month,payable_pct,payable_idr,projected_pct,projected_idr,undecided_count"
    known = replace(truth, cuts=[cut for cut in truth.cuts if was_known(cut)])
    closed = [row for row in _months(name, known) if row[1] == month]
    now = {row[0]: row for row in _months(name, truth) if row[1] == month}
    write_rows(folder / "closed_months.csv", header, closed)
    write_rows(
        folder / "susulan.csv",
        "employee_id,month,closed_projected_pct,closed_projected_idr,now_projected_pct,now_projected_idr",
        [(*row[:2], *row[4:6], *now[row[0]][4:6]) for row in closed if row != now[row[0]]],
    )


def _months(name: list[str], truth: Truth) -> list[tuple[object, ...]]:
    """Sum the cuts per person and month: percentages, rupiah with one rounding, and what is left open."""
    months = truth.person_days.days.astype("datetime64[M]")
    present = np.unique(truth.person_days.rows * 100_000 + months.astype(np.int64))
    labels = np.datetime_as_string((present % 100_000).astype("datetime64[M]")).tolist()
    keys = zip((present // 100_000).tolist(), labels, strict=True)
    sums: dict[tuple[int, str], list[int]] = {key: [0, 0, 0, 0, 0] for key in keys}
    for cut in truth.cuts:
        month = sums[cut.row, str(cut.day)[:7]]
        if not cut.counts or cut.pct is None or cut.base is None:
            month[4] += 1
            continue
        offset = 0 if cut.in_force else 2
        month[offset] += cut.pct
        month[offset + 1] += cut.pct * cut.base
    return sorted(
        (name[row], month, f"{pct}.00", half_up(idr, 100), f"{planned}.00", half_up(planned_idr, 100), undecided)
        for (row, month), (pct, idr, planned, planned_idr, undecided) in sums.items()
    )
