"""Clocks are passed in: nothing that decides reads the machine's clock by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


class NaiveTime(ValueError):
    """A moment without a time zone was given where the zone decides the day."""


def clock_at(as_of: datetime) -> Clock:
    """A clock that stands still at `as_of`: history is read as if it were that moment."""
    if as_of.tzinfo is None:
        raise NaiveTime(f"Waktu {as_of.isoformat()} tanpa zona; tulis misalnya 2017-03-31T10:00+07:00.")
    return lambda: as_of


def running_clock(offset_s: int = 0) -> Clock:
    """The machine's clock, shifted by `offset_s` seconds."""
    offset = timedelta(seconds=offset_s)
    return lambda: datetime.now(UTC) + offset


def clock_for(as_of: str | None, offset_s: int, zone: ZoneInfo) -> Clock:
    """The clock of a command: `as_of` (ISO, the city's zone when it has none) or the running one.

    Raises:
        ValueError: `as_of` is not an ISO date and time.
    """
    if as_of is None:
        return running_clock(offset_s)
    moment = datetime.fromisoformat(as_of)
    return clock_at(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def local_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Wall time of a zone, without zone, whole seconds: what a device or a roster shows."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)
