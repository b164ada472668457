"""The city's own law in the site folder: good rows load, bad ones are refused by name, its days are touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.extractors.test_site_touched import EVERYBODY, LAST, STATED, person_days, touched_by

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
