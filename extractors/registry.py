"""Which terminals the city has registered, where they stand and how they are reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from extractors.errors import ReadTerminal
from warehouse.clock import Clock, local_wall
from warehouse.console import Exit, Problem
from warehouse.settings import SecretMissing, Settings


class UnknownTerminal(Problem):
    """A serial that is not in the site folder."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """A registered terminal as it stands on a day; `installed_on` is its first stay anywhere."""

    serial: str
    opd_code: str
    driver: str
    address: str | None
    comm_key_name: str | None
    installed_on: date
    zone: ZoneInfo
    networks: str | None = None  # from where it may push, CIDR, blanks between

    def wall(self, clock: Clock) -> datetime:
        """The host's clock as wall time of the office."""
        return local_wall(clock(), self.zone)

    def wall_exact(self, clock: Clock) -> datetime:
        """The same with fractions of a second, for the drift."""
        return clock().astimezone(self.zone).replace(tzinfo=None)


_VALID: Final = """
select distinct on (terminals.terminal_serial)
    terminals.terminal_serial, terminals.opd_code, terminals.driver, terminals.address, terminals.comm_key_name,
    (
        select min(stays.installed_on) from reference.terminals as stays
        where stays.terminal_serial = terminals.terminal_serial and stays.load_to is null
    ) as installed_on,
    opd.timezone, opd.networks
from reference.terminals as terminals
left join reference.opd as opd on opd.opd_code = terminals.opd_code and opd.load_to is null
where terminals.load_to is null
    and (%(serial)s::text is null or terminals.terminal_serial = %(serial)s)
    and terminals.installed_on <= %(today)s
    and (%(also_removed)s or terminals.removed_on is null or %(today)s < terminals.removed_on)
order by terminals.terminal_serial, terminals.installed_on desc
"""


def registered_terminals(
    cursor: Cursor, settings: Settings, clock: Clock, *, also_removed: bool = False, serial: str | None = None
) -> list[Terminal]:
    """Terminals that stand somewhere on the day of the clock, by serial; on request those that stood before, too.

    `serial` looks for this one alone.
    """
    today = local_wall(clock(), settings.zone).date()
    cursor.execute(_VALID, {"today": today, "also_removed": also_removed, "serial": serial})
    return [
        Terminal(serial, opd, driver, address, key, installed, ZoneInfo(zone or settings.timezone), networks)
        for serial, opd, driver, address, key, installed, zone, networks in cursor.fetchall()
    ]


def find_terminal(terminals: list[Terminal], serial: str) -> Terminal:
    """The terminal with this serial.

    Raises:
        UnknownTerminal: it is not registered for the day (exit code 2).
    """
    for terminal in terminals:
        if terminal.serial == serial:
            return terminal
    raise UnknownTerminal(
        f"Mesin {serial} tidak terdaftar pada tanggal ini; tambahkan di berkas terminals,"
        " lalu jalankan 'hadir site load'.",
        Exit.WRONG_USE,
    )


def comm_key(settings: Settings, terminal: Terminal) -> int:
    """The terminal's comm key, 0 when it has none.

    Raises:
        ReadTerminal: the secret is missing or is no number of at most six digits.
    """
    if terminal.comm_key_name is None:
        return 0
    try:
        text = settings.secret(f"comm_key_{terminal.comm_key_name}")
    except SecretMissing as error:
        raise ReadTerminal("login", str(error)) from error
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise ReadTerminal("login", f"Rahasia 'comm_key_{terminal.comm_key_name}' bukan angka 0 sampai 999999.")
    return int(text)
