"""kill -9 of the push receiver at random moments: what terminals pushed is there, each punch exactly once."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import pytest

from simulator.push import PushedPunch, PushFaults, PushTerminal
from tests.support.reference_rows import fetch, give_pin, register_city, register_terminal
from warehouse.connection import connect
from warehouse.ledger import first_broken, pulls_of
from warehouse.settings import Settings, child_environment

FAULTS = PushFaults(resend=0.15, cut=0.03, wrong_stamp=0.1, garbage=0.03)


class Receiver:
    """`hadir push serve` as a process of its own, always on the same port."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self._process = self._started()
        self.kills = 0

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "hadir", "push", "serve", "--port", str(self.port)]
        self._settings.var_dir.mkdir(parents=True, exist_ok=True)
        log = (self._settings.var_dir / "push.log").open("ab")
        return subprocess.Popen(command, env=child_environment(self._settings), stdout=log, stderr=log)

    def wait_until_up(self, done: threading.Event) -> None:
        while not done.is_set():
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)
        self.kills += 1
        self._process = self._started()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(timeout=30)


@contextmanager
def dying(receiver: Receiver, terminals: list[PushTerminal], marks: list[int], chance: random.Random) -> Iterator[None]:
    """Kills the receiver each time when the next mark is passed, a number of records answered with OK.

    Counted, not timed, so a fast machine kills as often as a slow one. It is looked after random pauses, and the bodies
    of four terminals are on their way: where in its work the receiver dies is chance.
    """
    done = threading.Event()

    def kill_on() -> None:
        receiver.wait_until_up(done)
        for mark in marks:
            while sum(one.acknowledged for one in terminals) < mark:
                if done.wait(chance.uniform(0.001, 0.1)):
                    return
            receiver.kill()
            receiver.wait_until_up(done)

    killer = threading.Thread(target=kill_on)
    killer.start()
    try:
        yield
    finally:
        done.set()
        killer.join()


def push_through_kills(settings: Settings, count: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    register_city(settings)
    terminals = []
    receiver = Receiver(settings)
    marks = sorted(chance.sample(range(1, count * 4 // 5), kills))
    try:
        for number in range(4):
            serial = f"PUSH{number}"
            register_terminal(settings, serial, driver="adms")
            terminal = PushTerminal(serial, ("127.0.0.1", receiver.port), random.Random(chance.random()), FAULTS)
            start = datetime(2017, 2, 1, 7)
            terminal.punch(
                [
                    PushedPunch(str(100 + at % 97), start + timedelta(seconds=37 * at), at % 2)
                    for at in range(count // 4)
                ]
            )
            terminals.append(terminal)
        give_pin(settings, "101", "P1")
        with dying(receiver, terminals, marks, random.Random(chance.random())):
            senders = [threading.Thread(target=one.send_all) for one in terminals]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
    finally:
        receiver.stop()
    assert all(one.acknowledged == len(one.log) for one in terminals)
    compare(settings, terminals, seed)
    assert receiver.kills == kills, "all was sent before the last mark was seen: the test proves nothing"


def compare(settings: Settings, terminals: list[PushTerminal], seed: int) -> None:
    """Raw holds exactly the logs of the terminals, and the books agree with it."""
    repeated = 0
    connection = connect(settings, "auditor")
    with connection, connection.cursor() as cursor:
        for one in terminals:
            cursor.execute(
                "select pin, punched_at_local, state, verify from raw.punches where terminal_serial = %s", (one.serial,)
            )
            found = sorted(cursor.fetchall())
            assert found == sorted((p.pin, p.punched_at, p.state, p.verify) for p in one.log), f"seed {seed}"
            rows = pulls_of(cursor, one.serial)
            assert first_broken(rows) is None
            assert sum(row.new_count for row in rows) == len(one.log)
            assert all(row.offered == row.new_count + row.duplicate_count + row.rejected_count for row in rows)
            repeated += sum(row.duplicate_count for row in rows)
    connection.close()
    assert repeated, "nothing was ever sent twice: the test proves nothing"


@pytest.mark.e2e
def test_two_kills_of_the_receiver_lose_nothing_and_double_nothing(warehouse_db: Settings) -> None:
    push_through_kills(warehouse_db, 1_500, kills=2, seed=random.randrange(2**32))


@pytest.mark.chaos
def test_twenty_thousand_punches_arrive_exactly_once_whatever_is_killed(warehouse_db: Settings) -> None:
    push_through_kills(warehouse_db, 20_000, kills=12, seed=random.randrange(2**32))
    assert fetch(warehouse_db, "select count(*) from raw.punches") == [(20_000,)]
