"""The roll of a religious ceremony (PHBI), and what its absence costs by decision of the leadership.

In January 2017 the sanction 'depends on the leadership' (seed event_rules, by_decision): until there is a decision its
rows have no amount. Where a regulation names a rate, the rate holds and a decision may replace it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import psycopg2
from psycopg2.extensions import cursor as Cursor

from decisions.approvals import Approval, Signature, record
from warehouse.clock import Clock
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

FAMILY: Final = "phbi"


@dataclass(frozen=True, slots=True)
class Roll:
    """One ceremony: how many were expected and what is known of them."""

    event_id: str
    name: str
    event_date: date
    expected_count: int
    present_count: int
    excused_count: int
    absent_count: int
    incomplete_count: int

    @property
    def in_words(self) -> str:
        """One line for people."""
        return (
            f"{self.name} ({self.event_id}), {self.event_date:%d-%m-%Y}: seharusnya {self.expected_count}, hadir "
            f"{self.present_count}, dikecualikan {self.excused_count}, tidak hadir {self.absent_count}, belum ada data "
            f"{self.incomplete_count}"
        )


@dataclass(frozen=True, slots=True)
class Sanction:
    """What each absence costs: percent of the base, whole rupiah, or nothing; `excepted` (employee_id) go free."""

    kind: Literal["pct", "amount", "none"]
    pct: Decimal | None = None
    amount_idr: Decimal | None = None
    excepted: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        """The answer's columns of ops.approvals."""
        return {
            "answer": self.kind, "pct": self.pct, "amount_idr": self.amount_idr, "excepted": sorted(set(self.excepted)),
        }  # fmt: skip


def sanction_of(pct: Decimal | None, amount_idr: Decimal | None, is_none: bool, excepted: tuple[str, ...]) -> Sanction:
    """The sanction of a form or a command line, of which exactly one kind is filled.

    Raises:
        Problem: none or several kinds, a rate outside (0, 100] or finer than 0.01, no whole positive rupiah.
    """
    if (pct is not None) + (amount_idr is not None) + is_none != 1:
        raise Problem("Pilih tepat satu: persen, rupiah, atau tanpa sanksi.", Exit.WRONG_USE)
    if pct is not None:
        if not 0 < pct <= 100 or pct != round(pct, 2):
            raise Problem(f"Persen {pct} harus di atas 0, paling banyak 100, dua angka desimal.", Exit.WRONG_USE)
        return Sanction("pct", pct=pct, excepted=excepted)
    if amount_idr is not None:
        if amount_idr <= 0 or amount_idr != amount_idr.to_integral_value():
            raise Problem(f"Rupiah {amount_idr} harus bulat dan di atas nol.", Exit.WRONG_USE)
        return Sanction("amount", amount_idr=amount_idr, excepted=excepted)
    return Sanction("none", excepted=excepted)


_ROLL: Final = """
select events.event_id, events.name, events.event_date,
    count(attendance.employee_id),
    count(*) filter (where attendance.status = 'HADIR'),
    count(*) filter (where attendance.status = 'DIKECUALIKAN'),
    count(*) filter (where left(attendance.status, 6) = 'TIDAK_'),
    count(*) filter (where attendance.status = 'BELUM_LENGKAP')
from reference.events
left join marts.fct_event_attendance as attendance on attendance.event_id = events.event_id
where events.load_to is null and events.event_id = %(event_id)s and split_part(events.kind, '_', 1) = %(family)s
group by events.event_id, events.name, events.event_date
"""

_EXCEPTED_STRANGERS: Final = """
select coalesce(array_agg(asked.employee_id order by asked.employee_id), '{}')
from unnest(%(excepted)s::text[]) as asked (employee_id)
where not exists (
    select 1 from marts.fct_event_attendance as attendance
    where attendance.event_id = %(event_id)s and attendance.employee_id = asked.employee_id
)
"""

# Whoever is found absent later on is touched by what shows it, and his row is priced with the decision that holds then.
_TOUCH_ABSENT: Final = """
insert into ops.touched (employee_id, work_date, cause)
select employee_id, event_date, 'sanction' from marts.fct_event_attendance
where event_id = %(event_id)s and left(status, 6) = 'TIDAK_'
"""


def take_roll(settings: Settings, event_id: str) -> Roll:
    """The roll of a ceremony as the last build shows it.

    Raises:
        Problem: no such ceremony, or nothing built yet.
    """
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            return _roll(cursor, event_id)
    finally:
        conn.close()


def decide_sanction(
    settings: Settings, event_id: str, sanction: Sanction, signature: Signature, clock: Clock
) -> tuple[Approval, Roll]:
    """Writes the leadership's decision and touches the day of everybody who was absent.

    Raises:
        Problem: no such ceremony, somebody excepted who was not expected there, or no right to decide.
    """
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            roll = _roll(cursor, event_id)
            values = {"event_id": event_id, "excepted": list(sanction.excepted)}
            cursor.execute(_EXCEPTED_STRANGERS, values)
            (strangers,) = cursor.fetchone() or ([],)
            if strangers:
                raise Problem(f"Bukan peserta {event_id}: {', '.join(strangers)}.", Exit.WRONG_USE)
            approval = record(
                cursor, settings, "phbi_sanction",
                subject={"event_id": event_id}, answer=sanction.columns(), signature=signature, now=clock(),
            )  # fmt: skip
            cursor.execute(_TOUCH_ABSENT, values)
            return approval, roll
    finally:
        conn.close()


def _roll(cursor: Cursor, event_id: str) -> Roll:
    try:
        cursor.execute(_ROLL, {"event_id": event_id, "family": FAMILY})
    except psycopg2.errors.UndefinedTable as error:
        raise Problem("Belum ada yang dihitung; jalankan 'hadir build' dahulu.") from error
    row = cursor.fetchone()
    if row is None:
        raise Problem(
            f"Tidak ada acara PHBI dengan kode '{event_id}' dalam events.csv; hanya PHBI yang sanksinya diserahkan "
            "kepada pimpinan.",
            Exit.WRONG_USE,
        )
    return Roll(*row)
