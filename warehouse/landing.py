"""Lands one complete read in one transaction: punches, rejects, ledger row, touched days; all of it or nothing."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from psycopg2.errors import UniqueViolation
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from warehouse import ledger
from warehouse.columns import number_text, rows_text, time_text
from warehouse.evidence import write_evidence
from warehouse.ledger import KnownPrefix, PullRow
from warehouse.touched import touch_everybody, touch_landed

FILE_EPOCH: Final = 0  # a file has no epoch; epochs of a terminal's own counter begin at 1
ROWS_PER_COPY: Final = 250_000
FEW: Final = 500  # punches that one statement takes; a COPY would pay for its savepoint and its turns on the line
MOST_DAYS_BY_HAND: Final = 5000  # punches whose days are handed over one by one
_DAY: Final = timedelta(days=1)
_EARLIEST: Final = date(2000, 1, 1)  # devices count from there
_MIX: Final = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xFF51AFD7ED558CCD], np.uint64
)  # odd 64-bit numbers that spread keys; equal sums are compared in full afterwards

_COPY_STRAIGHT: Final = (
    "copy raw.punches (terminal_serial, pin, punched_at_local, state, verify, work_code, ordinal, epoch, channel,"
    " pull_id, landed_at) from stdin"
)
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
_INSERT_FEW: Final = """
insert into raw.punches (
    terminal_serial, pin, punched_at_local, state, verify, work_code, epoch, ordinal, channel, pull_id, landed_at
)
select
    %(serial)s, pin, punched_at_local, state, verify, work_code, %(epoch)s, ordinal, %(channel)s, %(pull_id)s,
    %(landed_at)s
