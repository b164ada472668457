"""One conversation with one ZK terminal: login, clock, counter, log, users; the same over TCP and UDP.

The device is never disabled, nothing is cleared and no template is asked for. Sources: adrobinoga/zk-protocol, recorded
sessions of F19, F18, K40 and of a black-and-white device over UDP.
"""

from __future__ import annotations

import contextlib
import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NoReturn

import numpy as np

from extractors.drivers import zk_frames as zk
from extractors.drivers.oplog import Oplog, decode_oplog
from extractors.drivers.zk_frames import Deadlines, Frame, Line, NoAnswer
from extractors.errors import ReadFailed, ReadTerminal, ReadTransient, ReadUnsupported
from extractors.layouts import Layout, User, decode_users
from extractors.records import device_time

MAX_LOG: Final = 64 << 20
COUNTED_USERS: Final = 4  # positions in the answer to GET_FREE_SIZES (i32 words)
COUNTED: Final = 8
COUNTED_OPERATIONS: Final = 10
CAPACITY: Final = 16
SHORTEST_SIZES: Final = 80  # answers of 80, 92 and 112 bytes begin alike; WL10 and WL20 send 4 bytes unless asked more
ASK_FOR_ALL_SIZES: Final = bytes(4)
KNOWS_NO_BUFFER: Final = {65533, 65535}  # ERROR_CMD, UNKNOWN: firmware without 1503
REFUSES_ALL_BUT_PUSH: Final = 4989  # SpeedFace-H5L
EXIT_WAIT_S: Final = 2.0
CLOCK_JUMP_S: Final = 5  # a clock that runs does not move against the host during one read
SMALLEST_CHUNK: Final = 16
LEGACY_READS: Final = 8  # over datagrams; two must be equal
OVERLAP: Final = 64  # known records that a tail read brings again as proof

WallClock = Callable[[], datetime]


@dataclass(slots=True)
class Contact:
    """What became known of a terminal so far; stays readable when the read fails."""

    serial: str | None = None
    firmware: str | None = None  # asked in this session only where pyzk cannot be asked (UDP)
    platform: str | None = None
    counted_before: int | None = None
    counted_after: int | None = None
    counted_users: int | None = None
    counted_operations: int | None = None
    capacity: int | None = None
    device_clock: datetime | None = None
    clock_drift_s: int | None = None
    layout: str | None = None
    bytes_received: int = 0


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


def scramble_key(comm_key: int, session: int, tick: int = 50) -> bytes:
    """The four bytes of AUTH: bits of the key reversed, plus session, xor 'ZKSO', halves swapped, xor tick."""
    mixed = (int(f"{comm_key:032b}"[::-1], 2) + session) & 0xFFFFFFFF
    _, second, third, fourth = (byte ^ salt for byte, salt in zip(struct.pack("<I", mixed), b"ZKSO", strict=True))
    return bytes((third ^ tick, fourth ^ tick, tick, second ^ tick))


