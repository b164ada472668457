"""Runs of punches that a terminal made with a wrong clock: found between their neighbours, put to a person with a
proposed shift, adopted by a decision. Raw is never changed.

A run shows times before the terminal was installed, or after its clock. Its log only grows, so it was made after the
punch before it and before the one after it: that bounds the shift. Within the bounds it is proposed from what a pull
saw of the clock meanwhile (exact), or where less than a day is open, from the times of day at which these people
usually punch.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from psycopg2.extensions import cursor as Cursor

from decisions.approvals import Decider, Signature, find_decider
from warehouse.clock import Clock, local_wall
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings
from warehouse.touched import touch_everybody

Basis = Literal["jam terbaca", "kebiasaan", "rentang"]
DAY_S: Final = 86_400
STEP_S: Final = 60  # a proposal by habit is good to the minute at best
HABIT_DAYS: Final = 60
FEWEST_HABITS: Final = 5  # punches of these people on other days
MOST_LATE_S: Final = 2 * 3600  # a punch farther from a habit than that is simply not habitual

_RUNS: Final = """
select
    runs.terminal_serial, runs.source, runs.first_ordinal, runs.last_ordinal, runs.punch_count, runs.pin_count,
    runs.first_shown_local, runs.last_shown_local, runs.before_local, runs.after_local, opd.timezone,
    decisions.answer, decisions.shift_s, decisions.decided_by, decisions.decision_id,
    (
        select count(*) from ops.settled_rejects as settled
        where settled.terminal_serial = runs.terminal_serial and settled.source = runs.source
            and settled.ordinal between runs.first_ordinal and runs.last_ordinal
    ) = runs.punch_count as is_settled
from ops.clock_runs as runs
left join lateral (
    select opd_code from reference.terminals as stays
    where stays.load_to is null and stays.terminal_serial = runs.terminal_serial
    order by stays.installed_on desc limit 1
) as stay on true
left join reference.opd as opd on opd.opd_code = stay.opd_code and opd.load_to is null
left join ops.current_clock_decisions as decisions
    on decisions.terminal_serial = runs.terminal_serial and decisions.source = runs.source
    and decisions.first_ordinal = runs.first_ordinal
where %(serial)s::text is null or runs.terminal_serial = %(serial)s
order by runs.terminal_serial, runs.landed_at, runs.source, runs.first_ordinal
"""
# A pull that met the wrong clock tells the shift to the second, if the clock ran on as the run's did.
_SEEN: Final = """
select -clock_drift_s from raw.pulls
where terminal_serial = %(serial)s and abs(clock_drift_s) >= %(day_s)s
    and device_clock_local >= %(first_shown)s and -clock_drift_s between %(low)s and %(high)s
order by abs(extract(epoch from device_clock_local - %(last_shown)s::timestamp)), pull_id
limit 1
"""
_SHOWN: Final = """
select pin, punched_at_local from raw.rejects
where terminal_serial = %(serial)s and source = %(source)s and ordinal between %(first)s and %(last)s
    and reason in ('sebelum mesin dipasang', 'lebih dari sehari sesudah jam mesin')
    and pin is not null and punched_at_local is not null
order by ordinal
"""
_HABITS: Final = """
select pin, extract(epoch from punched_at_local - date_trunc('day', punched_at_local))::integer
from raw.punches
where terminal_serial = %(serial)s and pin = any(%(pins)s) and punched_at_local between %(since)s and %(until)s
"""
_DECIDE: Final = """
insert into ops.clock_decisions (
    terminal_serial, source, first_ordinal, last_ordinal, answer, shift_s, decided_by, role, letter_no, decided_at,
    supersedes
) values (
    %(serial)s, %(source)s, %(first)s, %(last)s, %(answer)s, %(shift_s)s, %(decided_by)s, %(role)s, %(letter_no)s,
    %(decided_at)s, %(supersedes)s
) returning decision_id
"""
_ADOPT: Final = """
insert into ops.adopted_punches (
    decision_id, terminal_serial, source, ordinal, pin, shown_at_local, punched_at_local, channel, epoch, pull_id
)
select
    %(decision_id)s, rejects.terminal_serial, rejects.source, rejects.ordinal, rejects.pin, rejects.punched_at_local,
    rejects.punched_at_local + %(shift_s)s * interval '1 second', pulls.channel, pulls.epoch, rejects.pull_id
