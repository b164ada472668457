"""Turns the plan into what the terminals store: one append-only log per terminal, in the order of arrival."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator import scripts
from simulator.frames import RECORD, encode_calendar, encode_times
from simulator.guards import Night
from simulator.offices import FACE_OPDS
from simulator.people import Person, Town
from simulator.plan import Plan
from simulator.plants import OddRecord
from simulator.scripts import ON_TIME, Arrive, Leave

FINGER, FACE = 1, 15
TAIL = 0xFF
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Log:
    """A terminal's log. appears_at: device wall time (seconds since 1970) at which each record was stored, rising."""

    records: NDArray[np.void]
    appears_at: Ints


@dataclass(frozen=True, slots=True)
class _Punches:
    """Punches as columns: person row, terminal, device wall time, state key."""

    person: Ints
    terminal: Ints
    at: Ints
    state: Ints
    pin: NDArray[np.bytes_]


def build_logs(town: Town, plan: Plan, nights: list[Night], odd: list[OddRecord]) -> list[Log]:
    """The logs of all terminals, index for index."""
    spec, terminals, people = town.spec, town.terminals, town.people
    rng = np.random.default_rng([spec.seed, 5])
    punches = _joined([*_office_punches(rng, people, plan), _night_punches(people, nights)])
    by_face = np.array([town.opd_codes[terminal.opd] in FACE_OPDS for terminal in terminals])
    share = np.where(by_face[punches.terminal], 0.9, 0.0)
    verify = np.where(rng.random(len(punches.at)) < share, FACE, FINGER)
    wrong_key = rng.random(len(punches.at)) < 0.08
    state = np.where(wrong_key, 1 - punches.state, punches.state)
    order = np.lexsort((punches.person, punches.at, punches.terminal))
    bounds = np.searchsorted(punches.terminal[order], np.arange(len(terminals) + 1))
    logs: list[Log] = []
    for plan_terminal in terminals:
        mine = order[bounds[plan_terminal.index] : bounds[plan_terminal.index + 1]]
        extra = [
            record
            for record in odd
            if record.terminal == plan_terminal.index and str(spec.start) <= record.appears_at <= str(spec.plan_until)
        ]
        keys = state[mine] if plan_terminal.state_keys else np.full(len(mine), 255)
        logs.append(_log(punches.pin[mine], punches.at[mine], keys, verify[mine], extra))
    return logs


def _joined(parts: list[_Punches]) -> _Punches:
    return _Punches(
        np.concatenate([part.person for part in parts]),
        np.concatenate([part.terminal for part in parts]),
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.state for part in parts]),
        np.concatenate([part.pin for part in parts]),
    )


def _pins(people: list[Person], plan: Plan) -> NDArray[np.bytes_]:
    """The PIN of each person on each day (a transfer brings a new one)."""
    pins = np.zeros(plan.script.shape, dtype="S24")
    for row, person in enumerate(people[: plan.script.shape[0]]):
        for stay in person.stays:
            pins[row, plan.opd[row] == stay.opd] = stay.pin.encode()
    return pins


def _office_punches(rng: np.random.Generator, people: list[Person], plan: Plan) -> list[_Punches]:
    midnight = np.array(plan.days, dtype="datetime64[D]").astype(np.int64)[np.newaxis, :] * 86400
    pins = _pins(people, plan)
    shape = plan.script.shape
    at_terminal = ~plan.on_paper
    arrives = (scripts.ARRIVE[plan.script] != Arrive.NONE) & at_terminal
    leaves = (scripts.LEAVE[plan.script] != Leave.NONE) & at_terminal
    # The same act again within seconds: a finger that was not sure. And some pass the terminal at noon.
    # (Not before the roll call: the second one could fall into its window.)
    before = scripts.ARRIVE[plan.script] == Arrive.BEFORE_WINDOW
    again_in = arrives & ~before & (rng.random(shape) < 0.06)
    third_in = again_in & (rng.random(shape) < 0.25)
    again_out = leaves & (scripts.LEAVE[plan.script] == Leave.ON_TIME) & (rng.random(shape) < 0.04)
    noon = (plan.script == ON_TIME) & at_terminal & (rng.random(shape) < 0.02)
    gap = rng.integers(2, 18, size=shape)
    lunch = rng.integers(43200, 46200, size=shape)

    def part(mask: NDArray[np.bool_], seconds: NDArray[np.int64], key: int) -> _Punches:
        rows, columns = np.nonzero(mask)
        at = (midnight + seconds)[rows, columns].astype(np.int64)
        used = plan.terminal[rows, columns].astype(np.int64)
        return _Punches(rows.astype(np.int64), used, at, np.full(len(rows), key, dtype=np.int64), pins[rows, columns])

    in_s, out_s = plan.in_s.astype(np.int64), plan.out_s.astype(np.int64)
    return [
        part(arrives, in_s, 0),
        part(again_in, in_s + gap, 0),
        part(third_in, in_s + 2 * gap + 1, 0),
        part(leaves, out_s, 1),
        part(again_out, out_s + gap, 1),
        part(noon, lunch, 0),
    ]


def _night_punches(people: list[Person], nights: list[Night]) -> _Punches:
    rows: list[tuple[int, int, int, int, bytes]] = []
    for night in nights:
        stay = people[night.row].stays[0]
        midnight = int(np.datetime64(night.work_date).astype(np.int64)) * 86400
        for seconds, key in ((night.in_s, 0), (night.out_s, 1)):
            if seconds is not None:
                rows.append((night.row, stay.terminal, midnight + seconds, key, stay.pin.encode()))
    numbers = np.array([row[:4] for row in rows], dtype=np.int64).reshape(-1, 4)
    pins = np.array([row[4] for row in rows], dtype="S24")
    return _Punches(numbers[:, 0], numbers[:, 1], numbers[:, 2], numbers[:, 3], pins)


def _log(pin: NDArray[np.bytes_], at: Ints, state: Ints, verify: Ints, extra: list[OddRecord]) -> Log:
    """Encode one terminal's punches and slip the odd records in where they appeared."""
    records = np.zeros(len(at) + len(extra), dtype=RECORD)
    appears = np.concatenate([at, np.array([_wall(record.appears_at) for record in extra], dtype=np.int64)])
    count = len(at)
    records["pin"][:count] = pin
    records["verify"][:count] = verify
    records["state"][:count] = state
    records["time"][:count] = encode_times(at)
    for number, record in enumerate(extra, start=count):
        word = encode_calendar(record.year, record.month, record.day, record.second)
        records["pin"][number] = record.pin.encode()
        records["verify"][number] = FINGER
        records["time"][number] = word
    order = np.argsort(appears, kind="stable")
    records, appears = records[order], appears[order]
    records["uid"] = np.arange(1, len(records) + 1) & 0xFFFF
    records["tail"] = TAIL
    return Log(records, appears)


def _wall(text: str) -> int:
    return int(np.datetime64(text, "s").astype(np.int64))
