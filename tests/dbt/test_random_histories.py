"""Incremental = full: 200 histories drawn at random leave what a full build of their end makes.

They stand side by side in one database: 200 people of 40 offices, each with two steps in each round, and beside them
what concerns their office as a whole. A round is its steps, one load of the site folder, the gate and one incremental
build. HISTORIES_SEED draws others.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from expectations.gate import check
from tests.support.contents import Contents, contents
from tests.support.random_city import OFFICES, OUTSIDE, OUTSIDERS, City, found_city, office_code
from tests.support.random_steps import OF_OFFICES, PERSONAL
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect

if TYPE_CHECKING:
    from warehouse.settings import Settings

pytestmark = pytest.mark.dbt

SEED = int(os.environ.get("HISTORIES_SEED", "20170130"))
MOMENTS = tuple(
    datetime.fromisoformat(f"2017-{moment}+07:00")
    for moment in ("03-10T08:00", "03-15T12:00", "03-24T20:00", "04-04T08:00")
)
STEPS_EACH = 2  # in a round: builds are what costs
IGNORED = {"build_id"}
FORGOTTEN = OUTSIDERS[0]


@dataclass(frozen=True)
class Ends:
    """The marts after the last incremental build, and after a full one at the same moment."""

    incremental: Contents
    full: Contents

    def differing(self) -> list[tuple[str, str, str]]:
        """Table, where it stands, row."""
        return [
            (table, side, row)
            for table in sorted(self.full.keys() | self.incremental.keys())
            for side, rows, others in (
                ("incremental", self.incremental.get(table, []), self.full.get(table, [])),
                ("full", self.full.get(table, []), self.incremental.get(table, [])),
            )
            for row in sorted(set(rows) - set(others))
        ]


def happen(city: City) -> None:
    """What befalls each person of a history and some of the offices."""
    for person in city.people:
        if person.employee_id not in OUTSIDERS:
            for step in city.random.choices(*zip(*PERSONAL, strict=True), k=STEPS_EACH):
                step(city, person)
    for office in city.random.sample(range(OFFICES), 12):
        (of_office,) = city.random.choices(*zip(*OF_OFFICES, strict=True))
        of_office(city, office)


def live(city: City, moment: datetime, *, is_last: bool) -> None:
    """One round: most terminals are read, things happen, what they are is loaded, checked and built."""
    city.now = moment
    for office in range(OFFICES):
        if city.random.random() < 0.85:
            city.read(office)
    happen(city)
    for way_in in city.random.sample((city.load, city.land_late), 2):
        way_in()
    check(city.settings, clock_at(moment), replay=True)
    if is_last:
        forget(city)
    assert not build(city.settings, clock_at(moment)).is_full


def forget(city: City) -> None:
    """The twin: a load changes somebody's base and nothing says that it touches him."""
    (row,) = city.found("tpp", employee_id=FORGOTTEN)
    city.put("tpp", **{**row, "base_idr": "9000000"})
    city.load()
    conn = connect(city.settings, "dbt")
    with conn, conn.cursor() as cursor:
        cursor.execute("delete from ops.touched where employee_id = %s", (FORGOTTEN,))
        assert cursor.rowcount > 0
    conn.close()


@pytest.fixture(scope="module")
def ends(module_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Ends:
    print(f"HISTORIES_SEED={SEED}")  # noqa: T201 - pytest shows it when the histories do not run through
    city = found_city(module_db, tmp_path_factory.mktemp("histories") / "situs", SEED, MOMENTS[0])
    city.load()
    for office in range(OUTSIDE + 1):
        city.read(office)
    check(module_db, clock_at(MOMENTS[0]))
    build(module_db, clock_at(MOMENTS[0]))
    for moment in MOMENTS[1:]:
        live(city, moment, is_last=moment == MOMENTS[-1])
    incremental = contents(module_db, IGNORED)
    build(module_db, clock_at(MOMENTS[-1]), full=True)
    return Ends(incremental, contents(module_db, IGNORED))


def names_the_forgotten(row: str) -> bool:
    return f'"{FORGOTTEN}"' in row or f'"{office_code(OUTSIDE)}"' in row


def test_the_marts_of_all_histories_are_those_of_a_full_build(ends: Ends) -> None:
    differing = [one for one in ends.differing() if not names_the_forgotten(one[2])]

    assert differing == [], f"HISTORIES_SEED={SEED}"


def test_twin_a_change_that_touches_nobody_is_seen(ends: Ends) -> None:
    forgotten = {table for table, _, row in ends.differing() if names_the_forgotten(row)}

    assert "marts.fct_monthly_deductions" in forgotten
