"""Lays out what one run of the gate looks at: the pulls it has not seen and their punches, joined with reference.

Set-based: a pull of 100,000 punches is one statement. Reference rows are the latest known (load_to is null); what a
PIN or a posting says holds on the calendar day of the punch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from psycopg2.extensions import connection as Connection

NOBODY: Final = "(bukan pegawai)"

# dq.checked_pulls is a set of ids, not a watermark: a pull with a lower id may be committed after a higher one.
FILL_PULLS: Final = """
insert into dq.batch_pulls (pull_id, terminal_serial, unaccounted_count, reject_share_pct, clock_off_s)
select
    pulls.pull_id,
    pulls.terminal_serial,
    abs(pulls.new_count - (select count(*) from raw.punches as punches where punches.pull_id = pulls.pull_id))
    + abs(pulls.rejected_count - (select count(*) from raw.rejects as rejects where rejects.pull_id = pulls.pull_id)),
    round(100.0 * pulls.rejected_count / nullif(pulls.offered, 0), 2),
    abs(pulls.clock_drift_s)
from raw.pulls as pulls
where not exists (select 1 from dq.checked_pulls as checked where checked.pull_id = pulls.pull_id)
"""

# Office hours: the capture windows (at most 4 h before a shift and 8 h after it) of all shifts that anybody of the
# office has, in minutes of the day; a window may reach into the day before or after, hence the three looks at it.
FILL_PUNCHES: Final = """
with under_check as (
    select punches.*, false as is_replayed
    from raw.punches as punches
    inner join dq.batch_pulls as batch on punches.pull_id = batch.pull_id
    union all
    select punches.*, true as is_replayed
    from raw.punches as punches
    where %(replay)s and exists (
        select 1 from dq.quarantine as held
        where
            held.resolved_at is null
            and held.terminal_serial = punches.terminal_serial
            and held.pin = punches.pin
            and held.punched_at_local = punches.punched_at_local
    )
),

pins as not materialized (
    select scope, scope_code, pin, employee_id, valid_from, coalesce(valid_to, 'infinity') as valid_to
    from reference.pins where load_to is null
),

terminals as not materialized (
    select terminal_serial, opd_code, installed_on, coalesce(removed_on, 'infinity') as removed_on
    from reference.terminals where load_to is null
),

postings as not materialized (
    select employee_id, opd_code, group_code, valid_from, coalesce(valid_to, 'infinity') as valid_to
    from reference.postings where load_to is null
),

assigned as (
    select scope_code as opd_code, schedule_code
    from reference.shift_assignments where load_to is null and scope = 'opd'
    union
    select postings.opd_code, assignments.schedule_code
    from reference.shift_assignments as assignments
    inner join postings on assignments.scope_code = postings.group_code
    where assignments.load_to is null and assignments.scope = 'group'
    union
    select postings.opd_code, assignments.schedule_code
    from reference.shift_assignments as assignments
    inner join postings on assignments.scope_code = postings.employee_id
    where assignments.load_to is null and assignments.scope = 'employee'
),

shifts as (
    select distinct
        assigned.opd_code,
        extract(epoch from schedules.start_time)::integer / 60 as starts,
        extract(epoch from schedules.end_time)::integer / 60
        + case when schedules.end_time <= schedules.start_time then 1440 else 0 end as ends
    from assigned
    inner join reference.schedules as schedules on assigned.schedule_code = schedules.schedule_code
    where schedules.load_to is null
),

office_hours as (
    select opd_code, range_agg(int4range(starts - 240, ends + 480)) as minutes from shifts group by opd_code
),

