"""The simulated terminal against the receiver: what a wrong stamp would lose comes back by the question for it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from simulator.push import PushedPunch, PushFaults, PushTerminal
from tests.extractors.push.conftest import SERIAL, Receiving
from tests.support.reference_rows import fetch

pytestmark = pytest.mark.db
PUNCHES = [PushedPunch(str(101 + at % 2), datetime(2017, 3, 6, 5) + timedelta(minutes=at)) for at in range(130)]


def terminal(receiver: Receiving, faults: PushFaults | None = None) -> PushTerminal:
    made = PushTerminal(SERIAL, ("127.0.0.1", receiver.port), random.Random(7), faults, error_delay_s=0.01)
    made.punch(PUNCHES)
    return made


def landed(receiver: Receiving) -> int:
    count = fetch(receiver.settings, "select count(*) from raw.punches")[0][0]
    assert isinstance(count, int)
    return count


def test_what_the_terminal_wrongly_takes_for_sent_comes_back_when_it_is_asked(receiver: Receiving) -> None:
    one = terminal(receiver)
    one.acknowledged = len(one.log)  # a stamp told it so
    assert one.handshake()
    assert landed(receiver) == 0

    assert one.poll()
    assert landed(receiver) == len(PUNCHES)
    closed = fetch(receiver.settings, "select return_code from ops.push_queries where closed_at is not null")
    assert (len(PUNCHES),) in closed


def test_twin_a_terminal_that_is_not_asked_loses_them(receiver: Receiving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractors.push.next_command", lambda *_: None)
    one = terminal(receiver)
    one.acknowledged = len(one.log)
    one.handshake()
    one.poll()
    assert landed(receiver) == 0


def test_every_fault_at_once_ends_with_each_punch_once(receiver: Receiving) -> None:
    one = terminal(receiver, PushFaults(resend=0.3, cut=0.2, wrong_stamp=0.5, garbage=0.3))
    one.send_all(most_lines=10)

    found = fetch(receiver.settings, "select pin, punched_at_local from raw.punches order by punched_at_local")
    assert found == [(punch.pin, punch.punched_at) for punch in PUNCHES]
    broken = fetch(
        receiver.settings, "select 1 from raw.pulls where offered <> new_count + duplicate_count + rejected_count"
    )
    assert broken == []
    refused = fetch(receiver.settings, "select count(*) from raw.pulls where outcome = 'refused'")[0][0]
    rejects = fetch(receiver.settings, "select count(*) from raw.rejects")[0][0]
    assert isinstance(refused, int)
    assert isinstance(rejects, int)
    assert refused > 0
    assert rejects > 0


def test_a_photo_of_the_simulated_terminal_is_taken(receiver: Receiving) -> None:
    assert terminal(receiver).photo("20170306050000-101.jpg", b"\xff\xd8 picture \xff\xd9")
    assert fetch(receiver.settings, "select pin from raw.photos") == [("101",)]
