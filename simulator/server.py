"""Serves many simulated terminals from one process, a port each on 127.0.0.1, a thread per connection."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import selectors
import socket
import struct
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from simulator.clock import ClockFile
from simulator.datagrams import DatagramServer
from simulator.faults import FaultFile
from simulator.frames import MAGIC, Command, fold, frame, word_sum
from simulator.session import DeviceRestarts, Piece, Session
from simulator.terminal import Terminal, load_terminals

logger = logging.getLogger(__name__)
POLL_S = 0.05
IDLE = struct.pack("ll", 120, 0)  # seconds and microseconds; the kernel waits, so that a block is one call
LARGEST_REQUEST = 1 << 16
MOST_PIECES = 512  # that the kernel takes in one call


class Server:
    """Listens for all terminals; a port is open exactly while its terminal is online and no fault refuses.

    The port of one that cannot be reached is kept all the same: another city that took it would answer in its place.

    Raises OSError from start() when a port is taken.
    """

    def __init__(self, terminals: list[Terminal], faults: FaultFile | None = None) -> None:
        self.terminals = terminals
        self.faults = faults or FaultFile()
        self._selector = selectors.DefaultSelector()
        self._listeners: dict[str, socket.socket] = {}
        self._kept: dict[str, socket.socket] = {}
        self._ports: dict[str, int] = {}  # of the listeners, read by other threads while one is being closed
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._ids = itertools.count(0x1234)
        self._thread = threading.Thread(target=self._accept_loop, name="terminals", daemon=True)
        self._datagrams = DatagramServer(self._is_reachable, self.faults, self._ids)

    def start(self) -> None:
        """Open the ports and begin to answer."""
        self.open_and_close()
        self._datagrams.start(self.terminals)
        self._thread.start()

    def stop(self) -> None:
        """Close everything; ends within a second."""
        self._stop.set()
        self._datagrams.stop()
        if self._thread.ident is not None:
            self._thread.join(timeout=2)
        for serial in list(self._listeners):
            self._close(serial)
        for kept in self._kept.values():
            kept.close()
        with self._lock:
            for connection in list(self._connections):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._selector.close()

    def __enter__(self) -> Server:
        """Start as a context manager."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def open_ports(self) -> dict[str, int]:
        """Serial and port of the terminals that can be reached now."""
        return dict(sorted(self._ports.copy().items()))

    def _is_reachable(self, terminal: Terminal) -> bool:
        return not terminal.is_offline() and not self.faults.of(terminal.state.serial).refuse

    def open_and_close(self) -> None:
        """Bring the listeners in line with the clock and the faults."""
        with self._lock:
            for terminal in self.terminals:
                serial = terminal.state.serial
                reachable = self._is_reachable(terminal)
                if reachable and serial not in self._listeners:
                    self._open(terminal)
                elif not reachable and serial not in self._kept:
                    if serial in self._listeners:
                        self._close(serial)
                    self._kept[serial] = _bound(terminal.state.port)

    def follow(self) -> None:
        """The same in mid-run, where a port that cannot be opened again is a warning."""
        try:
            self.open_and_close()
        except OSError as problem:
            logger.warning("a terminal's port cannot be opened again: %s", problem)

    def _open(self, terminal: Terminal) -> None:
        listener = self._kept.pop(terminal.state.serial, None) or _bound(terminal.state.port)
        try:
            if "tcp" in terminal.profile.channels:
                listener.listen(64)
            listener.setblocking(False)
        except OSError:
            listener.close()
            raise
        self._listeners[terminal.state.serial] = listener
        self._ports[terminal.state.serial] = int(listener.getsockname()[1])
        self._selector.register(listener, selectors.EVENT_READ, terminal)

    def _close(self, serial: str) -> None:
        listener = self._listeners.pop(serial)
        del self._ports[serial]
        self._selector.unregister(listener)
        listener.close()

    def _accept_loop(self) -> None:
        while not self._stop.is_set():
            ready = self._selector.select(timeout=POLL_S) if self._listeners else self._stop.wait(POLL_S)
            for key, _ in ready if isinstance(ready, list) else ():
                self._accept(key.fileobj, key.data)
            self.follow()

    def _accept(self, listener: object, terminal: Terminal) -> None:
        if not isinstance(listener, socket.socket) or listener.fileno() < 0:
            return
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if not self._is_reachable(terminal):
            _reset(connection)
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, IDLE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, IDLE)
        with self._lock:
            self._connections.add(connection)
        threading.Thread(target=self._converse, args=(connection, terminal), daemon=True).start()

    def _converse(self, connection: socket.socket, terminal: Terminal) -> None:
        serial = terminal.state.serial
        session = Session(terminal, next(self._ids) & 0xFFFF or 1, lambda: self.faults.take(serial))
        sender = _Sender(connection, session, self._stop)
        terminal.open_sessions += 1
        try:
            while not session.is_over and not self._stop.is_set():
                request = _receive(connection)
                if request is None:
                    break
                command, reply, data, is_sound = request
                sender.send(session.answer(command, reply, data) if is_sound else [frame(Command.ACK_ERROR, 0, reply)])
        except DeviceRestarts:
            _reset(connection)
        except OSError:
            logger.debug("connection of a host ended early")
        finally:
            terminal.open_sessions -= 1
            with self._lock:
                self._connections.discard(connection)
            connection.close()


