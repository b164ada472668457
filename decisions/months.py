"""The close of a month: OPEN -> LOCKED -> CLOSED, and from LOCKED back to OPEN when the signature is refused.

The lock makes the figures stand still, row by row, under one hash; the signature closes exactly those. What comes later
is counted beside them (marts.rpt_susulan). A closed month is never opened again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg2
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import Json

from decisions.approvals import Approval, Signature, record
from warehouse.clock import Clock
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

OPEN, LOCKED, CLOSED = "OPEN", "LOCKED", "CLOSED"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a month leaves open: days without complete data, and cuts that nobody has decided."""

    incomplete_day_count: int
    incomplete_people_count: int
    undecided_count: int
    undecided_people_count: int
    phbi: tuple[str, ...]  # ceremonies whose sanction waits for the leadership

    @property
    def is_nothing(self) -> bool:
        """Whether the month is complete and decided."""
        return not self.incomplete_day_count and not self.undecided_count

    @property
    def in_words(self) -> str:
        """One line for people."""
        if self.is_nothing:
            return "Tidak ada yang menunggu."
        parts = []
        if self.incomplete_day_count:
            parts.append(f"{self.incomplete_day_count} hari belum lengkap ({self.incomplete_people_count} orang)")
        if self.undecided_count:
            parts.append(f"{self.undecided_count} potongan belum diputuskan ({self.undecided_people_count} orang)")
        if self.phbi:
            parts.append(f"keputusan PHBI {', '.join(self.phbi)}")
        return "Masih menunggu: " + "; ".join(parts) + "."

    def counts(self) -> dict[str, Any]:
        """The same for the books and for JSON."""
        return {
            "incomplete_day_count": self.incomplete_day_count,
            "incomplete_people_count": self.incomplete_people_count,
            "undecided_count": self.undecided_count,
            "undecided_people_count": self.undecided_people_count,
            "phbi": list(self.phbi),
        }


@dataclass(frozen=True, slots=True)
class MonthState:
    """Where a month stands. `transition_id` None: it was never touched, so it is OPEN."""

    month: date
    state: str
    transition_id: int | None = None
    figures_sha256: str | None = None
    people_count: int = 0


