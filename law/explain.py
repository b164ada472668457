"""The chain behind one status or one rupiah, as data: article, roster row, excuse, punches, pull, evidence hash."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Final

import psycopg2
from psycopg2.extensions import cursor as Cursor

from law.chain import Row, read_chain, rows
from law.person import Person, find_person
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

_MONTH: Final = """
select months.*
from marts.fct_monthly_deductions as months
where months.employee_id = %(employee_id)s and months.month = %(first)s
"""
# What the names of counters count, to say it in words.
_COUNTERS: Final = "select counter, matter, code, excuse_kind, unit from staging.stg_law__counters"
# Who closed the month and what has come since; a month that was never locked has no row.
_CLOSING: Final = """
select months.state, months.frozen_id, months.changed_at, approvals.decided_by, approvals.role, approvals.letter_no,
    months.rules_sha256, months.figures_sha256
from ops.current_months as months
left join ops.approvals on approvals.approval_id = months.approval_id
where months.month = %(first)s
"""
# Cheap, by keys: whether anything of a closed month is otherwise now, so that the report of all differences is asked
# for the few only.
_HAS_MOVED: Final = """
select
    (
        select (payable_pct, payable_idr, projected_pct, projected_idr, undecided_count) from ops.closed_months
        where transition_id = %(frozen_id)s and employee_id = %(employee_id)s
    ) is distinct from (
        select (payable_pct, payable_idr, projected_pct, projected_idr, undecided_count)
        from intermediate.int_monthly_deductions__computed
        where employee_id = %(employee_id)s and month = %(first)s
    )
    or exists (
        select 1 from ops.closed_susulan where month = %(first)s and employee_id = %(employee_id)s
    ) as has_moved
"""
_SUSULAN: Final = """
select difference_payable_pct, difference_payable_idr, difference_projected_pct, difference_projected_idr,
    difference_undecided_count, settled_payable_idr, due_payable_idr, payment_month, causes
from marts.rpt_susulan where employee_id = %(employee_id)s and month = %(first)s
"""


def explain(settings: Settings, who: str, when: str) -> dict[str, Any]:
    """Why a person's day or month is what it is.

    Args:
        settings: where the database is; it is read with the rights of an auditor.
        who: NIP or employee_id.
        when: `YYYY-MM-DD` for a day, `YYYY-MM` for a month.

    Returns:
        `status` (set of words; of a month its state), `minutes` {late, early}, `deductions` [{pct, amount_idr,
        rule_code, legal_basis, punches, pull, evidence_sha256, reason, ..}], and the chain around them.

    Raises:
        Problem: unknown person, impossible date, nothing rostered then, or nothing built yet.
    """
    first, end, is_month = _span(when)
    conn = connect(settings, "auditor")
    try:
        with conn, conn.cursor() as cursor:
            person = find_person(cursor, who)
            # Moments are stored in UTC; they are shown as the city's clocks show them.
            cursor.execute("set local time zone %s", (settings.timezone,))
            closing = rows(cursor, _CLOSING, {"first": first}) if is_month else []
            frozen_id = closing[0]["frozen_id"] if closing else None
            chain = read_chain(cursor, person.employee_id, first, end, frozen_id)
            if not chain["days"]:
                raise Problem(_nothing_then(person, when, is_month=is_month), Exit.WRONG_USE)
            if not is_month:
                return _day(person, chain)
            values = {"employee_id": person.employee_id, "first": first}
            totals = rows(cursor, _MONTH, values)
            if not totals:
                raise Problem(_not_closed(person, when), Exit.WRONG_USE)
            late = _late(cursor, closing, values)
            told = _month(person, when, chain, totals[0])
            if told["triggers"]:
                counters = {row["counter"]: row for row in rows(cursor, _COUNTERS, values)}
                told["triggers"] = [{**counters.get(one["counter"], {}), **one} for one in told["triggers"]]
            return {**told, **_since_the_close(closing, late, chain["late_deductions"])}
    except psycopg2.errors.UndefinedTable as error:
        raise Problem("Belum ada yang dihitung; jalankan 'hadir build' dahulu.", Exit.WRONG_FOUND) from error
    finally:
        conn.close()


def _span(when: str) -> tuple[date, date, bool]:
    """First day, the day after the last, and whether a month is meant."""
    is_month = re.fullmatch(r"\d{4}-\d\d", when) is not None
    try:
        first = date.fromisoformat(f"{when}-01" if is_month else when)
    except ValueError:
        raise Problem(
            f"'{when}' bukan tanggal atau bulan; tulis misalnya 2017-03-21 atau 2017-03.", Exit.WRONG_USE
        ) from None
    if not is_month:
        return first, first + timedelta(days=1), False
    return first, (first + timedelta(days=31)).replace(day=1), True


def _nothing_then(person: Person, when: str, *, is_month: bool) -> str:
    unit = "dalam bulan" if is_month else "pada tanggal"
    return (
        f"{person.name} tidak dijadwalkan bekerja {unit} {when}: hari libur, belum atau tidak lagi bertugas, "
        "kantornya belum punya terminal, atau tanggalnya sesudah pembangunan terakhir."
    )


def _not_closed(person: Person, when: str) -> str:
    return f"{person.name} tidak ada dalam bulan {when} yang sudah ditutup: datanya baru datang sesudahnya."


def _late(cursor: Cursor, closing: list[Row], values: Row) -> list[Row]:
    """The person's row of rpt_susulan; none where nothing has moved since a close, or nothing was closed."""
    if not closing or closing[0]["state"] != "CLOSED":
        return []
    (moved,) = rows(cursor, _HAS_MOVED, {**values, "frozen_id": closing[0]["frozen_id"]})
    return rows(cursor, _SUSULAN, values) if moved["has_moved"] else []


