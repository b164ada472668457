"""Two hundred terminals at once on two cores: whatever is slow is not because of us."""

from __future__ import annotations

import random
import threading
from datetime import datetime

import numpy as np
import pytest

from extractors.fleet import fleet_chunks, pull_fleet
from simulator.bulk import bulk_log
from simulator.frames import USER
from simulator.push import PushedPunch, PushTerminal
from simulator.server import Server
from simulator.terminal import Terminal, TerminalState
from tests.extractors.push.conftest import receiving
from tests.support.reference_rows import execute, fetch, register_city, register_terminal
from warehouse.clock import clock_at
from warehouse.settings import Settings

pytestmark = pytest.mark.e2e
COUNT = 200
RECORDS = 40
PUNCHES = 20


def offices(settings: Settings, number: int) -> str:
    """Ten terminals in an office."""
    code = f"OPD{number // 10:02}"
    if number % 10 == 0:
        execute(settings, ("insert into reference.opd values (%s, %s, 'Asia/Jakarta', 1, null)", (code, code)))
    return code


def test_two_hundred_terminals_are_read_without_one_timeout_of_our_own(warehouse_db: Settings) -> None:
    register_city(warehouse_db)
    records, appears_at = bulk_log(RECORDS)
    now = int(appears_at[-1]) + 60
    users = np.zeros(0, dtype=USER)
    terminals = [
        Terminal(
            TerminalState(serial=f"ZK{n:04}", port=0, comm_key=0, drift_s=0), records, appears_at, users, lambda: now
        )
        for n in range(COUNT)
    ]
    wall = datetime.fromisoformat(str(np.datetime64(now, "s"))).replace(tzinfo=warehouse_db.zone)
    with Server(terminals) as server:
        for number, (serial, port) in enumerate(server.open_ports.items()):
            register_terminal(
                warehouse_db, serial, address=f"tcp://127.0.0.1:{port}", opd_code=offices(warehouse_db, number)
            )
        chunks = fleet_chunks(warehouse_db, clock_at(wall))
        readers = [
            threading.Thread(target=pull_fleet, args=(warehouse_db, chunk, clock_at(wall), 4)) for chunk in chunks
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()

    assert (len(chunks), {len(chunk) for chunk in chunks}) == (20, {10})
    outcomes = "select outcome, error_message, count(*) from raw.pulls group by 1, 2"
    assert fetch(warehouse_db, outcomes) == [("ok", None, COUNT)]
    assert fetch(warehouse_db, "select count(*) from raw.punches") == [(COUNT * RECORDS,)]


def test_two_hundred_terminals_push_at_once_and_each_is_answered_the_first_time(warehouse_db: Settings) -> None:
    register_city(warehouse_db)
    with receiving(warehouse_db) as receiver:
        terminals = []
        for number in range(COUNT):
            register_terminal(warehouse_db, f"P{number:04}", driver="adms", opd_code=offices(warehouse_db, number))
            one = PushTerminal(f"P{number:04}", ("127.0.0.1", receiver.port), random.Random(number))
            one.punch([PushedPunch(str(100 + at), datetime(2017, 3, 6, 7, at)) for at in range(PUNCHES)])
            terminals.append(one)
        senders = [threading.Thread(target=wake_up, args=(one,)) for one in terminals]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

    assert [one.serial for one in terminals if one.failures or one.acknowledged < PUNCHES] == []
    assert fetch(warehouse_db, "select count(*) from raw.punches") == [(COUNT * PUNCHES,)]


def wake_up(terminal: PushTerminal) -> None:
    """What a terminal does when the power comes back in the whole city."""
    assert terminal.handshake()
    terminal.send_all(most_lines=20)
    terminal.poll()
