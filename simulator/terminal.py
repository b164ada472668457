"""One simulated terminal: its append-only log, its users, and its answers to the commands of the wire protocol.

Behaviour after reference devices.md, section 2: a small data set comes as one CMD_DATA, a large one is announced with
13 bytes and fetched in pieces, each as PREPARE_DATA + CMD_DATA + ACK_OK with the same reply number.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter

from simulator.clock import wall_seconds
from simulator.faults import NO_FAULT, Fault
from simulator.frames import RECORD, USER, Command, encode_times, frame, header, scramble_key, word_sum

SMALL_RESULT = 1024
PUSH_ONLY_ANSWER = 4989
FIRMWARE = b"Ver 6.60 Apr 28 2016\x00"
Piece = bytes | memoryview


class TerminalState(BaseModel):
    """A row of terminals.json. port 0: no network. drift_s: device minus city clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    serial: str
    port: int
    comm_key: int = 0
    drift_s: int = 0
    offline: tuple[tuple[str, str], ...] = ()
    opd: str = ""


class DataSet:
    """A length word and records, as it stood when the buffer was prepared; keeps the word sums of its pieces."""

    def __init__(self, body: bytes | memoryview) -> None:
        self.data = struct.pack("<I", len(body)) + bytes(body)
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

    records: array of frames.RECORD or its bytes as (n, 40) uint8; appears_at: device wall second of each, rising;
    users: 72-byte records. clock: wall second of the city.
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
        self.log = memoryview(np.ascontiguousarray(records).tobytes())
        self.appears_at = appears_at
        self.users = np.ascontiguousarray(users).tobytes()
        self.clock = clock
        self.grown = False
        self._offline = [tuple(_wall(edge) for edge in span) for span in state.offline]
        self._prepared: tuple[int, DataSet] | None = None

    def is_offline(self) -> bool:
        """Whether nobody can reach it at this moment of the city's clock."""
        now = self.clock()
        return any(start <= now < end for start, end in self._offline)

    def device_time(self) -> int:
        """Its own clock, in wall seconds."""
        return self.clock() + self.state.drift_s

    def count(self, fault: Fault) -> int:
        """Number of records stored by now; those that a fault lets appear during a read are hidden before it."""
        stored = int(np.searchsorted(self.appears_at, self.device_time(), side="right"))
        return stored if self.grown or not fault.grow else max(0, stored - fault.grow)

    def log_set(self, count: int) -> DataSet:
        """The data set of the first `count` records; the last one asked for is kept."""
        kept = self._prepared
        if kept is not None and kept[0] == count:
            return kept[1]
        fresh = DataSet(self.log[: count * RECORD.itemsize])
        self._prepared = (count, fresh)
        return fresh

    def sizes(self, fault: Fault) -> bytes:
        """The 92-byte answer to GET_FREE_SIZES: 23 counters."""
        records = 0 if fault.push_only else self.count(fault)
        users = len(self.users) // USER.itemsize
        capacity = max(100_000, -(-len(self.appears_at) // 100_000) * 100_000)
        counters = [0] * 23
        counters[4], counters[6], counters[8], counters[12] = users, users, records, 1
        counters[14:20] = [3000, 5000, capacity, 3000 - users, 5000 - users, capacity - records]
        return struct.pack("<23i", *counters)

    def option(self, name: str) -> str | None:
        """Value of an option, None when this terminal has none of that name."""
        return {
            "~SerialNumber": self.state.serial,
            "~Platform": "ZMM210_TFT",
            "~DeviceName": "F18",
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


class Session:
    """One connection: login, prepared buffer, and the answers in order. take_fault is asked once, at CONNECT."""

    def __init__(self, terminal: Terminal, session_id: int, take_fault: Callable[[], Fault]) -> None:
        self.terminal = terminal
        self.id = session_id
        self.take_fault = take_fault
        self.fault = NO_FAULT
        self.is_in = False
        self.is_over = False
        self.buffer: DataSet | None = None
        self.data_frames = 0

    def answer(self, command: int, reply: int, data: bytes) -> Sequence[Piece]:
        """The frames that answer one request, as pieces to be sent one after the other."""
        if command in (Command.CONNECT, Command.AUTH, Command.EXIT):
            return [self._come_and_go(command, reply, data)]
        if not self.is_in:
            return [self._frame(Command.ACK_UNAUTH, reply)]
        if command == Command.PREPARE_BUFFER:
            return self._prepare(reply, data)
        if command == Command.READ_BUFFER:
            return self._read(reply, data)
        return [self._simple(command, reply, data)]

    def _frame(self, command: int, reply: int, data: bytes = b"") -> bytes:
        return frame(command, self.id, reply, data)

    def _come_and_go(self, command: int, reply: int, data: bytes) -> bytes:
        if command == Command.CONNECT:
            return self._connect(reply)
        if command == Command.AUTH:
            return self._auth(reply, data)
        self.is_over = True
        return self._frame(Command.ACK_OK, reply)

    def _connect(self, reply: int) -> bytes:
        self.fault = self.take_fault()
        self.is_in = self.terminal.state.comm_key == 0 and not self.fault.wrong_key
        return self._frame(Command.ACK_OK if self.is_in else Command.ACK_UNAUTH, reply)

    def _auth(self, reply: int, data: bytes) -> bytes:
        right = len(data) >= 4 and data[:4] == scramble_key(self.terminal.state.comm_key, self.id, data[2])
        self.is_in = right and not self.fault.wrong_key
        return self._frame(Command.ACK_OK if self.is_in else Command.ACK_UNAUTH, reply)

    def _simple(self, command: int, reply: int, data: bytes) -> bytes:
        """Commands that one frame answers."""
        if command == Command.OPTIONS_RRQ:
            name = data.split(b"\x00")[0].decode("ascii", "replace")
            value = self.terminal.option(name)
            if value is None:
                return self._frame(Command.ACK_ERROR, reply)
            return self._frame(Command.ACK_OK, reply, f"{name}={value}".encode() + b"\x00")
        if command == Command.GET_TIME:
            now = encode_times(np.array([self.terminal.device_time()], dtype=np.int64))
            return self._frame(Command.ACK_OK, reply, now.astype("<u4").tobytes())
        if command == Command.GET_FREE_SIZES:
            return self._frame(Command.ACK_OK, reply, self.terminal.sizes(self.fault))
        if command == Command.GET_VERSION:
            return self._frame(Command.ACK_OK, reply, FIRMWARE)
        if command == Command.FREE_DATA:
            self.buffer = None
        return self._frame(Command.ACK_OK if command in _PLAIN else Command.UNKNOWN, reply)

    def _prepare(self, reply: int, data: bytes) -> Sequence[Piece]:
        """1503: take a snapshot of the log or of the users."""
        if self.fault.push_only:
            return [self._frame(PUSH_ONLY_ANSWER, reply)]
        wanted = struct.unpack_from("<H", data, 1)[0] if len(data) >= 3 else 0
        if wanted == Command.ATTLOG_RRQ:
            self.buffer = self._log_snapshot()
        elif wanted == Command.USERTEMP_RRQ:
            self.buffer = DataSet(self.terminal.users)
        else:
            self.buffer = DataSet(b"")
        size = len(self.buffer)
        if size <= SMALL_RESULT:
            return self._data_frames(reply, 0, size)
        return [self._frame(Command.ACK_OK, reply, struct.pack("<BIII", 0, size, size, 0))]

    def _log_snapshot(self) -> DataSet:
        if self.fault.grow and self.fault.grow_in == "snapshot":
            self.terminal.grown = True
        snapshot = self.terminal.log_set(self.terminal.count(self.fault))
        if self.fault.grow:
            self.terminal.grown = True
        return snapshot

    def _read(self, reply: int, data: bytes) -> Sequence[Piece]:
        """1504: one piece of the snapshot."""
        offset, length = struct.unpack_from("<ii", data) if len(data) >= 8 else (-1, -1)
        size = len(self.buffer) if self.buffer is not None else 0
        if offset < 0 or length <= 0 or offset + length > size:
            return [self._frame(Command.ACK_ERROR, reply)]
        block = self.fault.frame_bytes or length
        announced = self._frame(Command.PREPARE_DATA, reply, struct.pack("<II", length, block))
        return [announced, *self._data_frames(reply, offset, length), self._frame(Command.ACK_OK, reply)]

    def _data_frames(self, reply: int, offset: int, length: int) -> list[Piece]:
        buffer = self.buffer
        pieces: list[Piece] = []
        step = self.fault.frame_bytes or length
        for start in range(offset, offset + length, step):
            size = min(step, offset + length - start)
            view, total = buffer.piece(start, size) if buffer is not None else (memoryview(b""), 0)
            self.data_frames += 1
            # One more in the sum makes exactly the checksum wrong.
            total += self.data_frames == self.fault.bad_checksum
            pieces += [header(Command.DATA, self.id, reply, size, total), view]
        return pieces


_PLAIN = frozenset(
    {Command.ENABLE_DEVICE, Command.DISABLE_DEVICE, Command.REFRESH_DATA, Command.FREE_DATA, Command.REG_EVENT}
)
_STATES: TypeAdapter[list[TerminalState]] = TypeAdapter(list[TerminalState])


def _wall(text: str) -> int:
    return wall_seconds(datetime.fromisoformat(text))


def load_terminals(folder: Path, clock: Callable[[], int]) -> list[Terminal]:
    """The networked terminals of a city folder. Raises FileNotFoundError when the folder holds no city."""
    states = _STATES.validate_python(json.loads((folder / "terminals" / "terminals.json").read_text(encoding="utf-8")))
    terminals: list[Terminal] = []
    for state in states:
        if state.port:
            base = folder / "terminals" / state.serial
            log, appears, users = (np.load(f"{base}.{part}.npy") for part in ("log", "appears", "users"))
            terminals.append(Terminal(state, log, appears, users, clock))
    return terminals
