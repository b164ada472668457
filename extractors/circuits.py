"""Terminals that are not there several times in a row are left alone for a while: state in ops.circuits.

Closed: no row. Open: not tried before `retry_at`. Half open: `retry_at` has passed; one try decides, success removes
the row, failure opens it for twice as long. A dead office costs its seconds of waiting now and then, not each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from psycopg2.extensions import cursor as Cursor

OPENS_AFTER: Final = 3  # pulls in a row that found nobody
FIRST_PAUSE: Final = timedelta(minutes=10)
LONGEST_PAUSE: Final = timedelta(hours=2)
JITTER: Final = 0.2  # share by which a pause is shortened or prolonged: dead offices do not come back all at once

_OPEN: Final = "select terminal_serial, retry_at from ops.circuits where failure_count >= %s"
_FAILED: Final = """
insert into ops.circuits (terminal_serial, failure_count, failed_at, retry_at) values (%(serial)s, 1, %(now)s, %(now)s)
on conflict (terminal_serial) do update set failure_count = circuits.failure_count + 1, failed_at = excluded.failed_at
returning failure_count
"""


def opened_circuits(cursor: Cursor) -> dict[str, datetime]:
    """Terminals that were away too often, and when they are to be tried again."""
    cursor.execute(_OPEN, (OPENS_AFTER,))
    return dict(cursor.fetchall())


def note_away(cursor: Cursor, serial: str, now: datetime, chance: Random) -> datetime | None:
    """A pull found nobody; gives until when the terminal is left alone, none while it is still tried each time."""
    cursor.execute(_FAILED, {"serial": serial, "now": now})
    (count,) = cursor.fetchone() or (1,)
    if count < OPENS_AFTER:
        return None
    doublings = min(int(count) - OPENS_AFTER, 16)
    pause = min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE) * chance.uniform(1 - JITTER, 1 + JITTER)
    cursor.execute("update ops.circuits set retry_at = %s where terminal_serial = %s", (now + pause, serial))
    until: datetime = now + pause
    return until


def note_there(cursor: Cursor, serials: Sequence[str]) -> None:
    """These answered."""
    cursor.execute("delete from ops.circuits where terminal_serial = any(%s)", (list(serials),))
