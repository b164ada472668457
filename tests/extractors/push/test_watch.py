"""Who waits for pushed punches is told at once, once, and not of coverage alone."""

from __future__ import annotations

import itertools

import pytest

from extractors.push_watch import wait_for_pushed
from tests.extractors.push.conftest import Receiving
from warehouse.connection import connect
from warehouse.settings import Settings

pytestmark = pytest.mark.db


def wait(settings: Settings, looks: int) -> bool:
    ticks = itertools.count()
    return wait_for_pushed(settings, looks, sleep=lambda _: None, monotonic=lambda: float(next(ticks)))


def check_all(settings: Settings) -> None:
    connection = connect(settings, "owner")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into dq.check_runs"
            " (ran_at, as_of, checked_through_pull, quarantined_count, released_count, warnings)"
            " select now(), now(), max(pull_id), 0, 0, '[]' from raw.pulls"
        )
    connection.close()


def test_new_punches_end_the_waiting_until_they_are_checked(receiver: Receiving) -> None:
    assert not wait(receiver.settings, 2)
    receiver.attlog(b"101\t2017-03-06 07:14:58\t0\t1\t0\n")
    assert wait(receiver.settings, 2)
    check_all(receiver.settings)
    assert not wait(receiver.settings, 2)


def test_presence_and_repeated_bodies_end_no_waiting(receiver: Receiving) -> None:
    receiver.attlog(b"101\t2017-03-06 07:14:58\t0\t1\t0\n")
    check_all(receiver.settings)
    receiver.attlog(b"101\t2017-03-06 07:14:58\t0\t1\t0\n")
    receiver.settle()
    assert not wait(receiver.settings, 2)
