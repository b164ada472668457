"""Setting a terminal's clock: by a person, outside the rush hours, written down before and after."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from extractors.errors import ReadTerminal
from extractors.registry import UnknownTerminal
from extractors.set_time import set_terminal_time
from tests.extractors.simulated import SERIAL, Simulated
from tests.support.reference_rows import fetch, register_city, register_terminal
from warehouse.clock import Clock, clock_at
from warehouse.console import Problem
from warehouse.settings import Settings

pytestmark = pytest.mark.db

SETTINGS = "select step, set_by, clock_drift_s from ops.clock_settings order by setting_id"


@pytest.fixture
def sim(warehouse_db: Settings) -> Iterator[Simulated]:
    """A terminal whose clock is 240 s fast; the city's clock stands at 12:00."""
    register_city(warehouse_db)
    made = Simulated(30, drift_s=240)
    made.now = int((datetime(2017, 3, 1, 12) - datetime(1970, 1, 1)).total_seconds())
    register_terminal(warehouse_db, SERIAL, address=made.address())
    with made.server:
        yield made


def at(hour: str) -> Clock:
    return clock_at(datetime.fromisoformat(f"2017-03-01T{hour}+07:00"))


def test_the_clock_is_set_and_written_down_twice(warehouse_db: Settings, sim: Simulated) -> None:
    done = set_terminal_time(warehouse_db, SERIAL, "Budi", at("12:00"))

    assert (done.drift_before_s, done.drift_after_s) == (240, 0)
    assert fetch(warehouse_db, SETTINGS) == [("before", "Budi", 240), ("after", "Budi", 0)]
    assert sim.terminal.device_time() == sim.now
    assert [code for code, _ in sim.terminal.operations] == [21]


@pytest.mark.parametrize("hour", ["06:00", "08:59", "15:00", "17:59"])
def test_in_the_rush_hours_nothing_is_touched(warehouse_db: Settings, sim: Simulated, hour: str) -> None:
    with pytest.raises(Problem, match="jam sibuk"):
        set_terminal_time(warehouse_db, SERIAL, "Budi", at(hour))

    assert fetch(warehouse_db, SETTINGS) == []
    assert sim.terminal.clock_shift == 0


def test_a_refusal_is_written_down(warehouse_db: Settings, sim: Simulated) -> None:
    sim.fault(refused={202: 2001})

    with pytest.raises(ReadTerminal, match="menolak disetel"):
        set_terminal_time(warehouse_db, SERIAL, "Budi", at("12:00"))

    assert [step for step, *_ in fetch(warehouse_db, SETTINGS)] == ["before", "failed"]
    assert sim.terminal.clock_shift == 0


def test_an_unknown_serial_is_wrong_use(warehouse_db: Settings, sim: Simulated) -> None:
    with pytest.raises(UnknownTerminal):
        set_terminal_time(warehouse_db, "NONE", "Budi", at("12:00"))


def test_nothing_else_sets_a_clock(pytestconfig: pytest.Config) -> None:
    def naming(word: str) -> list[str]:
        rooms = (pytestconfig.rootpath / room for room in ("dags", "extractors", "warehouse", "local", "expectations"))
        found = (path for room in rooms for path in room.rglob("*.py") if word in path.read_text(encoding="utf-8"))
        return sorted(path.name for path in found)

    assert naming("drivers.zk import Contact, open_session, set_clock") == ["set_time.py"]
    assert naming("SET_TIME") == ["zk_frames.py", "zk_session.py"]
    assert naming("set_terminal_time(") == ["door.py", "set_time.py"]
