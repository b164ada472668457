"""One simulated terminal: its append-only log, its users, its clock, its op-log, and what befalls them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter

from simulator.clock import wall_seconds
from simulator.faults import NO_FAULT, Fault
from simulator.forms import SIZES, as_records, as_users, records_in, shifted, torn, users_in
from simulator.frames import encode_times, word_sum
from simulator.profiles import DEFAULT, PROFILES

OPLOG_LOSS = {"torn": 5, "short": 16}  # bytes at its end
EPOCH = datetime.fromisoformat("2000-01-01T00:00:00")  # clocks begin there again


class TerminalState(BaseModel):
    """A row of terminals.json. port 0: nobody can ask it. drift_s: device minus city clock.

    driver: how it gives its log. profile: its kind (profiles.py). capacity: records that it can hold (0: as many as its
    kind); full, it drops the oldest in blocks of `drops`. sessions: hosts that it serves at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    serial: str
    port: int
    comm_key: int = 0
    drift_s: int = 0
    offline: tuple[tuple[str, str], ...] = ()
    opd: str = ""
    driver: Literal["zk", "adms", "solution"] = "zk"
    profile: str = DEFAULT
    drift_ppm: float = 0
    capacity: int = 0
    drops: int = 1000
    sessions: int = 64


class DataSet:
    """A length word and records, as it stood when the buffer was prepared; keeps the word sums of its pieces."""

    def __init__(self, body: bytes | memoryview, false_length: int = 0) -> None:
        self.data = struct.pack("<I", len(body) + false_length) + bytes(body)
        self.view = memoryview(self.data)
        self._sums: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.data)

    def piece(self, offset: int, length: int) -> tuple[memoryview, int]:
        """Bytes of the set and their word sum (counted once, so that reading is no slower than sending)."""
        view = self.view[offset : offset + length]
        key = (offset, length)
        if key not in self._sums:
            self._sums[key] = word_sum(view)
        return view, self._sums[key]


