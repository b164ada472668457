"""Keberatan: what an employee objects to in his cuts, and the answer. It stands beside the cut and changes nothing.

An objection that is accepted is put right by what it was about: a correction, an excuse, a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import psycopg2
from psycopg2.extensions import cursor as Cursor

from decisions.approvals import Signature, find_decider
from warehouse.clock import Clock
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

Answer = Literal["DITERIMA", "DITOLAK"]

_CUT: Final = """
select employee_id, work_date, event_id from marts.fct_deductions where deduction_id = %s
union
select employee_id, work_date, event_id from ops.closed_cuts where deduction_id = %s
"""
# Against a day that nobody judged there is nothing to object to.
_JUDGED: Final = """
select exists (
    select 1 from marts.fct_daily_attendance
    where employee_id = %(employee_id)s and work_date >= %(first)s and work_date < %(end)s
)
"""
_FILE: Final = """
insert into ops.objections (
    employee_id, month, work_date, event_id, deduction_id, objection_text, filed_on, letter_no, recorded_by, recorded_at
)
values (
    %(employee_id)s, %(month)s, %(work_date)s, %(event_id)s, %(deduction_id)s, %(text)s, %(filed_on)s, %(letter_no)s,
    %(recorded_by)s, %(recorded_at)s
) returning objection_id
"""
_ANSWER: Final = """
insert into ops.objection_answers (objection_id, answer, answer_text, decided_by, role, letter_no, decided_at)
values (%(objection_id)s, %(answer)s, %(text)s, %(decided_by)s, %(role)s, %(letter_no)s, %(decided_at)s)
"""


@dataclass(frozen=True, slots=True)
class Objection:
    """What is objected to: a month, one of its days (work_date), or one cut (deduction_id)."""

    employee_id: str
    month: date
    text: str
    filed_on: date
    work_date: date | None = None
    deduction_id: str | None = None


def file_objection(settings: Settings, objection: Objection, signature: Signature, clock: Clock) -> int:
    """Records an objection as it was handed in (signature: who records it, and the employee's letter).

    Returns:
        The number of the objection.

    Raises:
        Problem: no such cut or judged day, no text, filed in the future, or no right to record it.
    """
    now = clock()
    if not objection.text.strip():
        raise Problem("Keberatan tanpa isi tidak diterima.", Exit.WRONG_USE)
    if objection.filed_on > now.astimezone(settings.zone).date():
        raise Problem(f"Tanggal keberatan {objection.filed_on:%d-%m-%Y} belum tiba.", Exit.WRONG_USE)
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            decider = find_decider(cursor, settings, "objection", signature, now)
            values = {
                **_subject(cursor, objection), "text": objection.text.strip(), "filed_on": objection.filed_on,
                "letter_no": signature.letter_no.strip(), "recorded_by": decider.name, "recorded_at": now,
            }  # fmt: skip
            cursor.execute(_FILE, values)
            (objection_id,) = cursor.fetchone() or (0,)
            return int(objection_id)
    except psycopg2.errors.UndefinedTable as error:
        raise Problem("Belum ada yang dihitung; jalankan 'hadir build' dahulu.") from error
    finally:
        conn.close()


def answer_objection(
    settings: Settings, objection_id: int, answer: Answer, text: str, *, signature: Signature, clock: Clock
) -> None:
    """Writes the answer, once.

    Raises:
        Problem: no such objection, answered already (exit code 3), no text, or no right to decide.
    """
    if not text.strip():
        raise Problem("Jawaban tanpa isi tidak diterima.", Exit.WRONG_USE)
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            decider = find_decider(cursor, settings, "objection", signature, clock())
            cursor.execute(
                _ANSWER,
                {
                    "objection_id": objection_id, "answer": answer, "text": text.strip(), "decided_by": decider.name,
                    "role": decider.role, "letter_no": signature.letter_no.strip(), "decided_at": clock(),
                },
            )  # fmt: skip
    except psycopg2.errors.ForeignKeyViolation as error:
        raise Problem(f"Tidak ada keberatan nomor {objection_id}.", Exit.WRONG_USE) from error
    except psycopg2.errors.UniqueViolation as error:
        raise Problem(f"Keberatan {objection_id} sudah dijawab; jawabannya tidak diubah.", Exit.REFUSED) from error
    finally:
        conn.close()


def _subject(cursor: Cursor, objection: Objection) -> dict[str, Any]:
    """The columns that say what it is about, as the marts know it."""
    subject = {
        "employee_id": objection.employee_id, "month": objection.month, "work_date": objection.work_date,
        "event_id": None, "deduction_id": objection.deduction_id,
    }  # fmt: skip
    if objection.deduction_id is not None:
        cursor.execute(_CUT, (objection.deduction_id, objection.deduction_id))
        found = cursor.fetchone()
        if found is None or found[0] != objection.employee_id:
            raise Problem(f"Orang itu tidak punya potongan '{objection.deduction_id}'.", Exit.WRONG_USE)
        return {**subject, "month": found[1].replace(day=1), "work_date": found[1], "event_id": found[2]}
    first = objection.work_date or objection.month
    cursor.execute(
        _JUDGED.replace("%(end)s", f"%(first)s::date + interval '1 {'day' if objection.work_date else 'month'}'"),
        {**subject, "first": first},
    )
    if cursor.fetchone() != (True,):
        raise Problem("Orang itu tidak dijadwalkan bekerja pada hari atau bulan itu.", Exit.WRONG_USE)
    return subject
