"""What terminals post, seen from the outside: answers, and what is in raw afterwards."""

from __future__ import annotations

import socket
import time

import pytest

from tests.extractors.push.conftest import SERIAL, Receiving, receiving
from tests.support.reference_rows import fetch, register_terminal
from warehouse.connection import connect
from warehouse.ledger import first_broken, pulls_of
from warehouse.settings import Settings

pytestmark = pytest.mark.db
TWO = b"101\t2017-03-06 07:14:58\t0\t1\t0\t0\t\r\n102\t2017-03-06 07:14:59\t1\t15\t\t0\t0\t\r\n"


def head(length: int) -> bytes:
    """The beginning of a request whose body is to have that many bytes."""
    path = f"/iclock/cdata?SN={SERIAL}&table=ATTLOG&Stamp=1"
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


def punches(settings: Settings) -> list[tuple[object, ...]]:
    return fetch(
        settings,
        "select pin, punched_at_local::text, state, verify, work_code, channel from raw.punches order by pin",
    )


def bodies(settings: Settings) -> list[tuple[object, ...]]:
    return fetch(
        settings,
        "select outcome, offered, new_count, duplicate_count, rejected_count from raw.pulls"
        " where source = 'attlog' order by pull_id",
    )


def test_what_was_answered_with_ok_is_in_raw(receiver: Receiving) -> None:
    assert receiver.attlog(TWO) == (200, "OK: 2")

    assert punches(receiver.settings) == [
        ("101", "2017-03-06 07:14:58", 0, 1, 0, "push"),
        ("102", "2017-03-06 07:14:59", 1, 15, 0, "push"),
    ]
    assert bodies(receiver.settings) == [("ok", 2, 2, 0, 0)]
    touched = fetch(receiver.settings, "select distinct employee_id from ops.touched order by 1")
    assert touched == [("P1",), ("P2",)]


def test_the_same_body_again_is_all_duplicates(receiver: Receiving) -> None:
    receiver.attlog(TWO)
    assert receiver.attlog(TWO) == (200, "OK: 2")
    assert receiver.attlog(TWO + b"101\t2017-03-06 07:15:01\t0\t1\t0\n") == (200, "OK: 3")

    assert bodies(receiver.settings) == [("ok", 2, 2, 0, 0), ("ok", 2, 0, 2, 0), ("ok", 3, 1, 2, 0)]
    assert len(punches(receiver.settings)) == 3


def test_torn_lines_are_rejects_and_the_rest_lands(receiver: Receiving) -> None:
    body = TWO + b"101\t2017-02-31 07:15:00\t0\t1\t0\n\x01\x02rubbish\n101\t2017-03-06 07:1"
    assert receiver.attlog(body) == (200, "OK: 5")

    assert bodies(receiver.settings) == [("ok", 5, 2, 0, 3)]
    reasons = fetch(receiver.settings, "select ordinal, reason from raw.rejects order by ordinal")
    assert reasons == [(2, "tanggal mustahil"), (3, "baris robek"), (4, "baris robek")]


STOPPED = b"101\t2000-00-00 00:00:00\t0\t1\t0\n"


def held_on_wednesday(receiver: Receiving) -> list[tuple[object, ...]]:
    """Whose Wednesday is looked at anew when a clock that has stopped showed the same on Monday and then."""
    receiver.attlog(STOPPED)
    receiver.later(days=2)
    receiver.attlog(b"101\t2017-03-08 07:14:58\t0\t1\t0\n" + STOPPED)
    return fetch(
        receiver.settings,
        "select distinct employee_id from ops.touched where work_date = '2017-03-08' and cause = 'landing' order by 1",
    )


def test_a_line_without_a_time_in_another_body_is_another_record(receiver: Receiving) -> None:
    assert held_on_wednesday(receiver) == [("P1",), ("P2",)]

    assert bodies(receiver.settings) == [("ok", 1, 0, 0, 1), ("ok", 2, 1, 0, 1)]
    ends = fetch(receiver.settings, "select after_local::date::text from raw.rejects order by landed_at")
    assert ends == [("2017-03-06",), ("2017-03-08",)]


def test_twin_taken_for_the_same_by_its_bytes_it_would_hold_nothing_back(receiver: Receiving) -> None:
    execute_as_owner(
        receiver.settings,
        "create function raw.skip_known() returns trigger language plpgsql security definer as $$ begin"
        " return case when exists (select from raw.rejects where record = new.record) then null else new end; end $$;"
        "create trigger skip_known before insert on raw.rejects for each row execute function raw.skip_known()",
    )

    assert held_on_wednesday(receiver) == [("P1",)]
    assert bodies(receiver.settings) == [("ok", 1, 0, 0, 1), ("ok", 2, 1, 1, 0)]


def test_the_chain_of_the_terminal_holds(receiver: Receiving) -> None:
    receiver.attlog(TWO)
    receiver.poll()
    receiver.polls(12)
    connection = connect(receiver.settings, "auditor")
    with connection, connection.cursor() as cursor:
        rows = pulls_of(cursor, SERIAL)
    connection.close()
    assert len(rows) > 2
    assert first_broken(rows) is None


def test_the_handshake_gives_the_stamp_of_the_last_landed_body(receiver: Receiving) -> None:
    status, first = receiver.get("cdata", options="all", pushver="2.4.0")
    assert status == 200
    assert first.splitlines()[0] == f"GET OPTION FROM: {SERIAL}"
    assert "ATTLOGStamp=0" in first
    assert "TimeZone=7" in first
    assert "Realtime=1" in first

    receiver.attlog(TWO, stamp="82983982")
    assert "ATTLOGStamp=82983982" in receiver.get("cdata", options="all")[1]