class Terminal:
    """The state that all connections to one terminal share.

    records: array of frames.RECORD or its bytes as (n, 40) uint8, stored in the form of the terminal's kind;
    appears_at: wall second of each by its sound clock, rising; users: 72-byte records. clock: wall second of the city.
    """

    def __init__(
        self,
        state: TerminalState,
        records: NDArray[np.generic],
        appears_at: NDArray[np.int64],
        users: NDArray[np.generic],
        clock: Callable[[], int],
    ) -> None:
        self.state = state
        self.profile = PROFILES[state.profile]
        self.record_size = SIZES[self.profile.form]
        people = as_users(users)
        self.log = memoryview(records_in(self.profile.form, as_records(records), people))
        self.appears_at = appears_at
        self.users = users_in(self.profile.user_size, people)
        self.user_count = len(people)
        self.clock = clock
        self.grown = False
        self.cleared = 0  # records that were there before the log was cleared
        self.clock_shift = 0  # set by people, or by a loss of power
        self.is_enabled = True
        self.operations: list[tuple[int, int]] = []  # op code and device wall second
        self.open_sessions = 0
        self._made_at = clock()
        self._offline = [tuple(_wall(edge) for edge in span) for span in state.offline]
        self._prepared: tuple[object, DataSet] | None = None

    def is_offline(self) -> bool:
        """Whether nobody can reach it at this moment of the city's clock."""
        return any(start <= self.clock() < end for start, end in self._offline)

    def _sound_time(self) -> int:
        return self.clock() + self.state.drift_s

    def device_time(self) -> int:
        """Its own clock, in wall seconds."""
        creep = int((self.clock() - self._made_at) * self.state.drift_ppm / 1e6)
        return self._sound_time() + self.clock_shift + creep

    def set_time(self, wall_s: int) -> None:
        """Somebody sets its clock; the op-log keeps it (code 21)."""
        self.operations.append((21, self.device_time()))
        self.clock_shift += wall_s - self.device_time()

    def lose_power(self) -> None:
        """The battery is empty: the clock begins again on 1 January 2000, nothing of the log is lost."""
        self.clock_shift += wall_seconds(EPOCH) - self.device_time()
        self.operations.append((0, self.device_time()))

    def clear(self) -> None:
        """Somebody clears the log at the device; the op-log keeps it (code 23)."""
        self.cleared = self._stored()
        self.operations.append((23, self.device_time()))

    def _stored(self) -> int:
        return int(np.searchsorted(self.appears_at, self._sound_time(), side="right"))

    @property
    def capacity(self) -> int:
        """Records that it can hold."""
        return self.state.capacity or max(100_000, -(-len(self.appears_at) // 100_000) * 100_000)

    def _span(self, fault: Fault) -> tuple[int, int]:
        """First and last (exclusive) of the records that it holds: cleared and dropped ones are gone."""
        hidden = 0 if self.grown or not fault.grow else fault.grow
        stop = max(self.cleared, self._stored() - hidden)
        surplus = stop - self.cleared - self.capacity
        dropped = -(-surplus // self.state.drops) * self.state.drops if surplus > 0 else 0
        return min(self.cleared + dropped, stop), stop

    def count(self, fault: Fault) -> int:
        """Number of records stored by now; those that a fault lets appear during a read are hidden before it."""
        start, stop = self._span(fault)
        return stop - start

    def log_set(self, fault: Fault) -> DataSet:
        """The data set of the records held now; the last one asked for is kept."""
        start, stop = self._span(fault)
        key = (start, stop, fault.torn, fault.wrong_layout, fault.lost_records, fault.false_length)
        if self._prepared is not None and self._prepared[0] == key:
            return self._prepared[1]
        size = self.record_size
        content: bytes | memoryview = self.log[start * size : max(start, stop - fault.lost_records) * size]
        if fault.torn:
            content = torn(bytes(content), size, fault.torn)
        if fault.wrong_layout:
            content = shifted(bytes(content), size)
        fresh = DataSet(content, size if fault.false_length else 0)
        self._prepared = (key, fresh)
        return fresh

    def operation_set(self, fault: Fault = NO_FAULT) -> DataSet:
        """The op-log: 16 bytes an entry."""
        words = encode_times(np.array([at for _, at in self.operations], np.int64)).tolist()
        book = b"".join(
            struct.pack("<HBxI4H", 1, op, word, 0, 0, 0, 0)
            for (op, _), word in zip(self.operations, words, strict=True)
        )
        return DataSet(book[: len(book) - OPLOG_LOSS.get(fault.oplog or "", 0)])

    def sizes(self, fault: Fault, argument: bytes = b"") -> bytes:
        """The answer to GET_FREE_SIZES in the length of its kind."""
        if self.profile.sizes == 4 and not argument:
            return bytes(4)
        records = 0 if fault.push_only or self.profile.push_only else self.count(fault)
        users, capacity = self.user_count, self.capacity
        counters = [0] * 28
        counters[4], counters[6], counters[8], counters[10], counters[12] = (
            users,
            users,
            records,
            len(self.operations),
            1,
        )
        counters[14:20] = [3000, 5000, capacity, 3000 - users, 5000 - users, capacity - records]
        return struct.pack("<28i", *counters)[: max(self.profile.sizes, 80)]

    def option(self, name: str) -> str | None:
        """Value of an option, None when this terminal has none of that name."""
        return {
            "~SerialNumber": self.state.serial,
            "~Platform": self.profile.platform,
            "~DeviceName": self.profile.device_name,
            "~OS": "1",
            "~ZKFPVersion": "10",
            "ZKFaceVersion": "7",
            "FaceFunOn": "1",
            "~PIN2Width": "9",
            "~UserExtFmt": "1",
            "~ExtendFmt": "0",
            "CompatOldFirmware": "0",
            "WorkCode": "0",
            "DeviceID": "1",
            "AlarmAttLog": "99",
            "AlarmReRec": "0",
            "TCPPort": str(self.state.port),
            "IPAddress": "127.0.0.1",
            "NetMask": "255.0.0.0",
            "GATEIPAddress": "0.0.0.0",  # noqa: S104 - an answer, not a bind
            "MAC": "00:17:61:" + ":".join(f"{byte:02x}" for byte in self.state.serial[-3:].encode()),
        }.get(name)


_STATES: TypeAdapter[list[TerminalState]] = TypeAdapter(list[TerminalState])


def _wall(text: str) -> int:
    return wall_seconds(datetime.fromisoformat(text))


def load_states(folder: Path) -> list[TerminalState]:
    """All terminals of a city folder. Raises FileNotFoundError when the folder holds no city."""
    return _STATES.validate_python(json.loads((folder / "terminals" / "terminals.json").read_text(encoding="utf-8")))


def load_terminals(folder: Path, clock: Callable[[], int]) -> list[Terminal]:
    """The terminals that are read over the ZK protocol. Raises FileNotFoundError when the folder holds no city."""
    terminals: list[Terminal] = []
    for state in load_states(folder):
        if state.port and state.driver == "zk":
            base = folder / "terminals" / state.serial
            log, appears, users = (np.load(f"{base}.{part}.npy") for part in ("log", "appears", "users"))
            terminals.append(Terminal(state, log, appears, users, clock))
    return terminals
