"""What people put right in the record of a day: a punch that is stated, or one that is disowned. Raw never changes.

Rows of ops.corrections enter staging as a channel of their own (`koreksi`), beside the hand lists. One that was wrong
is withdrawn by a later row; both stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final, Literal

from psycopg2.extensions import cursor as Cursor

from decisions.approvals import Decider, Signature, find_decider
from warehouse.clock import Clock
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

What = Literal["time_in", "time_out", "disowned"]

_KNOWN: Final = "select exists (select 1 from reference.employees where load_to is null and employee_id = %s)"
# The punch as it lies in raw, by a PIN that was his on that day.
_HIS_PUNCH: Final = """
select exists (
    select 1 from raw.punches
    inner join reference.terminals as stays
        on stays.terminal_serial = punches.terminal_serial and stays.load_to is null
    inner join reference.pins
        on pins.load_to is null and pins.pin = punches.pin and pins.employee_id = %(employee_id)s
        and pins.scope_code in (stays.terminal_serial, stays.opd_code)
        and punches.punched_at_local >= pins.valid_from
        and punches.punched_at_local < coalesce(pins.valid_to, 'infinity'::date)
    where punches.terminal_serial = %(terminal_serial)s and punches.punched_at_local = %(punched_at_local)s
)
"""
_HOLDS: Final = """
select correction_id from ops.current_corrections
where employee_id = %(employee_id)s and work_date = %(work_date)s and what = %(what)s
    and terminal_serial is not distinct from %(terminal_serial)s
    and punched_at_local is not distinct from %(punched_at_local)s
"""
_INSERT: Final = """
insert into ops.corrections (
    employee_id, work_date, what, stated_time, terminal_serial, punched_at_local, withdraws, reason, decided_by, role,
    letter_no, decided_at
)
values (
    %(employee_id)s, %(work_date)s, %(what)s, %(stated_time)s, %(terminal_serial)s, %(punched_at_local)s,
    %(withdraws)s, %(reason)s, %(decided_by)s, %(role)s, %(letter_no)s, %(decided_at)s
) returning correction_id
"""
# A disowned punch of the early morning may have counted for the night before its date.
_TOUCH: Final = """
insert into ops.touched (employee_id, work_date, cause)
select distinct %(employee_id)s, day, 'decision'
from unnest(array[%(work_date)s::date, %(punched_at_local)s::date, %(punched_at_local)s::date - 1]) as days (day)
where day is not null
"""


@dataclass(frozen=True, slots=True)
class Correction:
    """What is put right. `stated_time` with time_in and time_out, the punch with disowned."""

    employee_id: str
    work_date: date
    what: What
    reason: str
    stated_time: time | None = None
    terminal_serial: str | None = None
    punched_at_local: datetime | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction as it was written; `withdraws` names the one that it takes back."""

    correction_id: int
    decider: Decider
    withdraws: int | None = None


def correct(settings: Settings, correction: Correction, signature: Signature, clock: Clock) -> Corrected:
    """Writes a correction and touches the day and those beside it.

    Raises:
        Problem: no such person or punch, no reason, the same thing is corrected already, or no right to decide.
    """
    values: dict[str, Any] = {
        "employee_id": correction.employee_id, "work_date": correction.work_date, "what": correction.what,
        "stated_time": correction.stated_time, "terminal_serial": correction.terminal_serial,
        "punched_at_local": correction.punched_at_local, "withdraws": None, "reason": correction.reason.strip(),
    }  # fmt: skip
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            decider = find_decider(cursor, settings, "correction", signature, clock())
            _check(cursor, values)
            return _write(cursor, values, decider, signature, clock())
    finally:
        conn.close()


def withdraw(settings: Settings, correction_id: int, reason: str, signature: Signature, clock: Clock) -> Corrected:
    """Takes a correction back by a row of its own.

    Raises:
        Problem: it does not hold (exit code 2), no reason, or no right to decide.
    """
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            decider = find_decider(cursor, settings, "correction", signature, clock())
            cursor.execute(
                "select employee_id, work_date from ops.current_corrections where correction_id = %s", (correction_id,)
            )
            found = cursor.fetchone()
            if found is None:
                raise Problem(f"Tidak ada koreksi {correction_id} yang berlaku.", Exit.WRONG_USE)
            values: dict[str, Any] = {
                "employee_id": found[0], "work_date": found[1], "what": "withdrawn", "stated_time": None,
                "terminal_serial": None, "punched_at_local": None, "withdraws": correction_id,
                "reason": _said(reason),
            }  # fmt: skip
            return _write(cursor, values, decider, signature, clock())
    finally:
        conn.close()


def _said(reason: str) -> str:
    if not reason.strip():
        raise Problem("Koreksi tanpa alasan tidak diterima.", Exit.WRONG_USE)
    return reason.strip()


def _check(cursor: Cursor, values: dict[str, Any]) -> None:
    _said(values["reason"])
    cursor.execute(_KNOWN, (values["employee_id"],))
    if cursor.fetchone() != (True,):
        raise Problem(f"Tidak ada pegawai dengan nomor '{values['employee_id']}'.", Exit.WRONG_USE)
    if values["what"] == "disowned":
        cursor.execute(_HIS_PUNCH, values)
        if cursor.fetchone() != (True,):
            raise Problem(
                f"Tidak ada rekaman atas PIN orang itu di terminal {values['terminal_serial']} pada "
                f"{values['punched_at_local']:%d-%m-%Y %H.%M.%S}.",
                Exit.WRONG_USE,
            )
    # Two writers at once: the second finds the row of the first.
    cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", (f"hadir.correction/{values['employee_id']}",))
    cursor.execute(_HOLDS, values)
    held = cursor.fetchone()
    if held:
        raise Problem(
            f"Hal itu sudah dikoreksi (koreksi {held[0]}); tarik dahulu: hadir decide withdraw {held[0]}.",
            Exit.WRONG_USE,
        )


def _write(cursor: Cursor, values: dict[str, Any], decider: Decider, signature: Signature, now: datetime) -> Corrected:
    signed = {
        "decided_by": decider.name, "role": decider.role, "letter_no": signature.letter_no.strip(), "decided_at": now,
    }  # fmt: skip
    cursor.execute(_INSERT, {**values, **signed})
    (correction_id,) = cursor.fetchone() or (0,)
    cursor.execute(_TOUCH, values)
    return Corrected(int(correction_id), decider, values["withdraws"])
