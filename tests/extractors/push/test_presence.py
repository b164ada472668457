"""A call is a sign of life, and coverage follows from calls without a pause: no gap is ever covered unproven."""

from __future__ import annotations

import re
import socket
from datetime import datetime, timedelta

import pytest

from extractors.imports import import_file
from tests.extractors.push.conftest import MONDAY, SERIAL, Receiving, receiving
from tests.support.reference_rows import fetch, register_terminal
from warehouse.clock import clock_at
from warehouse.settings import Settings

pytestmark = pytest.mark.db
PUNCH = b"101\t2017-03-06 07:14:58\t0\t1\t0\n"
INSTALLED = datetime(2017, 1, 30)


def covered(settings: Settings) -> datetime | None:
    found = fetch(settings, "select max(covers_until_local) from raw.pulls where outcome = 'ok'")
    value = found[0][0]
    assert value is None or isinstance(value, datetime)
    return value


def wall(receiver: Receiving) -> datetime:
    return receiver.now.replace(tzinfo=None)


def period(command: str) -> tuple[datetime, datetime]:
    found = re.fullmatch(r"C:\d+:DATA QUERY ATTLOG StartTime=(.{19})\tEndTime=(.{19})\n", command)
    assert found is not None, command
    return datetime.fromisoformat(found[1]), datetime.fromisoformat(found[2])


def answer(receiver: Receiving, command: str, code: int) -> None:
    number = command.split(":")[1]
    assert receiver.post("devicecmd", f"ID={number}&Return={code}&CMD=DATA QUERY\n".encode()) == (200, "OK")


def test_a_terminal_that_calls_for_the_first_time_is_asked_for_everything(receiver: Receiving) -> None:
    command = receiver.poll()
    assert period(command) == (INSTALLED, wall(receiver))
    assert receiver.poll() == "OK", "the same is asked once"
    assert receiver.polls(9) == []
    assert covered(receiver.settings) == INSTALLED, "calls alone prove nothing"


def test_coverage_follows_the_calls_when_the_terminal_has_answered(receiver: Receiving) -> None:
    answer(receiver, receiver.poll(), 0)
    receiver.polls(10)

    until = covered(receiver.settings)
    assert until is not None
    behind = (wall(receiver) - until).total_seconds()
    assert 60 <= behind <= 6 * 60 + 30


def test_presence_is_a_row_every_five_minutes_and_not_one_per_call(receiver: Receiving) -> None:
    receiver.settle()
    before = fetch(receiver.settings, "select count(*) from raw.pulls")[0][0]
    receiver.polls(60, every_s=10)
    after = fetch(receiver.settings, "select count(*) from raw.pulls")[0][0]
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert 11 <= after - before <= 13
    beats = fetch(receiver.settings, "select distinct outcome, offered from raw.pulls")
    assert beats == [("ok", 0)]


def test_a_body_alone_moves_no_coverage(receiver: Receiving) -> None:
    receiver.attlog(PUNCH)
    assert covered(receiver.settings) == INSTALLED


def test_after_a_pause_the_missing_period_is_asked_for_and_nothing_is_covered_before_the_answer(
    receiver: Receiving,
) -> None:
    receiver.settle()
    before = covered(receiver.settings)
    assert before is not None
    receiver.later(hours=3)

    command = receiver.poll()
    start, end = period(command)
    assert start <= before
    assert end == wall(receiver)
    receiver.polls(20)
    assert covered(receiver.settings) == before, "coverage stands still over the gap"

    receiver.attlog(b"102\t2017-03-06 08:30:00\t0\t1\t0\n")  # the answer to what it was asked
    answer(receiver, last_query(receiver), 1)
    receiver.polls(10)
    after = covered(receiver.settings)
    assert after is not None
    assert (wall(receiver) - after).total_seconds() <= 6 * 60 + 30


def last_query(receiver: Receiving) -> str:
    (number,) = fetch(receiver.settings, "select max(query_id) from ops.push_queries")[0]
    return f"C:{number}:"


