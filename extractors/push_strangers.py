"""Who may push: registered serials from the networks of their office. All others are turned away and listed."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final, Literal

from psycopg2.extensions import cursor as Cursor

from extractors.drivers.adms import SERIAL
from extractors.registry import Terminal

Reason = Literal["serial", "driver", "network"]
UNREADABLE: Final = "(tidak terbaca)"
MOST_LISTED: Final = 1000  # whoever invents serials does not fill the database
LIST_EVERY: Final = timedelta(minutes=1)

_AGAIN: Final = """
update ops.push_strangers set last_seen_at = %(now)s, request_count = request_count + %(count)s
where terminal_serial = %(serial)s and address = %(address)s and reason = %(reason)s
"""
_FIRST: Final = """
insert into ops.push_strangers (terminal_serial, address, reason, first_seen_at, last_seen_at, request_count)
select %(serial)s, %(address)s, %(reason)s, %(now)s, %(now)s, %(count)s
where (select count(*) from ops.push_strangers) < %(most)s
on conflict do nothing
"""


class TurnedAway(Exception):
    """The caller is not one of ours, or calls from elsewhere."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def admit(terminal: Terminal | None, address: str) -> Terminal:
    """The terminal, when it may push from this address.

    Raises:
        TurnedAway: unknown serial, a terminal that is read in another way, or the network of another office.
    """
    if terminal is None:
        raise TurnedAway("serial")
    if terminal.driver != "adms":
        raise TurnedAway("driver")
    if terminal.networks is not None and not _is_inside(address, terminal.networks):
        raise TurnedAway("network")
    return terminal


def _is_inside(address: str, networks: str) -> bool:
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    return any(caller in ip_network(network) for network in networks.split())


class StrangerList:
    """Writes who was turned away, each at most once a minute."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str, str], datetime] = {}
        self._unwritten: dict[tuple[str, str, str], int] = {}

    def note(self, cursor: Cursor, serial: str, address: str, reason: Reason, now: datetime) -> None:
        """Counts one request; the caller commits."""
        key = (serial if SERIAL.fullmatch(serial) else UNREADABLE, address, reason)
        if len(self._last) > MOST_LISTED:
            self._last.clear()
            self._unwritten.clear()
        self._unwritten[key] = self._unwritten.get(key, 0) + 1
        if key in self._last and now - self._last[key] < LIST_EVERY:
            return
        values = {
            "serial": key[0], "address": address, "reason": reason, "now": now,
            "count": self._unwritten.pop(key, 1), "most": MOST_LISTED,
        }  # fmt: skip
        cursor.execute(_AGAIN, values)
        if cursor.rowcount == 0:
            cursor.execute(_FIRST, values)
        self._last[key] = now
