"""The terminals over UDP: a session per host address, each answer as datagrams, with losses, doubles and disorder."""

from __future__ import annotations

import logging
import random
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from simulator.faults import Fault, FaultFile
from simulator.frames import Command, fold, word_sum
from simulator.session import DeviceRestarts, Piece, Session
from simulator.terminal import Terminal

logger = logging.getLogger(__name__)
POLL_S = 0.05
PREFIX = 8  # magic and length of the TCP form
Peer = tuple[str, int]


class DatagramServer:
    """Answers for all terminals that speak UDP, on the port number that they have for TCP."""

    def __init__(self, is_reachable: Callable[[Terminal], bool], faults: FaultFile, ids: Iterator[int]) -> None:
        self._is_reachable = is_reachable
        self._faults = faults
        self._ids = ids
        self._selector = selectors.DefaultSelector()
        self._sessions: dict[tuple[str, Peer], _Talk] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="datagrams", daemon=True)

    def start(self, terminals: Sequence[Terminal]) -> None:
        """Open the ports and begin to answer. Raises OSError when a port is taken."""
        speakers = [terminal for terminal in terminals if "udp" in terminal.profile.channels]
        for terminal in speakers:
            bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            bound.bind(("127.0.0.1", terminal.state.port))
            bound.setblocking(False)
            self._selector.register(bound, selectors.EVENT_READ, terminal)
        if speakers:
            self._thread.start()

    def stop(self) -> None:
        """Close everything."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=2)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()

    def _loop(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(timeout=POLL_S):
                if isinstance(key.fileobj, socket.socket):
                    self._take(key.fileobj, key.data)

    def _take(self, bound: socket.socket, terminal: Terminal) -> None:
        try:
            content, peer = bound.recvfrom(1 << 16)
        except OSError:
            return
        if len(content) < 8 or not self._is_reachable(terminal):
            return
        command, checksum, session_id, reply = struct.unpack_from("<HHHH", content)
        data = content[8:]
        if checksum != fold(command + session_id + reply + word_sum(data)):
            return
        self._answer(bound, terminal, peer, (command, reply, data))

    def _answer(self, bound: socket.socket, terminal: Terminal, peer: Peer, request: tuple[int, int, bytes]) -> None:
        serial = terminal.state.serial
        key = (serial, peer)
        talk = self._sessions.get(key)
        if talk is None or (request[0] == Command.CONNECT and not talk.is_fresh):
            session = Session(terminal, next(self._ids) & 0xFFFF or 1, lambda: self._faults.take(serial), is_udp=True)
            talk = self._sessions[key] = _Talk(session, bound, peer)
        try:
            talk.say(talk.session.answer(*request))
        except DeviceRestarts:
            self._sessions = {other: kept for other, kept in self._sessions.items() if other[0] != serial}
        if talk.session.is_over:
            self._sessions.pop(key, None)


class _Talk:
    """The sending side of one session; numbers its datagrams from 1 and mistreats them as the fault says."""

    def __init__(self, session: Session, bound: socket.socket, peer: Peer) -> None:
        self.session, self.bound, self.peer = session, bound, peer
        self.sent = self.sent_bytes = 0
        self._held: bytes | None = None
        self._dice: random.Random | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was sent yet."""
        return self.sent == 0

    def say(self, pieces: Sequence[Piece]) -> None:
        """Send the frames of an answer, each as a datagram without the TCP prefix."""
        fault = self.session.fault
        if fault.latency_s:
            time.sleep(fault.latency_s)
        for payload in _payloads(b"".join(pieces)):
            self.sent += 1
            self.sent_bytes += len(payload)
            if fault.bytes_per_s:
                time.sleep(len(payload) / fault.bytes_per_s)
            if self._is_silent(fault):
                return
            self._send(payload, fault)
        self._release()

    def _is_silent(self, fault: Fault) -> bool:
        edges = [edge for edge in (fault.hang_after, fault.cut_after) if edge is not None]
        return bool(edges) and self.sent_bytes > min(edges)

    def _send(self, payload: bytes, fault: Fault) -> None:
        if self._befalls(fault.lose, fault.lose_at, fault):
            return
        if self._befalls(fault.reorder, fault.reorder_at, fault) and self._held is None:
            self._held = payload
            return
        self.bound.sendto(payload, self.peer)
        if self._befalls(fault.duplicate, fault.duplicate_at, fault):
            self.bound.sendto(payload, self.peer)
        self._release()

    def _release(self) -> None:
        """What was held back goes out behind its follower."""
        if self._held is not None:
            self.bound.sendto(self._held, self.peer)
            self._held = None

    def _befalls(self, share: float, numbers: tuple[int, ...], fault: Fault) -> bool:
        if self._dice is None:
            self._dice = random.Random(fault.seed)
        return self.sent in numbers or (share > 0 and self._dice.random() < share)


def _payloads(stream: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(stream):
        length = struct.unpack_from("<I", stream, place + 4)[0]
        yield stream[place + PREFIX : place + PREFIX + length]
        place += PREFIX + length
