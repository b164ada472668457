"""Tries a draft: a scratch copy of the city's database, the draft in force there, a full build, the difference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from psycopg2.extras import RealDictCursor

from law.simulation.draft import enter_draft, read_draft
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.scratch import copied_database
from warehouse.settings import Settings

EXTREMES: Final = 10

_LAST_BUILD: Final = """
select as_of from ops.builds where state = 'succeeded' order by build_id desc limit 1
"""
_PEOPLE: Final = """
select
    months.employee_id,
    employees.name,
    coalesce(max(offices.opd_name), '-') as opd_name,
    sum(months.payable_idr) as payable_idr,
    sum(months.payable_pct) as payable_pct,
    sum(months.projected_idr) as projected_idr,
    sum(months.undecided_count)::integer as undecided_count,
    sum(months.alpa_day_count)::integer as alpa_day_count
from intermediate.int_monthly_deductions__computed as months
inner join marts.dim_employee as employees on months.employee_id = employees.employee_id
left join marts.dim_opd as offices on months.opd_code = offices.opd_code
where months.month >= %(first)s and months.month < %(end)s
group by months.employee_id, employees.name
"""
_MATTERS: Final = """
select
    matter,
    count(*)::integer as cut_count,
    count(*) filter (where state = 'UNDECIDED')::integer as undecided_count
from marts.fct_deductions
where work_date >= %(first)s and work_date < %(end)s and rule_status = 'in_force'
group by matter
"""
_GOVERNING: Final = """
select distinct regulations.short_name
from intermediate.int_regulations__governing as governing
inner join staging.stg_law__regulations as regulations on governing.regulation_code = regulations.regulation_code
where governing.purpose = 'potongan' and governing.valid_from < %(end)s and governing.valid_to > %(first)s
order by regulations.short_name
"""


@dataclass(frozen=True, slots=True)
class Person:
    """What the months of the span cost somebody, by the rule in force and by the draft."""

    employee_id: str
    name: str
    opd_name: str
    before_idr: Decimal
    after_idr: Decimal
    before_pct: Decimal
    after_pct: Decimal
    before_undecided: int
    after_undecided: int

    @property
    def change_idr(self) -> Decimal:
        """Positive: the draft costs more."""
        return self.after_idr - self.before_idr


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over some people. `hit`: people from whom something is cut."""

    name: str
    people: int
    before_idr: Decimal
    after_idr: Decimal
    before_hit: int
    after_hit: int
    before_undecided: int
    after_undecided: int

    @property
    def change_idr(self) -> Decimal:
        """Positive: the draft costs more."""
        return self.after_idr - self.before_idr


@dataclass(frozen=True, slots=True)
class Matter:
    """How many cuts of one kind there are, by either rule; undecided ones are among them."""

    matter: str
    before_count: int
    after_count: int
    before_undecided: int
    after_undecided: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """The answer to 'what if'. Amounts are payable rupiah of whole months."""

    code: str
    draft: str
    in_force: tuple[str, ...]
    first: date
    last: date
    as_of: datetime
    people: tuple[Person, ...]
    offices: tuple[Total, ...]
    matters: tuple[Matter, ...]
    total: Total

    @property
    def worst(self) -> tuple[Person, ...]:
        """Those whom the draft costs most more, at most ten."""
        return _extreme(self.people, worst=True)

    @property
    def luckiest(self) -> tuple[Person, ...]:
        """Those whom the draft spares most, at most ten."""
        return _extreme(self.people, worst=False)

    def payload(self) -> dict[str, Any]:
        """The same for `--json`."""
        return {
            "regulation_code": self.code,
            "in_force": list(self.in_force),
            "from": self.first,
            "to": self.last,
            "as_of": self.as_of,
            "total": _with_change(self.total),
            "offices": [_with_change(office) for office in self.offices],
            "matters": [asdict(matter) for matter in self.matters],
            "worst": [_with_change(person) for person in self.worst],
            "luckiest": [_with_change(person) for person in self.luckiest],
        }