def _bound(port: int) -> socket.socket:
    """A socket that holds a port and refuses whoever knocks, until it listens."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound


def _receive(connection: socket.socket) -> tuple[int, int, bytes, bool] | None:
    """One request as (command, reply, data, checksum right); None when the host hung up or talks rubbish."""
    head = _exactly(connection, 8)
    if head is None or head[:4] != MAGIC:
        return None
    length = struct.unpack("<I", head[4:])[0]
    payload = _exactly(connection, length) if 8 <= length <= LARGEST_REQUEST else None
    if payload is None:
        return None
    command, checksum, session, reply = struct.unpack_from("<HHHH", payload)
    data = payload[8:]
    return command, reply, data, checksum == fold(command + session + reply + word_sum(data))


def _exactly(connection: socket.socket, length: int) -> bytes | None:
    got = connection.recv(length, socket.MSG_WAITALL)
    return got if len(got) == length else None


def _reset(connection: socket.socket) -> None:
    """Close with a reset, as a pulled cable or a crashed unit does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class _Sender:
    """Sends pieces, with the faults of the connection."""

    def __init__(self, connection: socket.socket, session: Session, stop: threading.Event) -> None:
        self.connection, self.session, self.stop = connection, session, stop
        self.sent = 0

    def send(self, pieces: Sequence[Piece]) -> None:
        fault = self.session.fault
        if fault.latency_s:
            self.stop.wait(fault.latency_s)
        if not fault.is_slow:
            if pieces:
                self._at_once(pieces)
            return
        data = b"".join(pieces)
        limit = min(edge for edge in (fault.hang_after, fault.cut_after, self.sent + len(data)) if edge is not None)
        room = max(0, limit - self.sent)
        self._slowly(data[:room])
        if room < len(data):
            self._break_off()

    def _at_once(self, pieces: Sequence[Piece]) -> None:
        done = self.connection.sendmsg(pieces[:MOST_PIECES])
        if done < sum(len(piece) for piece in pieces):
            self.connection.sendall(b"".join(pieces)[done:])

    def _slowly(self, data: bytes) -> None:
        fault = self.session.fault
        step = 1 if fault.drip_s else fault.segment or len(data) or 1
        if fault.bytes_per_s is not None:
            step = min(step, max(1, fault.bytes_per_s // 20))
        for start in range(0, len(data), step):
            part = data[start : start + step]
            self.connection.sendall(part)
            self.sent += len(part)
            pause = fault.drip_s + (len(part) / fault.bytes_per_s if fault.bytes_per_s else 0)
            if pause and self.stop.wait(pause):
                return

    def _break_off(self) -> None:
        fault = self.session.fault
        if fault.cut_after is not None and self.sent >= fault.cut_after:
            _reset(self.connection)
            raise ConnectionAbortedError
        # Silence until the host gives up (its own bytes are read and ignored).
        while not self.stop.is_set() and self.connection.recv(4096):
            continue
        raise ConnectionAbortedError


def serve_folder(folder: Path) -> tuple[Server, ClockFile]:
    """A server for a city folder, not yet started, and the clock that it follows."""
    clock = ClockFile(folder / "clock.json", time.time)
    return Server(load_terminals(folder, clock.now), FaultFile(folder / "faults.json")), clock


def in_force(server: Server, clock: ClockFile) -> tuple[str, dict[str, int]]:
    """The clock file's text, and the ports open by that clock or a later one: never by an earlier one."""
    clock.now()
    text = clock.text
    server.follow()
    return text, server.open_ports


def announce(folder: Path, clock: str, ports: dict[str, int]) -> None:
    """Write down which clock is in force and which ports are open, for those who set the clock and wait."""
    fresh = folder / "served.json.new"
    served = {"pid": os.getpid(), "clock": clock, "open": ports}
    fresh.write_text(json.dumps(served) + "\n", encoding="utf-8")
    fresh.replace(folder / "served.json")
