"""The state of everything at one moment, as the warehouse's own books tell it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from psycopg2.extras import RealDictCursor

from warehouse.clock import Clock, local_wall
from warehouse.connection import connect
from warehouse.settings import Settings

OUTCOME_WORDS: Final = {
    "ok": "terbaca",
    "refused": "menolak",
    "unreachable": "tak terjangkau",
    "never": "belum pernah dibaca",
}
BUILD_WORDS: Final = {"running": "berjalan", "succeeded": "berhasil", "failed": "gagal"}

# Terminals that stand somewhere on the day, with their last attempt over whichever channel.
TERMINALS: Final = """
select
    terminals.terminal_serial,
    coalesce(last_pull.outcome, 'never') as outcome,
    last_pull.started_at,
    last_pull.error_class,
    last_read.evidence_sha256
from reference.terminals as terminals
left join lateral (
    select outcome, started_at, error_class from raw.pulls
    where pulls.terminal_serial = terminals.terminal_serial
    order by pull_id desc limit 1
) as last_pull on true
left join lateral (
    select evidence_sha256 from raw.pulls
    where pulls.terminal_serial = terminals.terminal_serial and pulls.outcome = 'ok'
    order by pull_id desc limit 1
) as last_read on true
where terminals.load_to is null and terminals.installed_on <= %(today)s
    and (terminals.removed_on is null or terminals.removed_on > %(today)s)
order by terminals.terminal_serial
"""

# A build holds the lock as long as it lives; 'running' without it is one that was killed.
BOOKS: Final = """
select
    (select count(*) from dq.waiting_pulls) as waiting_pull_count,
    (select count(*) from dq.quarantine where resolved_at is null) as open_quarantine_count,
    (select count(*) from (select distinct employee_id, work_date from ops.touched) as days) as touched_day_count,
    (select to_jsonb(r) from (select run_id, as_of, quarantined_count from dq.check_runs
        order by run_id desc limit 1) as r) as last_check,
    (select to_jsonb(b) from (select build_id, as_of, state, is_full, day_count from ops.builds
        order by build_id desc limit 1) as b) as last_build,
    exists (
        select 1 from pg_locks
        where locktype = 'advisory' and granted
            and database = (select oid from pg_database where datname = current_database())
            and (classid::bigint << 32 | objid::bigint) = hashtext('hadir.build')::bigint
    ) as is_building,
    (select to_jsonb(l) from (select load_id, loaded_at, refused_count from reference.loads
        order by load_id desc limit 1) as l) as last_load
"""


@dataclass(frozen=True, slots=True)
class TerminalState:
    """A terminal and its last attempt; `evidence_sha256` is of its last complete read."""

    terminal_serial: str
    outcome: str
    started_at: datetime | None
    error_class: str | None
    evidence_sha256: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """What stands, what waits; a dictionary is a row of the books, None when there was none yet."""

    terminals: tuple[TerminalState, ...]
    waiting_pull_count: int
    open_quarantine_count: int
    touched_day_count: int
    last_check: dict[str, Any] | None
    last_build: dict[str, Any] | None
    is_building: bool
    last_load: dict[str, Any] | None

    def outcomes(self) -> dict[str, int]:
        """Terminals by the outcome of their last attempt; only outcomes that occur."""
        found = [terminal.outcome for terminal in self.terminals]
        return {outcome: found.count(outcome) for outcome in OUTCOME_WORDS if outcome in found}

    def payload(self) -> dict[str, Any]:
        """The form for `--json`."""
        return {**asdict(self), "outcomes": self.outcomes()}


def read_status(settings: Settings, clock: Clock) -> Status:
    """Reads the books with the auditor's rights; the clock says which terminals stand today.

    Raises:
        Problem: the database is away.
    """
    with closing(connect(settings, "auditor")) as conn, conn.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(TERMINALS, {"today": local_wall(clock(), settings.zone).date()})
        terminals = tuple(TerminalState(**row) for row in cursor.fetchall())
        cursor.execute(BOOKS)
        return Status(terminals=terminals, **(cursor.fetchone() or {}))


def status_text(status: Status, settings: Settings) -> str:
    """At most 80 columns, for people."""
    counts = ", ".join(f"{count} {OUTCOME_WORDS[outcome]}" for outcome, count in status.outcomes().items())
    load, check, build = status.last_load, status.last_check, status.last_build
    lines = {
        "Folder situs": f"muatan {load['load_id']}, {_when(load['loaded_at'], settings)}" if load else "belum dimuat",
        "Mesin": counts or "belum ada",
        "Pemeriksaan": f"{check['run_id']}, per {_when(check['as_of'], settings)}" if check else "belum pernah",
        "Karantina": f"{status.open_quarantine_count} baris terbuka",
        "Belum lolos": f"{status.waiting_pull_count} penarikan menunggu pemeriksaan",
        "Pembangunan": (
            f"{build['build_id']}, {BUILD_WORDS[build['state']]}, per {_when(build['as_of'], settings)}"
            if build
            else "belum pernah"
        ),
        "Tersentuh": f"{status.touched_day_count} hari-orang menunggu pembangunan",
    }
    return "\n".join(f"{name:<13}: {what}" for name, what in lines.items())


def _when(moment: str, settings: Settings) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(settings.zone):%d-%m-%Y %H.%M}"
