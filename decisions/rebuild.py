"""A locked or closed month built once more, beside, from what was known at its lock: the proof that it can be.

The database is copied, everything that came after the lock is taken out of the copy, and an ordinary full build runs
there. Nothing of the city's own database is touched; the copy is removed at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import psycopg2
from psycopg2 import sql

from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect, connect_superuser, pg_address
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

_BASIS: Final = """
select months.frozen_id, months.load_id, months.build_id, builds.as_of, months.rules_sha256, locks.changed_at
from ops.current_months as months
inner join ops.month_states as locks on locks.transition_id = months.frozen_id
inner join ops.builds on builds.build_id = months.build_id
where months.month = %s
"""
_FIGURES: Final = """
employee_id, opd_code, base_idr, payable_pct, payable_idr, projected_pct, projected_idr, undecided_count,
incomplete_day_count, alpa_day_count, month_state
"""
_FROZEN: Final = f"select {_FIGURES} from ops.closed_months where transition_id = %s"  # noqa: S608 - a constant
_REBUILT: Final = f"select {_FIGURES} from intermediate.int_monthly_deductions__computed where month = %s"  # noqa: S608

# What the build behind the lock did not know; triggers that keep raw append-only rest in this session of the copy.
_FORGET: Final = """
set session_replication_role = replica;
create temporary table known_pulls as
select pull_id from ops.build_pulls where build_id <= %(build_id)s;
delete from raw.punches where pull_id not in (select pull_id from known_pulls);
delete from raw.rejects where pull_id not in (select pull_id from known_pulls);
delete from raw.pulls where pull_id not in (select pull_id from known_pulls);
delete from dq.quarantine where opened_at > %(as_of)s;
update dq.quarantine set resolved_at = null where resolved_at > %(as_of)s;
delete from ops.approvals where decided_at > %(locked_at)s;
delete from ops.adopted_punches where decision_id in (
    select decision_id from ops.clock_decisions where decided_at > %(locked_at)s
);
delete from ops.clock_decisions where decided_at > %(locked_at)s;
delete from ops.pin_decisions where decided_at > %(locked_at)s;
delete from ops.touched;
truncate ops.builds cascade;
"""
_LOADED_TABLES: Final = """
select table_name from information_schema.columns where table_schema = 'reference' and column_name = 'load_to'
order by table_name
"""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came out, compared with what was frozen. `differing`: employee_id whose figures are not the same."""

    month: date
    load_id: int
    build_id: int
    people_count: int
    differing: tuple[str, ...]
    has_same_rules: bool

    @property
    def is_equal(self) -> bool:
        """Whether the month came out as it was frozen."""
        return not self.differing

    def payload(self) -> dict[str, Any]:
        """The same for `--json`."""
        return {**asdict(self), "month": f"{self.month:%Y-%m}", "equal": self.is_equal}


@dataclass(frozen=True, slots=True)
class _Basis:
    frozen_id: int
    load_id: int
    build_id: int
    as_of: datetime
    rules_sha256: str
    locked_at: datetime


def rebuild_month(settings: Settings, month: date) -> Rebuilt:
    """Builds the month as it was known at its lock, in a copy of the database, and compares.

    Raises:
        Problem: the month is open, the database is in use by others (exit code 3), or the build failed.
    """
    basis, frozen = _frozen(settings, month)
    with _copy(settings) as copy:
        _forget(copy, basis)
        build(copy, clock_at(basis.as_of), full=True)
        rebuilt, rules = _built(copy, month)
    differing = sorted(who for who in frozen.keys() | rebuilt.keys() if frozen.get(who) != rebuilt.get(who))
    return Rebuilt(month, basis.load_id, basis.build_id, len(frozen), tuple(differing), rules == basis.rules_sha256)


def _frozen(settings: Settings, month: date) -> tuple[_Basis, dict[str, tuple[Any, ...]]]:
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute(_BASIS, (month,))
            row = cursor.fetchone()
            if row is None:
                raise Problem(f"Bulan {month:%Y-%m} belum dikunci atau ditutup.", Exit.WRONG_USE)
            basis = _Basis(*row)
            cursor.execute(_FROZEN, (basis.frozen_id,))
            return basis, {figures[0]: figures[1:] for figures in cursor.fetchall()}
    finally:
        conn.close()


@contextmanager
def _copy(settings: Settings) -> Iterator[Settings]:
    """A copy of the database under a name of its own, with a folder of its own for dbt; dropped at the end."""
    name = f"{settings.pg_database}_rebuild"
    host, port = pg_address(settings)
    server = connect_superuser(settings, "postgres")
    server.autocommit = True
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    try:
        with server.cursor() as cursor:
            cursor.execute(drop)
            cursor.execute(
                sql.SQL("create database {} template {} owner hadir_owner").format(
                    sql.Identifier(name), sql.Identifier(settings.pg_database)
                )
            )
        yield settings.model_copy(
            update={
                "pg_database": name, "pg_host": host, "pg_port": port, "secrets_folder": settings.secrets_dir,
                "var_dir": settings.var_dir / "rebuild",
            }
        )  # fmt: skip
    except psycopg2.errors.ObjectInUse as error:
        raise Problem(
            "Basis data sedang dipakai sehingga tidak dapat disalin; ulangi saat tidak ada yang memakainya.",
            Exit.REFUSED,
        ) from error
    finally:
        with server.cursor() as cursor:
            cursor.execute(drop)
        server.close()


def _forget(copy: Settings, basis: _Basis) -> None:
    conn = connect_superuser(copy)
    with conn, conn.cursor() as cursor:
        cursor.execute(_FORGET, {"build_id": basis.build_id, "as_of": basis.as_of, "locked_at": basis.locked_at})
        cursor.execute(_LOADED_TABLES)
        for (table,) in cursor.fetchall():
            relation = sql.Identifier("reference", table)
            cursor.execute(sql.SQL("delete from {} where load_from > %s").format(relation), (basis.load_id,))
            cursor.execute(
                sql.SQL("update {} set load_to = null where load_to > %s").format(relation), (basis.load_id,)
            )
        cursor.execute("delete from reference.load_refusals where load_id > %s", (basis.load_id,))
        cursor.execute("delete from reference.loads where load_id > %s", (basis.load_id,))
    conn.close()


def _built(copy: Settings, month: date) -> tuple[dict[str, tuple[Any, ...]], str]:
    conn = connect(copy, "auditor")
    with conn, conn.cursor() as cursor:
        cursor.execute(_REBUILT, (month,))
        figures = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute("select rules_sha256 from ops.builds order by build_id desc limit 1")
        (rules,) = cursor.fetchone() or ("",)
    conn.close()
    return figures, str(rules)
