"""The ZK protocol over UDP: a datagram is a payload without the TCP prefix, and may be lost, doubled or out of order.

Only what answers the current request is taken: each try has its own reply number, so that what comes late belongs to
nobody. A piece of the log is asked so small that one datagram holds it; the number of the request is then its place.
"""

from __future__ import annotations

import errno
import socket
import struct
import time
from collections.abc import Callable
from typing import Final, NoReturn

from extractors.drivers.zk_frames import (
    ACK_OK,
    PAYLOAD_HEADER_SIZE,
    REG_EVENT,
    Deadlines,
    Frame,
    NoAnswer,
    Overdue,
    checksum,
    word_sum,
)
from extractors.errors import Phase, ReadTransient, ReadUnsupported

PAYLOAD: Final = struct.Struct("<HHHH")
LARGEST: Final = 1 << 16
FIRST_CHUNK: Final = 1000  # devices send datagrams of at most 1024 bytes of data
PATIENCE: Final = (1 / 16, 1 / 8, 1 / 4, 1 / 2)  # shares of a frame's time that the tries of one request wait


class DatagramWire:
    """One exchange of datagrams with one terminal; `began_at` as of Wire."""

    tries = len(PATIENCE)
    is_ordered = False

    def __init__(
        self,
        sock: socket.socket,
        deadlines: Deadlines,
        monotonic: Callable[[], float] = time.monotonic,
        began_at: float | None = None,
    ) -> None:
        self.phase: Phase = "connect"
        self.session = 0
        self.bytes_received = 0
        self.chunk = FIRST_CHUNK
        self._sock = sock
        self._deadlines = deadlines
        self._monotonic = monotonic
        self._progress_at = monotonic()
        self._ends_at = (self._progress_at if began_at is None else began_at) + deadlines.whole_s
        self._try = 0
        self._has_heard = False
        self._has_heard_rubbish = False

    def shorten(self, deadlines: Deadlines) -> None:
        """Other deadlines from now on; the end of the whole pull stays."""
        self._deadlines = deadlines

    def send(self, command: int, reply: int, data: bytes = b"") -> None:
        """Sends one datagram.

        Raises:
            ReadTransient: the port is closed or there is no route.
        """
        head = PAYLOAD.pack(command, checksum(command, self.session, reply, data), self.session, reply)
        try:
            self._sock.send(head + data)
        except OSError as error:
            self._gone(error)

    def receive(self, reply: int, into: memoryview | None = None) -> Frame:
        """The next datagram that answers request number `reply`; events are acknowledged, all else is dropped.

        Raises:
            NoAnswer: nothing in the time of this try.
            ReadTransient: the port is closed, or the time of the whole pull is over.
            ReadUnsupported: what answers does not speak this protocol.
        """
        share = PATIENCE[min(self._try, self.tries - 1)]
        now = self._monotonic()
        if now >= self._ends_at:
            raise Overdue(self.phase)
        deadline = min(now + self._deadlines.frame_s * share, self._progress_at + self._deadlines.no_progress_s)
        while (left := deadline - self._monotonic()) > 0:
            frame = self._receive_any(left)
            if frame is None or (frame.reply != reply and frame.command != REG_EVENT):
                continue
            if frame.command == REG_EVENT:
                self.send(ACK_OK, frame.reply)
                continue
            self._try, self._progress_at = 0, self._monotonic()
            return frame
        self._try += 1
        self._silent()

    def receive_chunk(self, reply: int, into: memoryview) -> bool:
        """There is no shorter way than one datagram after the other."""
        return False

    def _receive_any(self, seconds: float) -> Frame | None:
        """The next datagram with a right checksum; one that is broken counts as lost."""
        self._sock.settimeout(max(seconds, 0.001))
        try:
            content = self._sock.recv(LARGEST)
        except TimeoutError:
            return None
        except OSError as error:
            self._gone(error)
        if len(content) < PAYLOAD_HEADER_SIZE or word_sum(content) % 0xFFFF:
            self._has_heard_rubbish = True
            return None
        self._has_heard = True
        self.bytes_received += len(content)
        command, _, session, reply = PAYLOAD.unpack_from(content)
        return Frame(command, session, reply, memoryview(content)[PAYLOAD_HEADER_SIZE:])

    def _silent(self) -> NoReturn:
        if self._has_heard_rubbish and not self._has_heard:
            raise ReadUnsupported(
                "login", "Yang menjawab di alamat ini tidak berbicara protokol ZK; periksa alamat dan jenis mesin."
            )
        if not self._has_heard:
            raise NoAnswer(
                "connect", "Mesin tidak menjawab lewat UDP; periksa listrik, jaringan, alamat, atau coba tcp://."
            )
        raise NoAnswer(
            self.phase, "Mesin berhenti menjawab; tarik ulang, bila berulang nyalakan ulang mesin dan periksa jaringan."
        )

    def _gone(self, error: OSError) -> NoReturn:
        detail = error.strerror or "putus"
        if not self._has_heard:
            raise ReadTransient(
                "connect", f"Mesin tidak terjangkau ({detail}); periksa listrik, kabel jaringan dan alamatnya."
            ) from error
        if error.errno == errno.ECONNREFUSED:
            detail = "porta tertutup"
        raise ReadTransient(
            self.phase, f"Sambungan diputus mesin ({detail}); tarik ulang, bila berulang periksa jaringan."
        ) from error
