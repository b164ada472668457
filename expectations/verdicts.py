"""Writes what the checks found: quarantine, touched days, results and which pulls are seen, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg2.extensions import connection as Connection

from expectations.suites import QUARANTINE_CODES
from expectations.validation import GateInconsistent, Outcome

SAMPLE_COUNT: Final = 20

OPEN_NEW: Final = """
with opened as (
    insert into dq.quarantine as held (terminal_serial, pin, punched_at_local, check_code, pull_id, opened_at)
    select batch.terminal_serial, batch.pin, batch.punched_at_local, failing.check_code, batch.pull_id, %(as_of)s
    from failing
    inner join dq.batch_punches as batch on failing.row_id = batch.row_id
    where not exists (
        select 1 from dq.quarantine as known
        where
            known.resolved_at is null
            and known.terminal_serial = batch.terminal_serial
            and known.pin = batch.pin
            and known.punched_at_local = batch.punched_at_local
            and known.check_code = failing.check_code
    )
    -- Released and bad again while the clock of a history run stands still: the same row opens again.
    on conflict (terminal_serial, pin, punched_at_local, check_code, opened_at) do update set resolved_at = null
    returning held.terminal_serial, held.pin, held.punched_at_local, held.check_code
)

insert into changed select opened.*, true from opened
"""

RELEASE_MENDED: Final = """
with released as (
    update dq.quarantine as held set resolved_at = %(as_of)s
    from dq.batch_punches as batch
    where
        batch.is_replayed
        and held.resolved_at is null
        and held.check_code = any(%(codes)s)
        and held.terminal_serial = batch.terminal_serial
        and held.pin = batch.pin
        and held.punched_at_local = batch.punched_at_local
        and not exists (
            select 1 from failing where failing.row_id = batch.row_id and failing.check_code = held.check_code
        )
    returning held.terminal_serial, held.pin, held.punched_at_local, held.check_code
)

insert into changed select released.*, false from released
"""

# A punch belongs to its day, the day before (night shift) or the day after (early for midnight). One whose owner is
# or was unknown could be anybody's who may use the terminal; the marts hold back an alpa of each of them.
TOUCH_DAYS: Final = """
with days as (
    select distinct
        changed.terminal_serial,
        batch.employee_id,
        (changed.punched_at_local::date + shift.days) as work_date,
        (changed.check_code = 'pin_unknown' or batch.employee_id is null) as is_anybodys
    from changed
    inner join dq.batch_punches as batch using (terminal_serial, pin, punched_at_local)
    cross join (values (-1), (0), (1)) as shift (days)
),

anybodys as (
    select distinct terminal_serial, work_date from days where is_anybodys
),

pins as not materialized (
    select scope, scope_code, employee_id, valid_from, coalesce(valid_to, 'infinity') as valid_to
    from reference.pins where load_to is null
)

insert into ops.touched (employee_id, work_date, cause)
select employee_id, work_date, 'gate' from days where employee_id is not null
union
select pins.employee_id, anybodys.work_date, 'gate'
from anybodys
inner join pins
    on
        pins.scope = 'terminal'
        and pins.scope_code = anybodys.terminal_serial
        and anybodys.work_date >= pins.valid_from
        and anybodys.work_date < pins.valid_to
union
select pins.employee_id, anybodys.work_date, 'gate'
from anybodys
inner join reference.terminals as terminals
    on
        terminals.load_to is null
        and terminals.terminal_serial = anybodys.terminal_serial
        and anybodys.work_date >= terminals.installed_on
        and anybodys.work_date < coalesce(terminals.removed_on, 'infinity')
inner join pins
    on
        pins.scope = 'opd'
        and pins.scope_code = terminals.opd_code
        and anybodys.work_date >= pins.valid_from
        and anybodys.work_date < pins.valid_to
"""

# The marts read PINs from the site folder alone, so a decision for an employee has effect only once it stands there.
DECIDED_NOT_LISTED: Final = """
select count(distinct (held.terminal_serial, held.pin))
from dq.quarantine as held
inner join ops.pin_decisions as decisions
    on held.terminal_serial = decisions.terminal_serial and held.pin = decisions.pin
where held.resolved_at is null and held.check_code = 'pin_unknown' and decisions.employee_id is not null
"""


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows that this run opened and released, by code of the check."""

    opened: dict[str, int]
    released: dict[str, int]


