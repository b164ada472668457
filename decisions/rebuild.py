"""A month built once more, beside, from what was known at its lock (the proof that it can be) or at any instant.

The database is copied, everything that came after is taken out of the copy, and an ordinary full build runs there.
Nothing of the city's own database is touched; the copy is removed at the end. The rules are those of today: whether
they have changed since is said.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from psycopg2 import sql

from decisions.months import Intact, read_intact
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect, connect_superuser
from warehouse.console import Exit, Problem
from warehouse.scratch import copied_database
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

# What stood in the books at an instant: the last load, and the rules of the last build.
_INSTANT: Final = """
select
    (select max(load_id) from reference.loads where loaded_at <= %(as_of)s),
    (
        select rules_sha256 from ops.builds where state = 'succeeded' and as_of <= %(as_of)s
        order by build_id desc limit 1
    )
"""
_SHOWN: Final = f"select {_FIGURES} from marts.fct_monthly_deductions where month = %s"  # noqa: S608 - a constant

_PULLS_OF_BUILD: Final = "select pull_id from ops.build_pulls where build_id <= %(build_id)s"
_PULLS_UNTIL: Final = "select pull_id from raw.pulls where finished_at <= %(as_of)s"
# What was not known; triggers that keep raw append-only rest in this session of the copy.
_FORGET: Final = """
set session_replication_role = replica;
create temporary table known_pulls as
{pulls};
delete from raw.punches where pull_id not in (select pull_id from known_pulls);
delete from raw.rejects where pull_id not in (select pull_id from known_pulls);
delete from raw.pulls where pull_id not in (select pull_id from known_pulls);
delete from dq.quarantine where opened_at > %(as_of)s;
update dq.quarantine set resolved_at = null where resolved_at > %(as_of)s;
delete from ops.approvals where decided_at > %(decided_until)s;
delete from ops.corrections where decided_at > %(decided_until)s;
delete from ops.adopted_punches where decision_id in (
    select decision_id from ops.clock_decisions where decided_at > %(decided_until)s
);
delete from ops.clock_decisions where decided_at > %(decided_until)s;
-- of a PIN the last decision holds; an earlier one holds again
delete from ops.pin_decisions where decided_at > %(decided_until)s;
insert into ops.pin_decisions (terminal_serial, pin, employee_id, decided_by, letter_no, decided_at)
select distinct on (terminal_serial, pin) terminal_serial, pin, employee_id, decided_by, letter_no, decided_at
from ops.approvals where matter = 'pin'
order by terminal_serial, pin, approval_id desc
on conflict do nothing;
delete from ops.touched;
truncate ops.builds cascade;
"""
_LOADED_TABLES: Final = """
select table_name from information_schema.columns where table_schema = 'reference' and column_name = 'load_to'
order by table_name
"""


_Figures = dict[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came out, compared with what was frozen. `differing`: employee_id whose figures are not the same.

    `has_same_pulls` and `has_same_figures`: the readings behind the lock and the frozen rows are as their hashes say.
    """

    month: date
    load_id: int
    build_id: int
    people_count: int
    payable_idr: Decimal
    projected_idr: Decimal
    differing: tuple[str, ...]
    has_same_rules: bool
    has_same_pulls: bool
    has_same_figures: bool

    @property
    def is_equal(self) -> bool:
        """Whether the month came out as it was frozen, and what it rests on is untouched."""
        return not self.differing and self.has_same_pulls and self.has_same_figures

    def payload(self) -> dict[str, Any]:
        """The same for `--json`."""
        return {**asdict(self), "month": f"{self.month:%Y-%m}", "equal": self.is_equal}


@dataclass(frozen=True, slots=True)
class Known:
    """A month as it was known at an instant; `figures`: a row per person. `differing`: whose are others today."""

    month: date
    as_known: datetime
    load_id: int
    people_count: int
    payable_idr: Decimal
    projected_idr: Decimal
    figures: tuple[dict[str, Any], ...]
    differing: tuple[str, ...]
    has_same_rules: bool

    def payload(self) -> dict[str, Any]:
        """The same for `--json`."""
        return {**asdict(self), "month": f"{self.month:%Y-%m}"}


@dataclass(frozen=True, slots=True)
class _Books:
    """What is to be known: loads up to load_id, decisions up to decided_until, pulls of a build or (None) by as_of."""

    load_id: int
    as_of: datetime
    decided_until: datetime
    rules_sha256: str | None
    build_id: int | None = None


