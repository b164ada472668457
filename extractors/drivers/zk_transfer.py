"""Gets a data set of a ZK terminal across: announced and read in pieces, or in one stream from old firmware; all of it
or its end only. The same over TCP and UDP.

Sources: adrobinoga/zk-protocol, recorded sessions of F19, F18, K40 and of a black-and-white device over UDP.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Final, NoReturn

import numpy as np

from extractors.drivers import zk_frames as zk
from extractors.drivers.zk_frames import Frame, NoAnswer, Requests
from extractors.errors import ReadFailed, ReadTransient, ReadUnsupported
from extractors.layouts import Layout

MAX_LOG: Final = 64 << 20
KNOWS_NO_BUFFER: Final = {65533, 65535}  # ERROR_CMD, UNKNOWN: firmware without 1503
REFUSES_ALL_BUT_PUSH: Final = 4989  # SpeedFace-H5L
SMALLEST_CHUNK: Final = 16
LEGACY_READS: Final = 8  # over datagrams; two must be equal
OVERLAP: Final = 64  # known records that a tail read brings again as proof


@dataclass(frozen=True, slots=True)
class Wanted:
    """A data set of the terminal, and how firmware with and without a buffer (1503) is asked for it."""

    name: str
    buffered: bytes
    command: int
    plain: bytes


ATTLOG: Final = Wanted("log", struct.pack("<bhii", 1, zk.ATTLOG_READ, 0, 0), zk.ATTLOG_READ, b"")
OPLOG: Final = Wanted("buku operasi", struct.pack("<bhii", 1, zk.OPLOG_READ, 0, 0), zk.OPLOG_READ, b"")
USERS: Final = Wanted("daftar pengguna", struct.pack("<bhii", 1, zk.USERS_READ, 5, 0), zk.USERS_READ, b"\x05")


@dataclass(frozen=True, slots=True)
class KnownLog:
    """What of a log is known: so many records of a layout, and the hash of the last ones of them."""

    count: int
    layout: Layout
    tail_sha256: str

    @property
    def overlap(self) -> int:
        """Known records that are read again."""
        return min(OVERLAP, self.count)


@dataclass(frozen=True, slots=True)
class DataSet:
    """Received bytes behind the length word: `size` altogether, of which the first `skipped` were left out.

    `overlap` are the last known records as they were read again, `seams` the places where a datagram begins whose
    place nothing but its arrival tells.
    """

    size: int
    content: memoryview
    skipped: int = 0
    overlap: memoryview = field(default=memoryview(b""), repr=False)
    seams: tuple[int, ...] = field(default=(), repr=False)


class Transfer:
    """Gets data sets in one conversation and remembers what the terminal cannot do."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._line = requests.line
        self._has_buffer = True
        self._seams: tuple[int, ...] = ()

    def read(self, wanted: Wanted, known: KnownLog | None = None) -> DataSet:
        """A data set: whole, or what is behind the known records when those that are read again prove it."""
        self._line.phase = "transfer"
        size, at_once = self._announce(wanted)
        if at_once is not None:
            return self._as_data_set(at_once)
        found = self._read_tail(size, known) if known else None
        if found is None:
            content = _without_length_word(self._read_range(0, size))
            found = DataSet(len(content), content)
        self._requests.ask(zk.FREE_DATA)
        return found

    def peek(self, wanted: Wanted, size: int) -> tuple[int, memoryview]:
        """Bytes of a data set altogether, and its beginning of at most `size` bytes (all of it from old firmware)."""
        self._line.phase = "transfer"
        announced, at_once = self._announce(wanted)
        if at_once is not None:
            whole = _without_length_word(at_once)
            return len(whole), whole
        head = self._read_range(0, min(announced, size + 4))
        self._requests.ask(zk.FREE_DATA)
        return max(announced - 4, 0), head[4:]

    def can_read_tail(self, wanted: Wanted, known: KnownLog) -> bool | None:
        """Whether the device gives the end of a log that was just read as it was read; none where it is not asked.

        Whatever goes wrong is a no: the read before it stands.
        """
        try:
            size, at_once = self._announce(wanted)
            if at_once is not None:
                return None
            found = self._read_tail(size, known)
            self._requests.ask(zk.FREE_DATA)
        except ReadFailed:
            return False
        return found is not None

    def _announce(self, wanted: Wanted) -> tuple[int, memoryview | None]:
        """The size of a data set with its length word, and the bytes when they came at once.

        Raises:
            ReadUnsupported: the device does not give it on this way (push-only firmware).
        """
        if self._has_buffer:
            answer = self._requests.ask(zk.PREPARE_BUFFER, wanted.buffered)
            if answer.command == zk.ACK_OK and len(answer.data) >= 5:
                size = int.from_bytes(answer.data[1:5], "little")
                _require_size(size)
                return size, None
            if answer.command not in KNOWS_NO_BUFFER:
                return 0, self._take_streams(answer, zk.PREPARE_BUFFER, wanted.buffered, wanted)
            self._has_buffer = False
        answer = self._requests.ask(wanted.command, wanted.plain)
        return 0, self._take_streams(answer, wanted.command, wanted.plain, wanted)

    def _take_streams(self, first: Frame, command: int, data: bytes, wanted: Wanted) -> memoryview:
        """A data set that comes by itself; in several datagrams it is read until two reads are equal."""
        before: list[memoryview] = []
        for attempt in range(1, LEGACY_READS + 1):
            try:
                found = self._take_stream(first, wanted)
                if self._line.is_ordered or len(self._seams) < 2 or found in before:
                    return found
                before.append(found)
            except NoAnswer:
                if attempt == LEGACY_READS:
                    raise
            first = self._requests.ask(command, data)
        raise ReadTransient("transfer", "Data berubah-ubah di jalan; periksa jaringan atau sambungkan lewat tcp://.")

    def _as_data_set(self, at_once: memoryview) -> DataSet:
        content = _without_length_word(at_once)
        seams = () if self._line.is_ordered else tuple(at - 4 for at in self._seams[1:])
        return DataSet(len(content), content, seams=seams)

    def _take_stream(self, first: Frame, wanted: Wanted) -> memoryview:
        """All bytes that follow a request by themselves: DATA alone, or PREPARE_DATA, DATA and ACK_OK in any order."""
        while first.command == zk.ACK_OK and not self._line.is_ordered:
            first = self._requests.receive()
        if first.command == zk.PREPARE_DATA:
            size = int.from_bytes(first.data[:4], "little")
            _require_size(size)
            return self._collect(size, [], has_ack=True)
        if first.command != zk.DATA:
            _refuse_transfer(first.command, wanted, is_plain=not self._has_buffer)
        size = int.from_bytes(first.data[:4], "little") + 4 if len(first.data) >= 4 else 0
        self._seams = (0,)
        if size <= len(first.data) or size > MAX_LOG:
            return first.data
        if not self._line.is_ordered:
            raise NoAnswer("transfer", "Data datang terpotong-potong lewat UDP; tarik ulang atau pakai tcp://.")
        return self._collect(size, [first.data], has_ack=False)

    def _collect(self, size: int, frames: list[memoryview], *, has_ack: bool) -> memoryview:
        got = sum(map(len, frames))
        while got < size or (has_ack and self._line.is_ordered):
            frame = self._requests.receive()
            if frame.command == zk.ACK_OK and (has_ack or not self._line.is_ordered):
                has_ack = False
            elif not self._line.is_ordered and (frame.command == zk.PREPARE_DATA or frame.data in frames[-8:]):
                continue  # doubled
            elif frame.command != zk.DATA or got + len(frame.data) > size:
                _unexpected(frame.command)
            else:
                frames.append(frame.data)
                got += len(frame.data)
        self._seams = tuple(np.cumsum([0, *map(len, frames[:-1])]).tolist())
        return memoryview(b"".join(frames))

    def _read_tail(self, size: int, known: KnownLog) -> DataSet | None:
        """What is behind the known records; none when the device does not give it or it proves nothing."""
        size_of_one = known.layout.size
        start = 4 + (known.count - known.overlap) * size_of_one
        proof = known.overlap * size_of_one
        if not known.count or size < start + proof or (size - 4) % size_of_one:
            return None
        try:
            word, tail = self._read_range(0, 4), self._read_range(start, size)
        except RangeRefused:
            return None
        if int.from_bytes(word, "little") != size - 4 or hashlib.sha256(tail[:proof]).hexdigest() != known.tail_sha256:
            return None
        return DataSet(size - 4, tail[proof:], skipped=start - 4 + proof, overlap=tail[:proof])

    def _read_range(self, start: int, stop: int) -> memoryview:
        """Bytes of the prepared buffer."""
        content = np.empty(stop - start, np.uint8).data
        got = 0
        while got < len(content):
            piece = content[got : got + self._line.chunk]
            got += self._read_piece(piece, start + got)
        return content

    def _read_piece(self, into: memoryview, offset: int) -> int:
        """Fills `into` and gives its length, or 0 after it learned that it must ask for less at once."""
        for attempt in range(1, self._line.tries + 1):
            self._requests.send(zk.READ_BUFFER, struct.pack("<ii", offset, len(into)))
            try:
                if self._line.is_ordered:
                    self._read_ordered(into)
                    return len(into)
                return self._read_datagram(into)
            except NoAnswer:
                if attempt == self._line.tries:
                    raise
        raise AssertionError("a line has at least one try")

    def _read_ordered(self, into: memoryview) -> None:
        """Done when all bytes and the closing ACK are there, in whatever order they came."""
        if self._line.receive_chunk(self._requests.reply, into):
            return
        got, is_closed, is_prepared = 0, False, False
        while got < len(into) or (is_prepared and not is_closed):
            frame = self._requests.receive(into[got:])
            if frame.command == zk.DATA and len(frame.data) <= len(into) - got:  # received straight into its place
                got += len(frame.data)
            elif frame.command == zk.PREPARE_DATA and int.from_bytes(frame.data[:4], "little") == len(into):
                is_prepared = True
            elif frame.command == zk.ACK_OK and not is_closed:
                is_closed = True
            elif frame.command == zk.ACK_ERROR and not got:
                raise RangeRefused("transfer", "Mesin menolak memberi potongan log; tarik ulang.")
            else:
                _unexpected(frame.command)

    def _read_datagram(self, into: memoryview) -> int:
        """One DATA datagram that holds it all; the rest of the answer has no place and is not waited for."""
        while True:
            frame = self._requests.receive()
            if frame.command == zk.DATA and len(frame.data) == len(into):
                into[:] = frame.data
                return len(into)
            if frame.command == zk.DATA and SMALLEST_CHUNK <= len(frame.data) < len(into):
                self._line.chunk = len(frame.data)
                return 0
            if frame.command == zk.ACK_ERROR:
                raise RangeRefused("transfer", "Mesin menolak memberi potongan log; tarik ulang.")
            if frame.command not in (zk.PREPARE_DATA, zk.ACK_OK):
                _unexpected(frame.command)