def test_twin_without_the_gap_rule_the_pause_would_be_covered(
    receiver: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.settle()
    before = covered(receiver.settings)
    monkeypatch.setattr("extractors.push_presence.SILENCE", timedelta(days=1))
    receiver.later(hours=3)
    receiver.polls(20)
    assert covered(receiver.settings) != before


def test_a_terminal_that_cannot_be_asked_stays_uncovered_until_a_stick_covers_it(receiver: Receiving) -> None:
    answer(receiver, receiver.poll(), -1004)
    receiver.polls(20)
    assert covered(receiver.settings) == INSTALLED

    taken = wall(receiver)
    land_stick(receiver.settings, taken)
    receiver.polls(10)
    until = covered(receiver.settings)
    assert until is not None
    assert until > taken


def land_stick(settings: Settings, taken: datetime) -> None:
    path = settings.var_dir / "attlog.dat"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"  101\t2017-03-06 07:14:58\t1\t0\t1\t0\n")
    row = import_file(settings, path, SERIAL, taken, clock_at(MONDAY))
    assert row.outcome == "ok"


def test_a_handshake_asks_again_because_a_stamp_may_be_wrong(receiver: Receiving) -> None:
    receiver.settle()
    until = covered(receiver.settings)
    receiver.get("cdata", options="all")
    start, _ = period(receiver.poll())
    assert until is not None
    assert start <= until


def test_an_unanswered_question_is_asked_again_after_a_while(receiver: Receiving) -> None:
    first = receiver.poll()
    said = receiver.polls(11)
    assert said == [first]


def test_an_answer_to_another_terminals_question_changes_nothing(receiver: Receiving) -> None:
    register_terminal(receiver.settings, "PUSH0002", driver="adms")
    command = receiver.poll()
    receiver.serial = "PUSH0002"
    answer(receiver, command, 0)
    assert fetch(receiver.settings, "select closed_at from ops.push_queries where terminal_serial = %s", SERIAL) == [
        (None,)
    ]


def test_after_a_refused_body_the_answer_counts_only_if_it_came_later(receiver: Receiving) -> None:
    receiver.settle()
    until = covered(receiver.settings)
    with socket.create_connection(("127.0.0.1", receiver.port)) as line:
        path = f"/iclock/cdata?SN={SERIAL}&table=ATTLOG&Stamp=1"
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 413")
    receiver.polls(7, every_s=60)
    assert covered(receiver.settings) == until, "what was turned away may be anything"
    answer(receiver, last_query(receiver), 0)
    receiver.polls(10)
    assert covered(receiver.settings) != until


def test_a_new_receiver_goes_on_without_asking_when_the_pause_was_short(city: Settings) -> None:
    with receiving(city) as first:
        first.settle()
        moment = first.now
    with receiving(city) as second:
        second.now = moment
        second.later(minutes=3)
        assert second.polls(1) == []


def test_coverage_stays_behind_a_slow_clock(receiver: Receiving) -> None:
    receiver.settle()
    receiver.later(seconds=10)
    receiver.attlog(b"101\t2017-03-06 07:15:31\t0\t1\t0\n")
    drift = fetch(receiver.settings, "select clock_drift_s from ops.push_terminals")[0][0]
    assert isinstance(drift, int)
    assert drift < -500
    receiver.polls(10)
    rows = fetch(
        receiver.settings,
        "select covers_until_local from raw.pulls where source = 'presence' order by pull_id desc limit 1",
    )
    until = rows[0][0]
    assert isinstance(until, datetime)
    assert (wall(receiver) - until).total_seconds() > -drift


def test_a_poll_tells_firmware_and_records(receiver: Receiving) -> None:
    receiver.get("getrequest", INFO="Ver 8.0.4.2-20161007,120,240,41200,10.20.1.9,10,7,0,0,111")
    assert fetch(receiver.settings, "select firmware, record_count from ops.push_terminals") == [
        ("Ver 8.0.4.2-20161007", 41200)
    ]
    receiver.polls(6)
    row = fetch(receiver.settings, "select firmware, counted_after from raw.pulls order by pull_id desc limit 1")
    assert row == [("Ver 8.0.4.2-20161007", 41200)]
