"""Roll calls (apel) on Mondays and what is true of each person who is expected there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from simulator import scripts
from simulator.offices import HAND_LIST_DAY, HAND_LIST_OPD, LOST_LIST_OPD, CitySpec
from simulator.plan import ROLL_CALL_MISSED_FROM_LATE, Plan
from simulator.scripts import OFF, Apel, Arrive
from simulator.workdays import workdays

PRESENT, MISSED, EXCUSED, UNKNOWN = 0, 1, 2, 3
ABSENT = {"apel": "TIDAK_APEL", "phbi": "TIDAK_PHBI"}


@dataclass(frozen=True, slots=True)
class RollCall:
    """One event. opd None: the whole city. by_list: read from a hand list, and from nothing else."""

    event_id: str
    day: date
    opd: int | None
    by_list: bool
    kind: str = "apel"


@dataclass(frozen=True, slots=True)
class Roll:
    """Truth of one event: rows of people, their status, and which lines the hand list holds (row, present).

    `excepted`: rows of those who miss it without a cut, by decision.
    """

    event: RollCall
    rows: NDArray[np.int64]
    status: NDArray[np.int8]
    hand_list: tuple[tuple[int, bool], ...] = ()
    excepted: tuple[int, ...] = ()

    @property
    def words(self) -> list[str]:
        """The status of each row: who misses a ceremony has another word than who misses the apel."""
        words = np.array(["HADIR", ABSENT[self.event.kind], "DIKECUALIKAN", "BELUM_LENGKAP"])
        return [str(word) for word in words[self.status]]


def plan_roll_calls(spec: CitySpec, opd_codes: list[str]) -> list[RollCall]:
    """One city-wide roll call each Monday; on the day of the hand list one per office."""
    events: list[RollCall] = []
    for day in workdays(spec.start, spec.plan_until):
        if day.weekday() != 0:
            continue
        if day != HAND_LIST_DAY:
            events.append(RollCall(f"APEL-{day}", day, None, False))
            continue
        for opd, code in enumerate(opd_codes):
            by_list = code in (HAND_LIST_OPD, LOST_LIST_OPD)
            events.append(RollCall(f"APEL-{day}-{code}", day, opd, by_list))
    return events


def take_roll(opd_codes: list[str], plan: Plan, event: RollCall) -> Roll:
    """What each expected person did at the roll call, from the script of his day."""
    column = plan.days.index(event.day)
    expected = plan.script[:, column] != OFF
    if event.opd is not None:
        expected &= plan.opd[:, column] == event.opd
    rows = np.nonzero(expected)[0]
    script = plan.script[rows, column]
    late = plan.late[rows, column]
    came_too_late = (scripts.ARRIVE[script] == Arrive.LATE) & (late >= ROLL_CALL_MISSED_FROM_LATE)
    excused = scripts.APEL[script] == Apel.EXCUSED
    missed = (scripts.APEL[script] == Apel.MISSED) | came_too_late
    status = np.where(excused, EXCUSED, np.where(missed, MISSED, PRESENT)).astype(np.int8)
    if not event.by_list or event.opd is None:
        return Roll(event, rows, status)
    if opd_codes[event.opd] == LOST_LIST_OPD:
        # The list was never handed in: nobody can be said to have missed it.
        return Roll(event, rows, np.where(excused, EXCUSED, UNKNOWN).astype(np.int8))
    return _hand_list(event, rows, status)


def _hand_list(event: RollCall, rows: NDArray[np.int64], status: NDArray[np.int8]) -> Roll:
    """The list rules: two who were at the office stand on it as absent, a third is not on it at all."""
    present = np.nonzero(status == PRESENT)[0]
    listed = status.copy()
    listed[present[-3:]] = MISSED
    lines = tuple(
        (int(row), bool(mark == PRESENT))
        for number, (row, mark) in enumerate(zip(rows, listed, strict=True))
        if mark != EXCUSED and number != present[-1]
    )
    return Roll(event, rows, listed, lines)
