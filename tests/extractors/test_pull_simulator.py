"""The reader against the simulated terminals: faults, growth, comm keys, and pyzk in its own process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from extractors import pull
from extractors.drivers.identity import ask_identity
from extractors.drivers.zk_frames import Deadlines
from extractors.errors import ReadFailed, ReadTerminal
from extractors.read import read_terminal
from simulator.bulk import bulk_log
from simulator.faults import Fault
from simulator.frames import USER
from simulator.server import Server
from simulator.terminal import Terminal, TerminalState
from tests.support.reference_rows import fetch, register_city, register_terminal
from warehouse.clock import clock_at
from warehouse.settings import Settings

QUICK = Deadlines(connect_s=1, frame_s=0.5, no_progress_s=2)
SERIAL = "SIM0001"


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wall(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC).replace(tzinfo=None)


class City:
    """One simulated terminal; its clock is moved by hand."""

    def __init__(self, count: int, comm_key: int = 0) -> None:
        records, self.appears_at = bulk_log(count)
        self.records = records
        self.now = int(self.appears_at[-1]) + 60
        users = np.zeros(3, dtype=USER)
        users["uid"], users["pin"], users["name"] = [1, 2, 3], [b"101", b"102", b"103"], [b"A", b"B", b"C"]
        self.state = TerminalState(serial=SERIAL, port=free_port(), comm_key=comm_key, drift_s=240)
        self.server = Server([Terminal(self.state, records, self.appears_at, users, lambda: self.now)])

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.state.port}"

    def host_now(self) -> datetime:
        return wall(self.now)

    def fault(self, **given: object) -> None:
        self.server.faults.set({SERIAL: Fault.model_validate(given)})


@contextmanager
def city(count: int, comm_key: int = 0) -> Iterator[City]:
    made = City(count, comm_key)
    with made.server:
        yield made


@pytest.mark.unit
@pytest.mark.parametrize("count", [1, 25, 26, 3000])
def test_every_record_is_read_as_planted(count: int) -> None:
    with city(count, comm_key=123456) as sim:
        reading = read_terminal(sim.address, 123456, sim.host_now)

    planted = sim.records[: len(reading.batch)]
    assert bytes(reading.log.records) == planted.tobytes()
    assert len(reading.batch) == reading.log.counted_before == count
    assert np.array_equal(reading.batch.punched_at.astype(np.int64), sim.appears_at)
    assert np.array_equal(reading.batch.pin, planted["pin"])
    assert reading.log.clock_drift_s == 240


@pytest.mark.unit
@pytest.mark.parametrize(
    "fault",
    [
        {"segment": 3},
        {"frame_bytes": 333},
        {"grow": 5, "grow_in": "after"},
        {"grow": 5, "grow_in": "snapshot"},
        {"bytes_per_s": 400_000},
    ],
)
def test_peculiarities_change_nothing(fault: dict[str, object]) -> None:
    with city(300) as sim:
        sim.fault(**fault)
        reading = read_terminal(sim.address, 0, sim.host_now)

    assert reading.log.counted_before <= len(reading.batch) <= reading.log.counted_after
    assert bytes(reading.log.records) == sim.records[: len(reading.batch)].tobytes()


@pytest.mark.unit
@pytest.mark.parametrize(
    ("fault", "error_class", "phase"),
    [
        ({"refuse": True}, "transient", "connect"),
        ({"wrong_key": True}, "terminal", "login"),
        ({"hang_after": 0}, "transient", "login"),
        ({"hang_after": 3000}, "transient", "transfer"),
        ({"cut_after": 3000}, "transient", "transfer"),
        ({"bad_checksum": 1}, "transient", "transfer"),
        ({"push_only": True}, "unsupported", "transfer"),
    ],
)
def test_faults_are_refused_by_class_and_phase(fault: dict[str, object], error_class: str, phase: str) -> None:
    sim = City(300)
    sim.fault(**fault)
    with sim.server, pytest.raises(ReadFailed) as failure:
        read_terminal(sim.address, 0, sim.host_now, deadlines=QUICK)

    assert (failure.value.error_class, failure.value.phase) == (error_class, phase)


@pytest.mark.unit
@pytest.mark.parametrize("cut", range(100, 14_000, 1237))
def test_a_cut_at_any_byte_is_never_half_a_log(cut: int) -> None:
    with city(300) as sim:
        sim.fault(cut_after=cut)
        try:
            reading = read_terminal(sim.address, 0, sim.host_now, deadlines=QUICK)
        except ReadFailed:
            return

    assert len(reading.batch) == 300


@pytest.mark.unit
def test_pyzk_says_who_is_there_without_passwords() -> None:
    with city(10, comm_key=42) as sim:
        identity = ask_identity(sim.address, 42, with_users=True)
        with pytest.raises(ReadTerminal):
            ask_identity(sim.address, 43)

    assert (identity.serial, identity.platform, identity.device_name) == (SERIAL, "ZMM210_TFT", "F18")
    assert identity.users is not None
    assert identity.users[0] == {"uid": 1, "pin": "101", "name": "A", "privilege": 0}


@pytest.fixture
def registered(warehouse_db: Settings) -> Iterator[Callable[[int], City]]:
    """Makes a simulated terminal with a comm key, registered in DINKES."""
    register_city(warehouse_db)
    running: list[City] = []
    folder: Path = warehouse_db.secrets_dir
    (folder / "comm_key_dinkes").write_text("987\n")

    def make(count: int) -> City:
        sim = City(count, comm_key=987)
        sim.server.start()
        running.append(sim)
        register_terminal(warehouse_db, SERIAL, address=sim.address, comm_key_name="dinkes")
        return sim

    yield make
    for sim in running:
        sim.server.stop()


def clock_of(sim: City) -> Callable[[], datetime]:
    return clock_at(datetime.fromisoformat(f"{sim.host_now().isoformat()}+07:00"))


@pytest.mark.db
def test_a_log_that_grows_between_pulls_arrives_whole(
    warehouse_db: Settings, registered: Callable[[int], City]
) -> None:
    sim = registered(3000)
    rows = []
    for step in (1000, 1001, 3000):
        sim.now = int(sim.appears_at[step - 1]) - 240
        rows.append(pull.pull_terminal(warehouse_db, SERIAL, clock_of(sim)))

    assert [(row.known_prefix, row.new_count + row.duplicate_count, row.epoch) for row in rows] == [
        (0, 1000, 1),
        (1000, 1, 1),
        (1001, 1999, 1),
    ]
    assert [row.clock_drift_s for row in rows] == [240, 240, 240]
    distinct = len(set(zip(sim.records["pin"].tolist(), sim.appears_at.tolist(), strict=True)))
    assert fetch(warehouse_db, "select count(*) from raw.punches") == [(distinct,)]


@pytest.mark.db
def test_a_cut_pull_is_made_good_by_the_next(warehouse_db: Settings, registered: Callable[[int], City]) -> None:
    sim = registered(3000)
    sim.fault(cut_after=50_000)
    cut = pull.pull_terminal(warehouse_db, SERIAL, clock_of(sim))
    sim.fault()
    good = pull.pull_terminal(warehouse_db, SERIAL, clock_of(sim))

    assert (cut.outcome, cut.error_phase, cut.counted_before) == ("refused", "transfer", 3000)
    assert (good.outcome, good.offered, good.firmware) == ("ok", 3000, "Ver 6.60 Apr 28 2016")
    assert good.previous_hash == cut.row_hash
