"""Claims the work of a build: its inputs and its person-days, in one transaction.

After the claim the build's inputs stand still: the pulls it knows (ops.build_pulls), the load of the site folder, the
hash of the rules and as_of (ops.builds). What lands later, or has not passed the gate, waits for the next build, its
touched days with it. A build that died leaves its claim behind; the next one takes it over.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from warehouse.console import Problem
from warehouse.settings import PROJECT_DIR

DBT_PROJECT: Final = PROJECT_DIR / "dbt_project"
SESSION_NAME: Final = "hadir_build"
_RULE_FILES: Final = ("seeds/**/*.csv", "models/**/*.sql", "macros/*.sql", "dbt_project.yml")
_FACTS: Final = ("marts.fct_daily_attendance", "marts.fct_monthly_deductions")


@dataclass(frozen=True, slots=True)
class Claim:
    """A build that has begun. `day_count` is 0 when everything is built."""

    build_id: int
    is_full: bool
    day_count: int
    is_after_failure: bool


@dataclass(frozen=True, slots=True)
class _Past:
    succeeded_as_of: datetime | None
    succeeded_rules: str | None
    has_unfinished: bool
    has_unfinished_full: bool


_PAST: Final = """
with last_success as (
    select build_id, as_of, rules_sha256 from ops.builds where state = 'succeeded' order by build_id desc limit 1
),
unfinished as (
    select is_full from ops.builds where build_id > coalesce((select build_id from last_success), 0)
)
select
    (select as_of from last_success), (select rules_sha256 from last_success),
    exists (select 1 from unfinished), exists (select 1 from unfinished where is_full)
"""

# The days of a pull that waits for the gate wait with it.
_FORGET_TOUCHED: Final = """
delete from ops.touched
where not exists (select 1 from dq.waiting_pulls as waiting where waiting.pull_id = touched.pull_id)
"""

# A change of the roster, of a pin or of an excuse moves the windows of neighbouring shifts, so it reaches two days
# further; a shift that ends on the next day is judged by what lies after it.
_TAKE_TOUCHED: Final = f"""
with taken as (
    {_FORGET_TOUCHED} returning employee_id, work_date, cause
)
insert into ops.build_days (build_id, employee_id, work_date)
select distinct %(build_id)s, taken.employee_id, taken.work_date + reach.days
from taken
inner join generate_series(-2, 2) as reach (days)
    on reach.days = 0 or taken.cause in ('site', 'gate', 'decision')
