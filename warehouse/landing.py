"""Lands one complete read in one transaction: punches, rejects, ledger row, touched days; all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from warehouse import ledger
from warehouse.evidence import write_evidence
from warehouse.ledger import PullRow
from warehouse.punches import Punches, land_punches
from warehouse.touched import touch_everybody, touch_landed

_DAY: Final = timedelta(days=1)
_EARLIEST: Final = date(2000, 1, 1)  # devices count from there
_BEFORE: Final = """
select
    (select max(covers_until_local) from raw.pulls where terminal_serial = %(serial)s and outcome = 'ok'),
    exists (select from raw.pulls where terminal_serial = %(serial)s and new_count > 0),
    array(
        select month from unnest(%(months)s::date[]) as month
        where not exists (
            select from pg_class
            where relnamespace = 'raw'::regnamespace and relname = 'punches_' || to_char(month, 'YYYY_MM')
        )
    )
"""
_MAKE_MONTHS: Final = "select raw.ensure_punch_month(month) from unnest(%s::date[]) as month"


class RejectedRecord(Protocol):
    """What claims to be a record and is no punch."""

    @property
    def ordinal(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def record(self) -> bytes: ...
    @property
    def pin(self) -> str | None: ...
    @property
    def punched_at(self) -> datetime | None: ...


class Batch(Punches, Protocol):
    """Punches and the rejects between them."""

    @property
    def rejects(self) -> Sequence[RejectedRecord]: ...


def land(
    connection: Connection,
    draft: PullRow,
    batch: Batch,
    *,
    evidence: bytes | memoryview,
    evidence_dir: Path,
    clock: Callable[[], datetime],
    and_then: Callable[[Cursor, PullRow], None] = lambda cursor, row: None,
) -> PullRow:
    """Lands a batch and gives back the ledger row as written.

    `draft` holds what the read knew; counts, hashes and the time of the end are filled in here. The evidence file is
    durable before the transaction commits. The caller holds the terminal's lock. `and_then` writes in the same
    transaction.

    Raises:
        psycopg2.Error: the database refused (also when the counts do not conserve); nothing was written.
    """
    sha256 = hashlib.sha256(evidence).hexdigest()
    with _being_written(evidence_dir, evidence, sha256) as wait, connection, connection.cursor() as cursor:
        before = _before(cursor, draft.terminal_serial, batch.punched_at)
        if before.missing_months:
            connection.commit()  # in a transaction of their own, so that no landing waits for another one's commit
            cursor.execute(_MAKE_MONTHS, (before.missing_months,))
            connection.commit()
        row = _land_rows(cursor, replace(draft, evidence_sha256=sha256), batch, before, clock)
        and_then(cursor, row)
        wait()
    return row


@contextmanager
def _being_written(evidence_dir: Path, evidence: bytes | memoryview, sha256: str) -> Iterator[Callable[[], object]]:
    """Writes the evidence beside the landing; gives a function that waits until it is durable."""
    if not len(evidence):
        yield lambda: write_evidence(evidence_dir, evidence, sha256)
        return
    with ThreadPoolExecutor(1) as writer:
        yield writer.submit(write_evidence, evidence_dir, evidence, sha256).result


def record_failure(
    connection: Connection, row: PullRow, and_then: Callable[[Cursor, PullRow], None] = lambda cursor, row: None
) -> PullRow:
    """Writes an attempt that brought nothing: its own ledger row, and beside it who tried."""
    with connection, connection.cursor() as cursor:
        written = ledger.append(cursor, row)
        and_then(cursor, written)
    return written


@dataclass(frozen=True, slots=True)
class _Before:
    """What stood before a landing: how far the log was known, whether anything had landed, months without a table."""

    covered: datetime | None
    has_landed: bool
    missing_months: list[date]


def _before(cursor: Cursor, serial: str, times: NDArray[np.datetime64]) -> _Before:
    cursor.execute(_BEFORE, {"serial": serial, "months": _months(times)})
    return _Before(*cursor.fetchone() or (None, False, []))


def _months(times: NDArray[np.datetime64]) -> list[date]:
    if not len(times):
        return []
    months = times.astype("datetime64[M]").astype(np.int64)
    first = int(months.min())
    seen = np.flatnonzero(np.bincount(months - first)) + first
    found: list[date] = seen.astype("datetime64[M]").astype("datetime64[D]").tolist()
    return found


def _land_rows(cursor: Cursor, draft: PullRow, batch: Batch, before: _Before, clock: Callable[[], datetime]) -> PullRow:
    covered = before.covered
    drafted = ledger.reserve(cursor, draft)
    landed_at = clock()
    landed = land_punches(cursor, drafted, batch, landed_at, has_landed=before.has_landed)
    rejected = _land_rejects(cursor, drafted, batch, landed_at, covered)
    offered = len(batch.ordinal) + len(batch.rejects)
    row = ledger.append(
        cursor,
        replace(
            drafted,
            offered=offered,
            new_count=landed.count,
            rejected_count=rejected,
            duplicate_count=offered - landed.count - rejected,
            finished_at=clock(),
        ),
    )
    if landed.count:
        touch_landed(cursor, row.terminal_serial, row.pull_id, landed.days, covered)
    _touch_others(cursor, row, batch, covered)
    return row


def _land_rejects(cursor: Cursor, row: PullRow, batch: Batch, landed_at: datetime, covered: datetime | None) -> int:
    """Writes the rejects that are not there yet, by their place in their log or file, and gives how many those are.

    Never by what one says: of a record without a time the same bytes come again with the next punch of that PIN, and
    each holds back its own days. A file or a body that is equal to the last byte is the same one once more.
    """
    source = row.evidence_sha256 if row.epoch is None else f"epoch:{row.epoch}"
    written = execute_values(
        cursor,
        "insert into raw.rejects (terminal_serial, source, ordinal, pin, punched_at_local, record, reason, pull_id,"
        " landed_at, before_local, after_local) values %s on conflict do nothing returning 1",
        [
            (row.terminal_serial, source, one.ordinal, one.pin, one.punched_at, one.record, one.reason, row.pull_id,
             landed_at, *_neighbours(row, batch, one.ordinal, covered))
            for one in batch.rejects
        ],
        page_size=1000,
        fetch=True,
    )  # fmt: skip
    return len(written)


def _neighbours(
    row: PullRow, batch: Batch, ordinal: int, covered: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """The punches before and after a reject in its log; at the ends what was known before, and the end of this read."""
    place = int(np.searchsorted(batch.ordinal, ordinal))
    before = batch.punched_at[place - 1].item() if place else covered
    after = batch.punched_at[place].item() if place < len(batch.ordinal) else _end_of_read(row)
    return before, after


def _end_of_read(row: PullRow) -> datetime | None:
    """When the log was read, by the host where both clocks are known: the terminal's may be the wrong one."""
    if row.device_clock_local is not None and row.clock_drift_s is not None:
        return row.device_clock_local - timedelta(seconds=row.clock_drift_s)
    return row.read_until_local


def _touch_others(cursor: Cursor, row: PullRow, batch: Batch, covered: datetime | None) -> None:
    """What rejects and a coverage that moved concern."""
    if row.rejected_count:
        touch_everybody(cursor, row.terminal_serial, row.pull_id, _reject_spans(row, batch, covered), "landing")
    until = row.covers_until_local
    if until is not None and (covered is None or until > covered):
        begin = _EARLIEST if covered is None else covered.date() - _DAY
        touch_everybody(cursor, row.terminal_serial, row.pull_id, [(begin, until.date())], "coverage")


def _reject_spans(row: PullRow, batch: Batch, covered: datetime | None) -> list[tuple[date, date]]:
    """Days that a reject may concern: around its time, or from its neighbour before to the one after."""
    spans = set()
    for one in batch.rejects:
        if one.punched_at is not None:
            ends = [one.punched_at.date()]
        else:
            ends = [moment.date() for moment in _neighbours(row, batch, one.ordinal, covered) if moment is not None]
        spans.add((min(ends) - _DAY, max(ends) + _DAY))
    return sorted(spans)