def _since_the_close(closing: list[Row], late: list[Row], cuts: list[Row]) -> Row:
    """The signature on the month, and what would be otherwise now; both None while it is open."""
    susulan = {**late[0], "deductions": cuts} if late else None
    return {"closing": closing[0] if closing else None, "susulan": susulan}


def _employee(person: Person) -> Row:
    return {
        "employee_id": person.employee_id, "nip": person.nip, "name": person.name, "kind": person.kind,
        "opd_code": person.opd_code, "opd_name": person.opd_name, "title": person.title,
    }  # fmt: skip


def _day(person: Person, chain: Row) -> Row:
    (day,) = chain["days"]
    return {
        "kind": "day",
        "employee": _employee(person),
        "date": day["work_date"],
        "status": day["statuses"],
        "headline": day["status"],
        "minutes": {"late": day["late_minutes"], "early": day["early_minutes"]},
        "reason": day["reason"],
        "shifts": chain["shifts"],
        "excuses": chain["excuses"],
        "events": chain["events"],
        "caps": chain["caps"],
        "corrections": chain["corrections"],
        "objections": chain["objections"],
        "deductions": chain["deductions"],
        "pulls": chain["pulls"],
        "build_id": day["build_id"],
    }


def _month(person: Person, when: str, chain: Row, totals: Row) -> Row:
    """Each cut, what their sum is before and after the one rounding, and what it leaves out."""
    for name in ("employee_id", "month", "opd_code", "close_state"):
        totals.pop(name)
    counted = [cut for cut in chain["deductions"] if cut["state"] == "DIHITUNG" and cut["amount_idr"] is not None]
    return {
        "kind": "month",
        "employee": _employee(person),
        "month": when,
        "status": totals.pop("month_state"),
        "minutes": {
            "late": sum(day["late_minutes"] for day in chain["days"]),
            "early": sum(day["early_minutes"] for day in chain["days"]),
        },
        "deductions": chain["deductions"],
        "caps": chain["caps"],
        "triggers": totals.pop("triggers", None) or [],
        "corrections": chain["corrections"],
        "objections": chain["objections"],
        "totals": {
            **totals,
            "payable_exact_idr": sum(cut["amount_idr"] for cut in counted if cut["is_payable"]),
            "projected_exact_idr": sum(cut["amount_idr"] for cut in counted if not cut["is_payable"]),
        },
        "incomplete_days": [
            {"date": day["work_date"], "reason": day["reason"]}
            for day in chain["days"]
            if "BELUM_LENGKAP" in day["statuses"]
        ],
        "build_id": max(day["build_id"] for day in chain["days"]),
    }
