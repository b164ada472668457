"""The seeds of the law pass their tests, and the city's own rows stand beside or in place of the built-in ones."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from extractors.site.load import load_site
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.dbt_run import run_dbt

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.settings import Settings

pytestmark = pytest.mark.dbt

TAIL = "in_force,2017-01-01,,T,Perwal Kota 9/2017 pasal 4,"
SITE = {
    "opd": ["opd_code,name,timezone", "SETDA,Setda,Asia/Jakarta", "DISHUB,Dishub,Asia/Jakarta"],
    "regulation/regulations": [
        "regulation_code,short_name,title,region,level,is_text_seen,evidence,source",
        "permentan_68_2012,Perwal 9/2017,Peraturan Wali Kota,Kota,perwal,true,T,jdih",
    ],
    "regulation/regulation_applications": [
        "regulation_code,purpose,opd_code,rule_status,valid_from,valid_to,evidence,legal_basis",
        "permentan_68_2012,potongan,SETDA,in_force,2017-04-01,2017-05-01,T,Perwal 9/2017",
    ],
    "regulation/day_matters": [
        "rule_code,regulation_code,matter,special_day,code,as_minutes,priced_by,pct,pct_low,pct_high,amount_idr,"
        "share_pct,base_name,rule_status,valid_from,valid_to,evidence,legal_basis,note",
        f"permentan_68_2012.alpa,permentan_68_2012,alpa,,ALPA,,pct,7,,,,,,{TAIL}",
    ],
    "regulation/excuse_kinds": [
        "excuse_kind,status,treat_as,label,needs_letter,evidence,legal_basis",
        "cuti_besar,CUTI_BESAR,excused,cuti besar menurut perwal,true,T,Perwal 9/2017",
    ],
}


@pytest.fixture(scope="module")
def law(module_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The seeds, and a city with one regulation of its own under the code of a built-in one, in staging."""
    folder: Path = tmp_path_factory.mktemp("law") / "situs"
    (folder / "regulation").mkdir(parents=True)
    for file, lines in SITE.items():
        (folder / f"{file}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    as_of = datetime.fromisoformat("2017-06-01T08:00+07:00")
    report = load_site(module_db, folder, clock_at(as_of))
    assert report.refused == ()
    conn = connect(module_db, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "insert into ops.builds (started_at, state, as_of, load_id, is_full, rules_sha256, day_count)"
            " values (%s, 'running', %s, %s, true, 'x', 0) returning build_id",
            (as_of, as_of, report.load_id),
        )
        build_id = cursor.fetchall()[0][0]
    conn.close()
    run_dbt(module_db, ["seed"])
    run_dbt(
        module_db,
        ["run", "--select", "path:models/staging/law +int_regulations__governing stg_ops__replaced_regulations"],
        build_id=build_id,
    )
    return module_db


def answers(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    conn = connect(settings, "auditor")
    with conn, conn.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    conn.close()
    return rows


def test_the_seeds_pass_their_tests(law: Settings) -> None:
    run_dbt(law, ["test", "--select", "path:seeds"])


def test_a_regulation_of_the_city_takes_the_place_of_the_built_in_one_as_a_whole(law: Settings) -> None:
    matters = answers(
        law,
        "select matter, pct::text from staging.stg_law__day_matters where regulation_code = 'permentan_68_2012'",
    )
    bands = answers(
        law, "select count(*) from staging.stg_law__minute_bands where regulation_code = 'permentan_68_2012'"
    )

    assert matters == [("alpa", "7.00")]
    assert bands == [(0,)]


def test_twin_other_built_in_regulations_stand_as_they_were(law: Settings) -> None:
    [(built_in,)] = answers(
        law, "select count(*) from reference.day_matters where regulation_code <> 'permentan_68_2012'"
    )

    assert answers(law, "select count(*) from staging.stg_law__day_matters") == [(built_in + 1,)]


def test_an_offices_own_regulation_beats_the_one_for_all_on_its_days(law: Settings) -> None:
    governing = answers(
        law,
        "select opd_code, regulation_code, valid_from::text from intermediate.int_regulations__governing"
        " where purpose = 'potongan' and valid_from >= '2017-03-20' order by opd_code, valid_from",
    )

    assert governing == [
        ("DISHUB", "cilegon_perwal_3_2017", "2017-03-20"),
        ("SETDA", "cilegon_perwal_3_2017", "2017-03-20"),
        ("SETDA", "permentan_68_2012", "2017-04-01"),
        ("SETDA", "cilegon_perwal_3_2017", "2017-05-01"),
    ]


def test_a_kind_of_excuse_of_the_city_takes_the_place_of_its_namesake(law: Settings) -> None:
    kinds = answers(law, "select label from staging.stg_law__excuse_kinds where excuse_kind = 'cuti_besar'")

    assert kinds == [("cuti besar menurut perwal",)]


def write(settings: Settings, statement: str) -> None:
    conn = connect(settings, "dbt")
    with conn, conn.cursor() as cursor:
        cursor.execute(statement)
    conn.close()


def test_twin_a_second_version_beside_the_first_turns_its_seed_red(law: Settings) -> None:
    write(
        law,
        "create temporary table twin as select * from reference.day_matters where rule_code = 'permentan_68_2012.alpa';"
        " update twin set rule_code = 'permentan_68_2012.alpa.lain', pct = 3;"
        " insert into reference.day_matters select * from twin",
    )

    try:
        with pytest.raises(Problem, match="day_matters_versions_do_not_overlap"):
            run_dbt(law, ["test", "--select", "day_matters_versions_do_not_overlap"])
    finally:
        write(law, "delete from reference.day_matters where rule_code = 'permentan_68_2012.alpa.lain'")
