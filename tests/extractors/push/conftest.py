"""A receiver on a free port, its terminal registered, and a clock that is moved by hand."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from extractors.push_app import PushServer
from tests.support.reference_rows import give_pin, register_city, register_terminal
from warehouse.settings import Settings

SERIAL = "PUSH0001"
MONDAY = datetime.fromisoformat("2017-03-06T07:15:00+07:00")


@dataclass
class Receiving:
    """A running receiver, and how a terminal talks to it."""

    settings: Settings
    now: datetime = MONDAY
    port: int = 0
    serial: str = SERIAL
    answers: list[tuple[int, str]] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def get(self, what: str, **query: str) -> tuple[int, str]:
        return self.request("GET", self._path(what, query))

    def post(self, what: str, body: bytes, **query: str) -> tuple[int, str]:
        return self.request("POST", self._path(what, query), body)

    def attlog(self, body: bytes, stamp: str = "1") -> tuple[int, str]:
        return self.post("cdata", body, table="ATTLOG", Stamp=stamp)

    def poll(self) -> str:
        status, text = self.get("getrequest")
        assert status == 200
        return text

    def polls(self, minutes: float, every_s: int = 30) -> list[str]:
        """Polls for some minutes; what was answered other than OK."""
        said = []
        for _ in range(int(minutes * 60 / every_s)):
            self.later(seconds=every_s)
            said.append(self.poll())
        return [text for text in said if text != "OK"]

    def settle(self) -> None:
        """Answers what it is asked for, and polls until nothing is outstanding."""
        self.later(seconds=1)
        asked = self.poll()
        if asked.startswith("C:"):
            self.post("devicecmd", f"ID={asked.split(':')[1]}&Return=0&CMD=DATA\n".encode())
        self.polls(10)

    def _path(self, what: str, query: dict[str, str]) -> str:
        from urllib.parse import urlencode

        return f"/iclock/{what}?" + urlencode({"SN": self.serial, **query})


@contextmanager
def receiving(settings: Settings) -> Iterator[Receiving]:
    made = Receiving(settings)
    server = PushServer(settings, made.clock, address="127.0.0.1", port=0)
    made.port = server.port
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.stop()
        thread.join(timeout=20)


@pytest.fixture
def city(warehouse_db: Settings) -> Settings:
    register_city(warehouse_db)
    register_terminal(warehouse_db, SERIAL, driver="adms")
    give_pin(warehouse_db, "101", "P1")
    give_pin(warehouse_db, "102", "P2")
    return warehouse_db


@pytest.fixture
def receiver(city: Settings) -> Iterator[Receiving]:
    with receiving(city) as made:
        yield made
