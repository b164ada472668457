"""What a locked or closed month hands over to the payers, office by office, from frozen rows only.

Names, NIP and offices are those of the site load that was locked, so a later load does not change a file that was
handed over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from psycopg2.extensions import cursor as Cursor

from decisions.months import OPEN
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

NO_OPD: Final = "TANPA-OPD"

_LOCK: Final = """
select
    months.month, months.state, months.frozen_id, months.load_id, months.build_id, months.rules_sha256,
    months.figures_sha256, locks.changed_at at time zone %(zone)s as locked_at_local,
    months.changed_at at time zone %(zone)s as changed_at_local,
    approvals.decided_by, approvals.role, approvals.letter_no
from ops.current_months as months
inner join ops.month_states as locks on locks.transition_id = months.frozen_id
left join ops.approvals on approvals.approval_id = months.approval_id
where months.month = %(month)s
"""
_KNOWN: Final = "load_from <= %(load_id)s and (load_to is null or load_to > %(load_id)s)"
# The people as the locked load knows them, with the NIP of the end of the month or the last one before.
_PEOPLE: Final = f"""
with employees as (
    select employee_id, name, kind from reference.employees where {_KNOWN}
),
numbers as (
    select distinct on (employee_id) employee_id, value as nip
    from reference.identifiers
    where kind = 'nip' and valid_from < %(month)s::date + interval '1 month' and {_KNOWN}
    order by employee_id, valid_from desc
)
"""  # noqa: S608 - constants
_ROWS: Final = f"""
{_PEOPLE},
cut_days as (
    select employee_id, count(distinct work_date) filter (where is_payable) as cut_day_count
    from ops.closed_cuts where transition_id = %(frozen_id)s
    group by employee_id
)
select
    coalesce(figures.opd_code, %(no_opd)s) as opd_code, figures.employee_id, numbers.nip, employees.name,
    employees.kind, figures.base_idr, coalesce(cut_days.cut_day_count, 0) as cut_day_count, figures.alpa_day_count,
    figures.incomplete_day_count, figures.undecided_count, figures.payable_pct, figures.payable_idr,
    figures.base_idr - figures.payable_idr as remaining_idr, figures.projected_idr
from ops.closed_months as figures
left join employees on employees.employee_id = figures.employee_id
left join numbers on numbers.employee_id = figures.employee_id
left join cut_days on cut_days.employee_id = figures.employee_id
where figures.transition_id = %(frozen_id)s
order by opd_code, employees.name collate "C", figures.employee_id
"""  # noqa: S608 - constants
_UNDECIDED: Final = f"""
{_PEOPLE}
select
    coalesce(figures.opd_code, %(no_opd)s) as opd_code, waiting.employee_id, numbers.nip, employees.name,
    waiting.work_date, waiting.code, waiting.reason, waiting.legal_basis
from (
    select employee_id, work_date, code, reason, legal_basis, deduction_id
    from ops.closed_cuts where transition_id = %(frozen_id)s and state = 'UNDECIDED'
    union all
    select employee_id, null, 'BELUM_LENGKAP', incomplete_day_count || ' hari belum lengkap datanya', '', ''
    from ops.closed_months where transition_id = %(frozen_id)s and incomplete_day_count > 0
) as waiting
inner join ops.closed_months as figures
    on figures.transition_id = %(frozen_id)s and figures.employee_id = waiting.employee_id
left join employees on employees.employee_id = waiting.employee_id
left join numbers on numbers.employee_id = waiting.employee_id
order by
    opd_code, employees.name collate "C", waiting.employee_id, waiting.work_date nulls last, waiting.deduction_id
"""  # noqa: S608 - constants
# The office that pays is the one of this month; who is not in it any more, the one of the month of the difference.
_SUSULAN: Final = f"""
{_PEOPLE}
select
    coalesce(figures.opd_code, late.opd_code, %(no_opd)s) as opd_code, late.employee_id, numbers.nip, employees.name,
    late.month, late.due_payable_pct, late.due_payable_idr, late.causes
from ops.closed_susulan as late
left join ops.closed_months as figures
    on figures.transition_id = late.transition_id and figures.employee_id = late.employee_id
