"""Imports USB exports into raw, by hand or from the inbox, through the same landing as a pull."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from extractors.drivers.export_file import parse_export
from extractors.drivers.usb_file import ExportLog
from extractors.drivers.zk import Contact
from extractors.errors import ReadFailed, ReadTerminal, ReadTransient, ReadUnsupported
from extractors.failure import failed_row
from extractors.loader import loader_connection
from extractors.read import bounds_of
from extractors.registry import Terminal, UnknownTerminal, find_terminal, registered_terminals
from extractors.terminal_users import note_users
from warehouse.clock import Clock
from warehouse.console import Exit, Problem
from warehouse.landing import land, record_failure
from warehouse.ledger import PullRow, terminal_lock
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

INBOX_STAMP: Final = "%Y%m%dT%H%M%S"
INBOX_SUFFIX: Final = "_attlog.dat"
INBOX: Final = "kotak masuk"
# The last running number of a terminal's files, where its dialect has them.
_LAST_NO: Final = """
select max(files.last_no) from raw.brought_files as files
inner join raw.pulls as pulls on pulls.pull_id = files.pull_id and pulls.outcome = 'ok'
where files.terminal_serial = %s
having max(files.last_no) is not null
"""
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


def import_file(
    settings: Settings, path: Path, serial: str, taken_at: datetime | None, clock: Clock, *, brought_by: str = INBOX
) -> PullRow:
    """Lands one export of a terminal; `taken_at` is the wall time when it was taken from the device.

    Without `taken_at` the export covers the time up to its last punch. The same bytes again are all duplicates. A file
    that names another terminal, or whose running numbers have a hole, is refused as a whole. `brought_by` is who
    carried it here.

    Raises:
        Problem: the file cannot be read or the terminal is not registered (exit code 2), the database is away.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Problem(f"Berkas '{path.name}' tidak dapat dibaca: {error.strerror}.", Exit.WRONG_USE) from error
    with loader_connection(settings) as connection:
        with connection, connection.cursor() as cursor:
            terminals = registered_terminals(cursor, settings, clock, also_removed=True)
            terminal = find_terminal(terminals, serial)
        others = frozenset(one.serial for one in terminals) - {serial}
        export = _Export(path.name, content, taken_at, brought_by, others)
        with terminal_lock(connection, serial):
            return _attempt(connection, settings, terminal, export, clock)


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
    brought_by: str
    other_serials: frozenset[str]


def _attempt(connection: Connection, settings: Settings, terminal: Terminal, export: _Export, clock: Clock) -> PullRow:
    content = export.content
    draft = PullRow(terminal.serial, "usb_file", "ok", clock(), clock(), source=export.name, bytes=len(content))
    log: ExportLog | None = None

    def note(cursor: Cursor, row: PullRow) -> None:
        _note_file(cursor, row, export, log)

    try:
        log = parse_export(content, bounds_of(export.taken_at or terminal.wall(clock), terminal.installed_on))
        _require_own_file(log, terminal, export)
        with connection, connection.cursor() as cursor:
            _require_no_hole(cursor, log, terminal)
        covers_until = _covers_until(log, export.taken_at)
    except ReadFailed as failure:
        contact = Contact(bytes_received=len(content))
        return record_failure(connection, failed_row(draft, contact, failure, clock), note)
    full = replace(draft, covers_until_local=covers_until)
    return land(
        connection, full, log.batch, evidence=content, evidence_dir=settings.evidence_dir, clock=clock, and_then=note
    )


def _require_own_file(log: ExportLog, terminal: Terminal, export: _Export) -> None:
    """The serial in the file, or in its name where that is another registered terminal's, must be the terminal's."""
    stem = export.name.removesuffix(INBOX_SUFFIX)
    found = log.serial if log.serial is not None else (stem if stem in export.other_serials else terminal.serial)
    if found != terminal.serial:
        raise ReadTerminal(
            "decode",
            f"Berkas ini dari mesin {found}, bukan {terminal.serial}; sebut mesin asalnya dengan --terminal.",
        )


def _require_no_hole(cursor: Cursor, log: ExportLog, terminal: Terminal) -> None:
    """A hole in the terminal's running numbers, in the file or since the last one, proves that records are lost."""
    missing = log.missing
    cursor.execute(_LAST_NO, (terminal.serial,))
    found = cursor.fetchone()
    if missing is None and found is not None and log.first_no is not None and log.first_no > found[0] + 1:
        missing = f"berkas sebelumnya berakhir pada nomor urut {found[0]}, yang ini mulai dari {log.first_no}"
    if missing is not None:
        raise ReadTransient(
            "decode", f"Ada catatan yang hilang: {missing}. Ekspor seluruh log (AGL) dari mesin, lalu impor lagi."
        )


def _note_file(cursor: Cursor, row: PullRow, export: _Export, log: ExportLog | None) -> None:
    """Who brought the file; of one that landed also the names of its users."""
    known = (log.format, log.lines, log.first_no, log.last_no) if log is not None else (None, None, None, None)
    cursor.execute(
        "insert into raw.brought_files (pull_id, terminal_serial, file_name, format, line_count, first_no, last_no,"
        " taken_at_local, brought_by, brought_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (row.pull_id, row.terminal_serial, export.name, *known, export.taken_at, export.brought_by, row.finished_at),
    )
    if log is not None and row.outcome == "ok":
        note_users(cursor, row.terminal_serial, log.user_names, row.finished_at)


def _covers_until(log: ExportLog, taken_at: datetime | None) -> datetime:
    if taken_at is not None:
        return taken_at
    if not len(log.batch):
        raise ReadUnsupported(
            "decode", "Berkas ini tidak berisi satu pun catatan yang terbaca; sebut waktu ambilnya dengan --taken-at."
        )
    last: datetime = log.batch.punched_at.max().item()
    return last
