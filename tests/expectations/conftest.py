"""A small office to check: one terminal, two people, a Monday; each test adds what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection

from expectations.gate import check
from expectations.report import CheckReport
from tests.support.conservation import break_on_purpose
from warehouse.clock import clock_at
from warehouse.connection import connect_superuser
from warehouse.settings import Settings

AS_OF = datetime(2017, 2, 6, 10, 0, tzinfo=UTC)
MONDAY = "2017-02-06"


@dataclass
class Office:
    """Writes raw and reference rows as the loader would, and runs the gate."""

    settings: Settings
    conn: Connection
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.conn, self.conn.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *values: Any) -> Any:
        return self.run(statement, *values)[0][0]

    def employee(self, employee_id: str, pin: str, *, scope: str = "opd", code: str = "DISKOMINFO") -> None:
        self.run("insert into reference.employees values (%s, 'Nama Rahasia', 'PNS', 1)", employee_id)
        self.posting(employee_id)
        self.pin(employee_id, pin, scope=scope, code=code)

    def posting(self, employee_id: str, valid_from: str = "2017-01-01", valid_to: str | None = None) -> None:
        self.run(
            "insert into reference.postings values (%s, 'DISKOMINFO', null, %s, %s, 1)",
            employee_id, valid_from, valid_to,
        )  # fmt: skip

    def pin(
        self, employee_id: str, pin: str, *, scope: str = "opd", code: str = "DISKOMINFO",
        valid_from: str = "2017-01-01", valid_to: str | None = None,
    ) -> None:  # fmt: skip
        self.run(
            "insert into reference.pins values (%s, %s, %s, %s, %s, %s, 1)",
            scope, code, pin, employee_id, valid_from, valid_to,
        )  # fmt: skip

    def pull(
        self, *punches: tuple[str, str], serial: str = "T-1", device_clock: str | None = f"{MONDAY} 17:00",
        drift: int | None = 0, rejects: tuple[str, ...] = (), claimed: int | None = None, channel: str = "zk",
    ) -> int:  # fmt: skip
        """One answered pull with punches (pin, wall time); `claimed` is what the ledger says instead of the truth."""
        new = len(punches) if claimed is None else claimed
        offered = new + len(rejects)
        with self.conn, self.conn.cursor() as cursor:  # one transaction: the database counts the rows at its end
            for month in sorted({at[:7] for _, at in punches}):
                cursor.execute("select raw.ensure_punch_month(%s)", (f"{month}-01",))
            cursor.execute(
                "insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, counted_before,"
                " counted_after, offered, new_count, rejected_count, device_clock_local, clock_drift_s,"
                " covers_until_local, evidence_sha256, row_hash)"
                " values (%s, %s, 'ok', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'e', %s) returning pull_id",
                (serial, channel, AS_OF, AS_OF, offered, offered, offered, new, len(rejects), device_clock, drift,
                 device_clock or f"{MONDAY} 17:00", f"hash {next(self.numbers)}"),
            )  # fmt: skip
            pull_id = int(cursor.fetchone()[0])
            for ordinal, (pin, at) in enumerate(punches):
                cursor.execute(
                    "insert into raw.punches values (%s, %s, %s, 0, 1, 0, 1, %s, %s, %s, %s)",
                    (serial, pin, at, ordinal, channel, pull_id, AS_OF),
                )
            for ordinal, reason in enumerate(rejects):
                cursor.execute(
                    "insert into raw.rejects values (%s, 'epoch:1', %s, null, null, 'x', %s, %s, %s)",
                    (serial, pull_id * 1000 + ordinal, reason, pull_id, AS_OF),
                )
        return pull_id

    def let_the_ledger_lie(self) -> None:
        """Takes the database's own guard away, as a restored backup may have done."""
        self.run("alter table raw.pulls disable trigger pulls_count_their_rows")
        break_on_purpose(self.settings, "the ledger says other counts than raw holds")

    def failed_pull(self) -> None:
        self.run(
            "insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, error_class, row_hash)"
            " values ('T-1', 'zk', 'unreachable', %s, %s, 'transient', %s)",
            AS_OF, AS_OF, f"hash {next(self.numbers)}",
        )  # fmt: skip

    def check(self, *, replay: bool = False, hours: int = 0) -> CheckReport:
        return check(self.settings, clock_at(AS_OF + timedelta(hours=hours)), replay=replay)

    def held(self) -> list[tuple[str, str, str]]:
        """Open quarantine: (pin, wall time, code)."""
        return self.run(
            "select pin, to_char(punched_at_local, 'YYYY-MM-DD HH24:MI:SS'), check_code from dq.quarantine"
            " where resolved_at is null order by 1, 2, 3"
        )

    def touched(self) -> set[tuple[str, str]]:
        return set(self.run("select distinct employee_id, work_date::text from ops.touched where cause = 'gate'"))


@pytest.fixture
def office(warehouse_db: Settings) -> Iterator[Office]:
    """An office with hours 07:30-16:00, employee e-1 with PIN 101 and e-2 with PIN 102, terminal T-1."""
    conn = connect_superuser(warehouse_db)
    there = Office(warehouse_db, conn)
    there.run("insert into reference.loads (loaded_at, folder, files, loaded_count, refused_count)"
              " values (now(), 'situs', '{}', 0, 0)")  # fmt: skip
    there.run("insert into reference.opd values ('DISKOMINFO', 'Diskominfo', 'Asia/Jakarta', 1)")
    there.run("insert into reference.terminals values"
              " ('T-1', 'Lobi', 'DISKOMINFO', 'zk', null, null, '2017-01-30', null, 1)")  # fmt: skip
    there.run("insert into reference.schedules values ('KANTOR', 'Kantor', '2017-01-02', 7, 1, 1, '07:30', '16:00',"
              " false, '2017-01-01', null, 'uji', 1)")  # fmt: skip
    there.run("insert into reference.shift_assignments values"
              " ('opd', 'DISKOMINFO', 'KANTOR', '2017-01-01', null, 1)")  # fmt: skip
    there.employee("e-1", "101")
    there.employee("e-2", "102")
    yield there
    conn.close()
