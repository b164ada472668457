"""One host's session with a simulated terminal: the answers to the commands of the wire protocol, in order.

Behaviour after reference devices.md, section 2: a small data set comes as one CMD_DATA, a large one is announced with
13 bytes and fetched in pieces, each as PREPARE_DATA + CMD_DATA + ACK_OK with the same reply number. Old firmware sends
the whole set so, without being asked for pieces. Over UDP a CMD_DATA holds at most a block of the terminal's kind.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from simulator.faults import NO_FAULT, Fault
from simulator.frames import Command, decode_time, encode_calendar, frame, header, scramble_key
from simulator.terminal import DataSet, Terminal

SMALL_RESULT = 1024
PUSH_ONLY_ANSWER = 4989
NO_OPLOG = ("refused", "unknown", "silent")
EVENT_SESSION = 1  # in events the field is the event's code: EF_ATTLOG
EVENT = struct.pack("<24sBB6s", b"101", 1, 0, bytes([17, 3, 20, 7, 31, 0]))
Piece = bytes | memoryview


class DeviceRestarts(Exception):
    """The terminal starts anew in the middle of an answer: every session is over."""


class Session:
    """One host: login, prepared buffer, and the answers in order. take_fault is asked once, at CONNECT."""

    def __init__(
        self, terminal: Terminal, session_id: int, take_fault: Callable[[], Fault], *, is_udp: bool = False
    ) -> None:
        self.terminal = terminal
        self.id = session_id
        self.take_fault = take_fault
        self.is_udp = is_udp
        self.fault = NO_FAULT
        self.is_in = False
        self.is_over = False
        self.buffer: DataSet | None = None
        self.data_frames = 0
        self._next_offset = 0

    def answer(self, command: int, reply: int, data: bytes) -> Sequence[Piece]:
        """The frames that answer one request, as pieces to be sent one after the other.

        Raises DeviceRestarts where a fault says so.
        """
        if command == Command.ACK_OK:
            return []  # of an event
        pieces = self._answer(command, reply, data)
        return [self._event(), *pieces] if self.fault.events else pieces

    def _answer(self, command: int, reply: int, data: bytes) -> Sequence[Piece]:
        if command in (Command.CONNECT, Command.AUTH, Command.EXIT):
            return [self._come_and_go(command, reply, data)]
        if not self.is_in:
            return [self._frame(Command.ACK_UNAUTH, reply)]
        if command in self.fault.refused:
            return [self._frame(self.fault.refused[command], reply)]
        if command in _TRANSFERS:
            return self._transfer(command, reply, data)
        return [self._simple(command, reply, data)]

    def _frame(self, command: int, reply: int, data: bytes = b"") -> bytes:
        return frame(command, self.id, reply, data)

    def _event(self) -> bytes:
        return frame(Command.REG_EVENT, EVENT_SESSION, 0, EVENT)

    def _come_and_go(self, command: int, reply: int, data: bytes) -> bytes:
        if command == Command.CONNECT:
            return self._connect(reply)
        if command == Command.AUTH:
            return self._auth(reply, data)
        self.is_over = True
        return self._frame(Command.ACK_OK, reply)

    def _connect(self, reply: int) -> bytes:
        self.fault = self.take_fault()
        if self.terminal.open_sessions > self.terminal.state.sessions:
            return self._frame(Command.ACK_ERROR, reply)
        self.is_in = self.terminal.state.comm_key == 0 and not self.fault.wrong_key
        return self._frame(Command.ACK_OK if self.is_in else Command.ACK_UNAUTH, reply)

    def _auth(self, reply: int, data: bytes) -> bytes:
        right = len(data) >= 4 and data[:4] == scramble_key(self.terminal.state.comm_key, self.id, data[2])
        self.is_in = right and not self.fault.wrong_key
        return self._frame(Command.ACK_OK if self.is_in else Command.ACK_UNAUTH, reply)

    def _simple(self, command: int, reply: int, data: bytes) -> bytes:
        """Commands that one frame answers."""
        known: dict[int, Callable[[bytes], bytes | None]] = {
            Command.OPTIONS_RRQ: self._option,
            Command.GET_TIME: self._time,
            Command.SET_TIME: self._set_time,
            Command.GET_FREE_SIZES: lambda asked: self.terminal.sizes(self.fault, asked),
            Command.GET_VERSION: lambda _: self.terminal.profile.firmware.encode() + b"\x00",
            Command.FREE_DATA: self._free,
            Command.ENABLE_DEVICE: lambda _: self._enable(True),
            Command.DISABLE_DEVICE: lambda _: self._enable(False),
            Command.REFRESH_DATA: lambda _: b"",
            Command.REG_EVENT: lambda _: b"",
        }
        if command not in known:
            return self._frame(Command.UNKNOWN, reply)
        answer = known[command](data)
        return self._frame(Command.ACK_ERROR if answer is None else Command.ACK_OK, reply, answer or b"")

    def _option(self, data: bytes) -> bytes | None:
        name = data.split(b"\x00")[0].decode("ascii", "replace")
        value = self.terminal.option(name)
        return None if value is None else f"{name}={value}".encode() + b"\x00"

    def _time(self, _: bytes) -> bytes:
        now = datetime.fromtimestamp(self.terminal.device_time(), UTC)
        second = (now.hour * 60 + now.minute) * 60 + now.second
        return struct.pack("<I", encode_calendar(now.year, now.month, now.day, second))

    def _set_time(self, data: bytes) -> bytes | None:
        wall_s = decode_time(struct.unpack_from("<I", data)[0]) if len(data) >= 4 else None
        if wall_s is None:
            return None
        self.terminal.set_time(wall_s)
        return b""

    def _free(self, _: bytes) -> bytes:
        self.buffer = None
        return b""

    def _enable(self, is_enabled: bool) -> bytes:
        self.terminal.is_enabled = is_enabled
        return b""

    def _transfer(self, command: int, reply: int, data: bytes) -> Sequence[Piece]:
        profile = self.terminal.profile
        if self.fault.push_only or profile.push_only:
            return [self._frame(PUSH_ONLY_ANSWER, reply)]
        if self.fault.oplog in NO_OPLOG and _wanted(command, data) == Command.OPLOG_RRQ:
            return self._no_oplog(reply)
        if command in (Command.ATTLOG_RRQ, Command.USERTEMP_RRQ, Command.OPLOG_RRQ):
            return self._plain(command, reply) if profile.has_plain else [self._frame(Command.UNKNOWN, reply)]
        if not profile.has_buffer:
            return [self._frame(Command.UNKNOWN, reply)]
        return self._prepare(reply, data) if command == Command.PREPARE_BUFFER else self._read(reply, data)

    def _no_oplog(self, reply: int) -> Sequence[Piece]:
        """The book of the menu is not given by this firmware, or not now."""
        if self.fault.oplog == "silent":
            return []
        return [self._frame(Command.ACK_ERROR if self.fault.oplog == "refused" else Command.UNKNOWN, reply)]

    def _prepare(self, reply: int, data: bytes) -> Sequence[Piece]:
        """1503: take a snapshot of the log, of the users or of the op-log."""
        self.buffer = self._snapshot(_wanted(Command.PREPARE_BUFFER, data))
        size, self._next_offset = len(self.buffer), 0
        if size <= SMALL_RESULT:
            return self._data_frames(reply, 0, size, size)
        return [self._frame(Command.ACK_OK, reply, struct.pack("<BIII", 0, size, size, 0))]

    def _plain(self, command: int, reply: int) -> Sequence[Piece]:
        """13, 9 and 34 of old firmware: everything at once."""
        self.buffer = self._snapshot(command)
        return self._announced(reply, 0, len(self.buffer))

    def _snapshot(self, wanted: int) -> DataSet:
        if wanted == Command.ATTLOG_RRQ:
            return self._log_snapshot()
        if wanted == Command.USERTEMP_RRQ:
            return DataSet(self.terminal.users)
        return self.terminal.operation_set(self.fault) if wanted == Command.OPLOG_RRQ else DataSet(b"")

    def _log_snapshot(self) -> DataSet:
        if self.fault.grow and self.fault.grow_in == "snapshot":
            self.terminal.grown = True
        snapshot = self.terminal.log_set(self.fault)
        if self.fault.grow:
            self.terminal.grown = True
        return snapshot

    def _read(self, reply: int, data: bytes) -> Sequence[Piece]:
        """1504: one piece of the snapshot."""
        offset, length = struct.unpack_from("<ii", data) if len(data) >= 8 else (-1, -1)
        size = len(self.buffer) if self.buffer is not None else 0
        if offset < 0 or length <= 0 or offset + length > size:
            return [self._frame(Command.ACK_ERROR, reply)]
        if self.fault.in_order_only and offset > self._next_offset:
            return [self._frame(Command.ACK_ERROR, reply)]
        self._next_offset = offset + length
        return self._announced(reply, offset, length)

    def _announced(self, reply: int, offset: int, length: int) -> Sequence[Piece]:
        """PREPARE_DATA, the data, ACK_OK; or the ACK first."""
        block = self._block(length)
        announced = self._frame(Command.PREPARE_DATA, reply, struct.pack("<II", length, block))
        closing = length & 0xFFFF if self.fault.foreign_sessions else self.id
        ack: list[Piece] = [frame(Command.ACK_OK, closing, reply)]
        data = self._data_frames(reply, offset, length, block)
        if self.fault.events:
            data = [self._event(), *data]
        if not self.is_udp:
            data = [*[self._frame(Command.DATA, reply)] * self.fault.empties, *data]
        return [announced, *ack, *data] if self.fault.early_ack else [announced, *data, *ack]

    def _block(self, length: int) -> int:
        most = self.terminal.profile.block if self.is_udp else length
        return min(self.fault.frame_bytes or most, most) or 1

    def _data_frames(self, reply: int, offset: int, length: int, block: int) -> list[Piece]:
        buffer = self.buffer
        pieces: list[Piece] = []
        for start in range(offset, offset + length, self.fault.frame_bytes or block):
            size = min(self.fault.frame_bytes or block, offset + length - start)
            view, total = buffer.piece(start, size) if buffer is not None else (memoryview(b""), 0)
            self.data_frames += 1
            if self.data_frames == self.fault.restart_at:
                raise DeviceRestarts
            # One more in the sum makes exactly the checksum wrong.
            total += self.data_frames == self.fault.bad_checksum
            session = 0 if self.fault.foreign_sessions else self.id
            pieces += [header(Command.DATA, session, reply, size, total), view]
        return pieces


def _wanted(command: int, data: bytes) -> int:
    """Which data set a request is for: named in the data of 1503, else the command itself."""
    if command != Command.PREPARE_BUFFER:
        return command
    return int(struct.unpack_from("<H", data, 1)[0]) if len(data) >= 3 else 0


_TRANSFERS = frozenset(
    {Command.PREPARE_BUFFER, Command.READ_BUFFER, Command.ATTLOG_RRQ, Command.USERTEMP_RRQ, Command.OPLOG_RRQ}
)
