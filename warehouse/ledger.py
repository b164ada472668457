"""The ledger of attempts, raw.pulls: one row per attempt, chained by hash per terminal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

Channel = Literal["zk", "usb_file", "solution", "push"]
Outcome = Literal["ok", "refused", "unreachable"]


@dataclass(frozen=True, slots=True)
class PullRow:
    """One attempt, column by column as in raw.pulls (see warehouse/ddl/0003_raw.sql)."""

    terminal_serial: str
    channel: Channel
    outcome: Outcome
    started_at: datetime
    finished_at: datetime
    pull_id: int = 0
    epoch: int | None = None
    counted_before: int | None = None
    counted_after: int | None = None
    known_prefix: int = 0
    overlap: int = 0
    offered: int = 0
    new_count: int = 0
    duplicate_count: int = 0
    rejected_count: int = 0
    bytes: int = 0
    device_clock_local: datetime | None = None
    clock_drift_s: int | None = None
    covers_until_local: datetime | None = None
    firmware: str | None = None
    capacity: int | None = None
    error_class: str | None = None
    error_phase: str | None = None
    error_message: str | None = None
    source: str | None = None
    evidence_sha256: str | None = None
    prefix_sha256: str | None = None
    previous_hash: str | None = None
    row_hash: str = ""

    @property
    def read_until_local(self) -> datetime | None:
        """Before that what it brought must have been made: a pushed body covers nothing by itself, but it has come."""
        return max((at for at in (self.covers_until_local, self.device_clock_local) if at is not None), default=None)


COLUMNS: Final = tuple(field.name for field in fields(PullRow))
_SELECT: Final = sql.SQL("select {} from raw.pulls").format(sql.SQL(", ").join(map(sql.Identifier, COLUMNS)))
_INSERT: Final = sql.SQL("insert into raw.pulls ({}) overriding system value values ({})").format(
    sql.SQL(", ").join(map(sql.Identifier, COLUMNS)), sql.SQL(", ").join(sql.Placeholder() * len(COLUMNS))
)

_NEXT: Final = """
select
    nextval(pg_get_serial_sequence('raw.pulls', 'pull_id')),
    (select row_hash from raw.pulls where terminal_serial = %s order by pull_id desc limit 1)
"""


def _canonical(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def hash_of(row: PullRow) -> str:
    """SHA-256 (hex) over the previous hash, a newline and the row as JSON: sorted keys, no blanks, UTC, no hashes."""
    content = {key: _canonical(value) for key, value in asdict(row).items() if key not in ("previous_hash", "row_hash")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{row.previous_hash or ''}\n{text}".encode()).hexdigest()


def reserve(cursor: Cursor, row: PullRow) -> PullRow:
    """The row with its number and its place in the chain, so that punches can name it before it is written itself.

    The caller holds the terminal's lock until `append`.
    """
    cursor.execute(_NEXT, (row.terminal_serial,))
    pull_id, previous_hash = _one(cursor)
    return replace(row, pull_id=pull_id, previous_hash=previous_hash)


def append(cursor: Cursor, row: PullRow) -> PullRow:
    """Writes the row behind the terminal's last one and gives it back with its number and hashes.

    The caller holds the terminal's lock (`terminal_lock`); the database refuses a row whose counts do not add up.
    """
    numbered = row if row.pull_id else reserve(cursor, row)
    chained = replace(numbered, row_hash=hash_of(numbered))
    cursor.execute(_INSERT, tuple(getattr(chained, column) for column in COLUMNS))
    return chained


def pulls_of(cursor: Cursor, terminal_serial: str) -> list[PullRow]:
    """All attempts of a terminal in the order of the chain."""
    cursor.execute(_SELECT + sql.SQL(" where terminal_serial = %s order by pull_id"), (terminal_serial,))
    return [PullRow(*values) for values in cursor.fetchall()]


def first_broken(rows: list[PullRow]) -> PullRow | None:
    """The first row of a terminal's chain whose hash or predecessor is not what it should be."""
    previous: str | None = None
    for row in rows:
        if row.previous_hash != previous or row.row_hash != hash_of(row):
            return row
        previous = row.row_hash
    return None


@dataclass(frozen=True, slots=True)
class KnownPrefix:
    """What is known of a terminal's log: that many records of this epoch, and the hash of the bytes of each part.

    `parts` are (records, SHA-256): the last log that was read whole, then what each later read brought. `landed` counts
    all records of the epoch, also those that the terminal has dropped since: the ordinal of the next one.
    """

    epoch: int
    count: int
    parts: tuple[tuple[int, str], ...]
    landed: int


_OF_EPOCH: Final = "from raw.pulls where terminal_serial = %s and epoch = %s and channel = 'zk' and outcome = 'ok'"


def known_prefix(cursor: Cursor, terminal_serial: str) -> KnownPrefix | None:
    """From the latest complete pulls over the network; none before the first one."""
    cursor.execute(
        """
        select epoch, known_prefix + offered - overlap, offered, prefix_sha256, evidence_sha256 from raw.pulls
        where terminal_serial = %(serial)s and channel = 'zk' and outcome = 'ok'
            and pull_id >= (
                select max(pull_id) from raw.pulls
                where terminal_serial = %(serial)s and channel = 'zk' and outcome = 'ok'
                    and prefix_sha256 is not null
            )
        order by pull_id
        """,
        {"serial": terminal_serial},
    )
    found = cursor.fetchall()
    if not found:
        return None
    epoch, whole, _, prefix, _ = found[0]
    later = [(offered, evidence) for _, _, offered, _, evidence in found[1:] if offered]
    cursor.execute(f"select coalesce(sum(offered), 0) {_OF_EPOCH}", (terminal_serial, epoch))
    return KnownPrefix(epoch, found[-1][1], ((whole, prefix), *later), int(_one(cursor)[0]))


def evidence_of_epoch(cursor: Cursor, terminal_serial: str, epoch: int) -> list[tuple[int, str]]:
    """What each complete pull of an epoch brought, the last one first: records and the SHA-256 of their bytes."""
    cursor.execute(
        f"select offered, evidence_sha256 {_OF_EPOCH} and offered > 0 order by pull_id desc",
        (terminal_serial, epoch),
    )
    return cursor.fetchall()


@contextmanager
def terminal_lock(connection: Connection, terminal_serial: str) -> Iterator[None]:
    """One reader and one writer per terminal, over processes: held from before the read until after the commit.

    It belongs to the connection, so a killed process leaves nothing locked.
    """
    key = (f"hadir.terminal.{terminal_serial}",)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", key)
    connection.commit()
    try:
        yield
    finally:
        with suppress(psycopg2.Error), connection.cursor() as cursor:  # a lost connection holds no lock any more
            connection.rollback()
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", key)
            connection.commit()


def _one(cursor: Cursor) -> tuple[Any, ...]:
    row = cursor.fetchone()
    if row is None:
        raise LookupError("the database gave no row")
    return row