@dataclass(frozen=True, slots=True)
class Intact:
    """Whether what a lock froze is still what its hashes say: its rows, the readings behind it, the rules."""

    has_same_figures: bool
    has_same_pulls: bool
    has_same_rules: bool

    @property
    def is_untouched(self) -> bool:
        """Rules may change with the law; frozen rows and readings never."""
        return self.has_same_figures and self.has_same_pulls

    @property
    def in_words(self) -> str:
        """One line for people."""
        return " ".join((
            "Barisnya cocok dengan sidiknya." if self.has_same_figures else "Barisnya TIDAK cocok dengan sidiknya.",
            "Penarikan dan rekamannya utuh."
            if self.has_same_pulls
            else "Penarikan atau rekamannya BERUBAH sejak dikunci.",
            "Aturannya masih sama." if self.has_same_rules else "Aturannya sudah berubah sejak dikunci.",
        ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Closing:
    """A lock or a close: the state, what it leaves open, and the signature (None: it still waits for one).

    `intact` is looked at where a month is read; None: its figures do not stand still.
    """

    state: MonthState
    waiting: Waiting
    approval: Approval | None = None
    intact: Intact | None = None


_STATE: Final = """
select month, state, transition_id, figures_sha256,
    (select count(*) from ops.closed_months where closed_months.transition_id = frozen_id)
from ops.current_months where month = %(month)s
"""
_BASIS: Final = """
select build_id, load_id, rules_sha256, (as_of at time zone %(zone)s)::date >= %(month)s::date + interval '1 month'
from ops.builds where state = 'succeeded' order by build_id desc limit 1
"""
_STALE: Final = """
select count(*) from ops.touched
where work_date >= %(month)s and work_date < %(month)s::date + interval '1 month'
"""
_WAITING: Final = """
select
    coalesce(sum(incomplete_day_count), 0)::bigint, count(*) filter (where incomplete_day_count > 0),
    coalesce(sum(undecided_count), 0)::bigint, count(*) filter (where undecided_count > 0),
    (
        select coalesce(array_agg(distinct cuts.event_id order by cuts.event_id), '{}')
        from marts.fct_deductions as cuts
        where cuts.work_date >= %(month)s and cuts.work_date < %(month)s::date + interval '1 month'
            and cuts.trace ->> 'undecided_code' = 'MENUNGGU_KEPUTUSAN'
    )
from marts.fct_monthly_deductions where month = %(month)s
"""
_FREEZE: Final = (
    """
    insert into ops.closed_months
    select %(lock_id)s, employee_id, month, opd_code, base_idr, payable_pct, payable_idr, projected_pct, projected_idr,
        undecided_count, incomplete_day_count, alpa_day_count, month_state, pct, attendance_part_pct, total_part_pct,
        paid_pct, cut_idr, candidates, triggers, reason
    from marts.fct_monthly_deductions where month = %(month)s
    """,
    """
    insert into ops.closed_cuts (
        transition_id, deduction_id, employee_id, work_date, shift_no, event_id, opd_code, matter, code, minutes, pct,
        base_idr, fixed_idr, state, reason, regulation_code, rule_code, rule_status, is_payable, legal_basis, evidence,
        trace, build_id, base_name, base_share_pct, pct_total, priced_by, amount_idr, candidates
    )
    select %(lock_id)s, deduction_id, employee_id, work_date, shift_no, event_id, opd_code, matter, code, minutes, pct,
        base_idr, fixed_idr, state, reason, regulation_code, rule_code, rule_status, is_payable, legal_basis, evidence,
        trace, build_id, base_name, base_share_pct, pct_total, priced_by, amount_idr, candidates
    from marts.fct_deductions
    where work_date >= %(month)s and work_date < %(month)s::date + interval '1 month'
    """,
    # What earlier months still owe is paid with this one.
    """
    insert into ops.closed_susulan
    select %(lock_id)s, month, employee_id, opd_code, due_payable_pct, due_payable_idr, causes
    from marts.rpt_susulan where month < %(month)s and (due_payable_idr <> 0 or due_payable_pct <> 0)
    """,
)
_INTACT: Final = """
select
    figures_sha256 = ops.figures_sha256(frozen_id),
    coalesce(pulls_sha256 = ops.pulls_sha256(build_id, month), true),
    rules_sha256 = (
        select rules_sha256 from ops.builds where state = 'succeeded' order by build_id desc limit 1
    )
from ops.current_months where month = %(month)s and frozen_id is not null
"""
_NEXT_ID: Final = "select nextval(pg_get_serial_sequence('ops.month_states', 'transition_id'))"
_LOCK: Final = """
insert into ops.month_states (
    transition_id, month, state, previous_id, changed_at, build_id, load_id, rules_sha256, figures_sha256, pulls_sha256
) overriding system value
values (
    %(lock_id)s, %(month)s, 'LOCKED', %(previous_id)s, %(now)s, %(build_id)s, %(load_id)s, %(rules)s,
    ops.figures_sha256(%(lock_id)s), ops.pulls_sha256(%(build_id)s, %(month)s)
)
"""
_SIGN: Final = """
insert into ops.month_states (
    month, state, previous_id, changed_at, approval_id, build_id, load_id, rules_sha256, figures_sha256, pulls_sha256
)
select month, %(state)s, transition_id, %(now)s, %(approval_id)s, build_id, load_id, rules_sha256, figures_sha256,
    pulls_sha256
from ops.month_states where transition_id = %(lock_id)s
"""


def month_of(text: str) -> date:
    """`YYYY-MM` as the first day of the month; raises a Problem (exit code 2) for anything else."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Problem(f"'{text}' bukan bulan; tulis misalnya 2017-02.", Exit.WRONG_USE) from error


def read_month(settings: Settings, month: date) -> Closing:
    """Where a month stands and what waits in it.

    Raises:
        Problem: nothing built yet.
    """
    with _books(settings) as cursor:
        return Closing(_state(cursor, month), _waiting(cursor, month), intact=read_intact(cursor, month))


def read_intact(cursor: Cursor, month: date) -> Intact | None:
    """Compares a locked or closed month with its hashes; None while it is open."""
    cursor.execute(_INTACT, {"month": month})
    row = cursor.fetchone()
    return Intact(*row) if row else None


def lock_month(settings: Settings, month: date, clock: Clock) -> Closing:
    """Makes the figures of a month stand still, for a signature. A month that is locked already stays as it is.

    Raises:
        Problem: it is closed, not over yet, or has person-days that wait for a build.
    """
    with _books(settings) as cursor:
        return _lock(cursor, settings, month, clock)


def sign_month(
    settings: Settings, month: date, signature: Signature, clock: Clock, *, despite_waiting: bool = False
) -> Closing:
    """Closes a locked month with exactly the figures that were locked.

    Raises:
        Problem: not locked, no right to sign, or something waits and `despite_waiting` was not said.
    """
    with _books(settings) as cursor:
        return _sign(cursor, settings, month, signature, clock, despite_waiting=despite_waiting)


def refuse_month(settings: Settings, month: date, signature: Signature, clock: Clock) -> Closing:
    """Opens a locked month again: its figures were not signed.

    Raises:
        Problem: not locked, or no right to decide.
    """
    with _books(settings) as cursor:
        locked = _require(_state(cursor, month), LOCKED)
        approval = _decide(cursor, settings, month, answer={"answer": "refuse"}, signature=signature, now=clock())
        _move(cursor, locked, OPEN, approval)
        return Closing(_state(cursor, month), _waiting(cursor, month), approval)


def close_month(
    settings: Settings, month: date, signature: Signature, clock: Clock, *, despite_waiting: bool = False
) -> Closing:
    """Locks and signs in one transaction; a month that is locked already is signed.

    Raises:
        Problem: what lock_month and sign_month say.
    """
    with _books(settings) as cursor:
        _lock(cursor, settings, month, clock)
        return _sign(cursor, settings, month, signature, clock, despite_waiting=despite_waiting)


@contextmanager
def _books(settings: Settings) -> Iterator[Cursor]:
    """One transaction in which no build runs: figures of half a build must not be frozen."""
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('hadir.build'))")
            yield cursor
    except psycopg2.errors.UndefinedTable as error:
        raise Problem("Belum ada yang dihitung; jalankan 'hadir build' dahulu.") from error
    finally:
        conn.close()


def _state(cursor: Cursor, month: date) -> MonthState:
    cursor.execute(_STATE, {"month": month})
    row = cursor.fetchone()
    return MonthState(*row) if row else MonthState(month, OPEN)


def _waiting(cursor: Cursor, month: date) -> Waiting:
    cursor.execute(_WAITING, {"month": month})
    days, day_people, cuts, cut_people, phbi = cursor.fetchone() or (0, 0, 0, 0, [])
    return Waiting(days, day_people, cuts, cut_people, tuple(phbi))


def _require(state: MonthState, wanted: str) -> MonthState:
    if state.state != wanted:
        raise Problem(
            f"Bulan {state.month:%Y-%m} berstatus {state.state}, bukan {wanted}."
            + (" Yang sudah ditutup tidak dibuka lagi; data yang menyusul tampil sebagai susulan."
               if state.state == CLOSED else ""),
            Exit.REFUSED,
        )  # fmt: skip
    return state


def _lock(cursor: Cursor, settings: Settings, month: date, clock: Clock) -> Closing:
    before = _state(cursor, month)
    if before.state == LOCKED:
        return Closing(before, _waiting(cursor, month))
    _require(before, OPEN)
    values: dict[str, Any] = {"month": month, "zone": settings.timezone, "previous_id": before.transition_id}
    cursor.execute(_BASIS, values)
    build_id, load_id, rules, is_over = cursor.fetchone() or (None, None, None, False)
    if not is_over:
        raise Problem(
            f"Bulan {month:%Y-%m} belum berakhir menurut pembangunan terakhir; jalankan 'hadir build' sesudahnya.",
            Exit.REFUSED,
        )
    cursor.execute(_STALE, values)
    (stale,) = cursor.fetchone() or (0,)
    if stale:
        raise Problem(f"Masih ada {stale} hari-orang yang belum dibangun; jalankan 'hadir build' dahulu.", Exit.REFUSED)
    cursor.execute(_NEXT_ID)
    (lock_id,) = cursor.fetchone() or (0,)
    values |= {"lock_id": lock_id, "build_id": build_id, "load_id": load_id, "rules": rules, "now": clock()}
    for statement in _FREEZE:
        cursor.execute(statement, values)
        if cursor.rowcount == 0 and statement is _FREEZE[0]:
            raise Problem(f"Bulan {month:%Y-%m} tidak berisi seorang pun.", Exit.WRONG_USE)
    cursor.execute(_LOCK, values)
    return Closing(_state(cursor, month), _waiting(cursor, month))


def _sign(
    cursor: Cursor, settings: Settings, month: date, signature: Signature, clock: Clock, *, despite_waiting: bool
) -> Closing:
    locked = _require(_state(cursor, month), LOCKED)
    waiting = _waiting(cursor, month)
    if not waiting.is_nothing and not despite_waiting:
        raise Problem(
            f"{waiting.in_words} Selesaikan dahulu, atau nyatakan bahwa bulan ditutup apa adanya (--with-waiting).",
            Exit.REFUSED,
        )
    answer = {"answer": "close", "waited": Json(waiting.counts())}
    approval = _decide(cursor, settings, month, answer=answer, signature=signature, now=clock())
    _move(cursor, locked, CLOSED, approval)
    return Closing(_state(cursor, month), waiting, approval)


def _decide(cursor: Cursor, settings: Settings, month: date, **decision: Any) -> Approval:
    return record(cursor, settings, "month_close", subject={"month": month}, **decision)


def _move(cursor: Cursor, locked: MonthState, state: str, approval: Approval) -> None:
    values = {
        "state": state, "now": approval.decided_at, "approval_id": approval.approval_id,
        "lock_id": locked.transition_id,
    }  # fmt: skip
    cursor.execute(_SIGN, values)
