"""The receiver of terminals that push: what they post is landed first and answered afterwards.

One body is one row of raw.pulls. The answer leaves when the transaction is committed: a crash before it makes the
terminal send the same body again, which then is all duplicates. The stamp that the next handshake gives back moves
behind that, never before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from extractors.drivers.adms import (
    SERIAL,
    STAMP,
    DeviceInfo,
    handshake_answer,
    parse_attlog_body,
    parse_info,
    parse_photo_body,
    parse_results,
)
from extractors.drivers.oplog import OplogEntry
from extractors.errors import ReadFailed, ReadTransient, ReadUnsupported
from extractors.oplog import land_entries
from extractors.photos import land_photo
from extractors.push_connections import Connections
from extractors.push_presence import Presence, covered_until, is_answering, next_command, take_results
from extractors.push_strangers import StrangerList, TurnedAway, admit
from extractors.read import PLAUSIBLE_AHEAD, bounds_of
from extractors.records import PunchBatch
from extractors.registry import Terminal, registered_terminals
from warehouse.clock import Clock
from warehouse.landing import land, record_failure
from warehouse.ledger import PullRow, terminal_lock
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

Table = Literal["attlog", "operlog", "attphoto"]
MOST_CONNECTIONS: Final = 8
JUST_NOW: Final = timedelta(seconds=30)  # a terminal that has called since then sends what has just happened
NO_INFO: Final = DeviceInfo()

_STAMPS: Final = "select attlog_stamp, operlog_stamp, attphoto_stamp from ops.push_terminals where terminal_serial = %s"
_KEEP_STAMP: Final = sql.SQL("update ops.push_terminals set {} = %s where terminal_serial = %s")
_DRIFT: Final = "select clock_drift_s from ops.push_terminals where terminal_serial = %s"
_KEEP_DRIFT: Final = "update ops.push_terminals set clock_drift_s = %s where terminal_serial = %s"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who says that he is which terminal, and from where."""

    serial: str
    address: str


