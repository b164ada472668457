"""One city whose terminals give their logs in all four ways: what was planted stays, and all of it arrives."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from extractors.imports import import_inbox
from extractors.pull import pull_chunk, terminals_to_pull
from extractors.push_app import PushServer
from extractors.site.load import load_site
from simulator.city import create_city
from simulator.clock import ClockState, write_clock
from simulator.forms import as_records
from simulator.frames import decode_time
from simulator.offices import CitySpec
from simulator.other_ways import PushingTerminals, WebServers
from simulator.server import serve_folder
from tests.support.reference_rows import fetch
from warehouse.settings import Settings

SPEC = CitySpec(
    people=80, offices=("DPUTR", "INSPEKTORAT", "BAPPEDA", "BKPP", "KEC-PULOMERAK"),
    start=date(2017, 3, 20), until=date(2017, 3, 24), plan_until=date(2017, 3, 31), base_port=48900, photo_days=0,
)  # fmt: skip
MIXED = dataclasses.replace(SPEC, push=("BAPPEDA", "BKPP"), solution=("INSPEKTORAT",))
WEDNESDAY, SATURDAY = datetime(2017, 3, 22, 18), datetime(2017, 3, 25, 8)


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mixed")
    create_city(MIXED, folder)
    return folder


@pytest.mark.unit
def test_how_a_log_is_given_changes_nothing_that_is_planted(mixed: Path, tmp_path: Path) -> None:
    create_city(SPEC, tmp_path)

    assert digest(tmp_path / "truth") == digest(mixed / "truth")
    differing = {name for name, content in digest(tmp_path / "site").items() if digest(mixed / "site")[name] != content}
    assert differing == {"terminals.csv"}
    with (mixed / "site" / "terminals.csv").open() as file:
        ways = {row["opd_code"]: (row["driver"], row["address"].partition(":")[0]) for row in csv.DictReader(file)}
    assert ways == {
        "DPUTR": ("zk", "tcp"), "INSPEKTORAT": ("solution", "soap"), "BAPPEDA": ("adms", ""), "BKPP": ("adms", ""),
        "KEC-PULOMERAK": ("usb_file", ""),
    }  # fmt: skip


@pytest.mark.unit
@pytest.mark.parametrize(
    "ways",
    [{"push": ("KEC-PULOMERAK",)}, {"push": ("DPUTR",), "solution": ("DPUTR",)}, {"solution": ("DINDIK",)},
     {"push": ("DISHUB",)}],
)  # fmt: skip
def test_a_city_that_cannot_be_is_refused(tmp_path: Path, ways: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match="OPD"):
        create_city(dataclasses.replace(SPEC, **ways), tmp_path)


@dataclass
class Reading:
    """A warehouse that takes the city in, at the city's own time."""

    settings: Settings
    city: Path
    now: datetime = WEDNESDAY

    def clock(self) -> datetime:
        return self.now.replace(tzinfo=self.settings.zone)

    def set(self, now: datetime) -> None:
        self.now = now
        write_clock(self.city / "clock.json", ClockState(mode="frozen", at=now))

    def landed(self) -> dict[str, set[tuple[str, datetime]]]:
        found: dict[str, set[tuple[str, datetime]]] = {}
        for serial, pin, at in fetch(self.settings, "select terminal_serial, pin, punched_at_local from raw.punches"):
            assert isinstance(serial, str)
            assert isinstance(pin, str)
            assert isinstance(at, datetime)
            found.setdefault(serial, set()).add((pin, at))
        return found


def planted(city: Path, until: datetime) -> dict[str, set[tuple[str, datetime]]]:
    """What stands in the terminals' own memories by then and has a date."""
    found = {}
    for state in json.loads((city / "terminals" / "terminals.json").read_text()):
        base = city / "terminals" / state["serial"]
        records, appears = as_records(np.load(f"{base}.log.npy")), np.load(f"{base}.appears.npy")
        words = [(row["pin"].decode(), decode_time(int(row["time"]))) for row in records[appears <= wall(until)]]
        found[state["serial"]] = {(pin, datetime(1970, 1, 1) + timedelta(seconds=at)) for pin, at in words if at}
    return found


def wall(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1)).total_seconds())


@contextmanager
def everything_running(reading: Reading) -> Iterator[tuple[PushingTerminals, WebServers]]:
    receiver = PushServer(reading.settings, reading.clock, address="127.0.0.1", port=0)
    thread = threading.Thread(target=receiver.run, daemon=True)
    thread.start()
    server, clock = serve_folder(reading.city)
    web = WebServers(reading.city, clock.now)
    with server, web.running():
        yield PushingTerminals(reading.city, ("127.0.0.1", receiver.port), clock.now), web
    receiver.stop()
    thread.join(timeout=20)


def take_in(reading: Reading, pushing: PushingTerminals, web: WebServers) -> None:
    web.follow()
    assert pushing.follow() == 0
    pull_chunk(reading.settings, terminals_to_pull(reading.settings, reading.clock), reading.clock, 2)
    import_inbox(reading.settings, reading.clock)
    for _ in range(4):  # a terminal that has nothing to send is present, poll by poll
        reading.now += timedelta(minutes=5)
        assert pushing.follow() == 0


@pytest.mark.db
def test_four_ways_bring_the_same_city(mixed: Path, warehouse_db: Settings) -> None:
    reading = Reading(warehouse_db, mixed)
    shutil.copytree(mixed / "inbox", warehouse_db.inbox_dir)
    reading.set(WEDNESDAY)
    for secret in (mixed / "secrets").iterdir():
        warehouse_db.secrets_dir.joinpath(secret.name).write_bytes(secret.read_bytes())
    assert not load_site(reading.settings, mixed / "site", reading.clock).refused
    with everything_running(reading) as (pushing, web):
        take_in(reading, pushing, web)
        halfway = reading.landed()
        reading.set(SATURDAY)
        take_in(reading, pushing, web)

    assert halfway != reading.landed() == planted(mixed, SATURDAY)
    ways = fetch(warehouse_db, "select distinct channel from raw.pulls where new_count > 0 order by 1")
    assert ways == [("push",), ("solution",), ("usb_file",), ("zk",)]
    # a terminal that is asked for a period once more sends its broken record again
    broken = "select distinct terminal_serial, reason, pin is not null from raw.rejects"
    assert [row[1:] for row in fetch(warehouse_db, broken)] == [("tanggal mustahil", True)]
    read = fetch(
        warehouse_db,
        "select terminal_serial, max(covers_until_local) from raw.pulls where outcome = 'ok' group by 1 having"
        " max(covers_until_local) < %s",
        SATURDAY - timedelta(hours=1),
    )
    assert read == []


@pytest.mark.db
def test_twin_terminals_that_push_to_nobody_bring_nothing_and_say_so(mixed: Path) -> None:
    write_clock(mixed / "clock.json", ClockState(mode="frozen", at=SATURDAY))

    assert PushingTerminals(mixed, ("127.0.0.1", 9), lambda: wall(SATURDAY)).follow() == 2
