"""Reads the attendance log of a ZK terminal over TCP or UDP and proves that it is complete.

The sequence: connect, comm key, serial, clock, counter, log, counter, clock, for 8-byte records the user table, then
what the log does not hang on: whether its end can be had alone, and the book of the menu; exit. Nothing is written to
the device.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from extractors.drivers.oplog import Oplog
from extractors.drivers.zk_datagrams import DatagramWire
from extractors.drivers.zk_frames import Deadlines, Line, Wire
from extractors.drivers.zk_session import Contact, WallClock, ZkSession, scramble_key
from extractors.drivers.zk_transfer import OVERLAP, DataSet, KnownLog
from extractors.errors import ReadFailed, ReadTransient, ReadUnsupported, WrongAddress
from extractors.layouts import Layout, PlausibleTimes, User, decode, prove_layout
from extractors.records import TimeBounds, encoded_time

__all__ = [
    "Book", "Contact", "KnownLog", "Probe", "WallClock", "ZkLog", "open_session", "parse_address", "probe", "read_log",
    "scramble_key", "set_clock",
]  # fmt: skip

DEFAULT_PORT: Final = 4370
DATAGRAM_BUFFER: Final = 1 << 20  # old firmware sends the whole log without a pause
HALF_SECOND: Final = timedelta(milliseconds=500)  # devices keep whole seconds
PEEKED: Final = 64 * 49  # bytes of a log that a probe looks at
ADDRESS_HELP: Final = "tulis tcp://alamat:port atau udp://alamat:port, misalnya tcp://10.1.2.3:4370."


class Address(NamedTuple):
    """Where a terminal listens, and how."""

    host: str
    port: int
    is_udp: bool


@dataclass(frozen=True, slots=True)
class Book:
    """The terminal's own book of its menu, with `counted` entries by its counter.

    Exactly one of `oplog` and `failure` is there: a book that was not read is not known, it is not empty.
    """

    counted: int
    oplog: Oplog | None
    failure: ReadFailed | None


@dataclass(frozen=True, slots=True)
class ZkLog:
    """A complete log: `records` are the bytes without the length word, `counted_*` the counter before and after.

    After a tail read, `records` begin behind the first `known_count` ones, which were proven to be those known.
    """

    serial: str | None
    layout: Layout | None
    counted_before: int
    counted_after: int
    capacity: int | None
    device_clock: datetime  # device wall time, read before the counter
    clock_drift_s: int  # device minus host
    records: memoryview
    users: Sequence[User] = ()
    known_count: int = 0
    overlap: memoryview = field(default=memoryview(b""), repr=False)
    reads_tail: bool | None = None  # null: not asked
    book: Book | None = None  # null: not asked

    @property
    def tail_sha256(self) -> str:
        """Of the last records of the log (`OVERLAP`, or all when there are fewer), for the next read."""
        size = (self.layout.size if self.layout else 0) * OVERLAP
        return hashlib.sha256((bytes(self.overlap) + bytes(self.records[-size:]))[-size:]).hexdigest() if size else ""


def parse_address(address: str) -> Address:
    """Host and port of `tcp://host:port` or `udp://host:port`.

    Raises:
        WrongAddress: another form.
        ReadUnsupported: a channel that this driver does not speak (soap).
    """
    scheme, mark, rest = address.partition("://")
    if mark and scheme == "soap":
        raise ReadUnsupported("connect", "Jalur soap:// belum didukung; sambungkan mesin lewat tcp:// atau USB.")
    host, _, port = rest.rpartition(":") if ":" in rest else (rest, "", str(DEFAULT_PORT))
    if scheme not in {"tcp", "udp"} or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise WrongAddress(f"Alamat '{address}' tidak dikenali; {ADDRESS_HELP}")
    return Address(host, int(port), scheme == "udp")


@contextlib.contextmanager
def open_session(
    address: str, contact: Contact, deadlines: Deadlines | None = None, began_at: float | None = None
) -> Iterator[ZkSession]:
    """A connection as a session that always ends with EXIT and a closed socket.

    `began_at` is the monotonic second in which the pull began that this session is part of; null: it begins here.

    Raises:
        ReadTransient: nobody there (phase connect).
    """
    limits = deadlines or Deadlines()
    with _connected(parse_address(address), limits, began_at) as (sock, wire):
        session = ZkSession(wire, contact)
        is_well = False
        try:
            yield session
            is_well = True
        finally:
            contact.bytes_received = wire.bytes_received
            if sock.fileno() >= 0:
                session.leave(wait=is_well)


@contextlib.contextmanager
def _connected(address: Address, limits: Deadlines, began_at: float | None) -> Iterator[tuple[socket.socket, Line]]:
    try:
        sock = _datagram_socket(address) if address.is_udp else _stream_socket(address, limits)
    except OSError as error:
        raise ReadTransient(
            "connect",
            f"Mesin di {address.host}:{address.port} tidak terjangkau ({error.strerror or 'waktu habis'});"
            " periksa listrik, kabel jaringan dan alamatnya.",
        ) from error
    with sock:
        line = DatagramWire if address.is_udp else Wire
        yield sock, line(sock, limits, began_at=began_at)


def _stream_socket(address: Address, limits: Deadlines) -> socket.socket:
    sock = socket.create_connection(address[:2], timeout=limits.connect_s)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _datagram_socket(address: Address) -> socket.socket:
    family, kind, protocol, _, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DATAGRAM_BUFFER)
        sock.connect(place)  # only what this address sends is received, and a closed port is told
    except OSError:
        sock.close()
        raise
    return sock


def read_log(
    address: str,
    comm_key: int,
    host_clock: WallClock,
    *,
    expected_serial: str | None = None,
    known: KnownLog | None = None,
    asks_tail: bool = False,
    wants_book: Callable[[int], bool] = lambda _: False,
    contact: Contact | None = None,
    deadlines: Deadlines | None = None,
    began_at: float | None = None,
) -> ZkLog:
    """The log of a terminal, complete by its own counters, or an error; never a part.

    `host_clock` gives the host's wall time in the terminal's zone. With `known`, a terminal that can read on from a
    place sends only what is new (see `ZkLog.known_count`); `asks_tail` finds out whether this one can, behind a whole
    log. `wants_book` says of the number of entries in the terminal's own book whether it is read, too. `contact`
    collects what became known on the way, `began_at` as of `open_session`.

    Raises:
        ReadFailed: see the three families; nothing was changed on the device.
    """
    met = contact if contact is not None else Contact()
    with open_session(address, met, deadlines, began_at) as session:
        session.login(comm_key, expected_serial)
        device_clock = session.read_clock(host_clock)
        met.counted_before = before = session.read_counter()
        log = session.read_log(known)
        met.counted_after = after = session.read_counter()
        session.read_clock(host_clock)
        layout = _prove(log, known, before, after, PlausibleTimes.around(device_clock, host_clock()))
        met.layout = layout.name if layout else None
        users = session.read_users() if layout and layout.needs_users else []
        read = ZkLog(
            serial=met.serial,
            layout=layout,
            counted_before=before,
            counted_after=after,
            capacity=met.capacity,
            device_clock=device_clock,
            clock_drift_s=met.clock_drift_s or 0,
            records=log.content,
            users=users,
            known_count=log.skipped // known.layout.size if known else 0,
            overlap=log.overlap,
        )
        if layout is not None and asks_tail and not log.skipped:
            ending = KnownLog(log.size // layout.size, layout, read.tail_sha256)
            read = replace(read, reads_tail=session.can_read_tail(ending))
        counted = met.counted_operations or 0
        return replace(read, book=_read_book(session, counted)) if wants_book(counted) else read


def _read_book(session: ZkSession, counted: int) -> Book:
    """Whatever goes wrong is a book that is not known: the log that was read before it stands."""
    try:
        return Book(counted, session.read_oplog(), None)
    except ReadFailed as failure:
        return Book(counted, None, failure)


def _prove(log: DataSet, known: KnownLog | None, before: int, after: int, plausible: PlausibleTimes) -> Layout | None:
    """The layout of a log; behind proven records it is theirs, and the counter must agree."""
    if known is None or not log.skipped:
        layout = prove_layout(log.content, log.size, before, after, plausible)
        _require_order(log, layout)
        return layout
    if not before <= log.size // known.layout.size <= after:
        raise ReadTransient("decode", "Jumlah catatan tidak cocok dengan penghitung mesin; tarik ulang.")
    return known.layout


def _require_order(log: DataSet, layout: Layout | None) -> None:
    """Datagrams without a place of their own (old firmware) that came out of order step back in time at their border.

    Raises:
        ReadTransient: a border where the time steps back.
    """
    if layout is None or not log.seams:
        return
    batch = decode(layout, log.content, TimeBounds())
    for seam in log.seams:
        is_near = (batch.ordinal >= seam // layout.size - 1) & (batch.ordinal <= -(-seam // layout.size))
        around = batch.punched_at[is_near]
        if (np.diff(around) < np.timedelta64(0)).any():
            raise ReadTransient(
                "transfer", "Urutan data dari mesin tidak dapat dipastikan lewat UDP; tarik ulang atau pakai tcp://."
            )


@dataclass(frozen=True, slots=True)
class Probe:
    """Who is there, without reading the log."""

    layout: str | None
    counted: int


def probe(
    address: str, comm_key: int, host_clock: WallClock, contact: Contact, deadlines: Deadlines | None = None
) -> Probe:
    """Logs in, reads clock and counter, and learns the layout from the announced size and the first records.

    Raises:
        ReadFailed: see the three families.
    """
    with open_session(address, contact, deadlines) as session:
        session.login(comm_key, None)
        clock = session.read_clock(host_clock)
        contact.counted_before = before = session.read_counter()
        size, head = session.peek_log(PEEKED)
        after = session.read_counter()
    layout = prove_layout(head, size, before, after, PlausibleTimes.around(clock, host_clock()))
    return Probe(layout.name if layout else None, before)


def set_clock(session: ZkSession, host_clock: WallClock) -> None:
    """Sets the terminal's clock to the host's wall time in its zone; only a person asks for that.

    Raises:
        ReadFailed: refused, or the line broke.
    """
    session.set_clock(encoded_time(host_clock() + HALF_SECOND))