def apply_outcomes(conn: Connection, outcomes: Sequence[Outcome], as_of: datetime) -> Changes:
    """Opens and releases quarantine rows and touches the days concerned; the caller commits.

    Raises:
        GateInconsistent: an id that Great Expectations named is not on the table.
    """
    with conn.cursor() as cursor:
        cursor.execute("create temporary table failing (row_id text, check_code text) on commit drop")
        cursor.execute(
            'create temporary table changed (terminal_serial text collate "C", pin text collate "C",'
            " punched_at_local timestamp, check_code text, is_opened boolean) on commit drop"
        )
        for outcome in outcomes:
            if outcome.check.severity == "quarantine" and outcome.bad_ids:
                _note_failing(cursor, outcome)
        cursor.execute("analyze failing")
        told = {"as_of": as_of, "codes": list(QUARANTINE_CODES)}
        cursor.execute(OPEN_NEW, told)
        cursor.execute(RELEASE_MENDED, told)
        cursor.execute("analyze changed")
        cursor.execute(TOUCH_DAYS)
        cursor.execute("select is_opened, check_code, count(*) from changed group by is_opened, check_code order by 2")
        rows = cursor.fetchall()
    return Changes(
        opened={code: count for is_opened, code, count in rows if is_opened},
        released={code: count for is_opened, code, count in rows if not is_opened},
    )


def _note_failing(cursor: Any, outcome: Outcome) -> None:
    code = outcome.check.code
    cursor.execute("insert into failing select unnest(%s::text[]), %s", (list(outcome.bad_ids), code))
    cursor.execute(
        "select count(*) from dq.batch_punches as batch inner join failing on batch.row_id = failing.row_id"
        " where failing.check_code = %s",
        (code,),
    )
    (found,) = cursor.fetchone()
    if found != len(outcome.bad_ids):
        raise GateInconsistent(f"Pemeriksaan {code} menyebut {len(outcome.bad_ids)} baris, di meja ada {found}.")


def open_count(conn: Connection) -> int:
    """Rows that are held back now, once per code."""
    with conn.cursor() as cursor:
        cursor.execute("select count(*) from dq.quarantine where resolved_at is null")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def rejects_by_reason(conn: Connection) -> dict[str, int]:
    """Records of the pulls on the table that were no punches."""
    with conn.cursor() as cursor:
        cursor.execute("select reason, reject_count from dq.batch_rejects order by reason")
        return dict(cursor.fetchall())


def pins_decided_but_not_listed(conn: Connection) -> int:
    """PINs that a decision gives to an employee while the site folder does not know them yet."""
    with conn.cursor() as cursor:
        cursor.execute(DECIDED_NOT_LISTED)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def write_run(conn: Connection, as_of: datetime, changes: Changes, warnings: Sequence[str]) -> int:
    """One row of dq.check_runs, and the pulls on the table are seen; the caller commits."""
    with conn.cursor() as cursor:
        cursor.execute(
            "insert into dq.check_runs"
            " (ran_at, as_of, checked_through_pull, quarantined_count, released_count, warnings)"
            " values (clock_timestamp(), %s, greatest((select coalesce(max(pull_id), 0) from dq.checked_pulls),"
            " (select coalesce(max(pull_id), 0) from dq.batch_pulls)), %s, %s, %s) returning run_id",
            (as_of, sum(changes.opened.values()), sum(changes.released.values()), json.dumps(list(warnings))),
        )
        row = cursor.fetchone()
        run_id = int(row[0]) if row else 0
        cursor.execute(
            "insert into dq.checked_pulls (pull_id, run_id) select pull_id, %s from dq.batch_pulls", (run_id,)
        )
    return run_id


def write_results(conn: Connection, run_id: int, outcomes: Sequence[Outcome]) -> None:
    """One row of dq.check_results per check, with the first row ids as a sample; the caller commits."""
    with conn.cursor() as cursor:
        for outcome in outcomes:
            sample = {"element_count": outcome.element_count, "row_ids": list(outcome.bad_ids[:SAMPLE_COUNT])}
            cursor.execute(
                "insert into dq.check_results (run_id, check_code, severity, is_success, unexpected_count, details)"
                " values (%s, %s, %s, %s, %s, %s)",
                (run_id, outcome.check.code, outcome.check.severity, outcome.is_success, len(outcome.bad_ids),
                 json.dumps(sample)),
            )  # fmt: skip
