"""Counts taken over with a letter, end to end: a month without punches is priced, a year climbs the ladder, an
incremental build leaves what a full one would have made, and a lock keeps its hash.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from tests.support.golden_town import AS_OF, Town
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect

if TYPE_CHECKING:
    from warehouse.settings import Settings

pytestmark = pytest.mark.dbt

HEAD = "employee_id,month,counter,quantity,letter_no"
FACTS = {
    "months": "select * from marts.fct_monthly_deductions order by employee_id, month",
    "counts": "select * from intermediate.int_counters__by_month order by 1, 2, 4, 5",
    "ladder": "select * from intermediate.int_discipline__by_year order by 1, 2",
    "costs": "select * from intermediate.int_month_costs__summed order by 1, 2, 3, 4",
}


def facts(town: Town) -> dict[str, list[tuple[Any, ...]]]:
    return {name: town.query(query) for name, query in FACTS.items()}


def test_stated_counts_are_priced_and_climb_and_equal_a_full_build(own_town: Town) -> None:
    town, warehouse_db = own_town, own_town.settings
    before = facts(town)

    # Five days of alpa in January, a month that the terminals saw two days of; five more years ago; 449 minutes.
    town.load(
        stated_counters=[
            HEAD,
            "P01,2017-01,absent_days,5,800/45",
            "P03,2016-05,absent_days,5,800/45",
            "P04,2016-05,late_early_minutes,449,800/45",
            "P10,2016-05,absent_days,40,800/45",
        ]
    )
    second = build(warehouse_db, clock_at(AS_OF))
    assert not second.is_full

    # 5 x 5 % of 4,250,000 = 25 % = 1,062,500, announced only. In 2016 no rule for cuts governed the city yet.
    assert town.query(
        "select month::text, projected_pct, projected_idr, payable_idr, pct, cut_idr, alpa_day_count"
        " from marts.fct_monthly_deductions where employee_id = 'P01' and month < '2017-02-01'"
    ) == [("2017-01-01", Decimal(25), Decimal(1_062_500), 0, Decimal(25), Decimal(1_062_500), 5)]
    assert (
        town.query(
            "select month::text, pct, cut_idr from marts.fct_monthly_deductions where month < '2017-01-01' order by 1"
        )
        == [("2016-05-01", 0, 0)] * 3
    )
    # The older law: five days are teguran lisan. A PPPK of 40 days follows a rule of his own.
    assert town.query(
        "select employee_id, year, days, sanction, salary_stop_next_month, act_by_date, reached_on::text"
        " from marts.fct_discipline order by 1"
    ) == [
        ("P01", 2017, 5, "teguran_lisan", False, None, "2017-01-31"),
        ("P03", 2016, 5, "teguran_lisan", False, None, "2016-05-31"),
    ]
    assert town.query(
        "select converted_days, remainder_min from intermediate.int_discipline__by_year where employee_id = 'P04'"
        " and year = 2016"
    ) == [(0, 449)]

    touched = facts(town)
    build(warehouse_db, clock_at(AS_OF), full=True)
    assert facts(town) == touched

    # Twin: what the folder no longer says is gone, and nothing else has moved.
    town.load(stated_counters=[HEAD])
    assert not build(warehouse_db, clock_at(AS_OF)).is_full
    assert facts(town) == before


def test_a_lock_of_before_the_new_columns_keeps_its_hash_and_a_new_figure_is_hashed(warehouse_db: Settings) -> None:
    old = 'ops.frozen_figures(\'{"transition_id": 1, "employee_id": "P1", "base_idr": null, "pct": null}\')'
    new = old.replace('"pct": null', '"pct": 2.5')
    conn = connect(warehouse_db, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute(f"select {old}, {new}")
        row = cursor.fetchone()
        cursor.execute("select pg_get_functiondef('ops.figures_sha256(bigint)'::regprocedure)")
        (definition,) = cursor.fetchone() or ("",)
    conn.close()

    assert row == ({"base_idr": None, "employee_id": "P1"}, {"base_idr": None, "employee_id": "P1", "pct": 2.5})
    assert "ops.frozen_figures(to_jsonb(figures))" in definition


def test_a_count_below_nothing_is_refused_by_the_table_too(warehouse_db: Settings) -> None:
    conn = connect(warehouse_db, "owner")
    cursor = conn.cursor()
    cursor.execute(
        "insert into reference.loads (loaded_at, folder, files, loaded_count, refused_count)"
        " values (now(), 'x', '{}', 0, 0) returning load_id"
    )
    (load_id,) = cursor.fetchone() or (0,)
    row = "insert into reference.stated_counters values ('P', '2017-01-01', 'days', %s, 'x', %s, null)"
    cursor.execute(row, (0, load_id))
    with pytest.raises(psycopg2.errors.CheckViolation):
        cursor.execute(row.replace("'P'", "'Q'"), (-1, load_id))
    conn.close()
