"""Writes punches into raw.punches, those only that are not there yet: a few by one statement, many by COPY."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from psycopg2.errors import UniqueViolation
from psycopg2.extensions import cursor as Cursor

from warehouse.columns import number_text, rows_text, time_text
from warehouse.ledger import PullRow

FILE_EPOCH: Final = 0  # a file has no epoch; epochs of a terminal's own counter begin at 1
ROWS_PER_COPY: Final = 250_000
FEW: Final = 500  # punches that one statement takes; a COPY would pay for its savepoint and its turns on the line
MOST_DAYS_BY_HAND: Final = 5000  # punches whose days are handed over one by one
_MIX: Final = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xFF51AFD7ED558CCD], np.uint64
)  # odd 64-bit numbers that spread keys; equal sums are compared in full afterwards

_COPY_STRAIGHT: Final = (
    "copy raw.punches (terminal_serial, pin, punched_at_local, state, verify, work_code, ordinal, epoch, channel,"
    " pull_id, landed_at) from stdin"
)
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


@dataclass(frozen=True, slots=True)
class Landed:
    """How many punches are new, and whose days they are: PINs and dates; none for a large batch."""

    count: int
    days: frozenset[tuple[str, date]] | None


def land_punches(cursor: Cursor, row: PullRow, batch: Punches, landed_at: datetime, *, has_landed: bool) -> Landed:
    """Writes the punches that are not there yet; a few in one statement.

    A terminal's first batch, or what is new behind a proven prefix, goes straight into the table. Should a punch be
    there all the same (it came by USB, or in an earlier epoch), the batch goes the long way, as all others do.
    """
    if not len(batch.ordinal):
        return Landed(0, frozenset())
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
        return Landed(cursor.rowcount, None)
    cursor.execute(_INSERT_NEW + " returning pin, punched_at_local::date", constants)
    written = cursor.fetchall()
    return Landed(len(written), frozenset(written))


def _copy_straight(cursor: Cursor, row: PullRow, batch: Punches, epoch: int, landed_at: datetime) -> Landed:
    keep = first_of_each(batch)
    constants = (_escaped(row.terminal_serial), epoch, row.channel, row.pull_id, landed_at.isoformat())
    serial, *rest = (str(value).encode() for value in constants)
    after = [part for one in rest for part in (b"\t", one)]
    _copy(cursor, _COPY_STRAIGHT, batch, keep, before=[serial, b"\t"], after=after)
    count = len(batch.ordinal) if keep is None else int(np.count_nonzero(keep))
    if count > MOST_DAYS_BY_HAND:
        return Landed(count, None)
    pins = [pin.decode("ascii") for pin in batch.pin.tolist()]
    return Landed(count, frozenset(zip(pins, batch.punched_at.astype("datetime64[D]").tolist(), strict=True)))


def _land_few(cursor: Cursor, row: PullRow, batch: Punches, epoch: int, landed_at: datetime) -> Landed:
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
    return Landed(len(written), frozenset(written))


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