class RangeRefused(ReadTransient):
    """The device refuses a piece of its prepared buffer; the session goes on."""


def _require_size(size: int) -> None:
    if size > MAX_LOG:
        raise ReadTransient("transfer", f"Ukuran log {size} bita tidak masuk akal; tarik ulang.")


def _refuse_transfer(command: int, wanted: Wanted, *, is_plain: bool) -> NoReturn:
    if command == REFUSES_ALL_BUT_PUSH or (is_plain and command != zk.ACK_UNAUTH):  # it restarted, maybe
        raise ReadUnsupported(
            "transfer",
            f"Mesin tidak memberikan {wanted.name} lewat jalur ini (kode {command}); pakai push (ADMS) atau USB.",
        )
    raise ReadTransient("transfer", f"Mesin menolak memberi {wanted.name} (kode {command}); tarik ulang.")


def _unexpected(command: int) -> NoReturn:
    raise ReadTransient("transfer", f"Jawaban tak terduga saat mengambil data (kode {command}); tarik ulang.")


def _without_length_word(content: memoryview) -> memoryview:
    if len(content) == 0:
        return content
    if len(content) < 4 or int.from_bytes(content[:4], "little") != len(content) - 4:
        raise ReadTransient(
            "decode", "Data tidak lengkap: panjang yang disebut mesin lain dari yang tiba; tarik ulang."
        )
    return content[4:]
