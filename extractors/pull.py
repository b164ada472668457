"""Pulls terminals into raw: each attempt is one ledger row, one terminal's fault never touches another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from psycopg2.extensions import connection as Connection

from extractors.drivers.identity import Identity, ask_identity
from extractors.drivers.zk import Contact, ZkLog, read_log
from extractors.errors import ReadFailed, ReadTerminal, WrongAddress
from extractors.failure import failed_row, noting_stranger
from extractors.imports import import_file, import_inbox
from extractors.loader import loader_connection
from extractors.pull_solution import attempt_solution
from extractors.read import bounds_of
from extractors.records import RECORD_SIZE, decode_zk40
from extractors.registry import Terminal, comm_key, find_terminal, registered_terminals, require_sane_clock
from warehouse import ledger
from warehouse.clock import Clock
from warehouse.landing import land, prove_prefix, record_failure
from warehouse.ledger import PullRow, terminal_lock
from warehouse.settings import Settings

__all__ = ["import_file", "import_inbox", "pull_chunk", "pull_terminal", "terminals_to_pull"]

logger = logging.getLogger(__name__)

READ_HERE: Final = frozenset({"zk", "solution"})


def terminals_to_pull(settings: Settings, clock: Clock, opd_code: str | None = None) -> list[str]:
    """Serials of the terminals that are read over the network on the day of the clock.

    Raises:
        Problem: the database is away.
    """
    with loader_connection(settings) as connection, connection.cursor() as cursor:
        terminals = registered_terminals(cursor, settings, clock)
    return [one.serial for one in terminals if one.driver in READ_HERE and opd_code in (None, one.opd_code)]


def pull_chunk(settings: Settings, serials: Sequence[str], clock: Clock, workers: int) -> list[PullRow]:
    """Pulls several terminals, `workers` at once, and gives their ledger rows in the order of `serials`.

    Raises:
        Problem: the database is away, or a serial is not registered; the other terminals are pulled all the same.
    """
    with ThreadPoolExecutor(max(1, workers)) as readers:
        tasks = [readers.submit(pull_terminal, settings, serial, clock) for serial in serials]
    return [task.result() for task in tasks]


def pull_terminal(settings: Settings, serial: str, clock: Clock) -> PullRow:
    """One attempt at one terminal: read, prove, land; a failed one is written as such.

    Raises:
        Problem: the database is away, or the serial is not registered for the day.
    """
    with loader_connection(settings) as connection:
        with connection, connection.cursor() as cursor:
            terminal = find_terminal(registered_terminals(cursor, settings, clock), serial)
        with terminal_lock(connection, serial):
            attempt = attempt_solution if terminal.driver == "solution" else _attempt
            return attempt(connection, settings, terminal, clock)


@dataclass(frozen=True, slots=True)
class _Read:
    """A complete read with what pyzk said of the terminal."""

    terminal: Terminal
    log: ZkLog
    identity: Identity


def _attempt(connection: Connection, settings: Settings, terminal: Terminal, clock: Clock) -> PullRow:
    contact = Contact()
    draft = PullRow(terminal.serial, "zk", "ok", started_at=clock(), finished_at=clock())
    try:
        read = _read(settings, terminal, clock, contact)
        return _land(connection, settings, draft, read, clock)
    except ReadFailed as failure:
        logger.warning("terminal %s: %s in %s", terminal.serial, failure.error_class, failure.phase)
        note = noting_stranger(contact, terminal.address)
        return record_failure(connection, failed_row(draft, contact, failure, clock), note)


def _read(settings: Settings, terminal: Terminal, clock: Clock, contact: Contact) -> _Read:
    """Asks who is there, then reads the log in a session of our own."""
    key = comm_key(settings, terminal)
    if terminal.address is None:
        raise ReadTerminal("connect", "Mesin ini tidak punya alamat; isi kolom address di berkas terminals.")
    try:
        identity = ask_identity(terminal.address, key)
        contact.serial = identity.serial
        _require_serial(identity.serial, terminal.serial)
        log = read_log(
            terminal.address,
            key,
            lambda: terminal.wall_exact(clock),
            expected_serial=terminal.serial,
            contact=contact,
        )
    except WrongAddress as error:
        raise ReadTerminal("connect", str(error)) from error
    require_sane_clock(log.device_clock, log.clock_drift_s, terminal)
    return _Read(terminal, log, identity)


def _require_serial(found: str | None, registered: str) -> None:
    if found is not None and found != registered:
        raise ReadTerminal(
            "login",
            f"Mesin di alamat ini bernomor seri {found}, bukan {registered}; betulkan alamat di berkas terminals.",
        )


def _land(connection: Connection, settings: Settings, draft: PullRow, read: _Read, clock: Clock) -> PullRow:
    terminal, log = read.terminal, read.log
    with connection, connection.cursor() as cursor:
        known = ledger.known_prefix(cursor, terminal.serial)
    proof = prove_prefix(log.records, RECORD_SIZE, known)
    tail = log.records[proof.known_count * RECORD_SIZE :]
    batch = decode_zk40(tail, bounds_of(log.device_clock, terminal.installed_on), proof.known_count)
    full = replace(
        draft,
        epoch=proof.epoch,
        counted_before=log.counted_before,
        counted_after=log.counted_after,
        known_prefix=proof.known_count,
        bytes=len(log.records),
        device_clock_local=log.device_clock,
        clock_drift_s=log.clock_drift_s,
        covers_until_local=log.device_clock,
        firmware=read.identity.firmware,
        capacity=log.capacity,
        prefix_sha256=proof.prefix_sha256,
    )
    return land(connection, full, batch, evidence=tail, evidence_dir=settings.evidence_dir, clock=clock)
