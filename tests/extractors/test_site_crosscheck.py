"""Rows against each other: duplicates, references between files, overlapping validity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.extractors.conftest import SiteFolder

pytestmark = pytest.mark.db


@pytest.mark.parametrize(
    ("table", "line", "column"),
    [
        ("identifiers", "P9,nik,3672010101800001,2017-01-01,", "employee_id"),
        ("postings", "P9,SETDA,,2017-01-01,", "employee_id"),
        ("postings", "P1,NOWHERE,,2016-01-01,2017-01-01", "opd_code"),
        ("terminals", "T9,Baru,NOWHERE,usb_file,,,2017-01-30,", "opd_code"),
        ("pins", "terminal,T9,9,P1,2017-01-30,", "scope_code"),
        ("pins", "opd,T1,9,P1,2017-01-30,", "scope_code"),
        ("pins", "opd,SETDA,9,P9,2017-01-30,", "employee_id"),
        ("shift_assignments", "opd,SETDA,SIANG,2016-01-30,2016-02-01", "schedule_code"),
        ("shift_assignments", "group,REGU-Z,KANTOR,2017-01-30,", "scope_code"),
        ("shift_assignments", "employee,P9,KANTOR,2017-01-30,", "scope_code"),
        ("midday_absences", "P9,2017-02-09,,,45,1", "employee_id"),
        ("day_overrides", "P9,2017-02-09,HUKUMAN,5,Kepala Dinas,1", "employee_id"),
        ("exemptions", "group,REGU-X,apel,2017-02-01,,1", "scope_code"),
        ("excuses", "K2,P9,dinas_luar,2017-02-06,2017-02-07,full,1,approved,", "employee_id"),
        ("manual_attendance", "P9,2017-02-14,07:25,16:05,Kepala,1", "employee_id"),
        ("events", "A2,apel,Apel,2017-02-13,NOWHERE,07:30,07:00,07:45,,terminal,I", "opd_code"),
        ("events", "A2,apel,Apel,2017-02-13,SETDA,07:30,07:00,07:45,T9,terminal,I", "terminal_serial"),
        ("event_attendance", "A9,P1,ya,", "event_id"),
        ("outages", "T9,2017-02-14 06:00:00,2017-02-14 17:00:00,1,ya", "terminal_serial"),
        ("tpp", "P9,1,2017-01-01,", "employee_id"),
    ],
)
def test_a_reference_to_nothing_is_refused(site: SiteFolder, table: str, line: str, column: str) -> None:
    number = site.add(table, line)

    report = site.load()

    [refusal] = report.refused
    assert (refusal.file, refusal.line, refusal.column) == (f"{table}.csv", number, column)
    assert report.loaded == 38


def test_twin_the_same_row_loads_when_its_reference_is_there(site: SiteFolder) -> None:
    site.add("postings", "P9,SETDA,,2017-01-01,")
    site.add("employees", "P9,Ani,honorer")

    assert site.load().refused == ()


def test_a_refused_row_takes_those_with_it_that_name_it(site: SiteFolder) -> None:
    site.change("opd", 1, timezone="Asia/Cilegon")

    report = site.load()

    by_file = {(refusal.file, refusal.line): refusal.column for refusal in report.refused}
    assert by_file[("opd.csv", 3)] == "timezone"
    assert by_file[("postings.csv", 4)] == "opd_code"
    assert by_file[("terminals.csv", 4)] == "opd_code"
    assert by_file[("pins.csv", 4)] == "scope_code"
    assert by_file[("outages.csv", 2)] == "terminal_serial"


def test_a_reference_may_stand_in_what_was_loaded_before(loaded_site: SiteFolder) -> None:
    loaded_site.add("tpp", "P4,1500000,2017-01-01,")

    report = loaded_site.load("tpp")

    assert (report.loaded, report.refused) == (1, ())


def test_a_row_still_named_cannot_vanish(loaded_site: SiteFolder) -> None:
    del loaded_site.rows["employees"][3]

    report = loaded_site.load("employees")

    assert {(r.file, r.line, r.column) for r in report.refused} == {("employees.csv", 0, "employee_id")}
    assert "P4" in {row[0] for row in loaded_site.in_force("employees")}
    assert loaded_site.load("employees").is_new is False


def test_twin_it_vanishes_when_nothing_names_it_any_more(loaded_site: SiteFolder) -> None:
    for rows in loaded_site.rows.values():
        rows[:] = [row for row in rows if "P4" not in row]

    report = loaded_site.load()

    assert report.refused == ()
    assert "P4" not in {row[0] for row in loaded_site.in_force("employees")}


@pytest.mark.parametrize(
    ("table", "line", "column"),
    [
        ("postings", "P1,DISHUB,,2017-02-01,", "valid_from"),
        ("identifiers", "P1,nip,198609262015052003,2016-01-01,", "valid_from"),
        ("identifiers", "P3,nip,198609262015052001,2017-01-01,", "value"),
        ("pins", "opd,SETDA,1,P2,2017-02-01,", "valid_from"),
        ("shift_assignments", "opd,SETDA,MALAM,2017-02-01,2017-03-01", "valid_from"),
        ("schedules", "KANTOR,Jam kantor,2017-01-02,7,1,1,08:00,16:00,tidak,2017-02-01,,Perwal", "valid_from"),
        ("schedules", "KANTOR,Jam kantor,2017-01-03,7,4,1,08:00,16:00,tidak,2017-02-01,,Perwal", "cycle_start"),
        ("tpp", "P1,9000000,2017-02-01,", "valid_from"),
        ("terminals", "T1,Pindah,DISHUB,usb_file,,,2017-02-15,", "installed_on"),
    ],
)
def test_overlapping_validity_refuses_the_later_row(site: SiteFolder, table: str, line: str, column: str) -> None:
    number = site.add(table, line)

    report = site.load()

    [refusal] = report.refused
    assert (refusal.file, refusal.line, refusal.column) == (f"{table}.csv", number, column)
    assert "baris" in refusal.reason


@pytest.mark.parametrize(
    ("table", "row", "end", "line"),
    [
        ("postings", 0, {"valid_to": "2017-02-01"}, "P1,DISHUB,,2017-02-01,"),
        ("pins", 0, {"valid_to": "2017-02-01"}, "opd,SETDA,1,P2,2017-02-01,"),
        ("tpp", 0, {"valid_to": "2017-02-01"}, "P1,9000000,2017-02-01,"),
        ("terminals", 0, {"removed_on": "2017-02-15"}, "T1,Pindah,DISHUB,usb_file,,,2017-02-15,"),
    ],
)
def test_twin_touching_validity_is_no_overlap(
    site: SiteFolder, table: str, row: int, end: dict[str, str], line: str
) -> None:
    site.change(table, row, **end)
    site.add(table, line)

    assert site.load().refused == ()


def test_a_nip_is_of_one_person_for_ever_and_a_nik_at_one_time(site: SiteFolder) -> None:
    site.add("identifiers", "P1,nik,3672010101800001,2017-01-01,2017-02-01")
    site.add("identifiers", "P2,nik,3672010101800001,2017-02-01,")
    site.change("identifiers", 0, valid_to="2016-01-01")
    number = site.add("identifiers", "P3,nip,198609262015052001,2017-01-01,")

    report = site.load()

    assert [(r.line, r.column) for r in report.refused] == [(number, "value")]


def test_of_a_chain_only_the_middle_goes(site: SiteFolder) -> None:
    """A until March, B February to April, C from April: B clashes with A, and C with nobody who stays."""
    site.rows["tpp"] = []
    site.add("tpp", "P1,1000000,2017-01-01,2017-03-01")
    middle = site.add("tpp", "P1,2000000,2017-02-01,2017-05-01")
    site.add("tpp", "P1,3000000,2017-04-01,")

    report = site.load()

    assert [refusal.line for refusal in report.refused] == [middle]


def test_a_new_row_may_not_overlap_one_that_stays_in_force(loaded_site: SiteFolder) -> None:
    """The first row is refused, so its open predecessor stays; the good new row would overlap that."""
    loaded_site.change("postings", 0, valid_to="2017-02-01", opd_code="NOWHERE")
    number = loaded_site.add("postings", "P1,DISHUB,,2017-02-01,")

    report = loaded_site.load()

    assert [(r.line, r.column) for r in report.refused] == [(2, "opd_code"), (number, "valid_from")]
    assert "muatan sebelumnya" in report.refused[1].reason
    assert loaded_site.query(
        "select opd_code, valid_to from reference.postings where employee_id = 'P1' and load_to is null"
    ) == [("SETDA", None)]


def test_the_second_of_two_rows_with_one_key_is_refused(site: SiteFolder) -> None:
    number = site.add("employees", "P1,Siti Lain,PNS")

    report = site.load()

    assert [(r.file, r.line, r.column) for r in report.refused] == [("employees.csv", number, "employee_id")]
    assert "baris 2" in report.refused[0].reason
    assert ("P1", "Siti Aminah", "PNS") in site.in_force("employees")
