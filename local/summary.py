"""What a demo has brought: counts and sums as they stand in the database, for the end of the command."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from psycopg2.extensions import connection as Connection

from local.faces import FaceScore, score_faces
from warehouse.connection import connect
from warehouse.settings import Settings

READ = """
select
    (select count(*) from reference.opd where load_to is null),
    (select count(distinct employee_id) from reference.employees where load_to is null),
    (select count(distinct terminal_serial) from raw.pulls),
    (select count(*) from raw.punches),
    (select count(*) from raw.rejects),
    (select count(*) from dq.quarantine where resolved_at is null)
"""
OUTCOMES = "select outcome, count(*) from raw.pulls group by outcome order by outcome"
STATUSES = """
select status, count(*) from marts.fct_daily_attendance group by status order by count(*) desc, status
"""
MONTHS = """
select month, sum(payable_idr), sum(projected_idr), sum(undecided_count)
from marts.fct_monthly_deductions group by month order by month
"""
DECISIONS = "select count(*) from ops.approvals"
CLOSED = """
select month, susulan_people_count, susulan_payable_idr, susulan_projected_idr
from marts.rpt_month_states where close_state = 'CLOSED' order by month
"""

OUTCOME_WORDS: Final = {"ok": "berhasil", "refused": "menolak", "unreachable": "tak terjangkau"}


@dataclass(frozen=True, slots=True)
class MonthSum:
    """Deductions of all people in a month, in rupiah; `undecided_count` rows are in neither sum."""

    month: date
    payable_idr: Decimal
    projected_idr: Decimal
    undecided_count: int


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A month that no longer changes, and what came to light after its close."""

    month: date
    late_people_count: int
    late_payable_idr: Decimal
    late_projected_idr: Decimal

    def text(self) -> str:
        """One line for people."""
        return (
            f"Ditutup   : {self.month:%Y-%m}; susulan {self.late_people_count} orang,"
            f" Rp{_number(self.late_payable_idr)}, proyeksi Rp{_number(self.late_projected_idr)}"
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What was read, what it was judged to be, and where to look at it."""

    opd_count: int
    employee_count: int
    terminal_count: int
    punch_count: int
    reject_count: int
    quarantine_count: int
    pulls: dict[str, int]
    statuses: dict[str, int]
    months: list[MonthSum]
    decision_count: int
    closed_months: list[ClosedMonth]
    faces: FaceScore | None
    page: Path

    def payload(self) -> dict[str, Any]:
        """The same for `--json`."""
        return asdict(self)

    def text(self) -> str:
        """At most 80 columns, for people."""
        lines = [
            f"Terbaca   : {_number(self.punch_count)} punch dari {self.terminal_count} mesin,"
            f" {self.opd_count} OPD, {_number(self.employee_count)} pegawai",
            f"Bacaan    : {_counts(self.pulls)}",
            f"Ditahan   : {self.reject_count} ditolak, {self.quarantine_count} di karantina",
            "Hari kerja menurut status:",
            *(f"  {status:<16}{_number(count):>10}" for status, count in self.statuses.items()),
            "Potongan TPP (rupiah):",
            f"  {'bulan':<10}{'dibayar':>16}{'proyeksi':>16}{'belum diputus':>15}",
            *(
                f"  {month.month:%Y-%m}   {_number(month.payable_idr):>16}{_number(month.projected_idr):>16}"
                f"{_number(month.undecided_count):>15}"
                for month in self.months
            ),
            f"Keputusan : {self.decision_count} oleh pejabat",
            *(month.text() for month in self.closed_months),
            *([f"Wajah     : {self.faces.text()}"] if self.faces else []),
            f"Halaman   : {self.page.as_uri()}",
        ]
        return "\n".join(lines)


def summarise(settings: Settings, page: Path) -> Summary:
    """Reads the summary with the auditor's rights.

    Raises:
        Problem: the database is away.
    """
    with connect(settings, "auditor") as conn:
        opds, employees, terminals, punches, rejects, held = _rows(conn, READ)[0]
        summary = Summary(
            opd_count=opds,
            employee_count=employees,
            terminal_count=terminals,
            punch_count=punches,
            reject_count=rejects,
            quarantine_count=held,
            pulls=dict(_rows(conn, OUTCOMES)),
            statuses=dict(_rows(conn, STATUSES)),
            months=[MonthSum(*row) for row in _rows(conn, MONTHS)],
            decision_count=_rows(conn, DECISIONS)[0][0],
            closed_months=[ClosedMonth(*row) for row in _rows(conn, CLOSED)],
            faces=score_faces(settings, settings.var_dir / "city"),
            page=page.resolve(),
        )
    conn.close()
    return summary


def built_moments(settings: Settings) -> set[float]:
    """The `as_of` of every build that succeeded, as seconds of the epoch: what a broken-off demo need not repeat."""
    with connect(settings, "auditor") as conn:
        rows = _rows(conn, "select extract(epoch from as_of) from ops.builds where state = 'succeeded'")
    conn.close()
    return {float(row[0]) for row in rows}


def _rows(conn: Connection, query: str) -> list[tuple[Any, ...]]:
    with conn.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _number(value: Decimal | int) -> str:
    return f"{value:,.0f}".replace(",", ".")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{_number(count)} {OUTCOME_WORDS.get(word, word)}" for word, count in counts.items())
