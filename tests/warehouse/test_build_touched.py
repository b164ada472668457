"""Builds of touched days: twice is once, late data change their office only, and the delta equals the whole."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.golden_town import AS_OF, SITE, Town, land_pull, pass_gate
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect, connect_superuser
from warehouse.touched import touch_everybody

if TYPE_CHECKING:
    from warehouse.settings import Settings

pytestmark = pytest.mark.dbt

KEPT = ("int_shifts__resolved", "int_punches__assigned_to_shift", "int_shifts__punched", "int_windows__watched",
        "int_shifts__held", "int_events__expected", "int_excuses__by_day")  # fmt: skip
DAY = datetime.fromisoformat("2017-03-30T16:30+07:00")


def contents(settings: Settings, *, with_build: bool = False) -> dict[str, list[str]]:
    """Each mart and each kept intermediate table as sorted text; which build wrote a row is not what it says."""
    found = {}
    conn = connect_superuser(settings)
    with conn, conn.cursor() as cursor:
        cursor.execute("select table_schema, table_name from information_schema.tables where table_schema = 'marts'")
        for schema, table in [*cursor.fetchall(), *(("intermediate", name) for name in KEPT)]:
            row = "to_jsonb(t)" if with_build else "to_jsonb(t) - 'build_id'"
            cursor.execute(f"select ({row})::text from {schema}.{table} as t order by 1")
            found[f"{schema}.{table}"] = [text for (text,) in cursor.fetchall()]
    conn.close()
    return found


def touch(settings: Settings, serial: str, pull_id: int, first: str, last: str) -> None:
    conn = connect(settings, "loader")
    with conn, conn.cursor() as cursor:
        touch_everybody(cursor, serial, pull_id, [(date.fromisoformat(first), date.fromisoformat(last))], "coverage")
    conn.close()


@pytest.fixture(scope="module")
def town_so_far(own_town: Town) -> Town:
    """The town as built on 30 March: Ciwandan's terminal was read to 20 February and no further."""
    build(own_town.settings, clock_at(DAY))
    return own_town


def test_late_data_of_one_office_change_that_office_only(town_so_far: Town) -> None:
    settings = town_so_far.settings
    before = contents(settings, with_build=True)
    late = [(datetime(2017, 2, 21, 7, 42), "15"), (datetime(2017, 2, 21, 7, 25), "16"),
            (datetime(2017, 2, 21, 16, 5), "15"), (datetime(2017, 2, 21, 16, 5), "16")]  # fmt: skip
    pull_id = land_pull(settings, "T-K", late, datetime(2017, 2, 22, 8), 0)
    touch(settings, "T-K", pull_id, "2017-02-19", "2017-02-22")

    report = build(settings, clock_at(DAY))

    after, delta = contents(settings, with_build=True), contents(settings)
    assert not report.is_full
    for fact in ("fct_shift_attendance", "fct_daily_attendance", "fct_event_attendance", "fct_deductions"):
        changed = set(before[f"marts.{fact}"]) ^ set(after[f"marts.{fact}"])
        assert all('"opd_code": "KEC"' in row for row in changed), fact
    statuses = """
        select employee_id, status, late_minutes from marts.fct_daily_attendance
        where work_date = %s and opd_code = 'KEC'
    """
    # P15 came at 07.42, but nobody else gave a sign of life in [07.00, 07.30) except P16 at 07.25: alive for P15.
    assert sorted(town_so_far.query(statuses, ("2017-02-21",))) == [("P15", "TERLAMBAT", 12), ("P16", "HADIR", 0)]
    build(settings, clock_at(DAY), full=True)
    assert contents(settings) == delta


