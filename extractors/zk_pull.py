"""Reads a registered ZK terminal and lands what is new: the tail where that was proven to work, else the whole log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from extractors.drivers.identity import ask_identity
from extractors.drivers.zk import Contact, KnownLog, ZkLog, read_log
from extractors.drivers.zk_frames import Overdue
from extractors.errors import ReadTerminal, ReadTransient, WrongAddress
from extractors.layouts import BY_NAME, ZK40, pin_table
from extractors.oplog import land_book, last_asked, wants_book
from extractors.read import decode_log
from extractors.registry import Terminal, comm_key
from extractors.wrong_clocks import ReadClock
from warehouse import ledger, log_marks
from warehouse.clock import Clock
from warehouse.landing import land
from warehouse.ledger import KnownPrefix, PullRow
from warehouse.log_marks import LogMark
from warehouse.prefix import Proof, prove_prefix
from warehouse.rotation import prove_rotated
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

FULL_EVERY: Final = timedelta(days=7)  # a whole log with its hash proves the tails that were read since
TAIL_PHASES: Final = {"transfer", "decode"}  # where a tail read may fail and a whole one still succeed


@dataclass(frozen=True, slots=True)
class Known:
    """What the warehouse knows of a terminal's log and of its end."""

    mark: LogMark
    firmware: str | None

    @property
    def log(self) -> KnownLog:
        """As the driver needs it."""
        return KnownLog(self.mark.record_count, BY_NAME[self.mark.layout], self.mark.tail_sha256)


def read_zk(connection: Connection, settings: Settings, terminal: Terminal, clock: Clock, contact: Contact) -> ZkLog:
    """The log of a terminal, whole or behind what is known.

    Raises:
        ReadFailed: unreachable, refused, cut, hanging, incomplete, unsupported, or another terminal at the address.
    """
    key = comm_key(settings, terminal)
    if terminal.address is None:
        raise ReadTerminal("connect", "Mesin ini tidak punya alamat; isi kolom address di berkas terminals.")
    wish = _book_wish(connection, terminal, clock)
    asking = _Asking(terminal, terminal.address, key, clock, wish, contact, time.monotonic())
    try:
        tail = _read_tail(_known(connection, terminal, clock), asking)
        return tail or _read_whole(asking)
    except WrongAddress as error:
        raise ReadTerminal("connect", str(error)) from error


@dataclass(frozen=True, slots=True)
class _Asking:
    """Whom to ask, with which key, and for the book of its menu, too, or not; `contact` learns on the way."""

    terminal: Terminal
    address: str
    key: int
    clock: Clock
    wants_book: Callable[[int], bool]
    contact: Contact
    began_at: float  # monotonic seconds; a pull has one time for both of its sessions

    def read(self, *, known: KnownLog | None = None, asks_tail: bool = False) -> ZkLog:
        return read_log(
            self.address,
            self.key,
            lambda: self.terminal.wall_exact(self.clock),
            expected_serial=self.terminal.serial,
            known=known,
            asks_tail=asks_tail,
            wants_book=self.wants_book,
            contact=self.contact,
            began_at=self.began_at,
        )


def _book_wish(connection: Connection, terminal: Terminal, clock: Clock) -> Callable[[int], bool]:
    with connection, connection.cursor() as cursor:
        return wants_book(last_asked(cursor, terminal.serial), clock())


def _known(connection: Connection, terminal: Terminal, clock: Clock) -> Known | None:
    """Where to read on; none when the terminal cannot, or a whole read is due."""
    with connection, connection.cursor() as cursor:
        mark = log_marks.last_mark(cursor, terminal.serial)
        if mark is None or not mark.reads_tail or clock() - mark.full_read_at >= FULL_EVERY:
            return None
        cursor.execute("select firmware from raw.pulls where pull_id = %s", (mark.pull_id,))
        found = cursor.fetchone()
    return Known(mark, found[0] if found else None)


def _read_tail(known: Known | None, asking: _Asking) -> ZkLog | None:
    """The log behind what is known, or whole when the terminal's end is another; none when it cannot be had so."""
    if known is None:
        return None
    try:
        log = asking.read(known=known.log, asks_tail=True)
    except ReadTransient as failure:
        if failure.phase not in TAIL_PHASES or isinstance(failure, Overdue):
            raise
        serial = asking.terminal.serial
        logger.warning("terminal %s: the tail failed in %s, reading the whole log", serial, failure.phase)
        return None
    asking.contact.firmware = known.firmware
    return log


