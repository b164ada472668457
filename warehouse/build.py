"""Builds the marts: claims what is touched, runs dbt over it, closes the claim.

One build at a time, held by an advisory lock of the database (a pool of the scheduler does not stop `hadir build`).
A build that dies at any moment, or whose database dies, leaves its claim; the next build takes it over, so the marts
come out the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date

import psycopg2
import typer
from psycopg2.extensions import connection as Connection

from warehouse.claim import Claim, claim, end_outlived_sessions, waiting_pull_count
from warehouse.clock import Clock
from warehouse.connection import connect
from warehouse.console import Exit, Problem, progress
from warehouse.dbt_run import run_dbt
from warehouse.settings import Settings


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `build_id` is None when nothing was touched and dbt did not run.

    `waiting_pull_count` reads and their days are left for a later build: they have not passed the gate.
    """

    build_id: int | None
    day_count: int
    is_full: bool
    skipped: bool
    waiting_pull_count: int


def build(
    settings: Settings,
    clock: Clock,
    full: bool = False,
    days: tuple[date, date] | None = None,
    keeps_timings: bool = False,
) -> BuildReport:
    """Brings the marts to the state of the clock's moment.

    Args:
        settings: where the database and var/ are.
        clock: its moment is as_of, kept in ops.builds.
        full: everything anew, not only what is touched.
        days: these days of everybody as well, both ends included.
        keeps_timings: dbt leaves its files about the run (run_results.json) in dbt_dir/target.

    Raises:
        Problem: dbt failed (the failing model and why), or the database went away.
    """
    with _only_one(settings) as conn:
        claimed = claim(conn, clock(), is_full=full, days=days)
        waiting = waiting_pull_count(conn)
        if claimed is None:
            return BuildReport(None, 0, is_full=False, skipped=True, waiting_pull_count=waiting)
        if claimed.is_after_failure:
            end_outlived_sessions(conn)
        try:
            with progress(_said(claimed)):
                run_dbt(settings, _arguments(claimed, keeps_timings), build_id=claimed.build_id)
        except BaseException:
            _mark_failed(conn, claimed)
            raise
        day_count = _succeed(conn, claimed)
        return BuildReport(
            claimed.build_id, day_count, is_full=claimed.is_full, skipped=False, waiting_pull_count=waiting
        )


def _said(claimed: Claim) -> str:
    days = "semua hari" if claimed.is_full else f"{claimed.day_count} hari-orang"
    return f"Menghitung status dan potongan ({days}, pembangunan {claimed.build_id})"


def _arguments(claimed: Claim, keeps_timings: bool) -> list[str]:
    # Writing the manifest takes seconds of each build and nobody reads it: `hadir docs` writes its own.
    files = "--write-json" if keeps_timings else "--no-write-json"
    if claimed.is_full:
        # One model at a time, each with the database's parallel workers: two that replace tables below the same view
        # would wait for each other.
        return ["build", files, "--full-refresh", "--exclude-resource-type", "unit_test", "--threads", "1"]
    # Views hold no data and change with the code only, which rebuilds everything. Grain and gaps of the facts are kept
    # by unique indexes and constraints; the tests read whole tables and run when all is built.
    return ["run", files, "--exclude", "config.materialized:view"]


@contextmanager
def _only_one(settings: Settings) -> Iterator[Connection]:
    conn = connect(settings, "dbt")
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(hashtext('hadir.build'))")
            (is_ours,) = cursor.fetchone() or (False,)
            if not is_ours:
                typer.echo("Menunggu pembangunan lain selesai ...", err=True)
                cursor.execute("select pg_advisory_lock(hashtext('hadir.build'))")
        yield conn
    except psycopg2.OperationalError as error:
        raise Problem(f"Basis data terputus saat membangun: {str(error).strip()}", Exit.NOBODY_THERE) from error
    finally:
        conn.close()


def _succeed(conn: Connection, claimed: Claim) -> int:
    with conn, conn.cursor() as cursor:
        day_count = claimed.day_count
        if claimed.is_full:
            cursor.execute("select count(*) from marts.fct_daily_attendance")
            (day_count,) = cursor.fetchone() or (0,)
        cursor.execute("delete from ops.build_days where build_id = %s", (claimed.build_id,))
        cursor.execute(
            """
            update ops.builds set state = 'succeeded', finished_at = clock_timestamp(), day_count = %s
            where build_id = %s
            """,
            (day_count, claimed.build_id),
        )
    return day_count


def _mark_failed(conn: Connection, claimed: Claim) -> None:
    # When the database is gone the build stays 'running' in the books; the next one takes it over all the same.
    with suppress(psycopg2.Error), conn, conn.cursor() as cursor:
        cursor.execute(
            "update ops.builds set state = 'failed', finished_at = clock_timestamp() where build_id = %s",
            (claimed.build_id,),
        )