class ZkSession:
    """One conversation; `open_session` in zk.py makes and ends it."""

    def __init__(self, wire: Line, contact: Contact) -> None:
        self._wire = wire
        self._contact = contact
        self._reply = -1
        self._has_buffer = True
        self._sizes_argument = b""
        self._seams: tuple[int, ...] = ()

    def ask(self, command: int, data: bytes = b"", at_send: Callable[[], object] = lambda: None) -> Frame:
        """Sends a request, over datagrams more than once, and gives the first frame that answers it."""
        for attempt in range(1, self._wire.tries + 1):
            at_send()
            self._send(command, data)
            try:
                return self._wire.receive(self._reply)
            except NoAnswer:
                if attempt == self._wire.tries:
                    raise
        raise AssertionError("a line has at least one try")

    def login(self, comm_key: int, expected_serial: str | None) -> None:
        """Connects, gives the comm key when asked, and proves who is there.

        Raises:
            ReadTerminal: wrong key, or another terminal than the registered one.
        """
        answer = self.ask(zk.CONNECT)
        self._wire.phase = "login"
        self._wire.session = answer.session
        if answer.command == zk.ACK_UNAUTH:
            answer = self.ask(zk.AUTH, scramble_key(comm_key, answer.session))
        if answer.command == zk.ACK_UNAUTH:
            raise ReadTerminal("login", "Kunci komunikasi (comm key) ditolak mesin; periksa kuncinya di menu mesin.")
        if answer.command != zk.ACK_OK:
            raise ReadTransient(
                "login", f"Mesin menolak sambungan (kode {answer.command}); tunggu sebentar, tarik ulang."
            )
        self._contact.serial = serial = self.read_option("~SerialNumber")
        if not self._wire.is_ordered:
            self._contact.firmware, self._contact.platform = self.read_firmware(), self.read_option("~Platform")
        if expected_serial is not None and serial != expected_serial:
            raise ReadTerminal(
                "login",
                f"Mesin di alamat ini bernomor seri {serial or 'tidak terbaca'}, bukan {expected_serial};"
                " betulkan alamat di berkas terminals.",
            )

    def read_option(self, name: str) -> str | None:
        """An option of the terminal, none when it has no such."""
        answer = self.ask(zk.OPTION_READ, name.encode("ascii") + b"\0")
        if answer.command != zk.ACK_OK:
            return None
        _, _, value = bytes(answer.data).split(b"\0")[0].partition(b"=")
        return value.decode("ascii", errors="replace").strip() or None

    def read_firmware(self) -> str | None:
        """The version of the firmware as the terminal writes it."""
        answer = self.ask(zk.GET_VERSION)
        text = bytes(answer.data).split(b"\0")[0].decode("ascii", errors="replace").strip()
        return text or None if answer.command == zk.ACK_OK else None

    def read_clock(self, host_clock: WallClock) -> datetime:
        """Device wall time; the first reading also sets the drift (device minus host at the middle of the question).

        Raises:
            ReadTerminal: the device has no readable date.
            ReadTransient: the clock was set between the two readings.
        """
        self._wire.phase = "sizes"
        asked: list[datetime] = []
        answer = self.ask(zk.GET_TIME, at_send=lambda: asked.append(host_clock()))
        middle = asked[-1] + (host_clock() - asked[-1]) / 2
        shown = device_time(int.from_bytes(answer.data[:4], "little")) if len(answer.data) >= 4 else None
        if answer.command != zk.ACK_OK or shown is None:
            raise ReadTerminal(
                "sizes", "Jam mesin tidak terbaca; setel tanggal dan jam di menu mesin, lalu tarik ulang."
            )
        drift = round((shown - middle).total_seconds())
        if self._contact.clock_drift_s is None:
            self._contact.device_clock, self._contact.clock_drift_s = shown, drift
        elif abs(drift - self._contact.clock_drift_s) > CLOCK_JUMP_S:
            raise ReadTransient("sizes", "Jam mesin diubah selagi dibaca; tarik ulang.")
        return shown

    def set_clock(self, code: int) -> None:
        """Sets the device's clock to an encoded wall time and makes it take it over.

        Raises:
            ReadTerminal: the device refuses.
        """
        self._wire.phase = "sizes"
        if self.ask(zk.SET_TIME, struct.pack("<I", code)).command != zk.ACK_OK:
            raise ReadTerminal("sizes", "Mesin menolak disetel jamnya; setel lewat menu mesin.")
        self.ask(zk.REFRESH_DATA)
        self._contact.clock_drift_s = None

    def read_counter(self) -> int:
        """The number of records that the device says it holds.

        Raises:
            ReadUnsupported: the answer carries no counter.
        """
        self._wire.phase = "sizes"
        answer = self.ask(zk.GET_FREE_SIZES, self._sizes_argument)
        if len(answer.data) < SHORTEST_SIZES and not self._sizes_argument:
            self._sizes_argument = ASK_FOR_ALL_SIZES
            answer = self.ask(zk.GET_FREE_SIZES, self._sizes_argument)
        if answer.command != zk.ACK_OK or len(answer.data) < SHORTEST_SIZES:
            raise ReadUnsupported("sizes", "Mesin tidak menyebut jumlah catatannya; ambil data lewat USB.")
        words = struct.unpack_from(f"<{SHORTEST_SIZES // 4}i", answer.data)
        self._contact.capacity = words[CAPACITY] or None
        self._contact.counted_users = words[COUNTED_USERS]
        self._contact.counted_operations = words[COUNTED_OPERATIONS]
        if words[COUNTED] < 0:
            raise ReadTransient("sizes", "Jumlah catatan menurut mesin tidak masuk akal; tarik ulang.")
        return int(words[COUNTED])

    def read_log(self, known: KnownLog | None = None) -> DataSet:
        """The log: whole, or what is behind the known records when those that are read again prove it."""
        return self._read(ATTLOG, known)

    def read_users(self) -> list[User]:
        """The user table, without passwords: their bytes are dropped with the received table."""
        content = self._read(USERS, None).content
        return decode_users(content, self._contact.counted_users)

    def read_oplog(self) -> Oplog:
        """The terminal's own book of its menu, with as many entries as its counter says before and after.

        Raises:
            ReadTransient: the line broke, entries are missing, or what came is no book.
            ReadUnsupported: this firmware does not give it.
        """
        before = self._contact.counted_operations or 0
        found = self._read(OPLOG, None)
        if found.seams:
            raise ReadTransient("transfer", "Urutan buku operasi tidak dapat dipastikan lewat UDP; pakai tcp://.")
        oplog = decode_oplog(found.content)
        self.read_counter()
        after = self._contact.counted_operations or 0
        if not before <= oplog.count <= after:  # firmware may also give its log for whatever is asked
            raise ReadTransient(
                "decode",
                f"Buku operasi tidak terbukti: {oplog.count} entri, menurut mesin {before} sampai {after}.",
            )
        return oplog

    def can_read_tail(self, known: KnownLog) -> bool | None:
        """Whether the device gives the end of a log that was just read as it was read; none where it is not asked.

        Whatever goes wrong is a no: the read before it stands.
        """
        try:
            size, at_once = self._announce(ATTLOG)
            if at_once is not None:
                return None
            found = self._read_tail(size, known)
            self.ask(zk.FREE_DATA)
        except ReadFailed:
            return False
        return found is not None

    def peek_log(self, size: int) -> tuple[int, memoryview]:
        """Bytes of the log altogether, and its beginning of at most `size` bytes (all of it from old firmware)."""
        self._wire.phase = "transfer"
        announced, at_once = self._announce(ATTLOG)
        if at_once is not None:
            whole = _without_length_word(at_once)
            return len(whole), whole
        head = self._read_range(0, min(announced, size + 4))
        self.ask(zk.FREE_DATA)
        return max(announced - 4, 0), head[4:]

    def _read(self, wanted: Wanted, known: KnownLog | None) -> DataSet:
        self._wire.phase = "transfer"
        size, at_once = self._announce(wanted)
        if at_once is not None:
            return self._as_data_set(at_once)
        found = self._read_tail(size, known) if known else None
        if found is None:
            content = _without_length_word(self._read_range(0, size))
            found = DataSet(len(content), content)
        self.ask(zk.FREE_DATA)
        return found

    def _announce(self, wanted: Wanted) -> tuple[int, memoryview | None]:
        """The size of a data set with its length word, and the bytes when they came at once.

        Raises:
            ReadUnsupported: the device does not give it on this way (push-only firmware).
        """
        if self._has_buffer:
            answer = self.ask(zk.PREPARE_BUFFER, wanted.buffered)
            if answer.command == zk.ACK_OK and len(answer.data) >= 5:
                size = int.from_bytes(answer.data[1:5], "little")
                _require_size(size)
                return size, None
            if answer.command not in KNOWS_NO_BUFFER:
                return 0, self._take_streams(answer, zk.PREPARE_BUFFER, wanted.buffered, wanted)
            self._has_buffer = False
        return 0, self._take_streams(self.ask(wanted.command, wanted.plain), wanted.command, wanted.plain, wanted)

    def _take_streams(self, first: Frame, command: int, data: bytes, wanted: Wanted) -> memoryview:
        """A data set that comes by itself; in several datagrams it is read until two reads are equal."""
        before: list[memoryview] = []
        for attempt in range(1, LEGACY_READS + 1):
            try:
                found = self._take_stream(first, wanted)
                if self._wire.is_ordered or len(self._seams) < 2 or found in before:
                    return found
                before.append(found)
            except NoAnswer:
                if attempt == LEGACY_READS:
                    raise
            first = self.ask(command, data)
        raise ReadTransient("transfer", "Data berubah-ubah di jalan; periksa jaringan atau sambungkan lewat tcp://.")

    def _as_data_set(self, at_once: memoryview) -> DataSet:
        content = _without_length_word(at_once)
        seams = () if self._wire.is_ordered else tuple(at - 4 for at in self._seams[1:])
        return DataSet(len(content), content, seams=seams)

    def _take_stream(self, first: Frame, wanted: Wanted) -> memoryview:
        """All bytes that follow a request by themselves: DATA alone, or PREPARE_DATA, DATA and ACK_OK in any order."""
        while first.command == zk.ACK_OK and not self._wire.is_ordered:
            first = self._wire.receive(self._reply)
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
        if not self._wire.is_ordered:
            raise NoAnswer("transfer", "Data datang terpotong-potong lewat UDP; tarik ulang atau pakai tcp://.")
        return self._collect(size, [first.data], has_ack=False)

    def _collect(self, size: int, frames: list[memoryview], *, has_ack: bool) -> memoryview:
        got = sum(map(len, frames))
        while got < size or (has_ack and self._wire.is_ordered):
            frame = self._wire.receive(self._reply)
            if frame.command == zk.ACK_OK and (has_ack or not self._wire.is_ordered):
                has_ack = False
            elif not self._wire.is_ordered and (frame.command == zk.PREPARE_DATA or frame.data in frames[-8:]):
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
            piece = content[got : got + self._wire.chunk]
            got += self._read_piece(piece, start + got)
        return content

    def _read_piece(self, into: memoryview, offset: int) -> int:
        """Fills `into` and gives its length, or 0 after it learned that it must ask for less at once."""
        for attempt in range(1, self._wire.tries + 1):
            self._send(zk.READ_BUFFER, struct.pack("<ii", offset, len(into)))
            try:
                if self._wire.is_ordered:
                    self._read_ordered(into)
                    return len(into)
                return self._read_datagram(into)
            except NoAnswer:
                if attempt == self._wire.tries:
                    raise
        raise AssertionError("a line has at least one try")

    def _read_ordered(self, into: memoryview) -> None:
        """Done when all bytes and the closing ACK are there, in whatever order they came."""
        if self._wire.receive_chunk(self._reply, into):
            return
        got, is_closed, is_prepared = 0, False, False
        while got < len(into) or (is_prepared and not is_closed):
            frame = self._wire.receive(self._reply, into[got:])
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
            frame = self._wire.receive(self._reply)
            if frame.command == zk.DATA and len(frame.data) == len(into):
                into[:] = frame.data
                return len(into)
            if frame.command == zk.DATA and SMALLEST_CHUNK <= len(frame.data) < len(into):
                self._wire.chunk = len(frame.data)
                return 0
            if frame.command == zk.ACK_ERROR:
                raise RangeRefused("transfer", "Mesin menolak memberi potongan log; tarik ulang.")
            if frame.command not in (zk.PREPARE_DATA, zk.ACK_OK):
                _unexpected(frame.command)

    def leave(self, *, wait: bool) -> None:
        """Says goodbye, so that the session is free for the next reader; never fails."""
        with contextlib.suppress(ReadFailed):
            self._wire.shorten(Deadlines(frame_s=EXIT_WAIT_S))
            self._send(zk.EXIT, b"")
            if wait:
                self._wire.receive(self._reply)

    def _send(self, command: int, data: bytes) -> None:
        self._reply = (self._reply + 1) & 0xFFFF
        self._wire.send(command, self._reply, data)


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
