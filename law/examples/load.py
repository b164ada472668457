"""Puts the facts of worked examples into an empty database, as a site load, landings and the gate leave them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from law.examples.facts import COLUMNS, UTC_OFFSET, Facts, Reading
from warehouse.connection import connect
from warehouse.law_rows import law_fields
from warehouse.settings import Settings


def load_facts(
    settings: Settings, facts: Facts, own_law: Mapping[str, Sequence[Mapping[str, Any]]], as_of: datetime
) -> None:
    """All in one transaction; the database is ours and empty.

    Args:
        settings: of the scratch database.
        facts: what the scenarios say.
        own_law: rows of the city's own law by seed, as the columns of its table.
        as_of: when it all was loaded and passed the gate.
    """
    conn = connect(settings, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "insert into reference.loads (loaded_at, folder, files, loaded_count, refused_count)"
            " values (%s, 'contoh', '{}', %s, 0) returning load_id",
            (as_of, sum(len(rows) for rows in facts.rows.values())),
        )
        (load_id,) = cursor.fetchone() or (0,)
        for table, rows in facts.rows.items():
            _insert(cursor, table, COLUMNS[table], list(rows), load_id)
        for seed, law_rows in own_law.items():
            columns = tuple(law_fields(seed))
            _insert(cursor, f"law_{seed}", columns, [tuple(row.values()) for row in law_rows], load_id)
        pull_ids = [pull_id for reading in facts.readings for pull_id in _land(cursor, reading)]
        _pass_gate(cursor, pull_ids, as_of)
    conn.close()


def _insert(cursor: Cursor, table: str, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]], load_id: int) -> None:
    columns = (*names, "load_from")
    statement = sql.SQL("insert into {} ({}) values %s").format(
        sql.Identifier("reference", table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    execute_values(cursor, statement, [(*row, load_id) for row in rows], page_size=1000)


def _land(cursor: Cursor, reading: Reading) -> list[int]:
    polls = [_pull(cursor, reading.serial, at, at, ()) for at in reading.polls]
    return [*polls, _pull(cursor, reading.serial, reading.covers_until, reading.covers_until, reading.punches)]


def _pull(
    cursor: Cursor, serial: str, at: datetime, covers_until: datetime, punches: Sequence[tuple[datetime, str]]
) -> int:
    """One complete reading; a poll brings nothing new, but the terminal has answered."""
    moment = f"{at - UTC_OFFSET}+00"
    mark = hashlib.sha256(f"{serial} {at} {len(punches)}".encode()).hexdigest()
    count = len(punches)
    cursor.execute(
        "insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, epoch, counted_before,"
        " counted_after, offered, new_count, device_clock_local, clock_drift_s, covers_until_local, evidence_sha256,"
        " row_hash) values (%s, 'zk', 'ok', %s, %s, 1, %s, %s, %s, %s, %s, 0, %s, %s, %s) returning pull_id",
        (serial, moment, moment, count, count, count, count, at, covers_until, mark, mark),
    )
    (pull_id,) = cursor.fetchone() or (0,)
    for month in sorted({punched_at.date().replace(day=1) for punched_at, _ in punches}):
        _ensure_month(cursor, month)
    execute_values(
        cursor,
        "insert into raw.punches values %s",
        [
            (serial, pin, punched_at, 0, 1, 0, 1, ordinal, "zk", pull_id, moment)
            for ordinal, (punched_at, pin) in enumerate(punches)
        ],
    )
    return int(pull_id)


def _ensure_month(cursor: Cursor, month: date) -> None:
    cursor.execute("select raw.ensure_punch_month(%s)", (month,))


def _pass_gate(cursor: Cursor, pull_ids: Iterable[int], as_of: datetime) -> None:
    passed = list(pull_ids)
    if not passed:
        return
    cursor.execute(
        "insert into dq.check_runs (ran_at, as_of, checked_through_pull, quarantined_count, released_count, warnings)"
        " values (%s, %s, %s, 0, 0, '[]') returning run_id",
        (as_of, as_of, max(passed)),
    )
    (run_id,) = cursor.fetchone() or (0,)
    execute_values(cursor, "insert into dq.checked_pulls values %s", [(pull_id, run_id) for pull_id in passed])