def rebuild_month(settings: Settings, month: date) -> Rebuilt:
    """Builds the month as it was known at its lock, in a copy of the database, and compares.

    Raises:
        Problem: the month is open, the database is in use by others (exit code 3), or the build failed.
    """
    books, frozen, intact = _frozen(settings, month)
    rebuilt, rules = _build_again(settings, month, books)
    return Rebuilt(
        month, books.load_id, books.build_id or 0, len(frozen), *_sums(rebuilt), _differing(frozen, rebuilt),
        rules == books.rules_sha256, intact.has_same_pulls, intact.has_same_figures,
    )  # fmt: skip


def month_as_known(settings: Settings, month: date, instant: datetime) -> Known:
    """Builds the month in a copy of the database from the loads, pulls and decisions up to an instant.

    Raises:
        Problem: nothing was loaded by then (exit code 2), the database is in use by others (exit code 3), or the build
            failed.
    """
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute(_INSTANT, {"as_of": instant})
            load_id, rules_then = cursor.fetchone() or (None, None)
            if load_id is None:
                raise Problem(f"Pada {instant:%d-%m-%Y %H.%M} belum ada folder situs yang dimuat.", Exit.WRONG_USE)
            cursor.execute(_SHOWN, (month,))
            shown = {row[0]: row[1:] for row in cursor.fetchall()}
    finally:
        conn.close()
    known, rules = _build_again(settings, month, _Books(load_id, instant, instant, rules_then))
    names = [name.strip() for name in _FIGURES.split(",")]
    rows = tuple(dict(zip(names, (who, *known[who]), strict=True)) for who in sorted(known))
    return Known(
        month, instant, load_id, len(known), *_sums(known), rows, _differing(shown, known),
        rules_then in (None, rules),
    )  # fmt: skip


def _differing(left: _Figures, right: _Figures) -> tuple[str, ...]:
    return tuple(sorted(who for who in left.keys() | right.keys() if left.get(who) != right.get(who)))


def _sums(figures: _Figures) -> tuple[Decimal, Decimal]:
    """Payable and projected rupiah of all."""
    names = [name.strip() for name in _FIGURES.split(",")][1:]
    payable, projected = names.index("payable_idr"), names.index("projected_idr")
    return (
        sum((row[payable] for row in figures.values()), Decimal(0)),
        sum((row[projected] for row in figures.values()), Decimal(0)),
    )


def _build_again(settings: Settings, month: date, books: _Books) -> tuple[_Figures, str]:
    """Figures of the month and the rules' hash, as an ordinary build gives them from these books."""
    with copied_database(settings, "rebuild") as copy:
        _forget(copy, books)
        build(copy, clock_at(books.as_of), full=True)
        return _built(copy, month)


def _frozen(settings: Settings, month: date) -> tuple[_Books, _Figures, Intact]:
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute(_BASIS, (month,))
            row = cursor.fetchone()
            intact = read_intact(cursor, month)
            if row is None or intact is None:
                raise Problem(f"Bulan {month:%Y-%m} belum dikunci atau ditutup.", Exit.WRONG_USE)
            frozen_id, load_id, build_id, as_of, rules, locked_at = row
            books = _Books(load_id, as_of, locked_at, rules, build_id)
            cursor.execute(_FROZEN, (frozen_id,))
            return books, {figures[0]: figures[1:] for figures in cursor.fetchall()}, intact
    finally:
        conn.close()


def _forget(copy: Settings, books: _Books) -> None:
    pulls = _PULLS_UNTIL if books.build_id is None else _PULLS_OF_BUILD
    values = {"build_id": books.build_id, "as_of": books.as_of, "decided_until": books.decided_until}
    conn = connect_superuser(copy)
    with conn, conn.cursor() as cursor:
        cursor.execute(_FORGET.format(pulls=pulls), values)
        cursor.execute(_LOADED_TABLES)
        for (table,) in cursor.fetchall():
            relation = sql.Identifier("reference", table)
            cursor.execute(sql.SQL("delete from {} where load_from > %s").format(relation), (books.load_id,))
            cursor.execute(
                sql.SQL("update {} set load_to = null where load_to > %s").format(relation), (books.load_id,)
            )
        cursor.execute("delete from reference.load_refusals where load_id > %s", (books.load_id,))
        cursor.execute("delete from reference.loads where load_id > %s", (books.load_id,))
    conn.close()


def _built(copy: Settings, month: date) -> tuple[_Figures, str]:
    conn = connect(copy, "auditor")
    with conn, conn.cursor() as cursor:
        cursor.execute(_REBUILT, (month,))
        figures = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute("select rules_sha256 from ops.builds order by build_id desc limit 1")
        (rules,) = cursor.fetchone() or ("",)
    conn.close()
    return figures, str(rules)
