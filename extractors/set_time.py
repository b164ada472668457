"""A person sets the clock of a terminal: outside the rush hours, written down before and after, never by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from psycopg2.extensions import connection as Connection

from extractors.drivers.zk import Contact, open_session, set_clock
from extractors.errors import ReadFailed, ReadTerminal
from extractors.loader import loader_connection
from extractors.registry import Terminal, comm_key, find_terminal, registered_terminals
from warehouse.clock import Clock
from warehouse.console import Exit, Problem
from warehouse.ledger import terminal_lock
from warehouse.settings import Settings

# When people come and go: a clock that jumps then would judge them by two clocks.
RUSH_HOURS: Final = ((time(6), time(9)), (time(15), time(18)))


@dataclass(frozen=True, slots=True)
class ClockSet:
    """What the clock was off by before and after, in seconds (device minus host)."""

    serial: str
    drift_before_s: int
    drift_after_s: int
    set_at_local: datetime


def set_terminal_time(settings: Settings, serial: str, set_by: str, clock: Clock) -> ClockSet:
    """Sets a registered terminal's clock to that of the server.

    Raises:
        Problem: within the rush hours, not registered (exit code 2), the database is away.
        ReadFailed: the terminal cannot be reached or refuses; the attempt is written down.
    """
    with loader_connection(settings) as connection:
        with connection, connection.cursor() as cursor:
            terminal = find_terminal(registered_terminals(cursor, settings, clock), serial)
        _require_quiet_hour(terminal, clock)
        with terminal_lock(connection, serial):
            return _set(connection, settings, terminal, set_by, clock)


def _require_quiet_hour(terminal: Terminal, clock: Clock) -> None:
    now = terminal.wall(clock).time()
    if any(start <= now < end for start, end in RUSH_HOURS):
        hours = " dan ".join(f"{start:%H.%M}-{end:%H.%M}" for start, end in RUSH_HOURS)
        raise Problem(
            f"Jam mesin tidak disetel pada jam sibuk ({hours}): pegawai sedang masuk atau pulang. Ulangi di luar itu.",
            Exit.WRONG_USE,
        )


def _set(connection: Connection, settings: Settings, terminal: Terminal, set_by: str, clock: Clock) -> ClockSet:
    if terminal.address is None or terminal.driver != "zk":
        raise ReadTerminal("connect", "Jam mesin ini tidak dapat disetel lewat jaringan; setel lewat menu mesin.")
    contact = Contact()

    def host_clock() -> datetime:
        return terminal.wall_exact(clock)

    def note(step: str) -> None:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "insert into ops.clock_settings (terminal_serial, step, at, set_by, device_clock_local, clock_drift_s)"
                " values (%s, %s, %s, %s, %s, %s)",
                (terminal.serial, step, clock(), set_by, contact.device_clock, contact.clock_drift_s),
            )

    try:
        with open_session(terminal.address, contact) as session:
            session.login(comm_key(settings, terminal), terminal.serial)
            session.read_clock(host_clock)
            before = contact.clock_drift_s or 0
            note("before")
            set_clock(session, host_clock)
            session.read_clock(host_clock)
    except ReadFailed:
        note("failed")
        raise
    note("after")
    return ClockSet(terminal.serial, before, contact.clock_drift_s or 0, terminal.wall(clock))
