"""Reads the whole attendance log of a ZK terminal over TCP and proves that it is complete.

The sequence: connect, comm key, serial, clock, counter, log (1503/1504), counter, clock, exit. The device is never
disabled and nothing is written to it. Sources: adrobinoga/zk-protocol, recorded sessions of F19, F18 and K40.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from extractors.drivers import zk_frames as zk
from extractors.drivers.zk_frames import Deadlines, Frame, Wire
from extractors.errors import ReadFailed, ReadTerminal, ReadTransient, ReadUnsupported, WrongAddress
from extractors.records import device_time

DEFAULT_PORT: Final = 4370
CHUNK: Final = 0xFFC0  # bytes asked at once, as the vendor's own software does
MAX_LOG: Final = 64 << 20
READ_ATTLOG: Final = struct.pack("<bhii", 1, 13, 0, 0)
MAX_KEY: Final = 999_999
COUNTED: Final = 8  # positions in the answer to GET_FREE_SIZES (i32 words)
CAPACITY: Final = 16
SHORTEST_SIZES: Final = 80  # shorter answers (WL10/WL20: 4 bytes) carry no counter
NOT_KNOWN_TO_DEVICE: Final = {4989, 65533, 65535}  # push-only firmware (H5L), ERROR_CMD, UNKNOWN
EXIT_WAIT_S: Final = 2.0
CLOCK_JUMP_S: Final = 5  # a clock that runs does not move against the host during one read

WallClock = Callable[[], datetime]


@dataclass(slots=True)
class Contact:
    """What became known of a terminal so far; stays readable when the read fails."""

    serial: str | None = None
    counted_before: int | None = None
    counted_after: int | None = None
    capacity: int | None = None
    device_clock: datetime | None = None
    clock_drift_s: int | None = None
    layout: str | None = None
    bytes_received: int = 0


@dataclass(frozen=True, slots=True)
class ZkLog:
    """A complete log: `records` are the bytes without the length word, `counted_*` the counter before and after."""

    serial: str | None
    layout: str | None
    counted_before: int
    counted_after: int
    capacity: int | None
    device_clock: datetime  # device wall time, read before the counter
    clock_drift_s: int  # device minus host
    records: memoryview


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of `tcp://host:port`.

    Raises:
        WrongAddress: another form.
        ReadUnsupported: a channel that this version does not speak (udp, soap).
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        raise WrongAddress(f"Alamat '{address}' tidak dikenali; tulis tcp://alamat:port, misalnya tcp://10.1.2.3:4370.")
    if scheme in {"udp", "soap"}:
        raise ReadUnsupported("connect", f"Jalur {scheme}:// belum didukung; sambungkan mesin lewat tcp:// atau USB.")
    host, _, port = rest.rpartition(":") if ":" in rest else (rest, "", str(DEFAULT_PORT))
    if scheme != "tcp" or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise WrongAddress(f"Alamat '{address}' tidak dikenali; tulis tcp://alamat:port, misalnya tcp://10.1.2.3:4370.")
    return host, int(port)


def scramble_key(comm_key: int, session: int, tick: int = 50) -> bytes:
    """The four bytes of AUTH: bits of the key reversed, plus session, xor 'ZKSO', halves swapped, xor tick."""
    mixed = (int(f"{comm_key:032b}"[::-1], 2) + session) & 0xFFFFFFFF
    _, second, third, fourth = (byte ^ salt for byte, salt in zip(struct.pack("<I", mixed), b"ZKSO", strict=True))
    return bytes((third ^ tick, fourth ^ tick, tick, second ^ tick))


def layout_of(size: int, counted_before: int, counted_after: int) -> tuple[str | None, int]:
    """Layout and number of records of `size` bytes; no layout for an empty log.

    Exactly one known record size must divide the bytes into a number between the two counter readings.

    Raises:
        ReadTransient: no size fits: the transfer is incomplete, or two fit.
        ReadUnsupported: the records have another size than the 40 bytes that this version decodes.
    """
    if counted_before == 0 and size == 0:
        return None, 0
    fitting = [s for s in (8, 16, 40, 49) if size % s == 0 and counted_before <= size // s <= counted_after]
    if len(fitting) != 1:
        is_short = size % 40 == 0 and size // 40 < counted_before
        if not fitting and not is_short and counted_before == counted_after > 0 and size % counted_before == 0:
            raise ReadUnsupported("decode", f"Ukuran catatan {size // counted_before} bita belum dikenal; lapor.")
        raise ReadTransient(
            "decode",
            f"Data tidak lengkap: {size} bita tidak cocok dengan {counted_before} sampai {counted_after} catatan"
            " menurut mesin; tarik ulang.",
        )
    if fitting[0] != 40:
        raise ReadUnsupported(
            "decode", f"Bentuk catatan {fitting[0]} bita belum didukung; ambil data lewat USB dan impor berkasnya."
        )
    return "zk40", size // 40


class ZkSession:
    """One conversation with one terminal; `open_session` makes and ends it."""

    def __init__(self, wire: Wire, contact: Contact) -> None:
        self._wire = wire
        self._contact = contact
        self._reply = -1

    def ask(self, command: int, data: bytes = b"") -> Frame:
        """Sends a request and gives the first frame that answers it."""
        self._send(command, data)
        return self._wire.receive(self._reply)

    def login(self, comm_key: int, expected_serial: str | None) -> None:
        """Connects, gives the comm key when asked, and proves who is there.

        Raises:
            ReadTerminal: wrong key, or another terminal than the registered one.
        """
        self._wire.phase = "login"
        answer = self.ask(zk.CONNECT)
        self._wire.session = answer.session
        if answer.command == zk.ACK_UNAUTH:
            answer = self.ask(zk.AUTH, scramble_key(comm_key, answer.session))
        if answer.command == zk.ACK_UNAUTH:
            raise ReadTerminal("login", "Kunci komunikasi (comm key) ditolak mesin; periksa kuncinya di menu mesin.")
        if answer.command != zk.ACK_OK:
            raise ReadTransient(
                "login", f"Mesin menolak sambungan (kode {answer.command}); tunggu sebentar, tarik ulang."
            )
        self._contact.serial = serial = self._read_serial()
        if expected_serial is not None and serial != expected_serial:
            raise ReadTerminal(
                "login",
                f"Mesin di alamat ini bernomor seri {serial or 'tidak terbaca'}, bukan {expected_serial};"
                " betulkan alamat di berkas terminals.",
            )

    def _read_serial(self) -> str | None:
        answer = self.ask(zk.OPTION_READ, b"~SerialNumber\0")
        if answer.command != zk.ACK_OK:
            return None
        _, _, value = bytes(answer.data).split(b"\0")[0].partition(b"=")
        return value.decode("ascii", errors="replace").strip() or None

    def read_clock(self, host_clock: WallClock) -> datetime:
        """Device wall time; the first reading also sets the drift (device minus host at the middle of the question).

        Raises:
            ReadTerminal: the device has no readable date.
            ReadTransient: the clock was set between the two readings.
        """
        self._wire.phase = "sizes"
        asked = host_clock()
        answer = self.ask(zk.GET_TIME)
        middle = asked + (host_clock() - asked) / 2
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

    def read_counter(self) -> int:
        """The number of records that the device says it holds.

        Raises:
            ReadUnsupported: the answer carries no counter.
        """
        self._wire.phase = "sizes"
        answer = self.ask(zk.GET_FREE_SIZES)
        if answer.command != zk.ACK_OK or len(answer.data) < SHORTEST_SIZES:
            raise ReadUnsupported("sizes", "Mesin tidak menyebut jumlah catatannya; ambil data lewat USB.")
        words = struct.unpack_from(f"<{SHORTEST_SIZES // 4}i", answer.data)
        self._contact.capacity = words[CAPACITY] or None
        if words[COUNTED] < 0:
            raise ReadTransient("sizes", "Jumlah catatan menurut mesin tidak masuk akal; tarik ulang.")
        return int(words[COUNTED])

    def announce_log(self) -> tuple[int, memoryview | None]:
        """Asks for the log: its size in bytes with the length word, and the data when they came at once.

        Raises:
            ReadUnsupported: the device does not give its log on this way (push-only firmware).
        """
        self._wire.phase = "transfer"
        answer = self.ask(zk.PREPARE_BUFFER, READ_ATTLOG)
        if answer.command == zk.DATA:
            return len(answer.data), answer.data
        if answer.command in NOT_KNOWN_TO_DEVICE:
            raise ReadUnsupported("transfer", "Mesin tidak memberikan log lewat jalur ini; ambil data lewat USB.")
        if answer.command != zk.ACK_OK:
            raise ReadTransient("transfer", f"Mesin menolak memberi log (kode {answer.command}); tarik ulang.")
        size = int.from_bytes(answer.data[1:5], "little")
        if size > MAX_LOG:
            raise ReadTransient("transfer", f"Ukuran log {size} bita tidak masuk akal; tarik ulang.")
        return size, None

    def read_log(self) -> memoryview:
        """The whole data set, length word included."""
        size, at_once = self.announce_log()
        if at_once is not None:
            return at_once
        log = np.empty(size, np.uint8).data
        for offset in range(0, size, CHUNK):
            self._read_chunk(log[offset : offset + CHUNK], offset)
        self.ask(zk.FREE_DATA)
        return log

    def _read_chunk(self, into: memoryview, offset: int) -> None:
        """Fills `into`; done when all bytes and the closing ACK are there, in whatever order they came."""
        self._send(zk.READ_BUFFER, struct.pack("<ii", offset, len(into)))
        if self._wire.receive_chunk(self._reply, into):
            return
        got, is_closed, is_prepared = 0, False, False
        while got < len(into) or (is_prepared and not is_closed):
            frame = self._wire.receive(self._reply, into[got:])
            if frame.command == zk.DATA and len(frame.data) <= len(into) - got:
                got += len(frame.data)
            elif frame.command == zk.PREPARE_DATA and int.from_bytes(frame.data[:4], "little") == len(into):
                is_prepared = True
            elif frame.command == zk.ACK_OK and not is_closed:
                is_closed = True
            else:
                raise ReadTransient(
                    "transfer", f"Jawaban tak terduga saat mengambil log (kode {frame.command}); tarik ulang."
                )

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


@contextlib.contextmanager
def open_session(address: str, contact: Contact, deadlines: Deadlines | None = None) -> Iterator[ZkSession]:
    """A TCP connection as a session that always ends with EXIT and a closed socket.

    Raises:
        ReadTransient: nobody there (phase connect).
    """
    host, port = parse_address(address)
    limits = deadlines or Deadlines()
    try:
        sock = socket.create_connection((host, port), timeout=limits.connect_s)
    except OSError as error:
        raise ReadTransient(
            "connect",
            f"Mesin di {host}:{port} tidak terjangkau ({error.strerror or 'waktu habis'});"
            " periksa listrik, kabel jaringan dan alamatnya.",
        ) from error
    with sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = Wire(sock, limits)
        session = ZkSession(wire, contact)
        is_well = False
        try:
            yield session
            is_well = True
        finally:
            contact.bytes_received = wire.bytes_received
            session.leave(wait=is_well)


def read_log(
    address: str,
    comm_key: int,
    host_clock: WallClock,
    *,
    expected_serial: str | None = None,
    contact: Contact | None = None,
    deadlines: Deadlines | None = None,
) -> ZkLog:
    """The whole log of a terminal, complete by its own counters, or an error; never a part.

    `host_clock` gives the host's wall time in the terminal's zone. `contact` collects what became known on the way.

    Raises:
        ReadFailed: see the three families; nothing was changed on the device.
    """
    known = contact if contact is not None else Contact()
    with open_session(address, known, deadlines) as session:
        session.login(comm_key, expected_serial)
        device_clock = session.read_clock(host_clock)
        known.counted_before = before = session.read_counter()
        log = session.read_log()
        known.counted_after = after = session.read_counter()
        session.read_clock(host_clock)
    records = _without_length_word(log)
    known.layout, _ = layout_of(len(records), before, after)
    return ZkLog(
        serial=known.serial,
        layout=known.layout,
        counted_before=before,
        counted_after=after,
        capacity=known.capacity,
        device_clock=device_clock,
        clock_drift_s=known.clock_drift_s or 0,
        records=records,
    )


def _without_length_word(log: memoryview) -> memoryview:
    if len(log) == 0:
        return log
    if len(log) < 4 or int.from_bytes(log[:4], "little") != len(log) - 4:
        raise ReadTransient(
            "decode", "Data tidak lengkap: panjang yang disebut mesin lain dari yang tiba; tarik ulang."
        )
    return log[4:]


@dataclass(frozen=True, slots=True)
class Probe:
    """Who is there, without reading the log."""

    layout: str | None
    counted: int


def probe(
    address: str, comm_key: int, host_clock: WallClock, contact: Contact, deadlines: Deadlines | None = None
) -> Probe:
    """Logs in, reads clock and counter, and learns the layout from the size that the device announces.

    Raises:
        ReadFailed: see the three families.
    """
    with open_session(address, contact, deadlines) as session:
        session.login(comm_key, None)
        session.read_clock(host_clock)
        contact.counted_before = before = session.read_counter()
        size, at_once = session.announce_log()
        if at_once is None:
            session.ask(zk.FREE_DATA)
        after = session.read_counter()
    layout, _ = layout_of(max(size - 4, 0), before, after)
    return Probe(layout, before)
