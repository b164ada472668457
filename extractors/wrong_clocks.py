"""Terminals whose clock is days off: their good punches land, what the wrong clock stamped waits as rejects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from extractors.read import PLAUSIBLE_AHEAD
from extractors.records import TimeBounds
from extractors.registry import Terminal

WILD_DRIFT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReadClock:
    """What a terminal's clock showed at a read, its seconds before the host's, and the host's wall time."""

    shown: datetime
    drift_s: int
    host: datetime

    def _is_wild(self, terminal: Terminal) -> bool:
        return abs(self.drift_s) > WILD_DRIFT.total_seconds() or self.shown.date() < terminal.installed_on

    def bounds(self, terminal: Terminal) -> TimeBounds:
        """When a punch can have been made: until a day after the device's clock, or after ours when that is days off.

        A clock that fell back must not turn the punches away that it stamped while it was right.
        """
        known = self.host if self._is_wild(terminal) else self.shown
        return TimeBounds(terminal.installed_on, known + PLAUSIBLE_AHEAD)

    def covers_until(self, terminal: Terminal) -> datetime:
        """How far a complete read covers; a clock that is days off can claim nothing after the day of installation."""
        day_of_installation = datetime.combine(terminal.installed_on, datetime.min.time())
        return day_of_installation if self._is_wild(terminal) else self.shown
