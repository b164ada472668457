"""A small ZK terminal for tests, written from the protocol documents; faults are switched on by field."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


def plain_checksum(payload: bytes) -> int:
    """Word by word, as the documents describe it; the checksum field must be 0."""
    padded = payload + b"\0" * (len(payload) % 2)
    total = sum(struct.unpack(f"<{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def encode_time(moment: datetime) -> int:
    days = (moment.year % 100 * 12 + moment.month - 1) * 31 + moment.day - 1
    return days * 86400 + moment.hour * 3600 + moment.minute * 60 + moment.second


def record(
    pin: str, moment: datetime | int, *, state: int = 0, verify: int = 1, work_code: int = 0, uid: int = 1
) -> bytes:
    code = moment if isinstance(moment, int) else encode_time(moment)
    return struct.pack("<H24sBIBI4s", uid, pin.encode(), verify, code, state, work_code, b"\xff\0\0\0")


@dataclass
class FakeTerminal:
    serial: str = "CLG0001"
    comm_key_bytes: bytes | None = None  # the answer to AUTH that is right
    clock: datetime = datetime(2017, 3, 1, 17, 0)
    records: list[bytes] = field(default_factory=list)
    record_size_total: int | None = None
    sizes_length: int = 80
    segment: int = 0  # bytes per send, 0 = all at once
    events: bool = False
    chunk_frames: int = 1  # DATA frames per chunk
    ack_before_data: bool = False
    cut_at_offset: int | None = None
    hang_on: int | None = None
    bad_checksum_on: int | None = None
    wrong_reply_on: int | None = None
    refuse: dict[int, int] = field(default_factory=dict)  # command -> answer
    lose_bytes: int = 0
    wrong_length_word: bool = False
    grows_by: int = 0  # records that appear between the two counter readings
    garbage: bytes = b""
    commands: list[int] = field(default_factory=list)
    port: int = 0
    enabled: bool = True

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def log(self) -> bytes:
        data = b"".join(self.records)
        data = data[: len(data) - self.lose_bytes]
        return struct.pack("<I", len(data) + (40 if self.wrong_length_word else 0)) + data

    def frame(self, command: int, session: int, reply: int, data: bytes, broken: bool = False) -> bytes:
        payload = struct.pack("<4H", command, 0, session, reply) + data
        checksum = plain_checksum(payload) ^ (0x0101 if broken else 0)
        payload = struct.pack("<4H", command, checksum, session, reply) + data
        return b"\x50\x50\x82\x7d" + struct.pack("<I", len(payload)) + payload

    def send(self, sock: socket.socket, data: bytes) -> None:
        step = self.segment or len(data)
        for start in range(0, len(data), step):
            sock.sendall(data[start : start + step])
            if self.segment and len(data) < 4000:
                time.sleep(0.0002)

    def serve(self, sock: socket.socket) -> None:
        if self.garbage:
            sock.sendall(self.garbage)
        conversation = Conversation(self, sock)
        while (request := self._request(sock)) is not None and conversation.goes_on(*request):
            continue

    def _request(self, sock: socket.socket) -> tuple[int, int, bytes] | None:
        header = exactly(sock, 8)
        if not header:
            return None
        payload = exactly(sock, struct.unpack("<4xI", header)[0])
        command, _, _, reply = struct.unpack_from("<4H", payload)
        self.commands.append(command)
        return command, reply, payload[8:]

    def count(self, reading: int) -> int:
        told = len(self.records) if self.record_size_total is None else self.record_size_total
        return told + (self.grows_by if reading else 0)

    @contextlib.contextmanager
    def running(self) -> Iterator[FakeTerminal]:
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        sockets: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sockets.append(sock)
                threading.Thread(target=self._serve_quietly, args=(sock,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            for sock in sockets:
                sock.close()

    def _serve_quietly(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            self.serve(sock)


def exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            return b""
        data += part
    return data


class Conversation:
    """One connection: answers request by request."""

    def __init__(self, terminal: FakeTerminal, sock: socket.socket) -> None:
        self.terminal = terminal
        self.sock = sock
        self.counter_readings = 0
        self.command = 0
        self.reply = 0
        self.handlers = {
            1000: self.connect,
            1102: self.auth,
            11: self.option,
            50: self.sizes,
            1503: self.prepare,
            1504: self.chunk,
        }
        self.plain = {1100: b"Ver 6.60 Apr 28 2016\0"}

    def goes_on(self, command: int, reply: int, data: bytes) -> bool:
        """Answers; false when the conversation is over."""
        terminal = self.terminal
        self.command, self.reply = command, reply
        if command == 2000:  # the host acknowledges an event
            return True
        if command == terminal.hang_on:
            exactly(self.sock, 1)  # until the host gives up
            return False
        if terminal.events:
            terminal.send(self.sock, terminal.frame(500, 1, 0, b"1".ljust(24, b"\0") + bytes(8)))
        if command in terminal.refuse:
            self.answer(terminal.refuse[command])
        elif command in self.handlers:
            return self.handlers[command](data) is not False
        elif command == 201:
            self.answer(2000, struct.pack("<I", encode_time(terminal.clock)))
        else:
            terminal.enabled = terminal.enabled and command != 1003
            self.answer(2000, self.plain.get(command, b""))
        return command != 1001

    def answer(self, code: int, body: bytes = b"") -> None:
        terminal = self.terminal
        reply = self.reply + (7 if terminal.wrong_reply_on == self.command else 0)
        broken = terminal.bad_checksum_on == self.command
        terminal.send(self.sock, terminal.frame(code, 0x1234, reply, body, broken))

    def connect(self, _: bytes) -> bool | None:
        return self.answer(2005 if self.terminal.comm_key_bytes is not None else 2000)

    def auth(self, data: bytes) -> bool | None:
        return self.answer(2000 if data == self.terminal.comm_key_bytes else 2005)

    def option(self, data: bytes) -> bool | None:
        if data != b"~SerialNumber\0":
            return self.answer(2001)
        return self.answer(2000, b"~SerialNumber=" + self.terminal.serial.encode() + b"\0")

    def sizes(self, _: bytes) -> bool | None:
        words = [0] * 23
        words[8], words[16] = self.terminal.count(self.counter_readings), 100_000
        self.counter_readings += 1
        return self.answer(2000, struct.pack("<23i", *words)[: self.terminal.sizes_length])

    def prepare(self, _: bytes) -> bool | None:
        log = self.terminal.log()
        if len(log) < 1000:
            return self.answer(1501, log)
        return self.answer(2000, struct.pack("<BIII", 0, len(log), len(log), 0))

    def chunk(self, data: bytes) -> bool | None:
        terminal = self.terminal
        offset, length = struct.unpack("<ii", data)
        block = terminal.log()[offset : offset + length]
        announced = struct.pack("<II", length, 0x1000)
        if terminal.cut_at_offset is not None and offset + length > terminal.cut_at_offset:
            terminal.send(self.sock, terminal.frame(1500, 0, self.reply, announced))
            data_frame = terminal.frame(1501, 0, self.reply, block)
            terminal.send(self.sock, data_frame[: max(20, terminal.cut_at_offset - offset)])
            return False
        self.answer(1500, announced)
        if terminal.ack_before_data:
            self.answer(2000)
        step = -(-len(block) // terminal.chunk_frames) + (1 if terminal.chunk_frames > 1 else 0)
        for start in range(0, len(block), max(1, step)):
            self.answer(1501, block[start : start + step])
        return None if terminal.ack_before_data else self.answer(2000)