@pytest.mark.parametrize("stamp", ["", "1\nShell=1", "9" * 30, "\u00e9"])
def test_a_stamp_of_another_form_is_never_given_back(receiver: Receiving, stamp: str) -> None:
    receiver.attlog(TWO, stamp="7")
    assert receiver.attlog(TWO, stamp=stamp)[0] == 200
    assert "ATTLOGStamp=7\n" in receiver.get("cdata", options="all")[1]


def test_an_unknown_serial_is_turned_away_and_listed_once(receiver: Receiving) -> None:
    receiver.serial = "STRANGE1"
    assert receiver.get("cdata", options="all")[0] == 403
    assert receiver.attlog(TWO)[0] == 403
    receiver.later(minutes=2)
    assert receiver.get("getrequest")[0] == 403

    assert punches(receiver.settings) == []
    listed = fetch(receiver.settings, "select terminal_serial, address, reason, request_count from ops.push_strangers")
    assert listed == [("STRANGE1", "127.0.0.1", "serial", 3)]


def test_a_terminal_that_is_read_over_the_network_does_not_push(receiver: Receiving) -> None:
    register_terminal(receiver.settings, "ZK0001", driver="zk", address="tcp://10.0.0.1:4370")
    receiver.serial = "ZK0001"
    assert receiver.attlog(TWO)[0] == 403
    assert fetch(receiver.settings, "select reason from ops.push_strangers") == [("driver",)]


def test_the_network_of_another_office_is_turned_away(receiver: Receiving) -> None:
    execute_as_owner(receiver.settings, "update reference.opd set networks = '10.20.1.0/24 10.20.3.0/24'")
    assert receiver.attlog(TWO)[0] == 403
    assert fetch(receiver.settings, "select reason from ops.push_strangers") == [("network",)]

    execute_as_owner(receiver.settings, "update reference.opd set networks = '10.20.1.0/24 127.0.0.0/8'")
    assert receiver.attlog(TWO)[0] == 200


def execute_as_owner(settings: Settings, statement: str) -> None:
    connection = connect(settings, "owner")
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def test_invented_serials_do_not_fill_the_list(receiver: Receiving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractors.push_strangers.MOST_LISTED", 5)
    for number in range(12):
        receiver.serial = f"X{number}"
        receiver.get("getrequest")
    assert fetch(receiver.settings, "select count(*) from ops.push_strangers") == [(5,)]


def test_a_body_too_large_is_refused_and_noted(receiver: Receiving) -> None:
    with socket.create_connection(("127.0.0.1", receiver.port)) as line:
        line.sendall(head(9_000_000))
        assert line.recv(100).startswith(b"HTTP/1.1 413")

    rows = fetch(receiver.settings, "select outcome, error_class, error_phase from raw.pulls")
    assert rows == [("refused", "unsupported", "transfer")]
    assert fetch(receiver.settings, "select reason from ops.push_queries where closed_at is null") == [("refused",)]


def test_a_body_that_is_cut_lands_nothing_and_is_noted(receiver: Receiving) -> None:
    with socket.create_connection(("127.0.0.1", receiver.port)) as line:
        line.sendall(head(500) + TWO)
    deadline = time.monotonic() + 20
    while not fetch(receiver.settings, "select 1 from raw.pulls") and time.monotonic() < deadline:
        time.sleep(0.05)
    rows = fetch(receiver.settings, "select outcome, error_class, error_phase, offered from raw.pulls")
    assert rows == [("refused", "transient", "transfer", 0)]
    assert punches(receiver.settings) == []


def test_without_a_database_nothing_is_answered_with_ok(city: Settings) -> None:
    nowhere = city.model_copy(update={"pg_port": 1})
    with receiving(nowhere) as lost:
        assert lost.attlog(TWO) == (503, "coba lagi nanti")
        assert lost.get("getrequest")[0] == 503
        assert lost.get("cdata", options="all")[0] == 503


def test_a_body_that_cannot_be_committed_is_not_answered_with_ok(
    receiver: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute_as_owner(receiver.settings, "revoke insert on raw.punches from hadir_push")
    assert receiver.attlog(TWO)[0] == 503
    assert punches(receiver.settings) == []
    assert "ATTLOGStamp=0" in receiver.get("cdata", options="all")[1]

    execute_as_owner(receiver.settings, "grant insert on raw.punches to hadir_push")
    assert receiver.attlog(TWO) == (200, "OK: 2")
    assert len(punches(receiver.settings)) == 2


def test_a_terminal_with_a_fast_clock_tells_its_drift(receiver: Receiving) -> None:
    receiver.attlog(b"101\t2017-03-06 07:18:20\t0\t1\t0\n")
    row = fetch(receiver.settings, "select device_clock_local::text, clock_drift_s from raw.pulls")
    assert row == [("2017-03-06 07:18:20", 200)]


def test_old_records_of_a_queue_tell_no_drift(receiver: Receiving) -> None:
    receiver.poll()
    receiver.attlog(b"101\t2017-03-06 06:00:00\t0\t1\t0\n")
    assert fetch(receiver.settings, "select clock_drift_s from raw.pulls where source = 'attlog'") == [(None,)]


def test_a_torn_line_touches_everybody_on_the_day_it_came(receiver: Receiving) -> None:
    receiver.attlog(b"\x01torn\n")
    days = fetch(
        receiver.settings,
        "select distinct employee_id from ops.touched where work_date = '2017-03-06' and cause = 'landing' order by 1",
    )
    assert days == [("P1",), ("P2",)]
