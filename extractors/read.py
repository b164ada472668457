"""Reads and decodes a terminal's log without a database: for the doors, the pull and the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from extractors.drivers.solution import SolutionLog, read_solution_log
from extractors.drivers.solution_http import is_soap
from extractors.drivers.usb_file import parse_attlog
from extractors.drivers.zk import Contact, WallClock, ZkLog, read_log
from extractors.drivers.zk_frames import Deadlines
from extractors.layouts import ZK40, decode, pin_table
from extractors.records import PunchBatch, TimeBounds

PLAUSIBLE_AHEAD = timedelta(days=1)  # a punch may be that much later than the clock of its device, and is checked then


@dataclass(frozen=True, slots=True)
class Reading:
    """A complete log with its decoded batch."""

    log: ZkLog | SolutionLog
    batch: PunchBatch


def bounds_of(device_clock: datetime, installed_on: date | None = None) -> TimeBounds:
    """Between which times a punch of a device can lie, by its own clock."""
    return TimeBounds(installed_on=installed_on, latest=device_clock + PLAUSIBLE_AHEAD)


def decode_log(
    log: ZkLog, bounds: TimeBounds, records: memoryview | None = None, first_ordinal: int | None = None
) -> PunchBatch:
    """The punches of a log, or of the part of its records that begins with `first_ordinal`."""
    content = log.records if records is None else records
    first = log.known_count if first_ordinal is None else first_ordinal
    return decode(log.layout or ZK40, content, bounds, first, pin_table(log.users))


def read_terminal(
    address: str,
    comm_key: int,
    host_clock: WallClock,
    *,
    contact: Contact | None = None,
    deadlines: Deadlines | None = None,
) -> Reading:
    """The whole log of a terminal, proven complete and decoded.

    Raises:
        ReadFailed: unreachable, refused, cut, hanging, incomplete or unsupported.
        WrongAddress: not of the form tcp://host:port or soap://host:port.
    """
    if is_soap(address):
        told = read_solution_log(address, comm_key, host_clock, contact=contact, deadlines=deadlines)
        return Reading(told, parse_attlog(told.text, bounds_of(told.device_clock)).batch)
    log = read_log(address, comm_key, host_clock, contact=contact, deadlines=deadlines)
    return Reading(log, decode_log(log, bounds_of(log.device_clock)))
