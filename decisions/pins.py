"""Whose an unknown PIN is: until somebody says so, its punches hold back every alpa of that terminal and day."""

from __future__ import annotations

from typing import Final

from decisions.approvals import Approval, Signature, record
from warehouse.clock import Clock
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings
from warehouse.touched import touch_everybody

NOBODY: Final = "nobody"

_KNOWN: Final = """
select
    exists (select 1 from raw.punches where terminal_serial = %(serial)s and pin = %(pin)s),
    %(employee_id)s::text is null
    or exists (select 1 from reference.employees where load_to is null and employee_id = %(employee_id)s)
"""
_DAYS: Final = """
select distinct punched_at_local::date from raw.punches where terminal_serial = %(serial)s and pin = %(pin)s
order by 1
"""
# What the gate and the build read: the decision that holds now.
_HOLD: Final = """
insert into ops.pin_decisions (terminal_serial, pin, employee_id, decided_by, letter_no, decided_at)
values (%(serial)s, %(pin)s, %(employee_id)s, %(decided_by)s, %(letter_no)s, %(decided_at)s)
on conflict (terminal_serial, pin) do update set
    employee_id = excluded.employee_id, decided_by = excluded.decided_by,
    letter_no = excluded.letter_no, decided_at = excluded.decided_at
"""
# His own days too: he need not be one of those who may use the terminal.
_TOUCH_OWNER: Final = """
insert into ops.touched (employee_id, work_date, cause)
select %(employee_id)s, day, 'decision' from unnest(%(days)s::date[]) as day
"""


def decide_pin(
    settings: Settings, serial: str, pin: str, employee_id: str | None, *, signature: Signature, clock: Clock
) -> Approval:
    """Says whose a PIN at a terminal is (None: nobody's), and touches the days on which it was punched.

    Raises:
        Problem: no punch of this PIN there, no such employee, or no right to decide.
    """
    values: dict[str, object] = {"serial": serial, "pin": pin, "employee_id": employee_id}
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute(_KNOWN, values)
            is_punched, is_employee = cursor.fetchone() or (False, False)
            if not is_punched:
                raise Problem(f"PIN {pin} tidak pernah terekam di terminal {serial}.", Exit.WRONG_USE)
            if not is_employee:
                raise Problem(f"Tidak ada pegawai dengan nomor '{employee_id}'.", Exit.WRONG_USE)
            answer = {"answer": "employee" if employee_id else "nobody", "employee_id": employee_id}
            subject = {"terminal_serial": serial, "pin": pin}
            approval = record(cursor, settings, "pin", subject=subject, answer=answer, signature=signature, now=clock())
            decider = {"decided_by": approval.decider.name, "decided_at": approval.decided_at}
            cursor.execute(_HOLD, {**values, **decider, "letter_no": signature.letter_no.strip()})
            cursor.execute(_DAYS, values)
            days = [day for (day,) in cursor.fetchall()]
            touch_everybody(cursor, serial, None, [(day, day) for day in days], "decision")
            if employee_id:
                cursor.execute(_TOUCH_OWNER, {**values, "days": days})
            return approval
    finally:
        conn.close()