resolved as (
    select
        punches.*,
        terminals.opd_code,
        coalesce(own.employee_id, office.employee_id) as employee_id,
        extract(epoch from punches.punched_at_local::time)::integer / 60 as minute
    from under_check as punches
    left join pins as own
        on
            own.scope = 'terminal'
            and own.scope_code = punches.terminal_serial
            and own.pin = punches.pin
            and punches.punched_at_local >= own.valid_from
            and punches.punched_at_local < own.valid_to
    left join terminals
        on
            terminals.terminal_serial = punches.terminal_serial
            and punches.punched_at_local >= terminals.installed_on
            and punches.punched_at_local < terminals.removed_on
    left join pins as office
        on
            office.scope = 'opd'
            and office.scope_code = terminals.opd_code
            and office.pin = punches.pin
            and punches.punched_at_local >= office.valid_from
            and punches.punched_at_local < office.valid_to
)

insert into dq.batch_punches
select
    resolved.pull_id || ':' || resolved.ordinal,
    resolved.terminal_serial,
    resolved.pin,
    resolved.punched_at_local,
    resolved.pull_id,
    resolved.employee_id,
    coalesce(resolved.employee_id, case when decisions.pin is not null then %(nobody)s end),
    case when resolved.employee_id is not null then postings.employee_id is not null end,
    -- The clock is read before the log, so the reading's own length is no offence.
    ceil(extract(epoch from
        resolved.punched_at_local - coalesce(pulls.device_clock_local, pulls.covers_until_local)
        - greatest(pulls.finished_at - pulls.started_at, interval '0')
    )),
    office_hours.minutes @> resolved.minute
    or office_hours.minutes @> resolved.minute + 1440
    or office_hours.minutes @> resolved.minute - 1440,
    resolved.is_replayed
from resolved
inner join raw.pulls as pulls on resolved.pull_id = pulls.pull_id
left join postings
    on
        resolved.employee_id = postings.employee_id
        and resolved.punched_at_local >= postings.valid_from
        and resolved.punched_at_local < postings.valid_to
left join office_hours on resolved.opd_code = office_hours.opd_code
left join ops.pin_decisions as decisions
    on
        resolved.terminal_serial = decisions.terminal_serial
        and resolved.pin = decisions.pin
        and decisions.employee_id is null
on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """How much lies on the table."""

    pull_count: int
    answered_count: int  # pulls that brought a log; only these give Great Expectations something to read
    punch_count: int
    replayed_count: int


def has_work(conn: Connection, replay: bool) -> bool:
    """True when there is a pull that the gate has not seen, or an open row to test again."""
    with conn.cursor() as cursor:
        cursor.execute(
            "select exists (select 1 from raw.pulls as pulls where not exists"
            " (select 1 from dq.checked_pulls as checked where checked.pull_id = pulls.pull_id))"
            " or (%s and exists (select 1 from dq.quarantine where resolved_at is null))",
            (replay,),
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def lay_out(conn: Connection, replay: bool) -> Batch:
    """Fills dq.batch_pulls and dq.batch_punches; the caller commits, so that Great Expectations' session sees it."""
    with conn.cursor() as cursor:
        cursor.execute("truncate dq.batch_pulls, dq.batch_punches")
        cursor.execute(FILL_PULLS)
        cursor.execute(FILL_PUNCHES, {"replay": replay, "nobody": NOBODY})
        cursor.execute(
            "select count(*), count(*) filter (where exists"
            " (select 1 from raw.pulls where pulls.pull_id = batch_pulls.pull_id and pulls.outcome = 'ok'))"
            " from dq.batch_pulls"
        )
        pull_count, answered_count = cursor.fetchone() or (0, 0)
        cursor.execute("select count(*), count(*) filter (where is_replayed) from dq.batch_punches")
        punch_count, replayed_count = cursor.fetchone() or (0, 0)
    return Batch(pull_count, answered_count, punch_count, replayed_count)


def take_off(conn: Connection, pull_ids: list[int]) -> None:
    """Takes refused pulls and their punches off the table: they stay unchecked."""
    with conn.cursor() as cursor:
        cursor.execute("delete from dq.batch_punches where not is_replayed and pull_id = any(%s)", (pull_ids,))
        cursor.execute("delete from dq.batch_pulls where pull_id = any(%s)", (pull_ids,))
