"""What comes late, a letter or photos, changes what it touches only, and leaves what a full build would have made."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from biometrics.verify import touch_outcomes
from tests.support.golden_town import AS_OF, SITE, Town
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect

if TYPE_CHECKING:
    from warehouse.settings import Settings

pytestmark = pytest.mark.dbt

CUTS = """
    select deduction_id, employee_id, work_date, matter, code, minutes, pct, base_idr, state, reason, rule_code,
        rule_status, is_payable, legal_basis, evidence, trace::text
    from marts.fct_deductions order by deduction_id
"""
MONTHS = "select * from marts.fct_monthly_deductions order by employee_id, month"
FACES = """
    select local_date::text, opd_code, outcome, photo_count from marts.fct_face_checks
    union all
    select local_date::text, opd_code, 'with a photo', by_photo_count from marts.fct_face_evidence
    where by_photo_count > 0
    order by 1, 3
"""


def facts(town: Town) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    return town.query(CUTS), town.query(MONTHS)


def give_outcomes(settings: Settings) -> None:
    """P01's coming and going on 6 March at T-B were photographed, and a stranger on the 7th."""
    outcomes = [
        ("1", "P01", datetime(2017, 3, 6, 7, 20, 3), "COCOK", 0.3),
        ("1", "P01", datetime(2017, 3, 6, 16, 5, 1), "TIDAK_COCOK", 0.55),
        (None, None, datetime(2017, 3, 7, 7, 20, 0), "BELUM_DIDAFTARKAN", None),
    ]
    connection = connect(settings, "biometrics")
    with connection, connection.cursor() as cursor:
        for number, (pin, employee, taken_at, outcome, distance) in enumerate(outcomes):
            judged = ("wajah-1", 1, "model") if distance else (None, None, None)
            cursor.execute(
                """
                insert into biometrics.verifications (
                    terminal_serial, photo_sha256, pin, taken_at_local, employee_id, outcome, distance,
                    threshold_version, template_version, model, verified_at
                ) values ('T-B', %s, %s, %s, %s, %s, %s, %s, %s, %s, now())
                """,
                (str(number), pin, taken_at, employee, outcome, distance, *judged),
            )
        touch_outcomes(cursor, {("T-B", employee, taken_at) for _, employee, taken_at, _, _ in outcomes})
    connection.close()


def test_a_late_letter_and_late_photos_change_what_they_touch_and_equal_a_full_build(own_town: Town) -> None:
    town, warehouse_db = own_town, own_town.settings
    [(first_build,)] = town.query("select build_id from ops.builds")
    before = {(who, month): rest for who, month, *rest in facts(town)[1]}
    assert town.month("2017-02")["P11"][3] == 116_667
    assert town.query(FACES) == []

    approved = [line.replace("851/1,pending,", "851/1,approved,2017-03-30") for line in SITE["excuses"]]
    town.load(excuses=approved)
    give_outcomes(warehouse_db)
    second = build(warehouse_db, clock_at(AS_OF))

    after = {(who, month): rest for who, month, *rest in facts(town)[1]}
    changed = [key for key in before if before[key] != after[key]]
    assert [(who, str(month)) for who, month in changed] == [("P11", "2017-02-01")]
    assert town.month("2017-02")["P11"] == (0, 0, 0, 0, 0, 0, 0)
    assert town.query("select distinct build_id from marts.fct_deductions") == [(first_build,)]
    assert not second.is_full
    assert town.query(FACES) == [
        ("2017-03-06", "BKPP", "COCOK", 1),
        ("2017-03-06", "BKPP", "TIDAK_COCOK", 1),
        ("2017-03-06", "BKPP", "with a photo", 1),
        ("2017-03-07", "BKPP", "BELUM_DIDAFTARKAN", 1),
    ]
    assert town.query("select name, punched_at_local::text, is_borderline from marts.rpt_face_cases") == [
        ("Pegawai 01", "2017-03-06 16:05:00", True)
    ]

    assert build(warehouse_db, clock_at(AS_OF)).skipped
    touched = (*facts(town), town.query(FACES))
    build(warehouse_db, clock_at(AS_OF), full=True)
    assert (*facts(town), town.query(FACES)) == touched
