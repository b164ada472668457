"""Terminals into raw: twice is once, growth, new epochs, failed attempts, parallel pulls."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from extractors import pull
from extractors.drivers import zk
from extractors.drivers.zk_frames import Deadlines
from extractors.registry import UnknownTerminal
from tests.extractors.fake_terminal import FakeTerminal, record
from tests.support.reference_rows import fetch, give_pin, register_city, register_terminal
from warehouse import ledger
from warehouse.clock import Clock, clock_at
from warehouse.connection import connect
from warehouse.evidence import read_evidence
from warehouse.ledger import PullRow
from warehouse.settings import Settings

pytestmark = pytest.mark.db

MORNING = datetime(2017, 3, 1, 7, 30)
Run = Callable[..., PullRow]


def clock() -> Clock:
    return clock_at(datetime.fromisoformat("2017-03-01T17:00+07:00"))


def log_of(count: int, start: datetime = MORNING) -> list[bytes]:
    return [record(str(101 + index % 4), start + timedelta(seconds=index)) for index in range(count)]


@pytest.fixture(autouse=True)
def quick_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zk, "Deadlines", lambda **given: Deadlines(**{"frame_s": 0.5, **given}))


@pytest.fixture
def terminal(warehouse_db: Settings) -> Iterator[FakeTerminal]:
    """CLG0001 in DINKES with three people who have PINs 101 to 103; 104 is unknown."""
    register_city(warehouse_db)
    for number in (1, 2, 3):
        give_pin(warehouse_db, f"10{number}", f"E{number}")
    with FakeTerminal(records=log_of(40)).running() as running:
        register_terminal(warehouse_db, "CLG0001", address=running.address)
        yield running


def punches(settings: Settings) -> list[tuple[object, ...]]:
    return fetch(
        settings,
        "select terminal_serial, pin, punched_at_local, state, verify, work_code, epoch, ordinal"
        " from raw.punches order by terminal_serial, ordinal",
    )


def test_a_pull_lands_the_log_with_its_ledger_row(warehouse_db: Settings, terminal: FakeTerminal) -> None:
    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.outcome, row.epoch, row.offered, row.new_count, row.duplicate_count, row.rejected_count) == (
        "ok", 1, 40, 40, 0, 0,
    )  # fmt: skip
    assert row.covers_until_local == row.device_clock_local == datetime(2017, 3, 1, 17, 0)
    assert (row.clock_drift_s, row.firmware, row.capacity) == (0, "Ver 6.60 Apr 28 2016", 100_000)
    assert punches(warehouse_db)[1] == ("CLG0001", "102", MORNING + timedelta(seconds=1), 0, 1, 0, 1, 1)
    assert read_evidence(warehouse_db.evidence_dir, row.evidence_sha256 or "") == b"".join(terminal.records)


def test_twice_is_once(warehouse_db: Settings, terminal: FakeTerminal) -> None:
    pull.pull_terminal(warehouse_db, "CLG0001", clock())
    before = punches(warehouse_db)

    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.known_prefix, row.offered, row.epoch) == (40, 0, 1)
    assert punches(warehouse_db) == before


def test_growth_lands_the_tail_only(warehouse_db: Settings, terminal: FakeTerminal) -> None:
    pull.pull_terminal(warehouse_db, "CLG0001", clock())
    tail = log_of(5, MORNING + timedelta(hours=8))
    terminal.records += tail

    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.known_prefix, row.offered, row.new_count, row.epoch) == (40, 5, 5, 1)
    assert read_evidence(warehouse_db.evidence_dir, row.evidence_sha256 or "") == b"".join(tail)
    assert [ordinal for *_, ordinal in punches(warehouse_db)] == list(range(45))


@pytest.mark.parametrize(
    "cleared_to", [[], log_of(3, MORNING + timedelta(hours=8)), log_of(60, MORNING - timedelta(days=1))]
)
def test_a_cleared_or_rewritten_log_is_a_new_epoch(
    warehouse_db: Settings, terminal: FakeTerminal, cleared_to: list[bytes]
) -> None:
    pull.pull_terminal(warehouse_db, "CLG0001", clock())
    terminal.records = cleared_to

    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.epoch, row.known_prefix, row.new_count) == (2, 0, len(cleared_to))
    assert len(punches(warehouse_db)) == 40 + len(cleared_to)


def test_a_new_epoch_with_known_punches_doubles_nothing(warehouse_db: Settings, terminal: FakeTerminal) -> None:
    pull.pull_terminal(warehouse_db, "CLG0001", clock())
    terminal.records = terminal.records[10:]  # full: the firmware dropped the oldest

    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.epoch, row.offered, row.new_count, row.duplicate_count) == (2, 30, 0, 30)


def test_rejects_keep_ordinal_bytes_and_reason(warehouse_db: Settings, terminal: FakeTerminal) -> None:
    terminal.records[7] = b"\x5a" * 40
    terminal.records[9] = record("101", datetime(2017, 1, 1))

    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.offered, row.new_count, row.rejected_count) == (40, 38, 2)
    query = "select source, ordinal, pin, reason, encode(record, 'hex') from raw.rejects order by ordinal"
    assert fetch(warehouse_db, query) == [
        ("epoch:1", 7, None, "pola isian memori", "5a" * 40),
        ("epoch:1", 9, "101", "sebelum mesin dipasang", terminal.records[9].hex()),
    ]


@pytest.mark.parametrize(
    ("behaviour", "outcome", "error_class", "phase"),
    [
        ({"comm_key_bytes": b"none"}, "refused", "terminal", "login"),
        ({"serial": "CLG0099"}, "refused", "terminal", "login"),
        ({"hang_on": 1503}, "refused", "transient", "transfer"),
        ({"cut_at_offset": 100}, "refused", "transient", "transfer"),
        ({"lose_bytes": 40}, "refused", "transient", "decode"),
        ({"refuse": {1503: 4989}}, "refused", "unsupported", "transfer"),
    ],
)
def test_a_failed_attempt_costs_its_own_row_and_nothing_else(
    warehouse_db: Settings,
    terminal: FakeTerminal,
    behaviour: dict[str, Any],
    outcome: str,
    error_class: str,
    phase: str,
) -> None:
    for name, value in behaviour.items():
        setattr(terminal, name, value)

    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.outcome, row.error_class, row.error_phase) == (outcome, error_class, phase)
    assert row.error_message
    tables = ("raw.pulls", "raw.punches", "ops.touched")
    counts = "select " + ", ".join(f"(select count(*) from {table})" for table in tables)
    assert fetch(warehouse_db, counts) == [(1, 0, 0)]
    assert not warehouse_db.evidence_dir.exists()


@pytest.mark.parametrize("device_clock", [datetime(2000, 1, 1), datetime(2017, 4, 1)])
def test_a_clock_that_is_days_off_lands_as_rejects_and_covers_nothing(
    warehouse_db: Settings, terminal: FakeTerminal, device_clock: datetime
) -> None:
    pull.pull_terminal(warehouse_db, "CLG0001", clock())
    terminal.clock = device_clock
    terminal.records += log_of(3, device_clock)

    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.outcome, row.offered, row.new_count, row.rejected_count) == ("ok", 3, 0, 3)
    assert row.covers_until_local == datetime(2017, 1, 30)
    assert abs(row.clock_drift_s or 0) > 86_400
    assert len(punches(warehouse_db)) == 40


def test_nobody_there_is_a_row_too(warehouse_db: Settings) -> None:
    register_city(warehouse_db)
    with FakeTerminal().running() as gone:
        address = gone.address
    register_terminal(warehouse_db, "CLG0001", address=address)

    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.outcome, row.error_class, row.error_phase) == ("unreachable", "transient", "connect")


def test_a_missing_key_or_address_tells_what_to_do(warehouse_db: Settings) -> None:
    register_city(warehouse_db)
    register_terminal(warehouse_db, "CLG0001")
    register_terminal(warehouse_db, "CLG0002", address="tcp://127.0.0.1:1", comm_key_name="setda")

    rows = pull.pull_chunk(warehouse_db, ["CLG0001", "CLG0002"], clock(), 2)

    assert [row.error_class for row in rows] == ["terminal", "terminal"]
    assert "kolom address" in (rows[0].error_message or "")
    assert "comm_key_setda" in (rows[1].error_message or "")


def test_pyzk_that_fails_does_not_stop_the_pull(
    warehouse_db: Settings, terminal: FakeTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractors.drivers.identity.find_spec", lambda name: None)

    row = pull.pull_terminal(warehouse_db, "CLG0001", clock())

    assert (row.outcome, row.firmware) == ("ok", None)


def test_unregistered_and_removed_terminals_are_wrong_use(warehouse_db: Settings) -> None:
    register_city(warehouse_db)
    register_terminal(warehouse_db, "CLG0001", removed_on=datetime(2017, 2, 10).date())

    assert pull.terminals_to_pull(warehouse_db, clock()) == []
    with pytest.raises(UnknownTerminal):
        pull.pull_terminal(warehouse_db, "CLG0001", clock())


def test_one_fault_touches_no_other_terminal(warehouse_db: Settings) -> None:
    register_city(warehouse_db)
    sound = [FakeTerminal(serial=f"CLG000{number}", records=log_of(30 + number)) for number in range(1, 5)]
    broken = FakeTerminal(serial="CLG0005", records=log_of(400), cut_at_offset=50)
    contexts = [one.running() for one in [*sound, broken]]
    running = [context.__enter__() for context in contexts]
    for one in running:
        register_terminal(warehouse_db, one.serial, address=one.address)

    rows = pull.pull_chunk(warehouse_db, pull.terminals_to_pull(warehouse_db, clock()), clock(), 3)

    for context in contexts:
        context.__exit__(None, None, None)
    assert [(row.terminal_serial, row.outcome, row.new_count) for row in rows] == [
        ("CLG0001", "ok", 31),
        ("CLG0002", "ok", 32),
        ("CLG0003", "ok", 33),
        ("CLG0004", "ok", 34),
        ("CLG0005", "refused", 0),
    ]


def test_the_same_terminal_at_once_lands_once(warehouse_db: Settings, terminal: FakeTerminal) -> None:
    rows = pull.pull_chunk(warehouse_db, ["CLG0001"] * 4, clock(), 4)

    assert sorted(row.new_count for row in rows) == [0, 0, 0, 40]
    assert {row.epoch for row in rows} == {1}
    connection = connect(warehouse_db, "loader")
    with connection, connection.cursor() as cursor:
        assert ledger.first_broken(ledger.pulls_of(cursor, "CLG0001")) is None
    connection.close()


def test_who_is_touched(warehouse_db: Settings, terminal: FakeTerminal) -> None:
    pull.pull_terminal(warehouse_db, "CLG0001", clock())
    touched = "select employee_id, work_date::text from ops.touched where cause = %s group by 1, 2 order by 1, 2"

    coverage = fetch(warehouse_db, touched, "coverage")
    landing = fetch(warehouse_db, touched, "landing")

    # PIN 104 is nobody's: everybody at the terminal on the days around
    assert landing == [(f"E{n}", f"2017-{day}") for n in (1, 2, 3) for day in ("02-28", "03-01", "03-02")]
    assert (coverage[0], len(coverage)) == (("E1", "2017-01-30"), 3 * 31)  # from the installation to 1 March