from raw.rejects as rejects
inner join raw.pulls as pulls on pulls.pull_id = rejects.pull_id
where rejects.terminal_serial = %(serial)s and rejects.source = %(source)s
    and rejects.ordinal between %(first)s and %(last)s
    and rejects.reason in ('sebelum mesin dipasang', 'lebih dari sehari sesudah jam mesin')
    and rejects.pin is not null and rejects.punched_at_local is not null
"""
_ADOPTED_DAYS: Final = """
select min(punched_at_local)::date, max(punched_at_local)::date from ops.adopted_punches where decision_id = any(%s)
having count(*) > 0
"""


@dataclass(frozen=True, slots=True)
class ClockRun:
    """A run of punches with a wrong clock. `low_s`, `high_s` bound the shift (true minus shown), null: open."""

    terminal_serial: str
    source: str
    first_ordinal: int
    last_ordinal: int
    punch_count: int
    pin_count: int
    first_shown_local: datetime
    last_shown_local: datetime
    before_local: datetime | None
    after_local: datetime | None
    zone: str | None
    answer: str | None
    shift_s: int | None
    decided_by: str | None
    decision_id: int | None
    is_settled: bool

    @property
    def run(self) -> str:
        """How a command names it."""
        return f"{self.source}/{self.first_ordinal}"

    @property
    def low_s(self) -> int | None:
        """The smallest shift: the first punch of the run was not before the punch before it."""
        return None if self.before_local is None else _seconds(self.before_local - self.first_shown_local)

    @property
    def high_s(self) -> int | None:
        """The largest: the last one was not after the punch behind it."""
        return None if self.after_local is None else _seconds(self.after_local - self.last_shown_local)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person might decide, and by what it is known."""

    shift_s: int | None
    basis: Basis


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())


def clock_runs(settings: Settings, serial: str | None = None) -> list[tuple[ClockRun, Proposal]]:
    """All runs, the decided ones too, each with a proposal.

    Raises:
        Problem: the database is away.
    """
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            return [(run, _propose(cursor, run)) for run in _read_runs(cursor, serial)]
    finally:
        conn.close()


def _read_runs(cursor: Cursor, serial: str | None) -> list[ClockRun]:
    cursor.execute(_RUNS, {"serial": serial})
    return [ClockRun(*row) for row in cursor.fetchall()]


def _propose(cursor: Cursor, run: ClockRun) -> Proposal:
    if run.low_s is None or run.high_s is None or run.low_s > run.high_s:
        return Proposal(None, "rentang")
    values: dict[str, Any] = {
        "serial": run.terminal_serial, "source": run.source, "first": run.first_ordinal, "last": run.last_ordinal,
        "low": run.low_s, "high": run.high_s, "day_s": DAY_S, "first_shown": run.first_shown_local,
        "last_shown": run.last_shown_local,
    }  # fmt: skip
    cursor.execute(_SEEN, values)
    found = cursor.fetchone()
    if found is not None:
        return Proposal(int(found[0]), "jam terbaca")
    if run.high_s - run.low_s > DAY_S or run.before_local is None:
        return Proposal(None, "rentang")  # on more than one day the times of day fit equally well
    cursor.execute(_SHOWN, values)
    shown = cursor.fetchall()
    reach = timedelta(days=HABIT_DAYS)
    span = {
        "pins": sorted({pin for pin, _ in shown}),
        "since": run.before_local - reach,
        "until": run.before_local + reach,
    }
    cursor.execute(_HABITS, {**values, **span})
    shift = shift_by_habit(shown, cursor.fetchall(), run.low_s, run.high_s)
    return Proposal(shift, "rentang" if shift is None else "kebiasaan")


