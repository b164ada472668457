"""Lands the terminals' own books of their menus, pushed or read, and says when a book is read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from extractors.drivers.oplog import OplogEntry
from extractors.drivers.zk import Book
from warehouse.ledger import PullRow

READ_EVERY: Final = timedelta(days=7)  # a full book drops its oldest entries, and its counter stands still then
ASK_AGAIN_AFTER: Final = timedelta(days=1)  # one that was not given: to ask each time would cost each pull its patience

_INSERT: Final = """
insert into raw.oplog (terminal_serial, happened_at_local, op_code, admin, detail, channel, landed_at)
values %s on conflict do nothing
"""
_LAST: Final = """
select counted, entry_count is not null, read_at from raw.oplog_reads
where terminal_serial = %s order by pull_id desc limit 1
"""
_NOTE: Final = """
insert into raw.oplog_reads (
    pull_id, terminal_serial, counted, entry_count, unreadable_count, error_class, error_message, read_at
) values (%s, %s, %s, %s, %s, %s, %s, %s)
"""


def land_entries(
    cursor: Cursor, serial: str, entries: Sequence[OplogEntry], channel: Literal["push", "zk"], landed_at: datetime
) -> None:
    """Writes the entries that are not there yet."""
    rows = [(serial, one.happened_at, one.op_code, one.admin, one.detail, channel, landed_at) for one in entries]
    execute_values(cursor, _INSERT, rows, page_size=1000)


@dataclass(frozen=True, slots=True)
class LastAsked:
    """How a terminal's book was asked for the last time; `counted` is what its counter said then."""

    counted: int
    was_read: bool
    asked_at: datetime


def last_asked(cursor: Cursor, serial: str) -> LastAsked | None:
    """None: never."""
    cursor.execute(_LAST, (serial,))
    found = cursor.fetchone()
    return LastAsked(*found) if found else None


def wants_book(last: LastAsked | None, now: datetime) -> Callable[[int], bool]:
    """Whether a book with so many entries is worth reading: not when its counter stands where it stood."""

    def is_wanted(counted: int) -> bool:
        if last is None:
            return True
        if not last.was_read:
            return now - last.asked_at >= ASK_AGAIN_AFTER
        return counted != last.counted or now - last.asked_at >= READ_EVERY

    return is_wanted


def land_book(cursor: Cursor, row: PullRow, book: Book) -> None:
    """Lands a book that was read beside a log, and that it was, or why it is not known what it says."""
    at = row.finished_at
    if book.oplog is not None:
        land_entries(cursor, row.terminal_serial, book.oplog.entries, "zk", at)
    counts = (book.oplog.count, book.oplog.unreadable) if book.oplog else (None, None)
    why = (book.failure.error_class, str(book.failure)) if book.failure else (None, None)
    cursor.execute(_NOTE, (row.pull_id, row.terminal_serial, book.counted, *counts, *why, at))
