"""What the marts answer to each scenario, under the names that `expected` uses. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from psycopg2.extras import RealDictCursor

from law.examples.facts import Entered
from warehouse.connection import connect
from warehouse.settings import Settings

Answer = Mapping[str, Any]

# A day without a cut costs 0; one that cannot be judged, or holds an undecided cut, has no figure. A day off on which
# nothing was missed has no row: nobody is on the roster.
_DAYS: Final = """
select
    asked.employee_id,
    coalesce(attendance.statuses, array['LIBUR']) as status,
    coalesce(attendance.late_minutes, 0) as late,
    coalesce(attendance.early_minutes, 0) as early,
    cuts.codes,
    shifts.warnings as warn,
    case when is_known then coalesce(combined.pct, 0) end as pct,
    case when is_known then coalesce(combined.pct_total, 0) end as pct_total,
    case when is_known then coalesce(combined.amount_idr, 0) end as cut_rp,
    cuts.candidates,
    attendance.reason
from unnest(%(people)s::text[], %(days)s::date[]) as asked (employee_id, work_date)
left join marts.fct_daily_attendance as attendance
    on attendance.employee_id = asked.employee_id and attendance.work_date = asked.work_date
left join (
    select employee_id, work_date, array_agg(distinct warning) as warnings
    from marts.fct_shift_attendance cross join lateral unnest(warnings) as named (warning)
    group by employee_id, work_date
) as shifts on shifts.employee_id = asked.employee_id and shifts.work_date = asked.work_date
left join (
    select
        employee_id, work_date,
        array_agg(distinct code) as codes,
        (array_agg(candidates) filter (where candidates is not null))[1:1] as candidates
    from marts.fct_deductions group by employee_id, work_date
) as cuts on cuts.employee_id = asked.employee_id and cuts.work_date = asked.work_date
left join intermediate.int_days__combined as combined
    on combined.employee_id = asked.employee_id and combined.work_date = asked.work_date
cross join lateral (
    select
        coalesce(combined.undecided_count, 0) = 0
        and 'BELUM_LENGKAP' <> all(coalesce(attendance.statuses, array[]::text[])) as is_known
) as known
where
    attendance.employee_id is not null
    or not exists (
        select from intermediate.int_shifts__resolved as shifts
        where shifts.employee_id = asked.employee_id and shifts.work_date = asked.work_date
    )
"""
_MONTHS: Final = """
select
    employee_id, pct, total_part_pct as pct_total, paid_pct, attendance_part_pct, total_part_pct, cut_idr as cut_rp,
    candidates, triggers, reason
from intermediate.int_monthly_deductions__computed where employee_id = any(%(people)s::text[])
"""
_YEARS: Final = """
select
    employee_id, sanction, level, pct, months, is_salary_stopped as salary_stop_next_month, converted_days,
    remainder_min, days
from intermediate.int_discipline__by_year where employee_id = any(%(people)s::text[])
"""
_ASKED: Final = {"day": _DAYS, "month": _MONTHS, "discipline": _YEARS}


def read_answers(settings: Settings, entered: Iterable[Entered]) -> dict[str, Answer]:
    """The answers by id of the scenario; one for which no model has a row is missing."""
    asked = list(entered)
    found: dict[str, Answer] = {}
    conn = connect(settings, "auditor")
    with conn, conn.cursor(cursor_factory=RealDictCursor) as cursor:
        for kind, statement in _ASKED.items():
            these = [one for one in asked if one.scenario.kind == kind]
            ids = {one.employee_id: one.scenario.id for one in these}
            cursor.execute(statement, {"people": list(ids), "days": [one.day for one in these]})
            for row in cursor.fetchall():
                found[ids[row["employee_id"]]] = _with_sanction(row) if kind == "month" else row
    conn.close()
    return found


def _with_sanction(row: Answer) -> Answer:
    """A month's sanction stands among what its counts set off."""
    named = [trigger["sanction"] for trigger in row["triggers"] or [] if trigger["effect"] == "sanction"]
    return {**row, "sanction": named[0] if named else None}
