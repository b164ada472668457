"""One conversation with one ZK terminal: login, clock, counter, log, users; the same over TCP and UDP.

The device is never disabled, nothing is cleared and no template is asked for. Sources: adrobinoga/zk-protocol, recorded
sessions of F19, F18, K40 and of a black-and-white device over UDP.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from extractors.drivers import zk_frames as zk
from extractors.drivers.oplog import Oplog, decode_oplog
from extractors.drivers.zk_frames import Deadlines, Line, Requests
from extractors.drivers.zk_transfer import ATTLOG, OPLOG, USERS, DataSet, KnownLog, Transfer
from extractors.errors import ReadFailed, ReadTerminal, ReadTransient, ReadUnsupported
from extractors.layouts import User, decode_users
from extractors.records import device_time

COUNTED_USERS: Final = 4  # positions in the answer to GET_FREE_SIZES (i32 words)
COUNTED: Final = 8
COUNTED_OPERATIONS: Final = 10
CAPACITY: Final = 16
SHORTEST_SIZES: Final = 80  # answers of 80, 92 and 112 bytes begin alike; WL10 and WL20 send 4 bytes unless asked more
ASK_FOR_ALL_SIZES: Final = bytes(4)
EXIT_WAIT_S: Final = 2.0
CLOCK_JUMP_S: Final = 5  # a clock that runs does not move against the host during one read

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


def scramble_key(comm_key: int, session: int, tick: int = 50) -> bytes:
    """The four bytes of AUTH: bits of the key reversed, plus session, xor 'ZKSO', halves swapped, xor tick."""
    mixed = (int(f"{comm_key:032b}"[::-1], 2) + session) & 0xFFFFFFFF
    _, second, third, fourth = (byte ^ salt for byte, salt in zip(struct.pack("<I", mixed), b"ZKSO", strict=True))
    return bytes((third ^ tick, fourth ^ tick, tick, second ^ tick))


class ZkSession:
    """One conversation; `open_session` in zk.py makes and ends it."""

    def __init__(self, wire: Line, contact: Contact) -> None:
        self.requests = Requests(wire)
        self._wire = wire
        self._contact = contact
        self._transfer = Transfer(self.requests)
        self._sizes_argument = b""

    def login(self, comm_key: int, expected_serial: str | None) -> None:
        """Connects, gives the comm key when asked, and proves who is there.

        Raises:
            ReadTerminal: wrong key, or another terminal than the registered one.
        """
        answer = self.requests.ask(zk.CONNECT)
        self._wire.phase = "login"
        self._wire.session = answer.session
        if answer.command == zk.ACK_UNAUTH:
            answer = self.requests.ask(zk.AUTH, scramble_key(comm_key, answer.session))
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
        answer = self.requests.ask(zk.OPTION_READ, name.encode("ascii") + b"\0")
        if answer.command != zk.ACK_OK:
            return None
        _, _, value = bytes(answer.data).split(b"\0")[0].partition(b"=")
        return value.decode("ascii", errors="replace").strip() or None

    def read_firmware(self) -> str | None:
        """The version of the firmware as the terminal writes it."""
        answer = self.requests.ask(zk.GET_VERSION)
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
        answer = self.requests.ask(zk.GET_TIME, at_send=lambda: asked.append(host_clock()))
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
        if self.requests.ask(zk.SET_TIME, struct.pack("<I", code)).command != zk.ACK_OK:
            raise ReadTerminal("sizes", "Mesin menolak disetel jamnya; setel lewat menu mesin.")
        self.requests.ask(zk.REFRESH_DATA)
        self._contact.clock_drift_s = None

    def read_counter(self) -> int:
        """The number of records that the device says it holds.

        Raises:
            ReadUnsupported: the answer carries no counter.
        """
        self._wire.phase = "sizes"
        answer = self.requests.ask(zk.GET_FREE_SIZES, self._sizes_argument)
        if len(answer.data) < SHORTEST_SIZES and not self._sizes_argument:
            self._sizes_argument = ASK_FOR_ALL_SIZES
            answer = self.requests.ask(zk.GET_FREE_SIZES, self._sizes_argument)
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
        return self._transfer.read(ATTLOG, known)

    def read_users(self) -> list[User]:
        """The user table, without passwords: their bytes are dropped with the received table."""
        content = self._transfer.read(USERS).content
        return decode_users(content, self._contact.counted_users)

    def read_oplog(self) -> Oplog:
        """The terminal's own book of its menu, with as many entries as its counter says before and after.

        Raises:
            ReadTransient: the line broke, entries are missing, or what came is no book.
            ReadUnsupported: this firmware does not give it.
        """
        before = self._contact.counted_operations or 0
        found = self._transfer.read(OPLOG)
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
        """Whether the device gives the end of a log that was just read as it was read; none where it is not asked."""
        return self._transfer.can_read_tail(ATTLOG, known)

    def peek_log(self, size: int) -> tuple[int, memoryview]:
        """Bytes of the log altogether, and its beginning of at most `size` bytes (all of it from old firmware)."""
        return self._transfer.peek(ATTLOG, size)

    def leave(self, *, wait: bool) -> None:
        """Says goodbye, so that the session is free for the next reader; never fails."""
        with contextlib.suppress(ReadFailed):
            self._wire.shorten(Deadlines(frame_s=EXIT_WAIT_S))
            self.requests.send(zk.EXIT)
            if wait:
                self.requests.receive()