def test_a_read_that_the_gate_refuses_makes_nobody_absent(town_so_far: Town) -> None:
    """The read after it passes and covers its days; without its punches these would be two days of alpa."""
    settings = town_so_far.settings
    build(settings, clock_at(DAY))
    refused = [(datetime(2017, 2, 23, 7, 20), "15"), (datetime(2017, 2, 23, 16, 5), "15"),
               (datetime(2017, 2, 23, 7, 25), "16"), (datetime(2017, 2, 23, 16, 10), "16")]  # fmt: skip
    passed = [(datetime(2017, 2, 24, 7, 20), "15"), (datetime(2017, 2, 24, 7, 25), "16")]
    first = land_pull(settings, "T-K", refused, datetime(2017, 2, 24, 7), 0, is_checked=False)
    touch(settings, "T-K", first, "2017-02-21", "2017-02-24")
    second = land_pull(settings, "T-K", passed, datetime(2017, 2, 25, 8), 0)
    touch(settings, "T-K", second, "2017-02-23", "2017-02-25")
    statuses = """
        select employee_id, status from marts.fct_daily_attendance
        where work_date = '2017-02-23' and opd_code = 'KEC' order by employee_id
    """

    assert build(settings, clock_at(DAY)).waiting_pull_count == 2
    assert town_so_far.query(statuses) == [("P15", "BELUM_LENGKAP"), ("P16", "BELUM_LENGKAP")]

    pass_gate(settings, first)
    assert build(settings, clock_at(DAY)).waiting_pull_count == 0
    assert town_so_far.query(statuses) == [("P15", "HADIR"), ("P16", "HADIR")]


def test_the_calendar_opens_days_and_closes_them_again(town_so_far: Town) -> None:
    settings = town_so_far.settings
    build(settings, clock_at(DAY))
    last = "select max(work_date) from marts.fct_daily_attendance"
    assert town_so_far.query(last) == [(date(2017, 3, 30),)]

    build(settings, clock_at(AS_OF))
    assert town_so_far.query(last) == [(date(2017, 3, 31),)]

    report = build(settings, clock_at(DAY))
    assert not report.is_full
    assert town_so_far.query(last) == [(date(2017, 3, 30),)]


def test_nothing_touched_is_nothing_built(town_so_far: Town) -> None:
    build(town_so_far.settings, clock_at(DAY))
    before = contents(town_so_far.settings, with_build=True)

    report = build(town_so_far.settings, clock_at(DAY))

    assert report.skipped
    assert report.build_id is None
    assert contents(town_so_far.settings, with_build=True) == before


def test_asked_days_are_built_anew_and_come_out_the_same(town_so_far: Town) -> None:
    build(town_so_far.settings, clock_at(DAY))
    before = contents(town_so_far.settings)

    report = build(town_so_far.settings, clock_at(DAY), days=(date(2017, 2, 6), date(2017, 2, 7)))

    assert not report.skipped
    written = "select distinct work_date from marts.fct_daily_attendance where build_id = %s order by 1"
    assert town_so_far.query(written, (report.build_id,)) == [(date(2017, 2, 6),), (date(2017, 2, 7),)]
    assert contents(town_so_far.settings) == before


def test_a_changed_roster_moves_the_neighbours_window(town_so_far: Town) -> None:
    settings = town_so_far.settings
    own = [*SITE["shift_assignments"], "employee,P01,JAGA,2017-02-07,2017-02-08"]
    town_so_far.load(shift_assignments=own)

    report = build(settings, clock_at(DAY))

    assert not report.is_full
    delta = contents(settings)
    build(settings, clock_at(DAY), full=True)
    assert contents(settings) == delta


def test_a_late_letter_shortens_a_run_of_alpa(town_so_far: Town) -> None:
    settings = town_so_far.settings
    runs = "select run_day_no, year_day_no from marts.fct_alpa where employee_id = 'P02' order by work_date"
    town_so_far.load()
    build(settings, clock_at(DAY))
    assert town_so_far.query(runs) == [(1, 1), (2, 2), (1, 3)]  # 7 and 8 February, 27 March

    letter = "E9,P02,dinas_luar,2017-02-07,2017-02-07,full,800/1,approved,2017-03-29"
    town_so_far.load(excuses=[*SITE["excuses"], letter])
    report = build(settings, clock_at(DAY))

    assert not report.is_full
    assert town_so_far.query(runs) == [(1, 1), (1, 2)]
    delta = contents(settings)
    build(settings, clock_at(DAY), full=True)
    assert contents(settings) == delta
