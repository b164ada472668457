"""A simulated Solution terminal: the web server of older machines, `POST /iWsService`, with faults by script.

Behaviour after reference devices.md, sections 1, 4 and 10.4: HTTP/1.0, the close of the connection is the only end,
rows with PIN, DateTime, Verified, Status and WorkCode, a wrong key gives no rows. GetUserInfo has the internal number
as PIN and the PIN of the log as PIN2.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape

LARGEST_REQUEST = 1 << 16
_TAG = re.compile(rb"<(\w+)[^>]*>([^<]*)</\1>")
_METHOD = re.compile(rb"<(Get\w+)>")


@dataclass(frozen=True)
class SolutionPunch:
    """A row of the log, as the terminal prints it."""

    pin: str
    at: str
    verified: int = 1
    status: int = 0
    work_code: int = 0


@dataclass(frozen=True)
class SolutionFault:
    """What goes wrong with answers to `method` (empty: all), from the first one on for `times` of them.

    cut_body: the connection closes after so many bytes of the body. is_reset: it closes with a reset. hang_body:
    silence after so many bytes. trickle_s: seconds between single bytes. repeat: the last so many rows come again at
    the end. drop: so many rows are missing from the middle. grow: so many rows appear with each reading of the log.
    entities: the answer begins with a document type. status: another HTTP status. padding: so many blanks before the
    answer. says: the body is this. headers: further header lines.
    """

    method: str = ""
    times: int | None = None
    cut_body: int | None = None
    is_reset: bool = False
    hang_body: int | None = None
    trickle_s: float | None = None
    repeat: int = 0
    drop: int = 0
    grow: int = 0
    entities: bool = False
    status: int = 200
    padding: int = 0
    says: bytes | None = None
    headers: str = ""


@dataclass
class SolutionTerminal:
    """One machine and what it holds. users: (internal number, name, pin)."""

    serial: str
    clock: Callable[[], datetime]
    log: list[SolutionPunch] = field(default_factory=list)
    users: list[tuple[int, str, str]] = field(default_factory=list)
    comm_key: int = 0
    fault: SolutionFault = SolutionFault()
    options: dict[str, str] = field(default_factory=lambda: {"~Platform": "ZEM560"})
    hidden: int = 0
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, key: str, argument: str) -> bytes:
        """The body that answers a question; no rows with a wrong key."""
        rows = self._rows(method, argument) if key == str(self.comm_key) else []
        return (
            f"<{method}Response>" + "".join(f"<Row>{row}</Row>\n" for row in rows) + f"</{method}Response>"
        ).encode()

    def _rows(self, method: str, argument: str) -> list[str]:
        if method == "GetOption":
            found = self.serial if argument == "~SerialNumber" else self.options.get(argument)
            return [f"<Name>{escape(argument)}</Name><Value>{escape(found)}</Value>"] if found else []
        if method == "GetDate":
            now = self.clock()
            return [f"<Date>{now:%Y-%m-%d}</Date><Time>{now:%H:%M:%S}</Time>"]
        if method == "GetUserInfo":
            return [
                f"<PIN>{number}</PIN><Name>{escape(name)}</Name><Password>8642</Password><PIN2>{pin}</PIN2>"
                for number, name, pin in self.users
            ]
        return self._log_rows(self.fault_of(method))

    def _log_rows(self, fault: SolutionFault) -> list[str]:
        shown = self.log[: len(self.log) - self.hidden]
        self.hidden = max(0, self.hidden - fault.grow)
        middle = len(shown) // 2
        shown = shown[:middle] + shown[middle + fault.drop :] + (shown[-fault.repeat :] if fault.repeat else [])
        return [
            f"<PIN>{one.pin}</PIN><DateTime>{one.at}</DateTime><Verified>{one.verified}</Verified>"
            f"<Status>{one.status}</Status><WorkCode>{one.work_code}</WorkCode>"
            for one in shown
        ]

    def fault_of(self, method: str) -> SolutionFault:
        """The fault that this answer has."""
        fault = self.fault
        before = sum(fault.method in {"", earlier} for earlier in self.asked[:-1])
        is_meant = fault.method in {"", method} and (fault.times is None or before < fault.times)
        return fault if is_meant else SolutionFault()


@contextlib.contextmanager
def serving(terminal: SolutionTerminal, port: int = 0) -> Iterator[str]:
    """Answers on that port, or on a free one, until the end of the block; gives the address."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        stop = threading.Event()
        thread = threading.Thread(target=_accept, args=(listener, terminal, stop), daemon=True)
        thread.start()
        try:
            yield f"soap://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)


def _accept(listener: socket.socket, terminal: SolutionTerminal, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            _converse(connection, terminal, stop)


def _converse(connection: socket.socket, terminal: SolutionTerminal, stop: threading.Event) -> None:
    request = _receive(connection)
    found = _METHOD.search(request)
    method = str(found[1], "ascii") if found else "Get"
    values: dict[bytes, bytes] = dict(_TAG.findall(request))
    terminal.asked.append(method)
    fault = terminal.fault_of(method)
    body = terminal.answer(
        method, values.get(b"ArgComKey", b"0").decode(), values.get(b"Name", values.get(b"PIN", b"")).decode()
    )
    _send(connection, _spoilt(body, fault), fault, stop)


def _spoilt(body: bytes, fault: SolutionFault) -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' if fault.entities else b""
    return bomb + b" " * fault.padding + (body if fault.says is None else fault.says)


def _send(connection: socket.socket, body: bytes, fault: SolutionFault, stop: threading.Event) -> None:
    connection.sendall(f"HTTP/1.0 {fault.status} X\r\nServer: ZK Web Server\r\n{fault.headers}\r\n".encode())
    if fault.trickle_s is not None:
        for at in range(len(body)):
            connection.sendall(body[at : at + 1])
            if stop.wait(fault.trickle_s):
                return
    limit = min(edge for edge in (fault.cut_body, fault.hang_body, len(body)) if edge is not None)
    connection.sendall(body[:limit])
    if fault.hang_body is not None:
        stop.wait(60)
    if fault.is_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.05)  # what was sent arrives first


def _receive(connection: socket.socket) -> bytes:
    got = bytearray()
    while len(got) < LARGEST_REQUEST:
        part = connection.recv(4096)
        got += part
        head, mark, body = bytes(got).partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not part or (mark and len(body) >= int(length[1] if length else 0)):
            break
    return bytes(got)
