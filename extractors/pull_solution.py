"""Pulls a terminal with a web server into raw: read twice, proven, landed behind the prefix that is known."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace

import numpy as np
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from extractors.drivers.solution import SolutionLog, read_solution_log
from extractors.drivers.usb_file import parse_attlog
from extractors.drivers.zk import Contact
from extractors.errors import ReadFailed, ReadTerminal, WrongAddress
from extractors.failure import failed_row, noting_stranger
from extractors.records import PunchBatch, TimeBounds
from extractors.registry import Terminal, comm_key
from extractors.wrong_clocks import ReadClock
from warehouse.clock import Clock
from warehouse.landing import land, record_failure
from warehouse.ledger import PullRow
from warehouse.settings import Settings

logger = logging.getLogger(__name__)


def attempt_solution(connection: Connection, settings: Settings, terminal: Terminal, clock: Clock) -> PullRow:
    """One attempt; a failed one is written as such. The caller holds the terminal's lock."""
    contact = Contact()
    draft = PullRow(terminal.serial, "solution", "ok", started_at=clock(), finished_at=clock())
    try:
        log = _read(settings, terminal, clock, contact)
    except ReadFailed as failure:
        logger.warning("terminal %s: %s in %s", terminal.serial, failure.error_class, failure.phase)
        note = noting_stranger(contact, terminal.address)
        return record_failure(connection, failed_row(draft, contact, failure, clock), note)
    return _land(_Way(connection, settings, clock), replace(draft, bytes=contact.bytes_received), log, terminal)


def _read(settings: Settings, terminal: Terminal, clock: Clock, contact: Contact) -> SolutionLog:
    key = comm_key(settings, terminal)
    if terminal.address is None:
        raise ReadTerminal("connect", "Mesin ini tidak punya alamat; isi kolom address di berkas terminals.")
    try:
        return read_solution_log(
            terminal.address,
            key,
            lambda: terminal.wall_exact(clock),
            expected_serial=terminal.serial,
            contact=contact,
        )
    except WrongAddress as error:
        raise ReadTerminal("connect", str(error)) from error


@dataclass(frozen=True, slots=True)
class _Way:
    connection: Connection
    settings: Settings
    clock: Clock


def _land(way: _Way, draft: PullRow, log: SolutionLog, terminal: Terminal) -> PullRow:
    with way.connection, way.connection.cursor() as cursor:
        proof = prove_lines(log.text, known_lines(cursor, terminal.serial))
    tail = memoryview(log.text)[proof.known_bytes :]
    shown = ReadClock(log.device_clock, log.clock_drift_s, terminal.wall(way.clock))
    batch = _numbered(bytes(tail), shown.bounds(terminal), proof.known_rows)
    full = replace(
        draft,
        epoch=proof.epoch,
        counted_before=log.counted_before,
        counted_after=log.counted_after,
        known_prefix=proof.known_rows,
        device_clock_local=log.device_clock,
        clock_drift_s=log.clock_drift_s,
        covers_until_local=shown.covers_until(terminal),
        prefix_sha256=proof.prefix_sha256,
    )
    return land(way.connection, full, batch, evidence=tail, evidence_dir=way.settings.evidence_dir, clock=way.clock)


@dataclass(frozen=True, slots=True)
class KnownLines:
    """So many rows of a terminal's log are known, with this hash of their lines; null: only that epoch is used up."""

    epoch: int
    rows: int
    sha256: str | None


def known_lines(cursor: Cursor, serial: str) -> KnownLines | None:
    """From the latest complete pull of any network channel; none before the first one."""
    cursor.execute(
        """
        select epoch, known_prefix + offered - overlap, case channel when 'solution' then prefix_sha256 end
        from raw.pulls
        where terminal_serial = %s and epoch is not null and outcome = 'ok'
        order by pull_id desc limit 1
        """,
        (serial,),
    )
    found = cursor.fetchone()
    return KnownLines(*found) if found else None


@dataclass(frozen=True, slots=True)
class LinesProof:
    """What of a log of lines is known already, in rows and in bytes, and the hash of the whole."""

    epoch: int
    known_rows: int
    known_bytes: int
    prefix_sha256: str


def prove_lines(text: bytes, known: KnownLines | None) -> LinesProof:
    """Compares the log with what is known by number of rows and hash; equal: only the tail is new, else a new epoch."""
    whole = hashlib.sha256(text).hexdigest()
    if known is None:
        return LinesProof(1, 0, 0, whole)
    ends = np.concatenate([[0], np.flatnonzero(np.frombuffer(text, np.uint8) == 0x0A) + 1])
    if known.rows < len(ends):
        size = int(ends[known.rows])
        if hashlib.sha256(memoryview(text)[:size]).hexdigest() == known.sha256:
            return LinesProof(known.epoch, known.rows, size, whole)
    return LinesProof(known.epoch + 1, 0, 0, whole)


def _numbered(text: bytes, bounds: TimeBounds, first_ordinal: int) -> PunchBatch:
    batch = parse_attlog(text, bounds).batch
    rejects = [replace(one, ordinal=one.ordinal + first_ordinal, line=None) for one in batch.rejects]
    return replace(batch, ordinal=batch.ordinal + first_ordinal, rejects=rejects)
