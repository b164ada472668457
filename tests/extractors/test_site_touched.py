"""Which person-days a change of the site folder sets to be built anew."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.extractors.conftest import SiteFolder

pytestmark = pytest.mark.db

FIRST, LAST = "2017-01-30", "2017-02-28"  # the first terminal and the day of the load
EVERYBODY = {"P1", "P2", "P3", "P4"}
# A count that was taken over for January: what concerns P1 then concerns it too.
STATED = {("P1", "2017-01-15")}


def days(first: str, last: str) -> set[str]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return {str(begin + timedelta(days=number)) for number in range((end - begin).days + 1)}


def person_days(people: set[str], first: str, last: str) -> set[tuple[str, str]]:
    return {(person, day) for person in people for day in days(first, last)}


def touched_by(site: SiteFolder) -> set[tuple[str, str]]:
    site.forget_touched()
    assert site.load().refused == ()
    return site.touched()


def test_the_first_load_touches_everybody_from_the_first_terminal_to_the_day_of_the_load(site: SiteFolder) -> None:
    site.load()

    assert site.touched() == person_days(EVERYBODY, FIRST, LAST) | STATED
    assert site.query("select distinct cause from ops.touched") == [("site",)]
    assert site.query("select count(*) from ops.touched") == [(4 * 30 + 1,)]


def test_the_day_of_the_load_is_that_of_the_citys_zone(site: SiteFolder) -> None:
    site.as_of = datetime.fromisoformat("2017-02-28T18:00+00:00")  # 01:00 of 1 March in Cilegon

    site.load()

    assert max(day for _, day in site.touched()) == "2017-03-01"


def test_without_a_terminal_nothing_is_touched(site: SiteFolder) -> None:
    site.load("opd", "employees", "postings", "tpp")

    assert site.touched() == set()


@pytest.mark.parametrize(
    ("table", "cells", "people", "first", "last"),
    [
        pytest.param("opd", {"timezone": "Asia/Makassar"}, {"P1", "P2"}, FIRST, LAST, id="zone-of-an-office"),
        pytest.param("employees", {"kind": "PPPK"}, {"P1"}, FIRST, LAST, id="kind-of-a-person"),
        pytest.param("identifiers", {"value": "198609262015052009"}, {"P1"}, FIRST, LAST, id="number-of-a-person"),
        pytest.param("postings", {"valid_to": "2017-02-20"}, {"P1"}, "2017-02-19", LAST, id="end-of-a-posting"),
        pytest.param("pins", {"employee_id": "P2"}, {"P1", "P2"}, FIRST, LAST, id="pin-given-to-another"),
        pytest.param("pins", {"valid_to": "2017-02-20"}, {"P1"}, "2017-02-19", LAST, id="end-of-a-pin"),
        pytest.param("terminals", {"removed_on": "2017-02-25"}, {"P1", "P2"}, "2017-02-24", LAST, id="end-of-a-stay"),
        pytest.param("schedules", {"end_time": "16:30"}, EVERYBODY, FIRST, LAST, id="hours"),
        pytest.param("schedules", {"valid_to": "2017-02-27"}, EVERYBODY, "2017-02-26", LAST, id="end-of-hours"),
        pytest.param("shift_assignments", {"valid_to": "2017-02-27"}, {"P1", "P2"}, "2017-02-26", LAST, id="roster"),
        pytest.param("excuses", {"decision": "refused"}, {"P2"}, "2017-02-05", "2017-02-08", id="excuse"),
        pytest.param("manual_attendance", {"time_in": "07:40"}, {"P4"}, "2017-02-13", "2017-02-15", id="paper-list"),
        pytest.param("midday_absences", {"minutes": "50"}, {"P1"}, "2017-02-08", "2017-02-10", id="left-at-midday"),
        pytest.param("day_overrides", {"pct": "3"}, {"P2"}, "2017-02-09", "2017-02-11", id="punishment-of-a-day"),
        pytest.param("exemptions", {"activity": "presensi"}, {"P3"}, "2017-01-31", LAST, id="exempt-group"),
        pytest.param(
            "events", {"window_to": "07:50"}, {"P1", "P2"}, "2017-02-05", "2017-02-07", id="event-of-an-office"
        ),
        pytest.param("events", {"opd_code": ""}, EVERYBODY, "2017-02-05", "2017-02-07", id="event-of-the-city"),
        pytest.param("event_attendance", {"is_present": "tidak"}, {"P1", "P2"}, "2017-02-05", "2017-02-07", id="roll"),
        pytest.param("outages", {"list_complete": "tidak"}, {"P3", "P4"}, "2017-02-13", "2017-02-15", id="outage"),
        pytest.param("tpp", {"base_idr": "1"}, {"P1"}, FIRST, LAST, id="tpp"),
    ],
)
def test_a_changed_row_touches_those_it_concerns(
    loaded_site: SiteFolder, table: str, cells: dict[str, str], people: set[str], first: str, last: str
) -> None:
    loaded_site.change(table, 0, **cells)

    stated = STATED if "P1" in people and first == FIRST else set()
    assert touched_by(loaded_site) == person_days(people, first, last) | stated


def test_a_posting_touches_the_person_and_whom_a_hand_list_with_his_name_makes_count(loaded_site: SiteFolder) -> None:
    """P1 stands on the roll of 6 February: where he is posted decides whether it says something of P2."""
    loaded_site.change("postings", 0, group_code="REGU-B")

    touched = touched_by(loaded_site)

    assert touched == person_days({"P1"}, FIRST, LAST) | person_days({"P2"}, "2017-02-05", "2017-02-07") | STATED


def test_a_stated_count_touches_its_month_by_a_day_from_which_no_other_is_reached(loaded_site: SiteFolder) -> None:
    loaded_site.change("stated_counters", 0, quantity="3")
    loaded_site.add("stated_counters", "P2,2016-02,late_count,4,800/45")  # a year before the first terminal
    loaded_site.add("stated_counters", "P2,2017-03,late_count,4,800/45")  # a month to come

    assert touched_by(loaded_site) == {("P1", "2017-01-15"), ("P2", "2016-02-15")}


def test_a_holiday_touches_everybody_on_it_and_beside_it(loaded_site: SiteFolder) -> None:
    loaded_site.add("holidays", "2017-02-15,Pilkada,libur_nasional,Keppres 3/2017")

    assert touched_by(loaded_site) == person_days(EVERYBODY, "2017-02-14", "2017-02-16")


def test_what_lies_after_the_day_of_the_load_touches_nothing_yet(loaded_site: SiteFolder) -> None:
    loaded_site.change("holidays", 0, name="Hari Raya Nyepi")  # 28 March

    assert touched_by(loaded_site) == set()


def test_a_vanished_row_touches_its_days(loaded_site: SiteFolder) -> None:
    del loaded_site.rows["excuses"][0]

    assert touched_by(loaded_site) == person_days({"P2"}, "2017-02-05", "2017-02-08")


def test_days_of_a_posting_that_vanished_are_taken_back(loaded_site: SiteFolder) -> None:
    """His days stand in the marts although he is posted nowhere any more."""
    loaded_site.rows["postings"] = [row for row in loaded_site.rows["postings"] if row[0] != "P2"]

    assert touched_by(loaded_site) == person_days({"P2"}, FIRST, LAST)


def test_a_pin_of_a_terminal_also_touches_who_had_it_by_the_office(loaded_site: SiteFolder) -> None:
    loaded_site.add("pins", "terminal,T1,1,P4,2017-02-10,2017-02-12")

    touched = touched_by(loaded_site)

    assert touched == person_days({"P1", "P4"}, "2017-02-09", "2017-02-12")


def test_a_group_schedule_touches_its_group_only(loaded_site: SiteFolder) -> None:
    loaded_site.change("shift_assignments", 2, valid_to="2017-02-27")

    assert touched_by(loaded_site) == person_days({"P3"}, "2017-02-26", LAST)


def test_a_refused_row_touches_nothing(loaded_site: SiteFolder) -> None:
    loaded_site.change("employees", 0, kind="ASN")
    loaded_site.forget_touched()

    assert loaded_site.load().refused
    assert loaded_site.touched() == set()


def test_touched_days_and_version_come_together_or_not_at_all(
    loaded_site: SiteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between the change and its touched days must leave neither."""
    loaded_site.change("tpp", 0, base_idr="1")
    loaded_site.forget_touched()
    monkeypatch.setattr("extractors.site.touched.TOUCH", "select 1 / 0")

    with pytest.raises(Exception, match="division by zero"):
        loaded_site.load()

    assert loaded_site.query("select max(load_id) from reference.loads") == [(1,)]
    assert loaded_site.query("select count(*) from reference.tpp where load_to is not null") == [(0,)]
    assert loaded_site.touched() == set()