def _read_whole(asking: _Asking) -> ZkLog:
    """Asks who is there, then reads the log in a session of our own."""
    terminal, contact = asking.terminal, asking.contact
    identity = ask_identity(asking.address, asking.key)
    contact.serial = identity.serial
    if identity.serial is not None and identity.serial != terminal.serial:
        raise ReadTerminal(
            "login",
            f"Mesin di alamat ini bernomor seri {identity.serial}, bukan {terminal.serial};"
            " betulkan alamat di berkas terminals.",
        )
    log = asking.read(asks_tail=True)
    contact.firmware = identity.firmware or contact.firmware
    return log


def land_zk(
    connection: Connection, settings: Settings, *, draft: PullRow, log: ZkLog, terminal: Terminal, clock: Clock
) -> PullRow:
    """Lands what is new in a log and marks its end, in one transaction."""
    size = (log.layout or ZK40).size
    with connection, connection.cursor() as cursor:
        known = ledger.known_prefix(cursor, terminal.serial)
        mark = log_marks.last_mark(cursor, terminal.serial)
        is_tail = log.known_count > 0 and known is not None
        proof = _prove(cursor, settings, log, known, terminal)
    new = log.records if is_tail else log.records[proof.known_count * size :]
    first_ordinal = known.landed if known and known.epoch == proof.epoch else 0
    shown = ReadClock(log.device_clock, log.clock_drift_s, terminal.wall(clock))
    row = replace(
        draft,
        epoch=proof.epoch,
        counted_before=log.counted_before,
        counted_after=log.counted_after,
        known_prefix=proof.known_count,
        bytes=len(log.records) + len(log.overlap),
        device_clock_local=log.device_clock,
        clock_drift_s=log.clock_drift_s,
        covers_until_local=shown.covers_until(terminal),
        capacity=log.capacity,
        prefix_sha256=proof.prefix_sha256 or None,
    )
    pins = pin_table(log.users).pins
    users_sha256 = log_marks.keep_users(settings.evidence_dir, pins) if log.users else None

    def mark_end(cursor: Cursor, landed: PullRow) -> None:
        _mark(cursor, landed, log, mark if is_tail else None, users_sha256)
        if pins:
            log_marks.note_uids(cursor, landed.terminal_serial, landed.pull_id, pins)
        if log.book is not None:
            land_book(cursor, landed, log.book)

    return land(
        connection,
        row,
        decode_log(log, shown.bounds(terminal), new, first_ordinal),
        evidence=new,
        evidence_dir=settings.evidence_dir,
        clock=clock,
        and_then=mark_end,
    )


def _prove(cursor: Cursor, settings: Settings, log: ZkLog, known: KnownPrefix | None, terminal: Terminal) -> Proof:
    """What of a log is known: its beginning, what a full terminal has left of it, or nothing of a new epoch."""
    if known is not None and log.known_count:
        return Proof(known.epoch, log.known_count, "")
    size = (log.layout or ZK40).size
    proof = prove_prefix(log.records, size, known)
    if known is None or proof.epoch == known.epoch:
        return proof
    rotated = prove_rotated(
        cursor,
        terminal.serial,
        log.records,
        evidence_dir=settings.evidence_dir,
        record_size=size,
        known=known,
        capacity=log.capacity,
    )
    return rotated or proof


def _mark(cursor: Cursor, row: PullRow, log: ZkLog, before: LogMark | None, users_sha256: str | None) -> None:
    count = row.known_prefix + row.offered
    if log.layout is None or not count:
        return
    log_marks.write_mark(
        cursor,
        LogMark(
            pull_id=row.pull_id,
            terminal_serial=row.terminal_serial,
            layout=log.layout.name,
            record_count=count,
            tail_sha256=log.tail_sha256,
            reads_tail=before.reads_tail if before else log.reads_tail,
            full_read_at=before.full_read_at if before else row.finished_at,
            users_sha256=users_sha256,
        ),
    )
