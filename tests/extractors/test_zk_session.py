"""Whole conversations with a small terminal that misbehaves on demand: complete, or refused with class and phase."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extractors.drivers.zk import Contact, parse_address, probe, read_log, scramble_key
from extractors.drivers.zk_frames import Deadlines
from extractors.errors import ReadFailed, ReadTerminal, ReadTransient, ReadUnsupported, WrongAddress
from extractors.read import read_terminal
from tests.extractors.fake_terminal import FakeTerminal, record

pytestmark = pytest.mark.unit

MORNING = datetime(2017, 3, 1, 7, 30)
QUICK = Deadlines(connect_s=1, frame_s=0.3, no_progress_s=1)


def now() -> datetime:
    return datetime(2017, 3, 1, 17, 0)


def log_of(count: int) -> list[bytes]:
    return [record(str(100 + index % 50), MORNING + timedelta(seconds=index)) for index in range(count)]


@pytest.mark.parametrize("count", [0, 1, 20, 30, 5000])  # at once up to 1 KB, in chunks above
def test_reads_the_whole_log(count: int) -> None:
    with FakeTerminal(records=log_of(count)).running() as terminal:
        reading = read_terminal(terminal.address, 0, now)

    assert len(reading.batch) == count
    assert reading.log.counted_before == reading.log.counted_after == count
    assert (reading.log.layout.name if reading.log.layout else None) == ("zk40" if count else None)
    assert bytes(reading.log.records) == b"".join(terminal.records)
    assert terminal.commands[-1] == 1001
    assert terminal.enabled


@pytest.mark.parametrize(
    "behaviour",
    [
        {"segment": 7},
        {"segment": 1000},
        {"events": True},
        {"chunk_frames": 5},
        {"ack_before_data": True},
        {"sizes_length": 92},
        {"grows_by": 3},
    ],
)
def test_sound_peculiarities_change_nothing(behaviour: dict[str, Any]) -> None:
    with FakeTerminal(records=log_of(400), **behaviour).running() as terminal:
        reading = read_terminal(terminal.address, 0, now)

    assert bytes(reading.log.records) == b"".join(terminal.records)


@pytest.mark.parametrize(
    ("behaviour", "error", "phase"),
    [
        ({"cut_at_offset": 3000}, ReadTransient, "transfer"),
        ({"cut_at_offset": 0}, ReadTransient, "transfer"),
        ({"hang_on": 1000}, ReadTransient, "login"),
        ({"hang_on": 50}, ReadTransient, "sizes"),
        ({"hang_on": 1504}, ReadTransient, "transfer"),
        ({"bad_checksum_on": 1504}, ReadTransient, "transfer"),
        ({"wrong_reply_on": 1503}, ReadTransient, "transfer"),
        ({"lose_bytes": 40}, ReadTransient, "decode"),
        ({"lose_bytes": 13}, ReadTransient, "decode"),
        ({"lose_bytes": 16000}, ReadTransient, "decode"),
        ({"wrong_length_word": True}, ReadTransient, "decode"),
        ({"record_size_total": 399}, ReadTransient, "decode"),
        ({"record_size_total": 1000}, ReadUnsupported, "decode"),  # 16,000 bytes: 16 each
        ({"record_size_total": 250}, ReadUnsupported, "decode"),  # 64 each, unknown
        ({"refuse": {1503: 4989}, "record_size_total": 0}, ReadUnsupported, "transfer"),  # push-only: never "0 logs"
        ({"refuse": {1503: 65535}}, ReadUnsupported, "transfer"),
        ({"refuse": {1503: 2001}}, ReadTransient, "transfer"),
        ({"refuse": {1000: 2001}}, ReadTransient, "login"),
        ({"refuse": {201: 2001}}, ReadTerminal, "sizes"),
        ({"sizes_length": 4}, ReadUnsupported, "sizes"),
        ({"comm_key_bytes": b"none"}, ReadTerminal, "login"),
        ({"garbage": b"aaaaaaaaaaaaaaaaaaaaaaaa"}, ReadUnsupported, "login"),
    ],
)
def test_a_fault_is_refused_with_its_class(behaviour: dict[str, Any], error: type[ReadFailed], phase: str) -> None:
    with FakeTerminal(records=log_of(400), **behaviour).running() as terminal, pytest.raises(error) as failure:
        read_terminal(terminal.address, 0, now, deadlines=QUICK)

    assert failure.value.phase == phase
    assert not failure.value.is_unreachable
    assert terminal.enabled


def test_comm_key_opens() -> None:
    key = scramble_key(987654, 0x1234)
    with FakeTerminal(records=log_of(3), comm_key_bytes=key).running() as terminal:
        assert len(read_terminal(terminal.address, 987654, now).batch) == 3
        with pytest.raises(ReadTerminal, match="comm key"):
            read_terminal(terminal.address, 987655, now)


def test_another_terminal_at_the_address_is_refused_before_the_transfer() -> None:
    with FakeTerminal(records=log_of(3)).running() as terminal, pytest.raises(ReadTerminal, match="CLG0001"):
        read_log(terminal.address, 0, now, expected_serial="CLG0002")

    assert 1503 not in terminal.commands


def test_nobody_there_is_unreachable() -> None:
    terminal = FakeTerminal()
    with terminal.running():
        address = terminal.address
    with pytest.raises(ReadTransient) as failure:
        read_terminal(address, 0, now, deadlines=QUICK)

    assert failure.value.is_unreachable


def test_contact_keeps_what_was_known_before_the_failure() -> None:
    contact = Contact()
    with FakeTerminal(records=log_of(400), hang_on=1504).running() as terminal, pytest.raises(ReadTransient):
        read_terminal(terminal.address, 0, now, contact=contact, deadlines=QUICK)

    assert (contact.serial, contact.counted_before, contact.counted_after) == ("CLG0001", 400, None)
    assert contact.device_clock == now()


def test_drift_is_device_minus_host() -> None:
    with FakeTerminal(clock=now() + timedelta(minutes=4)).running() as terminal:
        assert read_terminal(terminal.address, 0, now).log.clock_drift_s == 240


def test_clock_set_during_the_read_is_refused() -> None:
    readings = iter([now(), now(), now() + timedelta(minutes=1), now() + timedelta(minutes=1)])
    with FakeTerminal().running() as terminal, pytest.raises(ReadTransient, match="Jam mesin diubah"):
        read_terminal(terminal.address, 0, lambda: next(readings))


def test_probe_learns_the_layout_from_the_first_records() -> None:
    contact = Contact()
    with FakeTerminal(records=log_of(400)).running() as terminal:
        found = probe(terminal.address, 0, now, contact)

    assert (found.layout, found.counted, contact.capacity) == ("zk40", 400, 100_000)
    assert terminal.commands.count(1504) == 1  # the first records alone


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "tcp://", "tcp://host:0", "tcp://host:99999", "http://host:80", "tcp://h:x"]
)
def test_a_wrong_address_is_named(address: str) -> None:
    with pytest.raises(WrongAddress, match="tcp://"):
        parse_address(address)


def test_other_channels_are_unsupported_not_wrong() -> None:
    assert parse_address("tcp://10.0.0.1") == ("10.0.0.1", 4370, False)
    assert parse_address("udp://10.0.0.1:4371") == ("10.0.0.1", 4371, True)
    with pytest.raises(ReadUnsupported):
        parse_address("soap://10.0.0.1:80")


def test_no_module_of_ours_imports_pyzk_but_its_own_process() -> None:
    root = Path(__file__).parents[2]
    rooms = ("extractors", "warehouse", "expectations", "law", "dashboards", "local", "dags")
    importing = [
        path.name
        for room in rooms
        for path in (root / room).rglob("*.py")
        if any(line.strip().startswith(("import zk", "from zk ", "from zk.")) for line in path.read_text().splitlines())
    ]

    assert importing == ["pyzk_process.py"]


def test_the_pyzk_process_knows_nothing_of_ours() -> None:
    text = (Path(__file__).parents[2] / "extractors" / "drivers" / "pyzk_process.py").read_text()

    assert text.startswith("# SPDX-License-Identifier: GPL-2.0-only\n")
    assert not [line for line in text.splitlines() if line.startswith(("import ", "from ")) and "extractors" in line]
