"""One simulated terminal of any kind, read over any channel; its clock is moved by hand."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np

from simulator.bulk import bulk_log
from simulator.faults import Fault
from simulator.frames import USER
from simulator.server import Server
from simulator.terminal import Terminal, TerminalState

SERIAL = "SIM0001"
PEOPLE = 500


_given: set[int] = set()


def free_port() -> int:
    """A port that is free for TCP and UDP and was not given before."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            port = int(listener.getsockname()[1])
            try:
                datagrams.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in _given:
                _given.add(port)
                return port


class Simulated:
    """A terminal of a kind with `count` records of 500 people whose PINs are 101 to 600 and uids 1 to 500."""

    def __init__(self, count: int, profile: str = "F18", *, comm_key: int = 0, **state: object) -> None:
        self.records, self.appears_at = bulk_log(count)
        self.now = (int(self.appears_at[-1]) if count else 1_490_000_000) + 60
        users = np.zeros(PEOPLE, dtype=USER)
        users["uid"] = np.arange(1, PEOPLE + 1)
        users["pin"] = np.arange(101, 101 + PEOPLE).astype("S9")
        users["name"], users["password"] = b"Pegawai", b"rahasia1"
        self.state = TerminalState.model_validate(
            {"serial": SERIAL, "port": free_port(), "comm_key": comm_key, "profile": profile, **state}
        )
        self.terminal = Terminal(self.state, self.records, self.appears_at, users, lambda: self.now)
        self.server = Server([self.terminal])

    def address(self, channel: str = "tcp") -> str:
        return f"{channel}://127.0.0.1:{self.state.port}"

    def host_now(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC).replace(tzinfo=None)

    def fault(self, **given: object) -> None:
        self.server.faults.set({self.state.serial: Fault.model_validate(given)})


@contextmanager
def simulated(count: int, profile: str = "F18", **given: object) -> Iterator[Simulated]:
    """The same, running."""
    made = Simulated(count, profile, **given)  # type: ignore[arg-type]
    with made.server:
        yield made
