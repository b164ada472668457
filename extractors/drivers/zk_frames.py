"""Frames of the ZK protocol: made, and received over TCP at any segmentation, verified one by one.

A frame is `50 50 82 7d`, u32 length, then the payload: u16 command, u16 checksum, u16 session, u16 reply number, data;
all little endian. Source: adrobinoga/zk-protocol (F19) and recorded sessions; the session number of an answer is not
checked, because real devices put other numbers there (K40: 0 in DATA, the size in the closing ACK).
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, NoReturn, Protocol

import numpy as np

from extractors.errors import Phase, ReadTransient, ReadUnsupported

MAGIC: Final = b"\x50\x50\x82\x7d"
HEADER: Final = struct.Struct("<4sIHHHH")
CHUNK_HEAD: Final = struct.Struct(
    "<4sIHHHHII4sIHHHH"
)  # a PREPARE_DATA frame and the header of the DATA frame behind it
PAYLOAD_HEADER_SIZE: Final = 8
MAX_PAYLOAD: Final = 1 << 24  # the largest log of a device with 200,000 records of 49 bytes is below 10 MB
EARLY_BYTES: Final = 512
SLOWEST_BYTES_PER_S: Final = 2048  # a block on a bad line may take longer than a short answer, but not for ever

CONNECT: Final = 1000
EXIT: Final = 1001
AUTH: Final = 1102
OPTION_READ: Final = 11
GET_FREE_SIZES: Final = 50
GET_TIME: Final = 201
REG_EVENT: Final = 500
PREPARE_DATA: Final = 1500
DATA: Final = 1501
FREE_DATA: Final = 1502
PREPARE_BUFFER: Final = 1503
READ_BUFFER: Final = 1504
ACK_OK: Final = 2000
ACK_ERROR: Final = 2001
ACK_UNAUTH: Final = 2005
GET_VERSION: Final = 1100
ATTLOG_READ: Final = 13
USERS_READ: Final = 9
OPLOG_READ: Final = 34
SET_TIME: Final = 202
REFRESH_DATA: Final = 1013


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to connect, to receive one frame, without any progress, and for the whole pull with all its sessions.

    Three tries of a pull and their pauses must end within the ten minutes of a scheduler's task (extractors/fleet.py).
    """

    connect_s: float = 5.0
    frame_s: float = 10.0
    no_progress_s: float = 45.0
    whole_s: float = 270.0


class Frame(NamedTuple):
    """One verified answer."""

    command: int
    session: int
    reply: int
    data: memoryview


class Line(Protocol):
    """What carries a session: a TCP connection or an exchange of datagrams.

    `tries` requests are sent until one is answered, `chunk` bytes are asked at once, `is_ordered` says whether frames
    arrive once each and in the order in which they were sent.
    """

    phase: Phase
    session: int
    bytes_received: int
    chunk: int
    tries: int
    is_ordered: bool

    def shorten(self, deadlines: Deadlines) -> None: ...
    def send(self, command: int, reply: int, data: bytes = b"") -> None: ...
    def receive(self, reply: int, into: memoryview | None = None) -> Frame: ...
    def receive_chunk(self, reply: int, into: memoryview) -> bool: ...


class NoAnswer(ReadTransient):
    """A request that nobody answered; over datagrams it is sent again."""


