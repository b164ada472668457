"""Terminals with a web server into raw: twice is once, growth, a log that was cleared, and what refuses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from extractors.pull import pull_terminal, terminals_to_pull
from simulator.solution import SolutionFault, SolutionPunch, SolutionTerminal, serving
from tests.support.reference_rows import fetch, register_city, register_terminal
from warehouse import ledger
from warehouse.clock import Clock, clock_at
from warehouse.connection import connect
from warehouse.evidence import read_evidence
from warehouse.ledger import PullRow
from warehouse.settings import Settings

pytestmark = pytest.mark.db

MORNING = datetime(2017, 3, 1, 7, 30)


def clock() -> Clock:
    return clock_at(datetime.fromisoformat("2017-03-01T17:00+07:00"))


def log_of(count: int) -> list[SolutionPunch]:
    times = [MORNING + timedelta(seconds=index) for index in range(count)]
    return [SolutionPunch(f"{index % 4:03}", f"{at:%Y-%m-%d %H:%M:%S}") for index, at in enumerate(times)]


@dataclass
class Office:
    settings: Settings
    terminal: SolutionTerminal

    def pull(self) -> PullRow:
        return pull_terminal(self.settings, "SOL0001", clock())


@pytest.fixture
def office(warehouse_db: Settings) -> Iterator[Office]:
    """SOL0001 in DINKES, its clock 90 s ahead, with a reject among its rows."""
    register_city(warehouse_db)
    log = log_of(40)
    log[5] = SolutionPunch("005", "2017-02-30 07:30:00")
    terminal = SolutionTerminal("SOL0001", lambda: datetime(2017, 3, 1, 17, 1, 30), log)
    with serving(terminal) as address:
        register_terminal(warehouse_db, "SOL0001", address=address, driver="solution")
        yield Office(warehouse_db, terminal)


def test_a_log_lands_with_its_ledger_row_and_evidence(office: Office) -> None:
    row = office.pull()

    assert (row.channel, row.outcome, row.epoch, row.counted_before, row.counted_after) == ("solution", "ok", 1, 40, 40)
    assert (row.offered, row.new_count, row.rejected_count, row.clock_drift_s) == (40, 39, 1, 90)
    assert row.covers_until_local == datetime(2017, 3, 1, 17, 1, 30)
    assert fetch(office.settings, "select source, ordinal, reason from raw.rejects") == [
        ("epoch:1", 5, "tanggal mustahil")
    ]
    evidence = read_evidence(office.settings.evidence_dir, str(row.evidence_sha256))
    assert evidence.startswith(b"000\t2017-03-01 07:30:00\t1\t0\t1\t0\n")
    assert terminals_to_pull(office.settings, clock()) == ["SOL0001"]


def test_twice_is_once_and_what_came_since_lands_alone(office: Office) -> None:
    office.pull()
    again = office.pull()
    office.terminal.log += log_of(43)[40:]
    grown = office.pull()

    assert [(row.known_prefix, row.offered, row.new_count, row.epoch) for row in (again, grown)] == [
        (40, 0, 0, 1), (40, 3, 3, 1)
    ]  # fmt: skip
    assert fetch(office.settings, "select ordinal from raw.punches order by ordinal desc limit 1") == [(42,)]


def test_a_cleared_log_begins_a_new_epoch_and_doubles_nothing(office: Office) -> None:
    office.pull()
    office.terminal.log = [*log_of(40)[30:], SolutionPunch("001", "2017-03-01 16:00:00")]

    row = office.pull()

    assert (row.epoch, row.known_prefix, row.offered, row.new_count, row.duplicate_count) == (2, 0, 11, 1, 10)


CUT = SolutionFault(method="GetAttLog", cut_body=700)
REPEATED = SolutionFault(method="GetAttLog", repeat=3)


@pytest.mark.parametrize(("fault", "phase"), [(CUT, "transfer"), (REPEATED, "decode")])
def test_a_read_that_is_not_proven_writes_nothing_but_its_attempt(
    office: Office, fault: SolutionFault, phase: str
) -> None:
    office.terminal.fault = fault

    row = office.pull()

    assert (row.outcome, row.error_class, row.error_phase) == ("refused", "transient", phase)
    assert fetch(office.settings, "select count(*) from raw.punches") == [(0,)]


INSTALLED = datetime(2017, 1, 30)
WAITING = "select ordinal, reason, punched_at_local, before_local from raw.rejects where ordinal > 5 order by ordinal"


def test_a_clock_that_fell_back_lands_what_is_good_and_covers_nothing(office: Office) -> None:
    office.pull()
    office.terminal.log.append(SolutionPunch("001", "2000-01-01 00:10:00"))
    office.terminal.log.append(SolutionPunch("001", "2017-03-01 16:00:00"))
    office.terminal.clock = lambda: datetime(2000, 1, 1, 9)

    row = office.pull()

    assert (row.outcome, row.new_count, row.rejected_count, row.covers_until_local) == ("ok", 1, 1, INSTALLED)
    assert fetch(office.settings, WAITING) == [
        (40, "sebelum mesin dipasang", datetime(2000, 1, 1, 0, 10), datetime(2017, 3, 1, 17, 1, 30))
    ]
    assert fetch(office.settings, "select punch_count from ops.open_clock_runs") == [(1,)]


def test_a_clock_days_ahead_lands_what_is_good_and_what_it_stamped_waits(office: Office) -> None:
    office.terminal.log += [SolutionPunch("001", "2017-05-01 07:30:00"), SolutionPunch("002", "2017-03-01 16:00:00")]
    office.terminal.clock = lambda: datetime(2017, 5, 1, 17)

    row = office.pull()

    assert (row.outcome, row.new_count, row.covers_until_local) == ("ok", 40, INSTALLED)
    assert [(ordinal, reason) for ordinal, reason, *_ in fetch(office.settings, WAITING)] == [
        (40, "lebih dari sehari sesudah jam mesin")
    ]


def test_a_clock_that_is_right_again_covers_again_and_doubles_nothing(office: Office) -> None:
    right = office.terminal.clock
    office.terminal.clock = lambda: datetime(2000, 1, 1, 9)
    wild = office.pull()
    office.terminal.clock = right
    row = office.pull()

    assert (wild.covers_until_local, wild.new_count, wild.rejected_count) == (INSTALLED, 39, 1)
    assert (row.outcome, row.offered, row.covers_until_local) == ("ok", 0, datetime(2017, 3, 1, 17, 1, 30))


def test_another_terminal_is_refused_and_listed_and_the_ledger_stays_a_chain(office: Office) -> None:
    office.pull()
    office.terminal.serial = "SOL0002"
    swapped = office.pull()

    assert (swapped.error_class, "SOL0002" in str(swapped.error_message)) == ("terminal", True)
    seen = fetch(office.settings, "select pull_id, terminal_serial, found_serial from raw.terminal_sightings")
    assert seen == [(swapped.pull_id, "SOL0001", "SOL0002")]
    connection = connect(office.settings, "loader")
    with connection, connection.cursor() as cursor:
        assert ledger.first_broken(ledger.pulls_of(cursor, "SOL0001")) is None
    connection.close()
