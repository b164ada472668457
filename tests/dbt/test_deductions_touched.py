"""A letter that comes late changes its person's month only, and leaves what a full build would have made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.golden_town import AS_OF, SITE, Town
from warehouse.build import build
from warehouse.clock import clock_at

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.settings import Settings

pytestmark = pytest.mark.dbt

CUTS = """
    select deduction_id, employee_id, work_date, matter, code, minutes, pct, base_idr, state, reason, rule_code,
        rule_status, is_payable, legal_basis, evidence, trace::text
    from marts.fct_deductions order by deduction_id
"""
MONTHS = "select * from marts.fct_monthly_deductions order by employee_id, month"


def facts(town: Town) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    return town.query(CUTS), town.query(MONTHS)


def test_a_late_letter_changes_one_month_and_equals_a_full_build(warehouse_db: Settings, tmp_path: Path) -> None:
    town = Town(warehouse_db, tmp_path / "situs")
    town.load()
    town.land()
    first = build(warehouse_db, clock_at(AS_OF))
    before = {(who, month): rest for who, month, *rest in facts(town)[1]}
    assert town.month("2017-02")["P11"][3] == 116_667

    approved = [line.replace("851/1,pending,", "851/1,approved,2017-03-30") for line in SITE["excuses"]]
    town.load(excuses=approved)
    second = build(warehouse_db, clock_at(AS_OF))

    after = {(who, month): rest for who, month, *rest in facts(town)[1]}
    changed = [key for key in before if before[key] != after[key]]
    assert [(who, str(month)) for who, month in changed] == [("P11", "2017-02-01")]
    assert town.month("2017-02")["P11"] == (0, 0, 0, 0, 0, 0, 0)
    assert town.query("select distinct build_id from marts.fct_deductions") == [(first.build_id,)]
    assert not second.is_full

    touched = facts(town)
    build(warehouse_db, clock_at(AS_OF), full=True)
    assert facts(town) == touched


def test_a_second_build_has_nothing_to_do(warehouse_db: Settings, tmp_path: Path) -> None:
    town = Town(warehouse_db, tmp_path / "situs")
    town.load()
    town.land()
    build(warehouse_db, clock_at(AS_OF))

    assert build(warehouse_db, clock_at(AS_OF)).skipped
