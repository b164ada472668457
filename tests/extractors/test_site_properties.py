"""What holds for any folder: twice is once, the order of rows and the way through versions do not matter."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractors.site.files import ROW_MODELS, columns_of
from warehouse.connection import connect

if TYPE_CHECKING:
    from tests.extractors.conftest import SiteFolder

pytestmark = pytest.mark.db

FEW = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

# Single cells of the small city and what may be written there; some of it is refused.
EDITS = [
    ("employees", "name", ["Siti A.", "Budi", ""]),
    ("employees", "kind", ["PNS", "honorer", "ASN"]),
    ("postings", "opd_code", ["SETDA", "DISHUB", "NOWHERE"]),
    ("postings", "valid_to", ["", "2017-02-10", "2016-01-01"]),
    ("pins", "employee_id", ["P1", "P2", "P9"]),
    ("pins", "valid_to", ["", "2017-02-10", "besok"]),
    ("terminals", "removed_on", ["", "2017-02-20"]),
    ("schedules", "end_time", ["16:00", "16:30", "25:00"]),
    ("shift_assignments", "schedule_code", ["KANTOR", "MALAM", "SIANG"]),
    ("excuses", "kind", ["dinas_luar", "sakit_without_letter", "sakit_hati"]),
    ("tpp", "base_idr", ["1", "2500000", "2.500.000"]),
]
edits = st.lists(
    st.sampled_from(EDITS).flatmap(
        lambda edit: st.tuples(st.just(edit[0]), st.just(edit[1]), st.sampled_from(edit[2]), st.integers(0, 3))
    ),
    max_size=6,
)
states = st.lists(st.tuples(edits, st.sets(st.sampled_from(["tpp", "holidays", "excuses"]))), min_size=1, max_size=2)


def clear(site: SiteFolder) -> None:
    names = ", ".join(f"reference.{table}" for table in ROW_MODELS)
    conn = connect(site.settings, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute(
            f"truncate ops.touched, reference.load_refusals, reference.loads, {names} restart identity cascade"
        )
    conn.close()


def edited(site: SiteFolder, changes: list[tuple[str, str, str, int]], emptied: set[str]) -> SiteFolder:
    copy = replace(site, rows={table: [list(row) for row in rows] for table, rows in site.rows.items()})
    for table, column, cell, number in changes:
        copy.change(table, number % len(copy.rows[table]), **{column: cell})
    for table in emptied:
        copy.rows[table] = []
    return copy


def known(site: SiteFolder) -> dict[str, list[tuple[Any, ...]]]:
    return {table: site.in_force(table) for table in ROW_MODELS}


def reasons(report: Any) -> set[tuple[str, str, str]]:
    return {(refusal.file, refusal.column, refusal.remedy) for refusal in report.refused}


@FEW
@given(states=states)
def test_each_load_twice_is_once(site: SiteFolder, states: list[Any]) -> None:
    clear(site)

    for changes, emptied in states:
        city = edited(site, changes, emptied)
        first = city.load()
        history = {table: sorted(city.query(f"select * from reference.{table}"), key=repr) for table in ROW_MODELS}
        city.forget_touched()

        second = city.load()

        assert (second.load_id, second.is_new, second.refused) == (first.load_id, False, first.refused)
        assert history == {
            table: sorted(city.query(f"select * from reference.{table}"), key=repr) for table in ROW_MODELS
        }
        assert city.touched() == set()


@FEW
@given(states=states, seed=st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter(site: SiteFolder, states: list[Any], seed: int) -> None:
    outcomes = []
    for is_shuffled in (False, True):
        clear(site)
        for changes, emptied in states:
            city = edited(site, changes, emptied)
            if is_shuffled:
                for rows in city.rows.values():
                    random.Random(seed).shuffle(rows)
            report = city.load()
        outcomes.append((known(site), len(report.refused), reasons(report)))

    assert outcomes[0] == outcomes[1]


@FEW
@given(states=states)
def test_what_is_in_force_never_breaks_its_own_rules(site: SiteFolder, states: list[Any]) -> None:
    """Written out afresh, what is in force loads without a single refusal: each version is consistent."""
    clear(site)
    for changes, emptied in states:
        edited(site, changes, emptied).load()
    kept = known(site)
    clear(site)
    again = replace(site, rows={table: [as_cells(table, row) for row in rows] for table, rows in kept.items()})

    report = again.load()

    assert report.refused == ()
    assert known(again) == kept


def as_cells(table: str, row: tuple[Any, ...]) -> list[str]:
    words = {True: "ya", False: "tidak", None: ""}
    assert len(row) == len(columns_of(table))
    return [words[cell] if cell is None or isinstance(cell, bool) else str(cell) for cell in row]


def test_twin_a_rule_that_is_broken_by_hand_is_seen(loaded_site: SiteFolder) -> None:
    conn = connect(loaded_site.settings, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute("insert into reference.tpp values ('P1', 1, '2017-02-01', null, 1, null)")
    conn.close()
    again = replace(loaded_site, rows={"tpp": [as_cells("tpp", row) for row in loaded_site.in_force("tpp")]})

    again.rows |= {"employees": loaded_site.rows["employees"]}
    clear(site=again)

    assert [(refusal.file, refusal.column) for refusal in again.load().refused] == [("tpp.csv", "valid_from")]