def shift_by_habit(
    shown: list[tuple[str, datetime]], habits: list[tuple[str, int]], low_s: int, high_s: int
) -> int | None:
    """The shift within the bounds that brings the punches nearest to when these people usually punch.

    `habits` are PINs with seconds of the day. None when too little is known of them. The middle of equally good ones.
    """
    seconds: dict[str, set[int]] = defaultdict(set)
    for pin, second in habits:
        seconds[pin].add(second)
    known: dict[str, NDArray[np.int64]] = {pin: np.array(sorted(usual), np.int64) for pin, usual in seconds.items()}
    usable = [(pin, at) for pin, at in shown if pin in known]
    if len(habits) < FEWEST_HABITS or not usable:
        return None
    shifts = np.arange(low_s, high_s + 1, STEP_S)
    distance = np.zeros(len(shifts))
    for pin, at in usable:
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        of_day = (_seconds(at - midnight) + shifts) % DAY_S
        apart = np.abs(of_day[:, None] - known[pin][None, :])
        distance += np.minimum(np.minimum(apart, DAY_S - apart).min(axis=1), MOST_LATE_S)
    best = np.flatnonzero(distance == distance.min())
    return int(shifts[best[len(best) // 2]])


@dataclass(frozen=True, slots=True)
class ClockDecision:
    """What was written. `punch_count` punches count from now on; 0 when they are left out."""

    decision_id: int
    supersedes: int | None
    decider: Decider
    punch_count: int
    shift_s: int | None
    first_at_local: datetime | None
    last_at_local: datetime | None


def decide_clock(
    settings: Settings, serial: str, run_name: str, shift_s: int | None, *, signature: Signature, clock: Clock
) -> ClockDecision:
    """Adopts the punches of a run with their time shifted, or leaves them out (`shift_s` None); touches their days.

    Raises:
        Problem: no such run, a shift that its neighbours rule out (exit code 2), no right to decide (3).
    """
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            now = clock()
            decider = find_decider(cursor, settings, "clock", signature, now)
            cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", (f"hadir.clock/{serial}",))
            run = _find(_read_runs(cursor, serial), serial, run_name)
            if shift_s is not None:
                _require_possible(run, shift_s, local_wall(now, settings.zone))
            written = _write(cursor, run, shift_s, (decider, signature.letter_no.strip(), now))
            _touch(cursor, run, written)
            return written
    finally:
        conn.close()


def _find(runs: list[ClockRun], serial: str, run_name: str) -> ClockRun:
    source, _, ordinal = run_name.rpartition("/")
    found = [run for run in runs if source and run.source.startswith(source) and str(run.first_ordinal) == ordinal]
    if len(found) != 1:
        raise Problem(f"Deret '{run_name}' mesin {serial} tidak ditemukan; lihat 'hadir clock list'.", Exit.WRONG_USE)
    return found[0]


def _require_possible(run: ClockRun, shift_s: int, now_local: datetime) -> None:
    shift = timedelta(seconds=shift_s)
    try:
        first, last = run.first_shown_local + shift, run.last_shown_local + shift
    except OverflowError as error:
        raise Problem("Pergeseran sebesar itu tidak masuk akal.", Exit.WRONG_USE) from error
    latest = min(moment for moment in (run.after_local, now_local) if moment is not None)
    if (run.before_local is not None and first < run.before_local) or last > latest:
        raise Problem(
            f"Pergeseran itu menempatkan rekaman pada {first} sampai {last}, padahal menurut urutan log ia terjadi"
            f" antara {run.before_local or 'awal log'} dan {latest}.",
            Exit.WRONG_USE,
        )


def _write(cursor: Cursor, run: ClockRun, shift_s: int | None, signed: tuple[Decider, str, datetime]) -> ClockDecision:
    decider, letter_no, now = signed
    values: dict[str, Any] = {
        "serial": run.terminal_serial, "source": run.source, "first": run.first_ordinal, "last": run.last_ordinal,
        "answer": "leave" if shift_s is None else "adopt", "shift_s": shift_s, "decided_by": decider.name,
        "role": decider.role, "letter_no": letter_no, "decided_at": now, "supersedes": run.decision_id,
    }  # fmt: skip
    cursor.execute(_DECIDE, values)
    (decision_id,) = cursor.fetchone() or (0,)
    if shift_s is None:
        return ClockDecision(int(decision_id), run.decision_id, decider, 0, None, None, None)
    cursor.execute(_ADOPT, {**values, "decision_id": decision_id})
    shift = timedelta(seconds=shift_s)
    return ClockDecision(
        int(decision_id), run.decision_id, decider, cursor.rowcount, shift_s, run.first_shown_local + shift,
        run.last_shown_local + shift,
    )  # fmt: skip


def _touch(cursor: Cursor, run: ClockRun, written: ClockDecision) -> None:
    """The days between the neighbours, which the run held back, and those of its punches, before and now."""
    edges = [
        at.date() for at in (run.before_local, run.after_local, written.first_at_local, written.last_at_local) if at
    ]
    spans = [(min(edges), max(edges))] if edges else []
    cursor.execute(_ADOPTED_DAYS, ([run.decision_id, written.decision_id],))
    found = cursor.fetchone()
    if found is not None:
        spans.append((found[0], found[1]))
    touch_everybody(cursor, run.terminal_serial, None, [_widened(span) for span in spans], "decision")


def _widened(span: tuple[date, date]) -> tuple[date, date]:
    """A shift over midnight has its punches on two days."""
    return span[0] - timedelta(days=1), span[1] + timedelta(days=1)