class Requests:
    """Numbers the requests of one conversation on a line."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.reply = -1  # number of the last request

    def send(self, command: int, data: bytes = b"") -> None:
        """Sends a request with the next number."""
        self.reply = (self.reply + 1) & 0xFFFF
        self.line.send(command, self.reply, data)

    def receive(self, into: memoryview | None = None) -> Frame:
        """The next frame that answers the last request; see `Line`."""
        return self.line.receive(self.reply, into)

    def ask(self, command: int, data: bytes = b"", at_send: Callable[[], object] = lambda: None) -> Frame:
        """Sends a request, over datagrams more than once, and gives the first frame that answers it."""
        for attempt in range(1, self.line.tries + 1):
            at_send()
            self.send(command, data)
            try:
                return self.receive()
            except NoAnswer:
                if attempt == self.line.tries:
                    raise
        raise AssertionError("a line has at least one try")


class Overdue(ReadTransient):
    """A terminal that keeps on sending, and so slowly that the pull has no end."""

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            phase, "Mesin mengirim terlalu lambat, tarikan dihentikan; periksa jaringannya, lalu tarik ulang."
        )


def word_sum(data: bytes | bytearray | memoryview) -> int:
    """Sum of the u16 words, an odd last byte padded with 00; congruent modulo 65535 to the checksum's sum."""
    size = len(data)
    if size < 64:
        return int.from_bytes(data, "little") % 0xFFFF
    whole = size & ~3  # u32 words are summed: 65536 is 1 modulo 65535, so both halves count as words
    total = int(np.frombuffer(data, "<u4", count=whole // 4).sum(dtype=np.uint64))
    return (total + int.from_bytes(data[whole:], "little")) % 0xFFFF


def checksum(command: int, session: int, reply: int, data: bytes | memoryview) -> int:
    """Ones' complement of the folded sum of all words with the checksum field 0."""
    folded = (
        command + session + reply + word_sum(data)
    ) % 0xFFFF or 0xFFFF  # a sum of ones only folds to FFFF, not to 0
    return 0xFFFF - folded


def make_frame(command: int, session: int, reply: int, data: bytes = b"") -> bytes:
    """A complete TCP frame, ready to send."""
    length = PAYLOAD_HEADER_SIZE + len(data)
    return HEADER.pack(MAGIC, length, command, checksum(command, session, reply, data), session, reply) + data


def _is_plain_chunk(head: bytearray, data: memoryview, tail: bytearray, reply: int) -> bool:
    """Whether the three frames are what was asked for; the words of a sound payload add up to 0 modulo 65535."""
    magic, length, prepare, _, _, prepare_reply, size, _, magic_data, length_data, command, _, _, data_reply = (
        CHUNK_HEAD.unpack(head)
    )
    magic_ack, length_ack, ack, _, _, ack_reply = HEADER.unpack(tail)
    return (
        (magic, magic_data, magic_ack) == (MAGIC, MAGIC, MAGIC)
        and (prepare, command, ack) == (PREPARE_DATA, DATA, ACK_OK)
        and (prepare_reply, data_reply, ack_reply) == (reply, reply, reply)
        and (length, size, length_data, length_ack) == (16, len(data), len(data) + 8, 8)
        and word_sum(memoryview(head)[8:24]) == 0
        and (word_sum(memoryview(head)[32:]) + word_sum(data)) % 0xFFFF == 0
        and word_sum(memoryview(tail)[8:]) == 0
    )


class Wire:
    """One TCP connection that gives verified frames; `phase` names where a failure belongs.

    `began_at` is the monotonic second in which the pull began, from which its whole time counts (null: now).
    """

    chunk = 0xFFC0  # bytes asked at once, as the vendor's own software does
    tries = 1
    is_ordered = True

    def __init__(
        self,
        sock: socket.socket,
        deadlines: Deadlines,
        monotonic: Callable[[], float] = time.monotonic,
        began_at: float | None = None,
    ) -> None:
        self.phase: Phase = "login"
        self.session = 0
        self.bytes_received = 0
        self._sock = sock
        self._deadlines = deadlines
        self._monotonic = monotonic
        self._progress_at = monotonic()
        self._ends_at = (self._progress_at if began_at is None else began_at) + deadlines.whole_s
        self._is_first = True
        self._early = bytearray(EARLY_BYTES)  # small frames and headers are taken from here
        self._early_from = self._early_to = 0
        self._sends_plain_chunks = True
        self._limit_waits()

    def shorten(self, deadlines: Deadlines) -> None:
        """Other deadlines from now on; the end of the whole pull stays."""
        self._deadlines = deadlines
        self._limit_waits()

    def _limit_waits(self) -> None:
        """The kernel waits in steps, so that a whole block is one call and each deadline is still seen in time."""
        self._step_s = self._deadlines.frame_s / 4
        wait = struct.pack("ll", int(self._step_s), int(self._step_s % 1 * 1e6))
        self._sock.settimeout(None)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)

    def send(self, command: int, reply: int, data: bytes = b"") -> None:
        """Sends one frame.

        Raises:
            ReadTransient: the line is cut.
        """
        try:
            self._sock.sendall(make_frame(command, self.session, reply, data))
        except OSError as error:
            self._cut(error)

    def receive(self, reply: int, into: memoryview | None = None) -> Frame:
        """The next frame that answers request number `reply`; events in between are acknowledged and dropped.

        Data of a DATA frame that fit are received straight into `into`.

        Raises:
            ReadTransient: cut line, hang, broken checksum, answer to another request.
            ReadUnsupported: the first bytes are no frame of this protocol.
        """
        while True:
            frame = self._receive_any(into)
            if frame.command == REG_EVENT:
                if self._monotonic() >= self._progress_at + self._deadlines.no_progress_s:
                    self._hang()
                self.send(ACK_OK, frame.reply)
                continue
            if frame.reply != reply:
                raise ReadTransient(
                    self.phase,
                    f"Jawaban untuk permintaan lain (nomor {frame.reply}, ditunggu {reply}); tarik ulang.",
                )
            self._progress_at = self._monotonic()
            return frame

    def receive_chunk(self, reply: int, into: memoryview) -> bool:
        """Takes PREPARE_DATA, one DATA frame that fills `into`, and ACK_OK in a single call to the kernel.

        False when something else came or not all of it: the bytes are kept for `receive`, which judges them, and
        this short way is not tried again on this connection.

        Raises:
            ReadTransient: cut line, or the time of the whole pull is over.
        """
        if not self._sends_plain_chunks or self._early_from < self._early_to:
            return False
        self._require_time()
        head, tail = bytearray(CHUNK_HEAD.size), bytearray(HEADER.size)
        try:
            count = self._sock.recvmsg_into([head, into, tail], 0, socket.MSG_WAITALL)[0]
        except BlockingIOError:
            count = 0
        except OSError as error:
            self._cut(error)
        if count == len(head) + len(into) + len(tail) and _is_plain_chunk(head, into, tail, reply):
            self.bytes_received += count
            self._progress_at = self._monotonic()
            return True
        self._sends_plain_chunks = False
        self._early = bytearray(b"".join((head, into, tail))[:count].ljust(EARLY_BYTES, b"\0"))
        self._early_from, self._early_to = 0, count
        return False

    def _receive_any(self, into: memoryview | None) -> Frame:
        self._require_time()
        magic, length, command, given, session, reply = self._receive_header()
        if magic != MAGIC or not PAYLOAD_HEADER_SIZE <= length <= MAX_PAYLOAD:
            self._foreign()
        self._is_first = False
        size = length - PAYLOAD_HEADER_SIZE
        fits = into is not None and command == DATA and size <= len(into)
        data = into[:size] if fits and into is not None else memoryview(bytearray(size))
        if size:
            self._fill(data, self._deadlines.frame_s + size / SLOWEST_BYTES_PER_S)
        if (command + given + session + reply + word_sum(data)) % 0xFFFF:
            raise ReadTransient(
                self.phase, "Jumlah uji bingkai salah: data rusak di jalan; periksa kabel, tarik ulang."
            )
        return Frame(command, session, reply, data)

    def _receive_header(self) -> tuple[bytes, int, int, int, int, int]:
        if self._early_to - self._early_from < HEADER.size:
            header = bytearray(HEADER.size)
            self._fill(memoryview(header), self._deadlines.frame_s)
            return HEADER.unpack(header)
        self._early_from += HEADER.size
        self.bytes_received += HEADER.size
        return HEADER.unpack_from(self._early, self._early_from - HEADER.size)

    def _fill(self, view: memoryview, seconds: float) -> None:
        """Fills the view within `seconds`; no byte for the time of a frame, or no progress of the read, is a hang."""
        started = last = self._monotonic()
        deadline = min(started + seconds, self._progress_at + self._deadlines.no_progress_s - self._step_s)
        got = self._take_early(view)
        while got < len(view):
            count = self._receive_some(view[got:])
            got += count
            if got < len(view):
                now = self._monotonic()
                last = now if count else last
                if now >= deadline or now - last >= self._deadlines.frame_s:
                    self._hang()
                self._require_time()
        self.bytes_received += got

    def _receive_some(self, view: memoryview) -> int:
        """Bytes received into the view, 0 when none came in one step; large ones go straight there."""
        try:
            if len(view) > EARLY_BYTES:
                count = self._sock.recv_into(view, 0, socket.MSG_WAITALL)
            else:
                count = self._early_to = self._sock.recv_into(self._early, EARLY_BYTES)
                self._early_from = 0
        except BlockingIOError:
            return 0
        except OSError as error:
            self._cut(error)
        if count == 0:
            self._cut(None)
        return count if len(view) > EARLY_BYTES else self._take_early(view)

    def _take_early(self, view: memoryview) -> int:
        count = min(len(view), self._early_to - self._early_from)
        view[:count] = self._early[self._early_from : self._early_from + count]
        self._early_from += count
        return count

    def _require_time(self) -> None:
        if self._monotonic() >= self._ends_at:
            raise Overdue(self.phase)

    def _hang(self) -> NoReturn:
        raise ReadTransient(
            self.phase, "Mesin berhenti menjawab; tarik ulang, bila berulang nyalakan ulang mesin dan periksa jaringan."
        )

    def _cut(self, error: OSError | None) -> NoReturn:
        detail = f" ({error.strerror})" if error is not None and error.strerror else ""
        raise ReadTransient(
            self.phase, f"Sambungan diputus mesin{detail}; tarik ulang, bila berulang periksa jaringan."
        )

    def _foreign(self) -> NoReturn:
        if self._is_first:
            raise ReadUnsupported(
                self.phase, "Yang menjawab di alamat ini tidak berbicara protokol ZK; periksa alamat dan jenis mesin."
            )
        raise ReadTransient(self.phase, "Kepala bingkai rusak di tengah sambungan; tarik ulang.")