on conflict do nothing
"""  # noqa: S608 - parts are constants, values are parameters

_TAKE_OVER: Final = """
with left_behind as (
    delete from ops.build_days where build_id <> %(build_id)s returning employee_id, work_date
)
insert into ops.build_days (build_id, employee_id, work_date)
select distinct %(build_id)s, employee_id, work_date from left_behind
on conflict do nothing
"""

# The days between two as_of, whichever is the later: shifts that came into view, or went out of it.
_OPEN_CALENDAR: Final = """
insert into ops.build_days (build_id, employee_id, work_date)
select distinct %(build_id)s::bigint, postings.employee_id, days.opened::date
from generate_series(
    least(%(before)s::timestamptz, %(as_of)s::timestamptz)::date,
    greatest(%(before)s::timestamptz, %(as_of)s::timestamptz)::date + 1,
    interval '1 day'
) as days (opened)
inner join reference.postings on days.opened >= postings.valid_from
where exists (
    select 1 from reference.opd
    where (%(before)s::timestamptz at time zone opd.timezone)::date
        <> (%(as_of)s::timestamptz at time zone opd.timezone)::date
)
on conflict do nothing
"""

_TOUCH_DAYS: Final = """
insert into ops.build_days (build_id, employee_id, work_date)
select distinct %(build_id)s::bigint, postings.employee_id, days.asked::date
from generate_series(%(first)s::date, %(last)s::date, interval '1 day') as days (asked)
inner join reference.postings on days.asked >= postings.valid_from
on conflict do nothing
"""

# An answer is a sign of life for everybody who uses the terminal, and a long shift of two days ago may wait for the
# end of what has been read: more days than the landing touches, never fewer.
_TOUCH_NEIGHBOURS: Final = """
with answers as (
    select
        pulls.terminal_serial, pulls.started_at,
        (
            select max(earlier.covers_until_local) from raw.pulls as earlier
            inner join ops.build_pulls as known on known.pull_id = earlier.pull_id
            where earlier.terminal_serial = pulls.terminal_serial and known.build_id <> %(build_id)s
        ) as covered_local
    from raw.pulls
    inner join ops.build_pulls on build_pulls.pull_id = pulls.pull_id
    where build_pulls.build_id = %(build_id)s and pulls.outcome in ('ok', 'refused')
),
days as (
    select answers.terminal_serial, answers.started_at::date + reach.days as work_date
    from answers cross join generate_series(-1, 1) as reach (days)
    union
    select answers.terminal_serial, answers.covered_local::date + reach.days
    from answers cross join generate_series(-2, 0) as reach (days)
    where answers.covered_local is not null
),
users as (
    select distinct pins.scope_code as terminal_serial, pins.employee_id
    from reference.pins where pins.scope = 'terminal'
    union
    select terminals.terminal_serial, pins.employee_id
    from reference.pins
    inner join reference.terminals on terminals.opd_code = pins.scope_code
    where pins.scope = 'opd'
)
insert into ops.build_days (build_id, employee_id, work_date)
select distinct %(build_id)s::bigint, users.employee_id, days.work_date
from days
inner join users on users.terminal_serial = days.terminal_serial
on conflict do nothing
"""


def rules_sha256() -> str:
    """Fingerprint of what turns data into facts: the seeds, and the SQL that reads them. A change rebuilds all."""
    digest = hashlib.sha256()
    for pattern in _RULE_FILES:
        for path in sorted(DBT_PROJECT.glob(pattern)):
            digest.update(f"{path.relative_to(DBT_PROJECT).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def claim(conn: Connection, as_of: datetime, *, is_full: bool, days: tuple[date, date] | None) -> Claim | None:
    """Begins a build, or says that there is nothing to build (None). The caller holds the build's lock.

    Raises:
        Problem: no site folder was ever loaded, so there is nobody to judge.
    """
    conn.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ)
    with conn, conn.cursor() as cursor:
        rules = rules_sha256()
        past = _read_past(cursor)
        is_full = is_full or _must_be_full(cursor, past, rules)
        build_id = _begin(cursor, as_of, rules, is_full=is_full)
        values = {"build_id": build_id, "as_of": as_of, "before": past.succeeded_as_of}
        if is_full:
            cursor.execute(_FORGET_TOUCHED)
            cursor.execute("delete from ops.build_days")
        else:
            _take_days(cursor, values, days)
        cursor.execute("select count(*) from ops.build_days where build_id = %(build_id)s", values)
        (day_count,) = cursor.fetchone() or (0,)
        if not is_full and day_count == 0 and not past.has_unfinished:
            conn.rollback()
            return None
        _take_pulls(cursor, values, is_full=is_full)
        cursor.execute(
            """
            update ops.builds set day_count = (select count(*) from ops.build_days where build_id = %(build_id)s)
            where build_id = %(build_id)s returning day_count
            """,
            values,
        )
        (day_count,) = cursor.fetchone() or (0,)
        return Claim(build_id, is_full, day_count, past.has_unfinished)


def _read_past(cursor: Cursor) -> _Past:
    cursor.execute(_PAST)
    row = cursor.fetchone()
    return _Past(*row) if row else _Past(None, None, False, False)


def _must_be_full(cursor: Cursor, past: _Past, rules: str) -> bool:
    if past.succeeded_rules != rules or past.has_unfinished_full:
        return True
    cursor.execute("select bool_and(to_regclass(name) is not null) from unnest(%s) as name", (list(_FACTS),))
    (is_there,) = cursor.fetchone() or (False,)
    return not is_there


def _begin(cursor: Cursor, as_of: datetime, rules: str, *, is_full: bool) -> int:
    cursor.execute("select max(load_id) from reference.loads")
    (load_id,) = cursor.fetchone() or (None,)
    if load_id is None:
        raise Problem("Folder situs belum pernah dimuat, jadi belum ada pegawai; jalankan 'hadir site load FOLDER'.")
    cursor.execute(
        """
        insert into ops.builds (started_at, state, is_full, as_of, load_id, rules_sha256, day_count)
        values (clock_timestamp(), 'running', %s, %s, %s, %s, 0) returning build_id
        """,
        (is_full, as_of, load_id, rules),
    )
    (build_id,) = cursor.fetchone() or (0,)
    return int(build_id)


def _take_days(cursor: Cursor, values: dict[str, object], days: tuple[date, date] | None) -> None:
    cursor.execute(_TAKE_OVER, values)
    cursor.execute(_TAKE_TOUCHED, values)
    cursor.execute(_OPEN_CALENDAR, values)
    if days is not None:
        cursor.execute(_TOUCH_DAYS, {**values, "first": days[0], "last": days[1]})


def _take_pulls(cursor: Cursor, values: dict[str, object], *, is_full: bool) -> None:
    # Failed attempts too: the books of the terminals show the last one.
    cursor.execute(
        """
        insert into ops.build_pulls (pull_id, build_id)
        select pulls.pull_id, %(build_id)s from raw.pulls
        where not exists (select 1 from ops.build_pulls as known where known.pull_id = pulls.pull_id)
            and not exists (select 1 from dq.waiting_pulls as waiting where waiting.pull_id = pulls.pull_id)
        """,
        values,
    )
    if not is_full:
        cursor.execute(_TOUCH_NEIGHBOURS, values)


def waiting_pull_count(conn: Connection) -> int:
    """Reads that no build takes, because the gate has not passed them or one before them at their terminal."""
    with conn, conn.cursor() as cursor:
        cursor.execute("select count(*) from dq.waiting_pulls")
        (count,) = cursor.fetchone() or (0,)
    return int(count)


def end_outlived_sessions(conn: Connection) -> None:
    """Ends what a killed build's dbt left running in the database, and waits until it is rolled back."""
    with conn, conn.cursor() as cursor:
        cursor.execute(
            """
            select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity
            where datname = current_database() and usename = current_user and application_name = %s
                and pid <> pg_backend_pid()
            """,
            (SESSION_NAME,),
        )
