"""The terminal's own book of its menu, read beside its log: decoded, landed once, read again when there is a reason."""

import struct
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors import pull
from extractors.drivers import zk
from extractors.drivers.oplog import decode_oplog
from extractors.drivers.zk_frames import Deadlines
from extractors.errors import ReadTransient
from extractors.records import device_time, encoded_time
from tests.extractors.fake_terminal import FakeTerminal, record
from tests.extractors.simulated import SERIAL, Simulated
from tests.support.reference_rows import fetch, register_city, register_terminal
from warehouse.clock import clock_at
from warehouse.ledger import PullRow
from warehouse.settings import Settings

NOON = datetime(2017, 3, 20, 12)
LANDED = "select op_code, admin, happened_at_local, detail, channel from raw.oplog order by happened_at_local"
READS = "select counted, entry_count, error_class from raw.oplog_reads order by pull_id"


@pytest.mark.unit
@given(st.lists(st.tuples(*(st.integers(0, top) for top in (65535, 255, 2**32 - 1, *[65535] * 4)))))
def test_any_entry_is_decoded_field_by_field_or_counted(rows: list[tuple[int, ...]]) -> None:
    book = decode_oplog(b"".join(struct.pack("<HBxI4H", *row) for row in rows))

    dated = [(row, at) for row in rows if (at := device_time(row[2])) is not None]
    found = [(one.admin, one.op_code, one.happened_at, one.detail) for one in book.entries]
    assert found == [(str(row[0]), row[1], at, "\t".join(map(str, row[3:]))) for row, at in dated]
    assert (book.unreadable, book.count) == (len(rows) - len(dated), len(rows))


@pytest.mark.unit
@pytest.mark.parametrize("size", [1, 15, 17, 31])
def test_a_part_of_an_entry_is_no_book(size: int) -> None:
    with pytest.raises(ReadTransient):
        decode_oplog(bytes(size))


@pytest.mark.unit
def test_a_documented_entry() -> None:
    """An entry of operation 6, of the form that the protocol's documentation shows for an F19."""
    (entry,) = decode_oplog(struct.pack("<HBxI4H", 0, 6, encoded_time(NOON), 3, 0, 0, 0)).entries
    assert (entry.op_code, entry.admin, entry.happened_at, entry.detail) == (6, "0", NOON, "3\t0\t0\t0")


@pytest.mark.unit
def test_firmware_that_gives_its_log_for_whatever_is_asked_gives_no_book() -> None:
    records = [record(str(number), NOON) for number in range(100)]  # 4000 bytes: whole entries, if one believed it
    with FakeTerminal(records=records).running() as terminal:
        log = zk.read_log(terminal.address, 0, lambda: NOON, wants_book=lambda _: True)

    assert (log.counted_after, len(log.records)) == (100, 4000)
    assert log.book is not None
    assert log.book.oplog is None
    assert log.book.failure is not None
    assert (log.book.failure.error_class, log.book.failure.phase) == ("transient", "decode")


class Office:
    """A registered terminal whose clock and book are moved by hand."""

    def __init__(self, settings: Settings, sim: Simulated) -> None:
        self.settings, self.sim = settings, sim
        self.later = timedelta()

    def pull(self) -> PullRow:
        now = datetime.fromisoformat(f"{self.sim.host_now().isoformat()}+07:00") + self.later
        return pull.pull_terminal(self.settings, SERIAL, clock_at(now))

    def entry(self, code: int, second: int) -> None:
        self.sim.terminal.operations.append((code, self.sim.now + second))

    def reads(self) -> list[tuple[object, ...]]:
        return fetch(self.settings, READS)


@pytest.fixture
def office(warehouse_db: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(zk, "Deadlines", lambda **given: Deadlines(**{"frame_s": 1.0, **given}))
    register_city(warehouse_db)
    sim = Simulated(200)
    register_terminal(warehouse_db, SERIAL, address=sim.address())
    with sim.server:
        yield Office(warehouse_db, sim)


@pytest.mark.db
def test_a_pull_brings_the_book_and_each_entry_once(office: Office) -> None:
    office.entry(21, 0)
    first = office.pull()
    office.entry(23, 5)
    second = office.pull()

    at = office.sim.host_now()
    assert (first.outcome, second.outcome) == ("ok", "ok")
    assert fetch(office.settings, LANDED) == [
        (21, "1", at, "0\t0\t0\t0", "zk"), (23, "1", at + timedelta(seconds=5), "0\t0\t0\t0", "zk"),
    ]  # fmt: skip
    assert office.reads() == [(1, 1, None), (2, 2, None)]


@pytest.mark.db
def test_a_book_whose_counter_stands_still_is_read_again_after_a_week_only(office: Office) -> None:
    office.entry(4, 0)
    office.pull()
    office.pull()
    assert office.reads() == [(1, 1, None)]
    office.sim.terminal.operations[0] = (9, office.sim.now + 7)  # full: it dropped the oldest, the counter is the same
    office.later = timedelta(days=7)
    office.pull()

    assert office.reads() == [(1, 1, None)] * 2
    assert [code for code, *_ in fetch(office.settings, LANDED)] == [4, 9]


@pytest.mark.db
@pytest.mark.parametrize(
    ("fault", "error_class"),
    [("refused", "transient"), ("unknown", "unsupported"), ("silent", "transient"), ("short", "transient")],
)
def test_a_book_that_is_not_given_costs_no_attendance_and_is_not_known(
    office: Office, fault: str, error_class: str
) -> None:
    office.entry(23, 0)
    office.sim.fault(oplog=fault)

    rows = [office.pull(), office.pull()]

    assert [(row.outcome, row.offered) for row in rows] == [("ok", 200), ("ok", 0)]
    assert fetch(office.settings, LANDED) == []
    assert office.reads() == [(1, None, error_class)]  # asked once, not with each pull
    office.sim.fault()
    office.later = timedelta(days=1)
    office.pull()
    assert office.reads()[1:] == [(1, 1, None)]


@pytest.mark.db
def test_a_refused_pull_lands_no_book(office: Office) -> None:
    office.entry(23, 0)
    office.sim.fault(lost_records=3)

    assert office.pull().outcome == "refused"
    assert (fetch(office.settings, LANDED), office.reads()) == ([], [])
