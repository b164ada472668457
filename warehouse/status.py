"""The state of everything at one moment, as the warehouse's own books tell it."""

from __future__ import annotations

import csv
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from psycopg2.extras import RealDictCursor

from warehouse.clock import Clock, local_wall
from warehouse.connection import connect
from warehouse.settings import PROJECT_DIR, Settings

OUTCOME_WORDS: Final = {
    "ok": "terbaca",
    "refused": "menolak",
    "unreachable": "tak terjangkau",
    "never": "belum pernah dibaca",
}
PARAMETERS_SEED: Final = PROJECT_DIR / "dbt_project" / "seeds" / "parameters" / "tamper_parameters.csv"
BUILD_WORDS: Final = {"running": "berjalan", "succeeded": "berhasil", "failed": "gagal"}

# Terminals that stand somewhere on the day, with their last attempt over whichever channel.
TERMINALS: Final = """
select
    terminals.terminal_serial,
    coalesce(last_pull.outcome, 'never') as outcome,
    last_pull.started_at,
    last_pull.error_class,
    last_read.evidence_sha256,
    seen.seen_at,
    (
        select max(covers_until_local) from raw.pulls
        where pulls.terminal_serial = terminals.terminal_serial and pulls.outcome = 'ok'
    ) as covers_until_local,
    last_count.clock_drift_s,
    last_count.counted_after as record_count,
    last_count.capacity - last_count.counted_after as records_left_count,
    round(100.0 * last_count.counted_after / nullif(last_count.capacity, 0), 1)::float as full_pct,
    circuits.retry_at as left_alone_until,
    exists (
        select from ops.push_queries as queries
        where queries.terminal_serial = terminals.terminal_serial and queries.closed_at is null
            and queries.return_code < 0
    ) as has_refused_query
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
left join lateral (
    select counted_after, capacity, clock_drift_s from raw.pulls
    where pulls.terminal_serial = terminals.terminal_serial and counted_after is not null
    order by pull_id desc limit 1
) as last_count on true
left join ops.push_terminals as seen on seen.terminal_serial = terminals.terminal_serial
left join ops.circuits on circuits.terminal_serial = terminals.terminal_serial and circuits.retry_at > %(now)s
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
    """A terminal and its last attempt; `evidence_sha256` is of its last complete read.

    `seen_at` is the last call of one that pushes. `left_alone_until`: it was away too often to be tried before.
    `has_refused_query`: it will not send again a period that it was asked for.
    """

    terminal_serial: str
    outcome: str
    started_at: datetime | None
    error_class: str | None
    evidence_sha256: str | None
    seen_at: datetime | None = None
    covers_until_local: datetime | None = None
    clock_drift_s: int | None = None
    record_count: int | None = None
    records_left_count: int | None = None
    full_pct: float | None = None
    left_alone_until: datetime | None = None
    has_refused_query: bool = False


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
    nearly_full_pct: float

    @property
    def nearly_full(self) -> list[TerminalState]:
        """Terminals whose log has to be emptied soon: a full one deletes its oldest records in blocks."""
        return [one for one in self.terminals if (one.full_pct or 0) >= self.nearly_full_pct]

    def outcomes(self) -> dict[str, int]:
        """Terminals by the outcome of their last attempt; only outcomes that occur."""
        found = [terminal.outcome for terminal in self.terminals]
        return {outcome: found.count(outcome) for outcome in OUTCOME_WORDS if outcome in found}

    def payload(self) -> dict[str, Any]:
        """The form for `--json`."""
        return {**asdict(self), "outcomes": self.outcomes()}


def nearly_full_pct(day: date) -> float:
    """From how much of its capacity on a terminal is called nearly full, in percent, by the same seed as the pages.

    Raises:
        LookupError: no row holds on that day.
    """
    with PARAMETERS_SEED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["valid_from"] <= day.isoformat() < (row["valid_to"] or "9999"):
                return float(row["nearly_full_pct"])
    raise LookupError(f"{PARAMETERS_SEED.name} has no row for {day}")


def read_status(settings: Settings, clock: Clock) -> Status:
    """Reads the books with the auditor's rights; the clock says which terminals stand today.

    Raises:
        Problem: the database is away.
    """
    today = local_wall(clock(), settings.zone).date()
    with closing(connect(settings, "auditor")) as conn, conn.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(TERMINALS, {"today": today, "now": clock()})
        terminals = tuple(TerminalState(**row) for row in cursor.fetchall())
        cursor.execute(BOOKS)
        return Status(terminals=terminals, nearly_full_pct=nearly_full_pct(today), **(cursor.fetchone() or {}))


def status_text(status: Status, settings: Settings) -> str:
    """At most 80 columns, for people."""
    counts = ", ".join(f"{count} {OUTCOME_WORDS[outcome]}" for outcome, count in status.outcomes().items())
    load, check, build = status.last_load, status.last_check, status.last_build
    lines = {
        "Folder situs": f"muatan {load['load_id']}, {_when(load['loaded_at'], settings)}" if load else "belum dimuat",
        "Mesin": counts or "belum ada",
        "Terbaca": _covered(status),
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


def _covered(status: Status) -> str:
    """How far the logs are here, as far back as the last of them, and who is left alone or nearly full."""
    read = [one.covers_until_local for one in status.terminals if one.covers_until_local is not None]
    parts = [f"semua sampai {min(read):%d-%m-%Y %H.%M}" if len(read) == len(status.terminals) else "belum semua"]
    alone = sum(one.left_alone_until is not None for one in status.terminals)
    full = len(status.nearly_full)
    parts += [f"{alone} dibiarkan dulu"] if alone else []
    parts += [f"{full} hampir penuh"] if full else []
    return ", ".join(parts) if read else "belum ada"


def _when(moment: str, settings: Settings) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(settings.zone):%d-%m-%Y %H.%M}"