def simulate(settings: Settings, folder: Path, first: date, end: date) -> Simulation:
    """Builds the span by the draft, in a copy; the city's database is not touched.

    Args:
        settings: of the city.
        folder: the draft, files in the form of the seeds.
        first: first day of a month.
        end: first day of the month after the last.

    Raises:
        Problem: the draft is wrong (exit code 2), the database is in use (3), nothing was built yet, the build failed.
    """
    draft = read_draft(folder)
    with copied_database(settings, "simulation") as copy:
        as_of = _last_build(copy)
        before, matters_before, in_force = _figures(copy, first, end)
        conn = connect(copy, "owner")
        with conn, conn.cursor() as cursor:
            enter_draft(cursor, draft, first, end)
        conn.close()
        build(copy, clock_at(as_of), full=True)
        after, matters_after, _ = _figures(copy, first, end)
    if not before:
        raise Problem(f"Tidak ada bulan dari {first:%Y-%m} sampai sebelum {end:%Y-%m} di basis data.")
    people = _people(before, after)
    return Simulation(
        draft.code, draft.name, in_force, first, date.fromordinal(end.toordinal() - 1), as_of, people,
        _offices(people), _matters(matters_before, matters_after), _total("Semua kantor", people),
    )  # fmt: skip


def _last_build(copy: Settings) -> datetime:
    conn = connect(copy, "auditor")
    with conn, conn.cursor() as cursor:
        cursor.execute(_LAST_BUILD)
        row = cursor.fetchone()
    conn.close()
    if row is None:
        raise Problem("Belum pernah ada pembangunan, jadi tidak ada yang dibandingkan; jalankan 'hadir build'.")
    as_of: datetime = row[0]
    return as_of


def _figures(
    settings: Settings, first: date, end: date
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]], tuple[str, ...]]:
    conn = connect(settings, "auditor")
    span = {"first": first, "end": end}
    with conn, conn.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(_PEOPLE, span)
        people = {row["employee_id"]: dict(row) for row in cursor.fetchall()}
        cursor.execute(_MATTERS, span)
        matters = {row["matter"]: dict(row) for row in cursor.fetchall()}
        cursor.execute(_GOVERNING, span)
        governing = tuple(row["short_name"] for row in cursor.fetchall())
    conn.close()
    return people, matters, governing


def _people(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> tuple[Person, ...]:
    found = []
    for employee_id in sorted(before.keys() | after.keys()):
        old, new = before.get(employee_id, {}), after.get(employee_id, {})
        known = old or new
        found.append(
            Person(
                employee_id, known["name"], known["opd_name"],
                old.get("payable_idr", Decimal()), new.get("payable_idr", Decimal()),
                old.get("payable_pct", Decimal()), new.get("payable_pct", Decimal()),
                old.get("undecided_count", 0), new.get("undecided_count", 0),
            )
        )  # fmt: skip
    return tuple(found)


def _total(name: str, people: Iterable[Person]) -> Total:
    members = list(people)
    return Total(
        name, len(members),
        sum((one.before_idr for one in members), Decimal()), sum((one.after_idr for one in members), Decimal()),
        sum(one.before_idr > 0 for one in members), sum(one.after_idr > 0 for one in members),
        sum(one.before_undecided for one in members), sum(one.after_undecided for one in members),
    )  # fmt: skip


def _offices(people: Sequence[Person]) -> tuple[Total, ...]:
    """By how much the draft changes them, the hardest hit first."""
    names = sorted({one.opd_name for one in people})
    totals = [_total(name, [one for one in people if one.opd_name == name]) for name in names]
    return tuple(sorted(totals, key=lambda office: (-office.change_idr, office.name)))


def _matters(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> tuple[Matter, ...]:
    return tuple(
        Matter(
            matter,
            *(side.get(matter, {}).get("cut_count", 0) for side in (before, after)),
            *(side.get(matter, {}).get("undecided_count", 0) for side in (before, after)),
        )
        for matter in sorted(before.keys() | after.keys())
    )


def _extreme(people: Iterable[Person], *, worst: bool) -> tuple[Person, ...]:
    sign = 1 if worst else -1
    changed = [one for one in people if sign * one.change_idr > 0]
    return tuple(sorted(changed, key=lambda one: (-sign * one.change_idr, one.employee_id))[:EXTREMES])


def _with_change(row: Person | Total) -> dict[str, Any]:
    return {**asdict(row), "change_idr": row.change_idr}