class Receiver:
    """What a terminal can ask of the warehouse; every method belongs to one request and may run beside others.

    All of them raise TurnedAway for a caller who is not admitted, and Problem or psycopg2.OperationalError when the
    database is away: nothing is answered with OK then.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._connections = Connections(settings, "push", MOST_CONNECTIONS)
        self._presence = Presence(settings, clock)
        self._strangers = StrangerList()

    def close(self) -> None:
        """Closes its connections."""
        self._connections.close()

    def handshake(self, caller: Caller) -> str:
        """The options of the terminal, with the stamps from which it goes on."""
        with self._entered(caller, is_handshake=True) as (connection, terminal):
            with connection, connection.cursor() as cursor:
                cursor.execute(_STAMPS, (terminal.serial,))
                kept = cursor.fetchone() or (None, None, None)
            stamps = zip(("ATTLOG", "OPERLOG", "ATTPHOTO"), kept, strict=True)
            offset = self._clock().astimezone(terminal.zone).utcoffset() or timedelta()
            return handshake_answer(
                terminal.serial, {name: stamp for name, stamp in stamps if stamp is not None}, offset
            )

    def poll(self, caller: Caller, info: str) -> str:
        """A sign of life; answered with what the terminal is asked for, or OK."""
        with self._entered(caller, parse_info(info)) as (connection, terminal):
            self._presence.write_down(connection, terminal)
            return next_command(connection, terminal, self._clock) or "OK"

    def take_attlog(self, caller: Caller, body: bytes, stamp: str) -> int:
        """Lands a body of records; gives the number of its lines."""
        is_live = self._presence.is_connected(caller.serial, JUST_NOW)
        with self._entered(caller) as (connection, terminal):
            parsed = parse_attlog_body(body, bounds_of(terminal.wall(self._clock), terminal.installed_on))
            if parsed.lines:
                with terminal_lock(connection, terminal.serial):
                    draft = self._draft(connection, terminal, parsed.batch, len(body), is_live=is_live)
                    land(
                        connection, draft, parsed.batch, evidence=body, evidence_dir=self._settings.evidence_dir,
                        clock=self._clock,
                    )  # fmt: skip
                self._keep_drift(connection, terminal, draft.clock_drift_s)
            self._keep_stamp(connection, terminal, "attlog", stamp)
            return parsed.lines

    def take_oplog(self, caller: Caller, entries: Sequence[OplogEntry], stamp: str) -> int:
        """Lands entries of the terminal's own book; gives how many there were."""
        with self._entered(caller) as (connection, terminal):
            with connection, connection.cursor() as cursor:
                land_entries(cursor, terminal.serial, entries, "push", self._clock())
            self._keep_stamp(connection, terminal, "operlog", stamp)
            return len(entries)

    def take_photo(self, caller: Caller, body: bytes, stamp: str) -> None:
        """Seals a photo and lands its row; one that may not come in is forgotten, or it would come for ever."""
        with self._entered(caller) as (connection, terminal):
            try:
                photo = parse_photo_body(body)
                refusal = land_photo(
                    connection, self._settings, terminal, self._clock, name=photo.name, content=photo.content
                )
            except ReadUnsupported as error:
                refusal = str(error)
            if refusal is not None:
                logger.warning("terminal %s: photo not taken: %s", terminal.serial, refusal)
            self._keep_stamp(connection, terminal, "attphoto", stamp)

    def take_results(self, caller: Caller, body: bytes) -> None:
        """Notes what the terminal says of the periods that it was asked for."""
        with self._entered(caller) as (connection, terminal):
            take_results(connection, terminal, parse_results(body), self._clock)

    def require(self, caller: Caller) -> None:
        """Admits a caller before his body is read."""
        with self._connections.take() as connection:
            self._admitted(connection, caller)

    def greet(self, caller: Caller) -> None:
        """A call that brings nothing to keep."""
        with self._entered(caller):
            pass

    def turn_body_away(self, caller: Caller, failure: ReadFailed, size: int) -> None:
        """Notes a body that was not taken: its terminal is asked again, and does not count as read until then."""
        with self._entered(caller) as (connection, terminal):
            self._presence.refuse(connection, terminal)
            now = self._clock()
            row = PullRow(
                terminal.serial, "push", "refused", now, now, source="attlog", bytes=size,
                error_class=failure.error_class, error_phase=failure.phase, error_message=str(failure),
            )  # fmt: skip
            with terminal_lock(connection, terminal.serial):
                record_failure(connection, row)

    def landing_failed(self, caller: Caller) -> None:
        """A body could not be landed for a reason of our own: its terminal will send it again."""
        self._presence.unsettle(caller.serial)

    @contextmanager
    def _entered(
        self, caller: Caller, info: DeviceInfo = NO_INFO, *, is_handshake: bool = False
    ) -> Iterator[tuple[Connection, Terminal]]:
        with self._connections.take() as connection:
            terminal = self._admitted(connection, caller)
            self._presence.meet(connection, terminal, info, is_handshake=is_handshake)
            yield connection, terminal

    def _admitted(self, connection: Connection, caller: Caller) -> Terminal:
        found = None
        if SERIAL.fullmatch(caller.serial):
            with connection, connection.cursor() as cursor:
                found = next(
                    iter(registered_terminals(cursor, self._settings, self._clock, serial=caller.serial)), None
                )
        try:
            return admit(found, caller.address)
        except TurnedAway as turned:
            with connection, connection.cursor() as cursor:
                self._strangers.note(cursor, caller.serial, caller.address, turned.reason, self._clock())
            raise

    def _draft(
        self, connection: Connection, terminal: Terminal, batch: PunchBatch, size: int, *, is_live: bool
    ) -> PullRow:
        """The row of a body. It covers what was covered before: only presence moves that."""
        now = self._clock()
        with connection, connection.cursor() as cursor:
            covered = covered_until(cursor, terminal)
            cursor.execute(_DRIFT, (terminal.serial,))
            (known_drift_s,) = cursor.fetchone() or (None,)
            is_live = is_live and len(batch) == 1 and not is_answering(cursor, terminal)
        arrived = terminal.wall(self._clock)
        latest: datetime | None = batch.punched_at.max().item() if len(batch) else None
        is_ahead = latest is not None and arrived < latest <= arrived + PLAUSIBLE_AHEAD
        # A clock cannot be behind a punch that it has stamped; how far it is behind us, only a fresh punch tells.
        is_measured = latest is not None and (is_ahead or is_live)
        drift_s = round((latest - arrived).total_seconds()) if latest and is_measured else known_drift_s
        return PullRow(
            terminal.serial, "push", "ok", now, now, source="attlog", bytes=size, covers_until_local=covered,
            device_clock_local=latest if latest and is_ahead else arrived, clock_drift_s=drift_s,
        )  # fmt: skip

    def _keep_drift(self, connection: Connection, terminal: Terminal, drift_s: int | None) -> None:
        if drift_s is not None:
            with connection, connection.cursor() as cursor:
                cursor.execute(_KEEP_DRIFT, (drift_s, terminal.serial))

    def _keep_stamp(self, connection: Connection, terminal: Terminal, table: Table, stamp: str) -> None:
        """After the commit of what it stands for; a stamp of another form is not given back to the terminal."""
        if STAMP.fullmatch(stamp):
            with connection, connection.cursor() as cursor:
                cursor.execute(_KEEP_STAMP.format(sql.Identifier(f"{table}_stamp")), (stamp, terminal.serial))


def cut_body() -> ReadFailed:
    """The line broke while a body came in."""
    return ReadTransient("transfer", "Kiriman terputus di tengah jalan; mesin akan mengirim ulang.")


def large_body(most: int) -> ReadFailed:
    """A body larger than any terminal sends."""
    return ReadUnsupported(
        "transfer", f"Kiriman lebih dari {most // 2**20} MB; ambil lognya dengan USB dan 'hadir import'."
    )
