"""Where the last complete read of a ZK terminal ended, so that the next one brings only what is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Final

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from warehouse.evidence import write_evidence


@dataclass(frozen=True, slots=True)
class LogMark:
    """A row of raw.log_marks (see warehouse/ddl/0016_log_marks.sql)."""

    pull_id: int
    terminal_serial: str
    layout: str
    record_count: int
    tail_sha256: str
    reads_tail: bool | None
    full_read_at: datetime
    users_sha256: str | None = None


_COLUMNS: Final = ", ".join(field.name for field in fields(LogMark))


def last_mark(cursor: Cursor, terminal_serial: str) -> LogMark | None:
    """The mark of the latest complete pull over the network; none when that pull left none."""
    cursor.execute(
        f"""
        select {_COLUMNS} from raw.log_marks
        where pull_id = (
            select max(pull_id) from raw.pulls where terminal_serial = %s and channel = 'zk' and outcome = 'ok'
        )
        """,  # noqa: S608 - names of the class
        (terminal_serial,),
    )
    found = cursor.fetchone()
    return LogMark(*found) if found else None


def write_mark(cursor: Cursor, mark: LogMark) -> None:
    """Writes a mark in the transaction of its pull."""
    values = ", ".join(["%s"] * len(fields(LogMark)))
    cursor.execute(f"insert into raw.log_marks ({_COLUMNS}) values ({values})", astuple(mark))  # noqa: S608


def keep_users(evidence_dir: Path, pins: Mapping[int, str]) -> str:
    """Keeps the uid-PIN pairs of a read as evidence and gives their SHA-256; no names, no passwords."""
    content = json.dumps(sorted(pins.items()), separators=(",", ":")).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    write_evidence(evidence_dir, content, sha256)
    return sha256


def note_uids(cursor: Cursor, terminal_serial: str, pull_id: int, pins: Mapping[int, str]) -> None:
    """Notes the pairs that are new or changed since they were last read."""
    cursor.execute(
        "select distinct on (uid) uid, pin from raw.uid_pins where terminal_serial = %s order by uid, pull_id desc",
        (terminal_serial,),
    )
    known = dict(cursor.fetchall())
    changed = [(terminal_serial, uid, pin, pull_id) for uid, pin in sorted(pins.items()) if known.get(uid) != pin]
    execute_values(cursor, "insert into raw.uid_pins (terminal_serial, uid, pin, pull_id) values %s", changed)
