"""Imports USB exports into raw, by hand or from the inbox, through the same landing as a pull."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from psycopg2.extensions import connection as Connection

from extractors.drivers.usb_file import UsbLog, parse_attlog
from extractors.drivers.zk import Contact
from extractors.errors import ReadFailed, ReadUnsupported
from extractors.failure import failed_row
from extractors.loader import loader_connection
from extractors.read import bounds_of
from extractors.registry import Terminal, UnknownTerminal, find_terminal, registered_terminals
from warehouse.clock import Clock
from warehouse.console import Exit, Problem
from warehouse.landing import land, record_failure
from warehouse.ledger import PullRow, terminal_lock
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

INBOX_STAMP: Final = "%Y%m%dT%H%M%S"
INBOX_SUFFIX: Final = "_attlog.dat"
# Done: landed for this or a later time. A refused file is not tried again until its content changes.
_IMPORTED: Final = """
select exists (
    select from raw.pulls
    where terminal_serial = %s and channel = 'usb_file'
        and (
            (outcome = 'ok' and evidence_sha256 = %s and covers_until_local >= %s)
            or (outcome = 'refused' and source = %s and bytes = %s)
        )
)
"""


def import_file(settings: Settings, path: Path, serial: str, taken_at: datetime | None, clock: Clock) -> PullRow:
    """Lands one export of a terminal; `taken_at` is the wall time when it was taken from the device.

    Without `taken_at` the export covers the time up to its last punch. The same bytes again are all duplicates.

    Raises:
        Problem: the file cannot be read or the terminal is not registered (exit code 2), the database is away.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Problem(f"Berkas '{path.name}' tidak dapat dibaca: {error.strerror}.", Exit.WRONG_USE) from error
    with loader_connection(settings) as connection:
        with connection, connection.cursor() as cursor:
            terminal = find_terminal(registered_terminals(cursor, settings, clock, also_removed=True), serial)
        with terminal_lock(connection, serial):
            return _attempt(connection, settings, terminal, _Export(path.name, content, taken_at), clock)


def import_inbox(settings: Settings, clock: Clock) -> list[PullRow]:
    """Imports what lies in the inbox and was taken by now: `<inbox>/<serial>/<YYYYMMDDTHHMMSS>_attlog.dat`.

    A file whose bytes were imported before for the same or a later time is left alone. Oldest first.

    Raises:
        Problem: the database is away. A folder of an unregistered terminal is logged and waits.
    """
    rows = []
    for taken_at, path in sorted(_waiting(settings, clock)):
        if _is_imported(settings, path, taken_at):
            continue
        try:
            rows.append(import_file(settings, path, path.parent.name, taken_at, clock))
        except UnknownTerminal as problem:  # one stray folder does not hold up the others
            logger.error("inbox folder %s: %s", path.parent.name, problem)
    return rows


def _waiting(settings: Settings, clock: Clock) -> list[tuple[datetime, Path]]:
    now = clock().astimezone(settings.zone).replace(tzinfo=None)
    found = []
    for path in settings.inbox_dir.glob(f"*/*{INBOX_SUFFIX}"):
        try:
            taken_at = datetime.strptime(path.name.removesuffix(INBOX_SUFFIX), INBOX_STAMP)  # noqa: DTZ007 - wall time
        except ValueError:
            continue
        if taken_at <= now:
            found.append((taken_at, path))
    return found


def _is_imported(settings: Settings, path: Path, taken_at: datetime) -> bool:
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    with loader_connection(settings) as connection, connection.cursor() as cursor:
        cursor.execute(_IMPORTED, (path.parent.name, sha256, taken_at, path.name, len(content)))
        found = cursor.fetchone()
    return bool(found and found[0])


@dataclass(frozen=True, slots=True)
class _Export:
    name: str
    content: bytes
    taken_at: datetime | None


def _attempt(connection: Connection, settings: Settings, terminal: Terminal, export: _Export, clock: Clock) -> PullRow:
    content = export.content
    draft = PullRow(terminal.serial, "usb_file", "ok", clock(), clock(), source=export.name, bytes=len(content))
    try:
        bounds = bounds_of(export.taken_at or terminal.wall(clock), terminal.installed_on)
        log = parse_attlog(content, bounds)
        covers_until = _covers_until(log, export.taken_at)
    except ReadFailed as failure:
        contact = Contact(bytes_received=len(content))
        return record_failure(connection, failed_row(draft, contact, failure, clock))
    full = replace(draft, covers_until_local=covers_until)
    return land(connection, full, log.batch, evidence=content, evidence_dir=settings.evidence_dir, clock=clock)


def _covers_until(log: UsbLog, taken_at: datetime | None) -> datetime:
    if taken_at is not None:
        return taken_at
    if not len(log.batch):
        raise ReadUnsupported(
            "decode", "Berkas ini tidak berisi satu pun catatan yang terbaca; sebut waktu ambilnya dengan --taken-at."
        )
    last: datetime = log.batch.punched_at.max().item()
    return last