from unnest(
    %(pins)s::text[], %(times)s::timestamp[], %(states)s::smallint[], %(verifies)s::smallint[],
    %(work_codes)s::integer[], %(ordinals)s::integer[]
) as few (pin, punched_at_local, state, verify, work_code, ordinal)
on conflict do nothing
returning pin, punched_at_local::date
"""
_TEMPORARY: Final = """
create temporary table landing (
    pin text collate "C", punched_at_local timestamp, state smallint, verify smallint, work_code integer,
    ordinal integer
) on commit drop
"""
_COPY_TEMPORARY: Final = "copy landing from stdin"
_INSERT_NEW: Final = """
insert into raw.punches (
    terminal_serial, pin, punched_at_local, state, verify, work_code, epoch, ordinal, channel, pull_id, landed_at
)
select %s, pin, punched_at_local, state, verify, work_code, %s, ordinal, %s, %s, %s
from landing
on conflict do nothing
"""


class Punches(Protocol):
    """Columns of equal length in device order: `pin` S24, `punched_at` datetime64[s] device wall time, raw codes."""

    @property
    def ordinal(self) -> NDArray[np.int64]: ...
    @property
    def pin(self) -> NDArray[np.bytes_]: ...
    @property
    def punched_at(self) -> NDArray[np.datetime64]: ...
    @property
    def state(self) -> NDArray[np.integer[Any]]: ...
    @property
    def verify(self) -> NDArray[np.integer[Any]]: ...
    @property
    def work_code(self) -> NDArray[np.integer[Any]]: ...


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


@dataclass(frozen=True, slots=True)
class Proof:
    """What of a log is known already, and the hash of the whole."""

    epoch: int
    known_count: int
    prefix_sha256: str


def prove_prefix(records: bytes | memoryview, record_size: int, known: KnownPrefix | None) -> Proof:
    """Compares the log with what is known by count and hash; equal: only the tail is new, else a new epoch begins."""
    view, whole = memoryview(records), hashlib.sha256()
    size = known.count * record_size if known is not None else 0
    if known is not None and size <= len(view) and _begins_as_known(view[:size], record_size, known, whole):
        whole.update(view[size:])
        return Proof(known.epoch, known.count, whole.hexdigest())
    return Proof(1 if known is None else known.epoch + 1, 0, hashlib.sha256(view).hexdigest())


def _begins_as_known(view: memoryview, record_size: int, known: KnownPrefix, whole: hashlib._Hash) -> bool:
    """Whether each known part is there, byte by byte; `whole` takes them all in: the first is hashed once for both."""
    place = 0
    for count, sha256 in known.parts:
        part = view[place : place + count * record_size]
        whole.update(part)
        found = whole if not place else hashlib.sha256(part)
        place += len(part)
        if found.hexdigest() != sha256:
            return False
    return place == len(view)


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
    landed = _land_punches(cursor, drafted, batch, landed_at, has_landed=before.has_landed)
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


@dataclass(frozen=True, slots=True)
class _Landed:
    """How many punches are new, and whose days they are: PINs and dates; none for a large batch."""

    count: int
    days: frozenset[tuple[str, date]] | None


def _land_punches(cursor: Cursor, row: PullRow, batch: Punches, landed_at: datetime, *, has_landed: bool) -> _Landed:
    """Writes the punches that are not there yet; a few in one statement.

    A terminal's first batch, or what is new behind a proven prefix, goes straight into the table. Should a punch be
    there all the same (it came by USB, or in an earlier epoch), the batch goes the long way, as all others do.
    """
    if not len(batch.ordinal):
        return _Landed(0, frozenset())
    epoch = FILE_EPOCH if row.epoch is None else row.epoch
    if len(batch.ordinal) <= FEW:
        return _land_few(cursor, row, batch, epoch, landed_at)
    if row.known_prefix or not has_landed:
        cursor.execute("savepoint straight")
        try:
            return _copy_straight(cursor, row, batch, epoch, landed_at)
        except UniqueViolation:
            cursor.execute("rollback to savepoint straight")
    cursor.execute(_TEMPORARY)
    _copy(cursor, _COPY_TEMPORARY, batch, None)
    constants = (row.terminal_serial, epoch, row.channel, row.pull_id, landed_at)
    if len(batch.ordinal) > MOST_DAYS_BY_HAND:
        cursor.execute(_INSERT_NEW, constants)
        return _Landed(cursor.rowcount, None)
    cursor.execute(_INSERT_NEW + " returning pin, punched_at_local::date", constants)
    written = cursor.fetchall()
    return _Landed(len(written), frozenset(written))


def _copy_straight(cursor: Cursor, row: PullRow, batch: Punches, epoch: int, landed_at: datetime) -> _Landed:
    keep = first_of_each(batch)
    constants = (_escaped(row.terminal_serial), epoch, row.channel, row.pull_id, landed_at.isoformat())
    serial, *rest = (str(value).encode() for value in constants)
    after = [part for one in rest for part in (b"\t", one)]
    _copy(cursor, _COPY_STRAIGHT, batch, keep, before=[serial, b"\t"], after=after)
    count = len(batch.ordinal) if keep is None else int(np.count_nonzero(keep))
    if count > MOST_DAYS_BY_HAND:
        return _Landed(count, None)
    pins = [pin.decode("ascii") for pin in batch.pin.tolist()]
    return _Landed(count, frozenset(zip(pins, batch.punched_at.astype("datetime64[D]").tolist(), strict=True)))


def _land_few(cursor: Cursor, row: PullRow, batch: Punches, epoch: int, landed_at: datetime) -> _Landed:
    cursor.execute(
        _INSERT_FEW,
        {
            "serial": row.terminal_serial,
            "epoch": epoch,
            "channel": row.channel,
            "pull_id": row.pull_id,
            "landed_at": landed_at,
            "pins": [pin.decode("ascii") for pin in batch.pin.tolist()],
            "times": np.datetime_as_string(batch.punched_at, unit="s").tolist(),
            "states": batch.state.tolist(),
            "verifies": batch.verify.tolist(),
            "work_codes": batch.work_code.astype(np.int32).tolist(),
            "ordinals": batch.ordinal.tolist(),
        },
    )
    written = cursor.fetchall()
    return _Landed(len(written), frozenset(written))


def first_of_each(batch: Punches) -> NDArray[np.bool_] | None:
    """Which punches are the first of their PIN and second, as a mask; none when no two are equal."""
    words = np.ascontiguousarray(batch.pin.astype("S24")).view("<u8").reshape(-1, 3)
    times = batch.punched_at.astype("datetime64[s]").astype(np.int64).view(np.uint64)
    mixed = words[:, 0] * _MIX[0] ^ words[:, 1] * _MIX[1] ^ words[:, 2] * _MIX[2] ^ times * _MIX[3]
    mixed = (mixed ^ (mixed >> np.uint64(31))) * _MIX[4]
    ordered = np.sort(mixed)
    twins = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(twins):
        return None
    suspects = np.flatnonzero(np.isin(mixed, twins))
    keys = np.column_stack([words[suspects], times[suspects]])
    _, first = np.unique(keys, axis=0, return_index=True)
    keep = np.ones(len(mixed), np.bool_)
    keep[suspects] = False
    keep[suspects[first]] = True
    return keep


def _copy(
    cursor: Cursor,
    statement: str,
    batch: Punches,
    keep: NDArray[np.bool_] | None,
    *,
    before: Sequence[bytes] = (),
    after: Sequence[bytes] = (),
) -> None:
    """COPY of the punches: the six columns that differ, constants before and after them."""
    chosen = np.arange(len(batch.ordinal)) if keep is None else np.flatnonzero(keep)
    for start in range(0, len(chosen), ROWS_PER_COPY):
        rows = chosen[start : start + ROWS_PER_COPY]
        day, second = time_text(batch.punched_at[rows])
        numbers = [
            number_text(values[rows].astype(np.int32), is_padded_allowed=True)
            for values in (batch.state, batch.verify, batch.work_code, batch.ordinal)
        ]
        cells = [part for number in numbers for part in (b"\t", number)]
        parts = [*before, _escaped_pins(batch.pin[rows]), b"\t", day, b" ", second, *cells, *after, b"\n"]
        cursor.copy_expert(statement, io.BytesIO(rows_text(parts, len(rows))), size=1 << 20)


def _escaped_pins(pins: NDArray[np.bytes_]) -> NDArray[np.bytes_]:
    """PINs are printable without blanks; of COPY's special characters only the backslash can occur."""
    if not (pins.view(np.uint8) == 0x5C).any():
        return pins
    return np.char.replace(pins, b"\\", b"\\\\")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _land_rejects(cursor: Cursor, row: PullRow, batch: Batch, landed_at: datetime, covered: datetime | None) -> int:
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
