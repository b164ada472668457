"""The city's own law in the site folder: good rows load, bad ones are refused by name, its days are touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.extractors.test_site_touched import EVERYBODY, FIRST, LAST, STATED, person_days, touched_by

if TYPE_CHECKING:
    from extractors.site.read import Refusal
    from tests.extractors.conftest import SiteFolder

pytestmark = pytest.mark.db

PERWAL = "perwal_9_2017"
TAIL = "in_force,2017-02-06,,T,Perwal 9/2017 pasal 4,"


@pytest.fixture
def city(site: SiteFolder) -> SiteFolder:
    """The small city with a perwal of its own for one office, loaded."""
    site.fill("law_regulations", f"{PERWAL},Perwal 9/2017,Peraturan Wali Kota,Kota,perwal,true,T,jdih")
    site.fill("law_regulation_applications", f"{PERWAL},potongan,SETDA,in_force,2017-02-06,,T,Perwal 9/2017 pasal 20")
    site.fill("law_allowance_bases", f"{PERWAL}.dasar,{PERWAL},tpp_total,100,true,{TAIL}")
    site.fill(
        "law_minute_bands",
        f"""
        {PERWAL}.terlambat.TL1,{PERWAL},terlambat,,TL1,1,31,,,pct,0.5,,,,,,{TAIL}
        {PERWAL}.terlambat.TL2,{PERWAL},terlambat,,TL2,31,,,,pct,1,,,,,,{TAIL}""",
    )
    assert site.load().refused == ()
    return site


def refusal_of(site: SiteFolder) -> Refusal:
    [refusal] = site.load().refused
    return refusal


def test_the_rows_of_a_perwal_load_as_they_stand(city: SiteFolder) -> None:
    rows = city.query("select code, from_minute, to_minute, pct::text from reference.law_minute_bands order by code")

    assert rows == [("TL1", 1, 31, "0.50"), ("TL2", 31, None, "1.00")]


def test_a_percentage_over_the_whole_is_refused_and_the_row_in_force_stays(city: SiteFolder) -> None:
    city.change("law_minute_bands", 1, pct="291")

    refusal = refusal_of(city)

    assert (refusal.file, refusal.line, refusal.column) == ("regulation/minute_bands.csv", 3, "pct")
    assert "melampaui 100" in refusal.reason
    assert "salah cetak" in refusal.remedy
    assert city.query("select pct::text from reference.law_minute_bands where load_to is null and code = 'TL2'") == [
        ("1.00",)
    ]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        pytest.param({"legal_basis": ""}, "legal_basis", id="no-legal-basis"),
        pytest.param({"evidence": "X"}, "evidence", id="unknown-evidence"),
        pytest.param({"rule_code": "lain.terlambat"}, "rule_code", id="code-of-another-regulation"),
        pytest.param({"to_minute": "31"}, "to_minute", id="empty-band"),
        pytest.param({"from_minute": ""}, "from_minute", id="no-edge"),
        pytest.param({"pct_low": "1"}, "pct_low", id="half-a-range"),
        pytest.param({"regulation_code": "perwal_8", "rule_code": "perwal_8.TL"}, "regulation_code", id="stranger"),
    ],
)
def test_a_bad_row_is_refused_with_its_column(city: SiteFolder, cells: dict[str, str], column: str) -> None:
    city.change("law_minute_bands", 1, **cells)

    assert refusal_of(city).column == column


def test_twin_the_same_rows_unchanged_are_not_refused_again(city: SiteFolder) -> None:
    report = city.load()

    assert (report.loaded, report.refused, report.is_new) == (0, (), False)


def test_of_a_built_in_regulation_only_its_application_is_the_citys(city: SiteFolder) -> None:
    city.add("law_regulation_applications", "permentan_68_2012,potongan,DISHUB,in_force,2017-02-06,,T,Keputusan")
    assert city.load().refused == ()

    city.add(
        "law_minute_bands", f"permentan_68_2012.terlambat.TL9,permentan_68_2012,terlambat,,TL9,1,,,,pct,9,,,,,,{TAIL}"
    )

    assert "tidak ada di regulation/regulations" in refusal_of(city).reason


def test_two_regulations_for_one_office_are_refused(city: SiteFolder) -> None:
    city.add("law_regulation_applications", "permentan_68_2012,potongan,SETDA,in_force,2017-02-20,,T,Keputusan")

    assert "bertabrakan" in refusal_of(city).reason


def test_a_row_for_all_offices_may_stand_beside_one_for_an_office(city: SiteFolder) -> None:
    city.add("law_regulation_applications", "permentan_68_2012,potongan,,in_force,2017-02-20,,T,Keputusan")
    first = city.load()
    second = city.load()

    assert (first.loaded, first.refused, second.is_new) == (1, (), False)


def test_a_kind_of_excuse_of_the_city_is_known_to_its_excuses(city: SiteFolder) -> None:
    city.fill("law_excuse_kinds", "izin_haji,IZIN,excused,izin haji,true,T,Perwal 9/2017 pasal 12")
    city.add("excuses", "K2,P1,izin_haji,2017-02-09,2017-02-10,full,440/2,approved,2017-02-08")
    assert city.load().refused == ()

    city.change("excuses", 1, letter_no="")

    assert refusal_of(city).column == "letter_no"


def test_a_changed_rate_touches_the_office_that_it_governs_from_its_first_day(city: SiteFolder) -> None:
    city.change("law_minute_bands", 0, pct="0.75")

    assert touched_by(city) == person_days({"P1", "P2"}, "2017-02-05", LAST)


def test_a_posting_touches_the_colleagues_where_the_regulation_has_a_quorum(city: SiteFolder) -> None:
    city.fill("law_day_measures", f"{PERWAL}.ukuran,{PERWAL},floor,,59,,,,,,,clock,,,,,,,,first,last,50,,{TAIL}")
    assert city.load().refused == ()
    city.change("postings", 0, valid_to="2017-02-20")

    assert touched_by(city) == person_days({"P1", "P2"}, "2017-02-19", LAST)


def test_twin_without_a_quorum_a_posting_touches_the_person_alone(city: SiteFolder) -> None:
    city.change("postings", 0, valid_to="2017-02-20")

    assert touched_by(city) == person_days({"P1"}, "2017-02-19", LAST)


def test_an_end_of_a_rate_touches_only_the_days_after_it(city: SiteFolder) -> None:
    city.change("law_minute_bands", 1, valid_to="2017-02-20")

    assert touched_by(city) == person_days({"P1", "P2"}, "2017-02-19", LAST)


def test_a_regulation_that_governs_nobody_touches_nobody(city: SiteFolder) -> None:
    city.add("law_regulations", "perwal_10_2017,Perwal 10/2017,Peraturan,Kota,perwal,true,T,jdih")
    city.add("law_minute_bands", f"perwal_10_2017.terlambat.TL,perwal_10_2017,terlambat,,TL,1,,,,pct,9,,,,,,{TAIL}")

    assert touched_by(city) == set()


def test_a_row_for_all_offices_touches_everybody(city: SiteFolder) -> None:
    city.add("law_regulation_applications", "permentan_68_2012,potongan,,in_force,2017-02-20,,T,Keputusan")

    assert touched_by(city) == person_days(EVERYBODY, "2017-02-19", LAST)


def test_a_regulation_in_place_of_a_built_in_one_touches_whom_that_governs(city: SiteFolder) -> None:
    city.add("law_regulations", "cilegon_pengumuman_2017_01_27,Pengumuman,Pengumuman,Kota,pengumuman,true,T,surat")

    assert touched_by(city) == person_days(EVERYBODY, "2017-01-30", LAST) | STATED


def applied(opd: str, replaces: str, begin: str, end: str, number: int = 1) -> str:
    code = "cilegon_se_288_2025"
    what = f"{code}.ramadan.{number},{code},cilegon_ramadan_2025,{opd},{replaces}"
    return f"{what},in_force,{begin},{end},T,SE Wali Kota,"


def test_an_assignment_may_name_a_schedule_of_the_law_or_of_the_city(city: SiteFolder) -> None:
    hours = f"{PERWAL}.jam.mon,{PERWAL},perwal_9_5d,mon,07:30,16:00,60,{TAIL}"
    city.fill("law_working_hours", hours)
    city.change("shift_assignments", 0, schedule_code="perwal_9_5d")
    city.add("shift_assignments", "employee,P1,perpres21_normal_5d,2017-01-01,")
    assert city.load().refused == ()

    city.fill("law_working_hours", hours.replace("perwal_9_5d", "perwal_9_6d").replace(".jam.mon", ".jam.lain"))
    reasons = [refusal.reason for refusal in city.load().refused]

    assert any("masih dipakai di shift_assignments" in reason for reason in reasons)
    assert city.query("select schedule_code from reference.law_working_hours where load_to is null order by 1") == [
        ("perwal_9_5d",), ("perwal_9_6d",),
    ]  # fmt: skip


def test_twin_an_assignment_to_a_schedule_that_nobody_states_is_refused(city: SiteFolder) -> None:
    city.change("shift_assignments", 0, schedule_code="perpres21_normal_7d")

    assert refusal_of(city).column == "schedule_code"


def test_the_days_on_which_hours_of_a_built_in_regulation_apply_are_the_citys(city: SiteFolder) -> None:
    city.fill("law_schedule_applications", applied("SETDA", "perpres21_normal_5d", "2017-02-10", "2017-02-20"))

    assert touched_by(city) == person_days({"P1", "P2"}, "2017-02-09", "2017-02-20")


def test_two_schedules_of_the_law_for_one_office_on_one_day_are_refused(city: SiteFolder) -> None:
    first = applied("SETDA", "", "2017-02-10", "2017-02-20")
    later = applied("SETDA", "perpres21_normal_5d", "2017-02-15", "2017-02-25", 2)
    city.fill("law_schedule_applications", f"{first}\n{later}")
    assert city.load().refused == ()

    city.change("law_schedule_applications", 1, replaces_code="")

    assert "jadwal kantor ini menurut hukum bertabrakan" in refusal_of(city).reason


def test_hours_of_the_law_concern_everybody_from_their_first_day(city: SiteFolder) -> None:
    city.fill("law_working_hours", f"{PERWAL}.jam.mon,{PERWAL},perwal_9_5d,mon,07:30,16:00,60,{TAIL}")

    assert touched_by(city) == person_days(EVERYBODY, "2017-02-05", LAST)


def test_a_holiday_of_the_citys_own_calendar_concerns_everybody_on_it(city: SiteFolder) -> None:
    city.fill(
        "law_holiday_calendars",
        f"{PERWAL}.libur,{PERWAL},Perwal 9/2017,2017-01-03,2017-02-15,Hari jadi kota,libur_nasional,{TAIL}",
    )

    assert touched_by(city) == person_days(EVERYBODY, "2017-02-14", "2017-02-16")


def test_a_calendar_for_one_office_is_refused(city: SiteFolder) -> None:
    city.add("law_regulation_applications", f"{PERWAL},hari_libur,DISHUB,in_force,2017-02-06,,T,Perwal 9/2017")

    assert refusal_of(city).column == "opd_code"


def test_a_regulation_in_place_of_built_in_hours_concerns_everybody(city: SiteFolder) -> None:
    city.add("law_regulations", "perpres_21_2023,Perpres 21/2023,Peraturan,nasional,perpres,true,T,jdih")

    assert touched_by(city) == person_days(EVERYBODY, FIRST, LAST) | STATED


@pytest.mark.parametrize(("code", "people"), [("perpres21_normal_5d", EVERYBODY), ("JADWAL_LAIN", set())])
def test_a_schedule_of_the_city_with_the_name_of_the_laws_concerns_everybody(
    city: SiteFolder, code: str, people: set[str]
) -> None:
    city.add("schedules", f"{code},Jam kota,2017-01-02,7,1,1,08:00,15:00,tidak,2017-02-06,,SK")

    assert touched_by(city) == person_days(people, "2017-02-05", LAST)
