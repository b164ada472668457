"""The terminals of a city that are not read over the ZK protocol: some push, some have a web server.

Both hold the logs of the city folder and show of them what the city's clock has reached.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.clock import wall_seconds
from simulator.forms import as_records, as_users
from simulator.frames import decode_time, time_text
from simulator.push import PushedPunch, PushTerminal
from simulator.solution import SolutionPunch, SolutionTerminal, serving
from simulator.terminal import TerminalState, load_states

CityClock = Callable[[], int]  # wall second of the city


@dataclass(frozen=True, slots=True)
class _Kept:
    """A terminal's state and its planned log; appears_at: when each record is stored, rising."""

    state: TerminalState
    records: NDArray[np.void]
    appears_at: NDArray[np.int64]
    users: NDArray[np.void]

    def count(self, now: int) -> int:
        """Records that are stored by then."""
        return int(np.searchsorted(self.appears_at, now + self.state.drift_s, side="right"))

    def is_offline(self, now: int) -> bool:
        """Whether its office has no network then."""
        return any(_wall(start) <= now < _wall(end) for start, end in self.state.offline)


def _wall(text: str) -> int:
    return wall_seconds(datetime.fromisoformat(text))


def _moment(wall: int) -> datetime:
    return datetime.fromtimestamp(wall, UTC).replace(tzinfo=None)


def _kept(folder: Path, driver: str) -> list[_Kept]:
    return [
        _Kept(state, as_records(_part(folder, state, "log")), _part(folder, state, "appears"),
              as_users(_part(folder, state, "users")))
        for state in load_states(folder)
        if state.driver == driver
    ]  # fmt: skip


def _part(folder: Path, state: TerminalState, name: str) -> NDArray[Any]:
    found: NDArray[Any] = np.load(folder / "terminals" / f"{state.serial}.{name}.npy")
    return found


class PushingTerminals:
    """All terminals of a city that push to the receiver at `address`. Raises FileNotFoundError without a city."""

    def __init__(self, folder: Path, address: tuple[str, int], clock: CityClock, seed: int = 2017) -> None:
        self._clock = clock
        self._all = [
            (kept, PushTerminal(kept.state.serial, address, random.Random(f"{seed} {kept.state.serial}")))
            for kept in _kept(folder, "adms")
        ]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    def follow(self) -> int:
        """Sends what has been punched since the last time, and asks for commands; gives how many reached nobody."""
        now = self._clock()
        return sum(not self._send(kept, terminal, now) for kept, terminal in self._all if not kept.is_offline(now))

    @staticmethod
    def _send(kept: _Kept, terminal: PushTerminal, now: int) -> bool:
        if not terminal.log and terminal.handshake() is None:
            return False
        begin = len(terminal.log)
        terminal.punch([_pushed(kept, at) for at in range(begin, max(begin, kept.count(now)))])
        while terminal.acknowledged < len(terminal.log):
            if not terminal.send_once():
                return False
        return terminal.poll()


def _pushed(kept: _Kept, at: int) -> PushedPunch:
    row = kept.records[at]
    wall = decode_time(int(row["time"]))
    return PushedPunch(
        row["pin"].decode("ascii"),
        _moment(int(kept.appears_at[at]) if wall is None else wall),
        int(row["state"]),
        int(row["verify"]),
        time_text(int(row["time"])) if wall is None else "",
    )


class WebServers:
    """All terminals of a city with a web server. Raises FileNotFoundError without a city."""

    def __init__(self, folder: Path, clock: CityClock) -> None:
        self._clock = clock
        self._all = [(kept, _with_web_server(kept, clock)) for kept in _kept(folder, "solution")]

    def follow(self) -> None:
        """Shows what the clock has reached."""
        now = self._clock()
        for kept, terminal in self._all:
            terminal.hidden = len(kept.records) - kept.count(now)

    @contextlib.contextmanager
    def running(self) -> Iterator[dict[str, int]]:
        """Answers until the end of the block; gives ports by serial. Raises OSError when a port is taken."""
        self.follow()
        with contextlib.ExitStack() as stack:
            for kept, terminal in self._all:
                stack.enter_context(serving(terminal, kept.state.port))
            yield {kept.state.serial: kept.state.port for kept, _ in self._all}


def _with_web_server(kept: _Kept, clock: CityClock) -> SolutionTerminal:
    log = [
        SolutionPunch(row["pin"].decode("ascii"), time_text(int(row["time"])), int(row["verify"]), int(row["state"]))
        for row in kept.records
    ]
    users = [
        (int(row["uid"]), row["name"].decode("utf-8", "replace"), row["pin"].decode("ascii")) for row in kept.users
    ]
    drift = timedelta(seconds=kept.state.drift_s)
    return SolutionTerminal(
        kept.state.serial, lambda: _moment(clock()) + drift, log, users, comm_key=kept.state.comm_key
    )