left join employees on employees.employee_id = late.employee_id
left join numbers on numbers.employee_id = late.employee_id
where late.transition_id = %(frozen_id)s
order by opd_code, employees.name collate "C", late.employee_id, late.month
"""  # noqa: S608 - constants
_OPDS: Final = f"select opd_code, name from reference.opd where {_KNOWN}"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Lock:
    """The month and what its figures rest on; times are wall times of the city. No signature: it is only locked."""

    month: date
    state: str
    frozen_id: int
    load_id: int
    build_id: int
    rules_sha256: str
    figures_sha256: str
    locked_at_local: datetime
    changed_at_local: datetime
    decided_by: str | None
    role: str | None
    letter_no: str | None


@dataclass(frozen=True, slots=True)
class Payee:
    """One person of the month. Rupiah; `remaining_idr` is the base less the cut, both None without a known base."""

    opd_code: str
    employee_id: str
    nip: str | None
    name: str | None
    kind: str | None
    base_idr: Decimal | None
    cut_day_count: int
    alpa_day_count: int
    incomplete_day_count: int
    undecided_count: int
    payable_pct: Decimal
    payable_idr: Decimal
    remaining_idr: Decimal | None
    projected_idr: Decimal


@dataclass(frozen=True, slots=True)
class Undecided:
    """A cut without an amount, or (no date) days without complete data: outside every sum."""

    opd_code: str
    employee_id: str
    nip: str | None
    name: str | None
    work_date: date | None
    code: str
    reason: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Late:
    """The difference of an earlier month that is paid with this one; negative: given back."""

    opd_code: str
    employee_id: str
    nip: str | None
    name: str | None
    month: date
    due_payable_pct: Decimal
    due_payable_idr: Decimal
    causes: str


@dataclass(frozen=True, slots=True)
class Office:
    """What one office is handed."""

    lock: Lock
    opd_code: str
    opd_name: str
    payees: tuple[Payee, ...]
    undecided: tuple[Undecided, ...]
    late: tuple[Late, ...]

    @property
    def totals(self) -> dict[str, Any]:
        """Control totals: people, days, percentages, rupiah, and how many cuts the sums leave out."""
        return {
            "people_count": len(self.payees),
            "cut_day_count": sum(row.cut_day_count for row in self.payees),
            "alpa_day_count": sum(row.alpa_day_count for row in self.payees),
            "incomplete_day_count": sum(row.incomplete_day_count for row in self.payees),
            "payable_pct": sum((row.payable_pct for row in self.payees), Decimal(0)),
            "payable_idr": sum((row.payable_idr for row in self.payees), Decimal(0)),
            "projected_idr": sum((row.projected_idr for row in self.payees), Decimal(0)),
            "undecided_count": sum(row.undecided_count for row in self.payees),
            "undecided_people_count": sum(1 for row in self.payees if row.undecided_count),
            "susulan_count": len(self.late),
            "susulan_idr": sum((row.due_payable_idr for row in self.late), Decimal(0)),
        }


def read_offices(settings: Settings, month: date, opd_code: str | None = None) -> list[Office]:
    """The offices of a locked or closed month, in order of their code.

    Raises:
        Problem: the month is open (exit code 3), or no such office in it (exit code 2).
    """
    conn = connect(settings, "auditor")
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute(_LOCK, {"month": month, "zone": settings.timezone})
            found = cursor.fetchone()
            if found is None:
                raise Problem(
                    f"Bulan {month:%Y-%m} masih {OPEN}: angkanya masih dapat berubah dan tidak diserahkan. Kunci atau "
                    f"tutup dahulu: hadir close {month:%Y-%m}.",
                    Exit.REFUSED,
                )
            offices = list(_offices(cursor, Lock(*found)))
    finally:
        conn.close()
    wanted = [office for office in offices if opd_code in (None, office.opd_code)]
    if not wanted:
        codes = ", ".join(office.opd_code for office in offices)
        raise Problem(f"Tidak ada OPD '{opd_code}' dalam bulan {month:%Y-%m}; yang ada: {codes}.", Exit.WRONG_USE)
    return wanted


def _offices(cursor: Cursor, lock: Lock) -> Iterable[Office]:
    values = {"month": lock.month, "frozen_id": lock.frozen_id, "load_id": lock.load_id, "no_opd": NO_OPD}
    payees = _read(cursor, _ROWS, values, Payee)
    undecided = _read(cursor, _UNDECIDED, values, Undecided)
    late = _read(cursor, _SUSULAN, values, Late)
    cursor.execute(_OPDS, values)
    names = dict(cursor.fetchall())
    for code in sorted({row.opd_code for row in payees} | {row.opd_code for row in late}):
        yield Office(
            lock,
            code,
            names.get(code, code),
            tuple(row for row in payees if row.opd_code == code),
            tuple(row for row in undecided if row.opd_code == code),
            tuple(row for row in late if row.opd_code == code),
        )


_Row = TypeVar("_Row", Payee, Undecided, Late)


def _read(cursor: Cursor, query: str, values: dict[str, Any], row: type[_Row]) -> list[_Row]:
    cursor.execute(query, values)
    names = [column.name for column in cursor.description or ()]
    return [row(**dict(zip(names, found, strict=True))) for found in cursor.fetchall()]
