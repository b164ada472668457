"""What a city's own rows of the law do to a built town: hours where nobody assigns a schedule, words of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from extractors.site.load import load_site
from law.explain import explain
from tests.support.golden_town import AS_OF, SITE
from tests.support.reference_rows import execute
from warehouse.build import build
from warehouse.clock import clock_at

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.golden_town import Town

pytestmark = pytest.mark.dbt

HOURS = "pakpak_bharat_tpp_2020.kec"
ASSIGNED = [line for line in SITE["shift_assignments"] if not line.startswith("opd,KEC")]
APPLIED = [
    "rule_code,regulation_code,schedule_code,opd_code,replaces_code,rule_status,valid_from,valid_to,evidence,"
    "legal_basis,note",
    f"{HOURS},pakpak_bharat_tpp_2020,pakpak_normal,KEC,,in_force,2017-01-01,,I,SK Camat 1/2017,",
]


def test_a_kind_of_excuse_of_the_city_has_its_own_words(own_town: Town) -> None:
    execute(
        own_town.settings,
        "insert into reference.excuses (excuse_id, employee_id, kind, date_from, date_to, side, decision, load_from)"
        " values ('E9', 'P03', 'izin_haji', '2017-03-24', '2017-03-24', 'full', 'pending', 1)",
    )
    (stranger,) = explain(own_town.settings, "P03", "2017-03-24")["excuses"]

    execute(
        own_town.settings,
        "insert into reference.law_excuse_kinds"
        " values ('izin_haji', 'IZIN', 'excused', 'izin haji', true, 'T', 'Perwal 9/2017 pasal 12', 1)",
    )
    (known,) = explain(own_town.settings, "P03", "2017-03-24")["excuses"]

    assert (stranger["label"], stranger["legal_basis"]) == (None, None)
    assert (known["label"], known["legal_basis"]) == ("izin haji", "Perwal 9/2017 pasal 12")


def shifts_of(town: Town, employee_id: str) -> list[tuple[Any, ...]]:
    return town.query(
        "select facts.work_date, facts.starts_at_local, facts.ends_at_local, facts.statuses, facts.reason,"
        " rosters.assignment_scope, rosters.hours_rule_code"
        " from marts.fct_shift_attendance as facts"
        " inner join intermediate.int_shifts__resolved as rosters using (employee_id, work_date, shift_no)"
        " where facts.employee_id = %s order by facts.work_date",
        (employee_id,),
    )


def test_an_office_whose_assignment_is_taken_away_has_the_hours_of_the_law(own_town: Town, tmp_path: Path) -> None:
    assigned = shifts_of(own_town, "P16")
    (tmp_path / "regulation").mkdir()
    (tmp_path / "shift_assignments.csv").write_text("\n".join(ASSIGNED) + "\n", encoding="utf-8")
    (tmp_path / "regulation" / "schedule_applications.csv").write_text("\n".join(APPLIED) + "\n", encoding="utf-8")

    assert load_site(own_town.settings, tmp_path, clock_at(AS_OF + timedelta(minutes=1))).refused == ()
    build(own_town.settings, clock_at(AS_OF + timedelta(minutes=2)))
    by_law = shifts_of(own_town, "P16")

    # Both tables say 07.30-16.00, Friday 16.30: the same shifts and statuses, for another reason.
    assert [row[:4] for row in by_law] == [row[:4] for row in assigned]
    assert {row[5:] for row in assigned} == {("opd", None)}
    assert {row[5:] for row in by_law} == {("law", HOURS)}
    assert all(row[4].endswith("(jadwal kantor).") for row in assigned)
    assert all(row[4].endswith(f"(tanpa penugasan; menurut SK Camat 1/2017, baris {HOURS}).") for row in by_law)
    (shift,) = explain(own_town.settings, "P16", str(by_law[0][0]))["shifts"]
    assert shift["schedule_legal_basis"].startswith("program SIBAHANPE")
