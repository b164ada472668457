"""Pulls terminals into raw: each attempt is one ledger row, one terminal's fault never touches another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from psycopg2.extensions import connection as Connection

from extractors.drivers.zk import Contact
from extractors.errors import ReadFailed
from extractors.failure import failed_row, noting_stranger
from extractors.imports import import_file, import_inbox
from extractors.loader import loader_connection
from extractors.pull_solution import attempt_solution
from extractors.registry import Terminal, find_terminal, registered_terminals
from extractors.zk_pull import land_zk, read_zk
from warehouse.clock import Clock
from warehouse.landing import record_failure
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


def _attempt(connection: Connection, settings: Settings, terminal: Terminal, clock: Clock) -> PullRow:
    contact = Contact()
    draft = PullRow(terminal.serial, "zk", "ok", started_at=clock(), finished_at=clock())
    try:
        log = read_zk(connection, settings, terminal, clock, contact)
        drafted = replace(draft, firmware=contact.firmware)
        return land_zk(connection, settings, draft=drafted, log=log, terminal=terminal, clock=clock)
    except ReadFailed as failure:
        logger.warning("terminal %s: %s in %s", terminal.serial, failure.error_class, failure.phase)
        beside = noting_stranger(contact, terminal.address)
        return record_failure(connection, failed_row(draft, contact, failure, clock), beside)
