"""A terminal that pushes (ADMS): keeps its log, sends what was not answered with OK, and sends periods once more.

It speaks to whatever listens at the address it was given. Its faults are drawn from a seed.
"""

from __future__ import annotations

import http.client
import random
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

GARBAGE = (b"\x01\x02\x03\n", b"ZZZZZZZZZZ\t2047-02-30 19:13:30\t90\t90\t1515870810\n", b"101\t2017-03-0\n")
COMMAND = re.compile(r"C:(\d+):DATA QUERY ATTLOG StartTime=(.{19})\tEndTime=(.{19})")


@dataclass(frozen=True, slots=True)
class PushedPunch:
    """One record of its log; times are its own wall time. shown: what it prints where that is no such date."""

    pin: str
    punched_at: datetime
    state: int = 0
    verify: int = 1
    shown: str = ""

    def line(self) -> bytes:
        """As it is pushed: the state comes directly after the time, a TAB ends the line."""
        at = self.shown or f"{self.punched_at:%Y-%m-%d %H:%M:%S}"
        return f"{self.pin}\t{at}\t{self.state}\t{self.verify}\t0\t0\t0\t\r\n".encode()


@dataclass(frozen=True, slots=True)
class PushFaults:
    """How often something goes wrong, from 0 to 1 per body."""

    resend: float = 0.0  # sends again what was answered with OK
    cut: float = 0.0  # hangs up inside the body
    wrong_stamp: float = 0.0
    garbage: float = 0.0  # a line that is no record


class PushTerminal:
    """One terminal.

    Args:
        serial: its serial number.
        address: host and port of the receiver.
        chance: draws batch sizes and faults.
        faults: what goes wrong.
        sleep: waits between two tries.
        error_delay_s: how long it waits after a failure.
    """

    def __init__(
        self,
        serial: str,
        address: tuple[str, int],
        chance: random.Random,
        faults: PushFaults | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        error_delay_s: float = 0.2,
    ) -> None:
        self.serial = serial
        self.log: list[PushedPunch] = []
        self.acknowledged = 0  # records of the log that were answered with OK
        self.bodies = 0
        self.failures = 0
        self._address = address
        self._chance = chance
        self._faults = faults or PushFaults()
        self._sleep = sleep
        self._error_delay_s = error_delay_s

    def punch(self, punches: Sequence[PushedPunch]) -> None:
        """People punch: the records stand in the log before anything is sent."""
        self.log += punches

    def handshake(self) -> str | None:
        """Asks for its options; none when nobody answers."""
        return self._asked("GET", "cdata", {"options": "all", "pushver": "2.4.0", "DeviceType": "att device"})

    def send_all(self, most_lines: int = 60, *, deadline_s: float = 600.0) -> None:
        """Sends until everything is answered with OK. Raises TimeoutError when that takes too long."""
        end = time.monotonic() + deadline_s
        while self.acknowledged < len(self.log):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.serial}: {self.acknowledged} of {len(self.log)} records are acknowledged")
            if not self.send_once(most_lines):
                self._sleep(self._error_delay_s)

    def send_once(self, most_lines: int = 60) -> bool:
        """One body of the next records; true when it was answered with OK."""
        count = min(self._chance.randint(1, most_lines), len(self.log) - self.acknowledged)
        batch = self.log[self.acknowledged : self.acknowledged + count]
        if not self._send(batch):
            self.failures += 1
            return False
        self.acknowledged += count
        if self._chance.random() < self._faults.resend:
            self._send(batch)
        return True

    def poll(self) -> bool:
        """Asks whether there is something to do, and does it; true when somebody answered."""
        told = self._asked("GET", "getrequest", {"INFO": f"Ver 8.0.4.2-20161007,3,3,{len(self.log)},127.0.0.1,10,7,0"})
        if told is None:
            return False
        for number, start, end in COMMAND.findall(told):
            span = datetime.fromisoformat(start), datetime.fromisoformat(end)
            found = [one for one in self.log if span[0] <= one.punched_at <= span[1]]
            parts = [found[at : at + 60] for at in range(0, len(found), 60)]
            if all(self._send(part) for part in parts):
                answer = f"ID={number}&Return={len(found)}&CMD=DATA\n".encode()
                self._asked("POST", "devicecmd", {}, answer)
        return True

    def photo(self, name: str, picture: bytes) -> bool:
        """Sends an attendance photo."""
        head = f"PIN={name}\nSN={self.serial}\nsize={len(picture)}\nCMD=realupload".encode()
        return self._asked("POST", "cdata", {"table": "ATTPHOTO", "Stamp": "1"}, head + b"\0" + picture) is not None

    def _send(self, batch: Sequence[PushedPunch]) -> bool:
        self.bodies += 1
        body = b"".join(one.line() for one in batch)
        if self._chance.random() < self._faults.garbage:
            body += self._chance.choice(GARBAGE)
        stamp = str(self._chance.randint(0, 2**40)) if self._chance.random() < self._faults.wrong_stamp else "9999"
        query = {"table": "ATTLOG", "Stamp": stamp}
        if self._chance.random() < self._faults.cut:
            self._hang_up(query, body)
            return False
        return (self._asked("POST", "cdata", query, body) or "").startswith("OK")

    def _path(self, what: str, query: dict[str, str]) -> str:
        return f"/iclock/{what}?" + urlencode({"SN": self.serial, **query}, quote_via=quote)

    def _asked(self, method: str, what: str, query: dict[str, str], body: bytes | None = None) -> str | None:
        """The text of a 200, none for anything else."""
        connection = http.client.HTTPConnection(*self._address, timeout=30)
        try:
            connection.request(method, self._path(what, query), body)
            answer = connection.getresponse()
            text = answer.read().decode("ascii", "replace")
        except (OSError, http.client.HTTPException):
            return None
        else:
            return text if answer.status == 200 else None
        finally:
            connection.close()

    def _hang_up(self, query: dict[str, str], body: bytes) -> None:
        """Announces the whole body and sends a part of it."""
        head = f"POST {self._path('cdata', query)} HTTP/1.1\r\nHost: hadir\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            with socket.create_connection(self._address, timeout=30) as line:
                line.sendall(head.encode() + body[: self._chance.randrange(len(body))])
        except OSError:
            return
