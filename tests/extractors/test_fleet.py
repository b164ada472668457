"""Many terminals: chunks, tries with pauses, and dead offices that are left alone for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest

from extractors import fleet
from extractors.circuits import FIRST_PAUSE, JITTER, LONGEST_PAUSE, OPENS_AFTER
from extractors.fleet import fleet_chunks, pull_fleet
from tests.support.reference_rows import execute, fetch, register_city, register_terminal
from warehouse.clock import Clock, clock_at
from warehouse.ledger import PullRow
from warehouse.settings import Settings

pytestmark = pytest.mark.db
START = datetime.fromisoformat("2017-03-06T08:00:00+07:00")


class Fleet:
    """Terminals that answer as they are told, and a clock that is moved by hand."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = START
        self.told: dict[str, list[str]] = {}
        self.tried: list[str] = []
        self.pauses: list[float] = []
        self.chance = Random(1)

    def pull_terminal(self, settings: Settings, serial: str, clock: Clock) -> PullRow:
        self.tried.append(serial)
        answers = self.told.get(serial, ["ok"])
        outcome = answers.pop(0) if len(answers) > 1 else answers[0]
        errors = {"ok": None, "unreachable": "transient", "cut": "transient", "slow": "transient"}
        error = {**errors, "wrong_key": "terminal"}[outcome]
        known = outcome if outcome in ("ok", "unreachable") else "refused"
        end = clock() + (fleet.LONG_ENOUGH if outcome == "slow" else timedelta())
        return PullRow(serial, "zk", known, clock(), end, error_class=error)  # type: ignore[arg-type]

    def pull(self, serials: Sequence[str]) -> fleet.FleetPull:
        return pull_fleet(self.settings, serials, lambda: self.now, 1, chance=self.chance, sleep=self.pauses.append)


@pytest.fixture
def many(warehouse_db: Settings, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    made = Fleet(warehouse_db)
    monkeypatch.setattr(fleet, "pull_terminal", made.pull_terminal)
    return made


def test_a_bad_line_is_tried_three_times_with_growing_pauses(many: Fleet) -> None:
    many.told["T-1"] = ["cut", "cut", "ok"]
    done = many.pull(["T-1", "T-2"])

    assert many.tried == ["T-1", "T-1", "T-1", "T-2"]
    assert [row.outcome for row in done.rows] == ["refused", "refused", "ok", "ok"]
    assert done.outcomes() == ["ok", "ok"]
    first, second = many.pauses
    assert 0.5 <= first <= 1.5 < 2 <= second <= 6


def test_who_has_used_up_the_time_of_a_pull_is_not_tried_again(many: Fleet) -> None:
    many.told["T-1"] = ["slow", "ok"]
    assert many.pull(["T-1"]).outcomes() == ["refused"]
    assert many.tried == ["T-1"]


def test_what_a_person_must_mend_is_not_tried_again(many: Fleet) -> None:
    many.told["T-1"] = ["wrong_key"]
    many.pull(["T-1"])
    assert many.tried == ["T-1"]


def test_a_dead_office_is_left_alone_and_tried_once_when_its_time_has_come(many: Fleet) -> None:
    many.told["T-1"] = ["unreachable"]
    for _ in range(OPENS_AFTER):
        many.pull(["T-1"])
        many.now += timedelta(minutes=1)
    many.tried.clear()

    left = many.pull(["T-1", "T-2"])
    assert many.tried == ["T-2"]
    assert left.outcomes() == ["ok", "left_alone"]
    assert fetch(many.settings, "select count(*) from raw.pulls") == [(0,)], "who is not tried has no row"

    many.now = left.left_alone["T-1"]
    many.told["T-1"] = ["ok"]
    many.pull(["T-1"])
    assert many.tried == ["T-2", "T-1"]
    assert fetch(many.settings, "select * from ops.circuits") == []


def test_the_pause_doubles_up_to_two_hours_and_is_never_the_same_for_all(many: Fleet) -> None:
    many.told["T-1"] = ["unreachable"]
    pauses = []
    for _ in range(OPENS_AFTER + 7):
        many.pull(["T-1"])
        (until,) = fetch(many.settings, "select retry_at from ops.circuits")[0]
        assert isinstance(until, datetime)
        pauses.append((until - many.now).total_seconds())
        many.now = max(many.now, until)

    opened = pauses[OPENS_AFTER - 1 :]
    expected = [min(FIRST_PAUSE * 2**n, LONGEST_PAUSE).total_seconds() for n in range(len(opened))]
    assert pauses[: OPENS_AFTER - 1] == [0.0] * (OPENS_AFTER - 1)
    assert all(abs(found / wanted - 1) <= JITTER for found, wanted in zip(opened, expected, strict=True))
    assert len({round(found / wanted, 3) for found, wanted in zip(opened, expected, strict=True)}) > 3


def test_twin_a_terminal_that_answers_in_between_is_tried_every_time(many: Fleet) -> None:
    many.told["T-1"] = ["unreachable"]
    for _ in range(OPENS_AFTER - 1):
        many.pull(["T-1"])
    many.told["T-1"] = ["cut"]  # it answers, badly
    many.pull(["T-1"])
    many.told["T-1"] = ["unreachable"]
    many.pull(["T-1"])
    assert many.pull(["T-1"]).left_alone == {}


def offices(settings: Settings, sizes: dict[str, int]) -> None:
    for code, size in sizes.items():
        if code != "DINKES":
            execute(settings, ("insert into reference.opd values (%s, %s, 'Asia/Jakarta', 1, null)", (code, code)))
        for number in range(size):
            register_terminal(settings, f"{code}-{number}", address=f"tcp://10.0.0.1:{number + 1}", opd_code=code)


@pytest.fixture
def city(warehouse_db: Settings) -> Settings:
    register_city(warehouse_db)
    register_terminal(warehouse_db, "PUSH1", driver="adms")
    register_terminal(warehouse_db, "USB1", driver="usb_file")
    return warehouse_db


def test_up_to_fifty_terminals_are_read_one_by_one(city: Settings) -> None:
    offices(city, {"DINKES": 3, "DISHUB": 2})
    chunks = fleet_chunks(city, clock_at(START))
    assert sorted(serial for chunk in chunks for serial in chunk) == [
        "DINKES-0", "DINKES-1", "DINKES-2", "DISHUB-0", "DISHUB-1",
    ]  # fmt: skip
    assert {len(chunk) for chunk in chunks} == {1}


def test_above_that_an_office_is_one_chunk(city: Settings) -> None:
    offices(city, {"DINKES": 30, "DISHUB": 20, "DLH": 10})
    assert [len(chunk) for chunk in fleet_chunks(city, clock_at(START))] == [30, 20, 10]


def test_of_too_many_offices_small_neighbours_share_a_chunk(city: Settings) -> None:
    offices(city, {f"K{number:02}": 2 for number in range(12)})
    chunks = fleet_chunks(city, clock_at(START), most=5)
    assert len(chunks) == 5
    assert sum(map(len, chunks)) == 24
    assert max(map(len, chunks)) <= 8
    assert all(
        len([one for other in chunks for one in other if one == serial]) == 1 for chunk in chunks for serial in chunk
    )
