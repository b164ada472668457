"""The clock of the simulated city: a small file that is read again whenever it changes.

{"mode": "frozen", "at": "2017-02-28T18:00:00"} stands still;
{"mode": "running", "at": "2017-04-03T06:55:00", "since_epoch": 1700000000.0} has run on since that host second.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

logger = logging.getLogger(__name__)


class ClockState(BaseModel):
    """What the clock file says. at: wall time of the city; since_epoch: host second at which it was `at`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["frozen", "running"]
    at: datetime
    since_epoch: float | None = None

    def wall(self, host_s: float) -> int:
        """Wall time of the city as seconds since 1970, at that host second."""
        start = wall_seconds(self.at)
        if self.mode == "frozen" or self.since_epoch is None:
            return start
        return start + int(host_s - self.since_epoch)


def wall_seconds(moment: datetime) -> int:
    """A wall time without zone as seconds since 1970."""
    return int(np.datetime64(moment.replace(tzinfo=None), "s").astype(np.int64))


def write_clock(path: Path, state: ClockState) -> None:
    """Set the clock in one step, so that no reader sees half a file."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(state.model_dump(mode="json", exclude_none=True)) + "\n", encoding="utf-8")
    fresh.replace(path)


class ClockFile:
    """Answers what time it is in the city. host_s: the host's clock in epoch seconds, passed in."""

    def __init__(self, path: Path, host_s: Callable[[], float]) -> None:
        self.path = path
        self.host_s = host_s
        self.text = ""
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._state: ClockState | None = None

    def now(self) -> int:
        """Wall time of the city in seconds since 1970. Raises FileNotFoundError when there is no clock file at all."""
        with self._lock:
            self._refresh()
            if self._state is None:
                raise FileNotFoundError(self.path)
            return self._state.wall(self.host_s())

    def _refresh(self) -> None:
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp == self._stamp:
                return
            text = self.path.read_text(encoding="utf-8")
            self._state = ClockState.model_validate_json(text)
            self.text, self._stamp = text, stamp
        except (OSError, ValidationError) as problem:
            # Half written or gone for a moment: the last time that was known goes on.
            logger.debug("clock file not readable: %s", type(problem).__name__)
