"""Reading on from where the last pull ended: only what is new moves, and whatever is not proven is read whole."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from extractors import pull
from extractors.drivers import zk
from extractors.drivers.zk_frames import Deadlines
from tests.extractors.simulated import SERIAL, Simulated
from tests.support.reference_rows import fetch, register_city, register_terminal
from warehouse.clock import clock_at
from warehouse.evidence import evidence_path
from warehouse.ledger import PullRow
from warehouse.settings import Settings

pytestmark = pytest.mark.db

COUNT = 2000
Make = Callable[..., "Pulled"]


class Pulled:
    """A simulated terminal that is registered and pulled as its log grows."""

    def __init__(self, settings: Settings, sim: Simulated, channel: str) -> None:
        self.settings, self.sim = settings, sim
        register_terminal(settings, SERIAL, address=sim.address(channel))
        self.days = timedelta()

    def pull(self, stored: int) -> PullRow:
        """With the first `stored` records in the terminal."""
        self.sim.now = int(self.sim.appears_at[stored - 1])
        now = datetime.fromisoformat(f"{self.sim.host_now().isoformat()}+07:00") + self.days
        return pull.pull_terminal(self.settings, SERIAL, clock_at(now))

    def reads_tail(self) -> list[bool | None]:
        return [found for (found,) in fetch(self.settings, "select reads_tail from raw.log_marks order by pull_id")]


@pytest.fixture
def make(warehouse_db: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(zk, "Deadlines", lambda **given: Deadlines(**{"frame_s": 1.0, **given}))
    register_city(warehouse_db)
    running: list[Simulated] = []

    def made(kind: str = "F18", channel: str = "tcp", **state: object) -> Pulled:
        sim = Simulated(COUNT, kind, **state)  # type: ignore[arg-type]
        sim.server.start()
        running.append(sim)
        return Pulled(warehouse_db, sim, channel)

    yield made
    for sim in running:
        sim.server.stop()


@pytest.mark.parametrize(
    ("kind", "channel", "size"),
    [("F18", "tcp", 40), ("MB560", "udp", 49), ("ZEM500", "udp", 8), ("BW8", "tcp", 8), ("BW16", "tcp", 16)],
)
def test_only_what_is_new_moves(make: Make, kind: str, channel: str, size: int) -> None:
    terminal = make(kind, channel)

    rows = [terminal.pull(stored) for stored in (1000, 1000, 1030, 2000)]

    assert [(row.outcome, row.known_prefix, row.offered, row.epoch) for row in rows] == [
        ("ok", 0, 1000, 1), ("ok", 1000, 0, 1), ("ok", 1000, 30, 1), ("ok", 1030, 970, 1),
    ]  # fmt: skip
    assert [row.bytes for row in rows] == [1000 * size, 64 * size, 94 * size, (970 + 64) * size]
    assert terminal.reads_tail() == [True] * 4
    assert [row.prefix_sha256 is None for row in rows] == [False, True, True, True]
    pins = fetch(terminal.settings, "select pin, punched_at_local from raw.punches order by ordinal")
    assert len(pins) == len({*zip(terminal.sim.records["pin"].tolist(), terminal.sim.appears_at.tolist(), strict=True)})


def test_the_weekly_whole_read_proves_the_tails_before_it(make: Make) -> None:
    terminal = make()
    rows = [terminal.pull(1000), terminal.pull(1100), terminal.pull(1200)]
    terminal.days = timedelta(days=8)
    rows.append(terminal.pull(1200))

    assert (rows[3].bytes, rows[3].known_prefix, rows[3].offered, rows[3].epoch) == (1200 * 40, 1200, 0, 1)
    assert rows[3].prefix_sha256 is not None


def test_a_change_before_the_tail_is_found_by_the_whole_read(make: Make) -> None:
    terminal = make()
    terminal.pull(1000)
    terminal.pull(1100)
    log = bytearray(terminal.sim.terminal.log)
    log[1050 * 40 + 2 : 1050 * 40 + 5] = b"999"  # in what a tail brought, then behind the last 64
    terminal.sim.terminal.log = memoryview(bytes(log))
    terminal.sim.terminal._prepared = None
    assert terminal.pull(1200).epoch == 2  # within the overlap: seen at once
    terminal.days = timedelta(days=8)
    log[5 * 40 + 2 : 5 * 40 + 5] = b"998"
    terminal.sim.terminal.log = memoryview(bytes(log))
    terminal.sim.terminal._prepared = None

    assert terminal.pull(1200).epoch == 3


def test_a_cleared_log_is_read_whole_as_a_new_epoch(make: Make) -> None:
    terminal = make()
    terminal.pull(1000)
    terminal.sim.terminal.clear()

    row = terminal.pull(1500)

    assert (row.epoch, row.known_prefix, row.offered, row.new_count) == (2, 0, 500, 500)


def test_a_full_terminal_that_drops_its_oldest_goes_on_in_its_epoch(make: Make) -> None:
    terminal = make(capacity=1200, drops=300)
    rows = [terminal.pull(stored) for stored in (1100, 1300, 1350, 1900, 2000)]

    assert [(row.epoch, row.counted_before, row.known_prefix, row.offered) for row in rows] == [
        (1, 1100, 0, 1100), (1, 1000, 800, 200), (1, 1050, 1000, 50), (1, 1000, 450, 550), (1, 1100, 1000, 100),
    ]  # fmt: skip
    assert [row.bytes for row in rows[2:5:2]] == [114 * 40, 164 * 40]  # by their tails
    numbers = "select ordinal, pin from raw.punches order by ordinal"
    pins = terminal.sim.records["pin"].astype(str).tolist()
    found = fetch(terminal.settings, numbers)
    assert all(pins[ordinal] == pin for ordinal, pin in found)
    assert len(found) == len({*zip(pins, terminal.sim.appears_at.tolist(), strict=True)})
    terminal.days = timedelta(days=8)
    assert (again := terminal.pull(2000)).offered == 0
    assert (again.epoch, again.known_prefix) == (1, 1100)


@pytest.mark.parametrize("capacity", [1201, 0])  # 0: of 100,000
def test_twin_a_terminal_that_was_not_full_begins_a_new_epoch(make: Make, capacity: int) -> None:
    terminal = make()
    terminal.pull(1100)
    terminal.sim.terminal.state = terminal.sim.state.model_copy(update={"capacity": capacity})
    terminal.sim.terminal.cleared = 300  # the oldest are gone, 100 came: 1200 at most were there

    row = terminal.pull(1200)

    assert (row.epoch, row.known_prefix, row.offered) == (2, 0, 900)


def test_twin_without_its_evidence_nothing_is_aligned(make: Make) -> None:
    terminal = make(capacity=1200, drops=300)
    first = terminal.pull(1100)
    evidence_path(terminal.settings.evidence_dir, str(first.evidence_sha256)).unlink()

    assert terminal.pull(1300).epoch == 2


def test_firmware_that_gives_pieces_in_order_only_is_read_whole(make: Make) -> None:
    terminal = make()
    terminal.sim.fault(in_order_only=True)

    rows = [terminal.pull(1000), terminal.pull(1030)]

    assert [(row.outcome, row.offered, row.bytes) for row in rows] == [("ok", 1000, 40_000), ("ok", 30, 41_200)]
    assert terminal.reads_tail() == [False, False]


def test_firmware_that_stops_giving_tails_is_read_whole_in_the_same_pull(make: Make) -> None:
    terminal = make()
    terminal.pull(1000)
    terminal.sim.fault(in_order_only=True)

    row = terminal.pull(1030)

    assert (row.outcome, row.known_prefix, row.offered, row.epoch) == ("ok", 1000, 30, 1)


def test_a_tail_that_is_cut_is_read_whole_in_the_same_pull(make: Make) -> None:
    terminal = make()
    terminal.pull(1000)
    terminal.sim.fault(cut_after=1200, times=1)

    row = terminal.pull(1030)

    assert (row.outcome, row.known_prefix, row.offered, row.epoch) == ("ok", 1000, 30, 1)
    assert row.prefix_sha256 is not None


def test_a_tail_without_an_end_is_refused_and_not_read_whole_behind_it(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = make()
    terminal.pull(1000)
    monkeypatch.setattr(zk, "Deadlines", lambda: Deadlines(whole_s=3))
    terminal.sim.fault(empties=100_000, bytes_per_s=8000)

    row = terminal.pull(1030)

    assert (row.outcome, row.error_class, row.error_phase) == ("refused", "transient", "transfer")
    assert "terlalu lambat" in str(row.error_message)


def test_a_counter_that_grows_leaves_the_rest_for_the_next_pull(make: Make) -> None:
    terminal = make()
    terminal.pull(1000)
    terminal.sim.fault(grow=5, times=1)
    rows = [terminal.pull(1030), terminal.pull(1030)]

    assert [(row.counted_before, row.counted_after, row.offered) for row in rows] == [(1025, 1030, 25), (1030, 1030, 5)]


def test_a_uid_that_changes_its_pin_is_listed_and_changes_nothing_that_landed(make: Make) -> None:
    terminal = make("ZEM500", "tcp")
    terminal.pull(1000)
    before = fetch(terminal.settings, "select pin, punched_at_local from raw.punches order by ordinal")
    users = bytearray(terminal.sim.terminal.users)
    users[24:28] = (7777).to_bytes(4, "little")  # uid 1 was PIN 101
    terminal.sim.terminal.users = bytes(users)

    terminal.pull(1000)

    changed = fetch(terminal.settings, "select uid, previous_pin, pin from raw.changed_uid_pins")
    assert changed == [(1, "101", "7777")]
    assert fetch(terminal.settings, "select pin, punched_at_local from raw.punches order by ordinal") == before
