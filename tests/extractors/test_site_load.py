"""The site folder as versions: what loads, what stays in force, what a second load does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
import pytest

from extractors.site.files import ROW_MODELS, columns_of, late_columns_of
from extractors.site.load import load_site
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.migrate import DDL_DIR

if TYPE_CHECKING:
    from tests.extractors.conftest import SiteFolder

pytestmark = pytest.mark.db


def test_everything_loads_as_it_stands(site: SiteFolder) -> None:
    report = site.load()

    assert (report.load_id, report.loaded, report.refused, report.is_new) == (1, 39, (), True)
    assert site.query("select employee_id, pin from reference.pins where scope_code = 'DISHUB' order by 1") == [
        ("P3", "1"),
        ("P4", "04"),
    ]
    assert site.query("select loaded_count, refused_count, folder from reference.loads") == [(39, 0, "situs")]
    assert site.query("select files ? 'opd.csv' from reference.loads") == [(True,)]
    assert site.query("select loaded_at from reference.loads")[0][0] == site.as_of


def test_loading_twice_is_loading_once(loaded_site: SiteFolder) -> None:
    before = site_history(loaded_site)
    loaded_site.forget_touched()

    report = loaded_site.load()

    assert (report.load_id, report.loaded, report.is_new) == (1, 0, False)
    assert site_history(loaded_site) == before
    assert loaded_site.touched() == set()


def site_history(site: SiteFolder) -> dict[str, list[tuple[object, ...]]]:
    return {table: sorted(site.query(f"select * from reference.{table}"), key=repr) for table in ROW_MODELS}


def test_a_changed_row_ends_and_begins_and_the_others_stay(loaded_site: SiteFolder) -> None:
    loaded_site.change("employees", 0, name="Siti Aminah, S.E.")

    report = loaded_site.load()

    assert (report.load_id, report.loaded) == (2, 1)
    assert loaded_site.query(
        "select name, load_from, load_to from reference.employees where employee_id = 'P1' order by load_from"
    ) == [("Siti Aminah", 1, 2), ("Siti Aminah, S.E.", 2, None)]
    assert loaded_site.query("select count(*) from reference.employees where load_from = 2") == [(1,)]
    assert loaded_site.query("select count(*) from reference.pins where load_from = 2 or load_to = 2") == [(0,)]


def test_a_row_that_vanished_ends_with_the_load(loaded_site: SiteFolder) -> None:
    del loaded_site.rows["tpp"][1]

    report = loaded_site.load()

    assert report.loaded == 1
    assert loaded_site.query("select employee_id, load_to from reference.tpp order by 1") == [("P1", None), ("P2", 2)]


def test_a_row_that_comes_back_begins_again(loaded_site: SiteFolder) -> None:
    row = loaded_site.rows["tpp"].pop()
    loaded_site.load()
    loaded_site.rows["tpp"].append(row)

    loaded_site.load()

    assert loaded_site.query("select load_from, load_to from reference.tpp where employee_id = 'P2' order by 1") == [
        (1, 2),
        (3, None),
    ]


def test_a_missing_file_changes_nothing(loaded_site: SiteFolder) -> None:
    before = {table: loaded_site.in_force(table) for table in ROW_MODELS}
    loaded_site.change("opd", 0, name="Setda Kota")

    report = loaded_site.load("opd")

    assert report.loaded == 1
    assert all(loaded_site.in_force(table) == before[table] for table in ROW_MODELS if table != "opd")


def test_a_refused_row_leaves_in_force_what_was_and_good_rows_load(loaded_site: SiteFolder) -> None:
    loaded_site.change("employees", 0, kind="ASN")
    loaded_site.change("employees", 1, name="Budi Santosa")

    report = loaded_site.load()

    assert report.loaded == 1
    [refusal] = report.refused
    assert (refusal.file, refusal.line, refusal.column) == ("employees.csv", 2, "kind")
    assert "ASN" in refusal.reason
    assert "PNS, PPPK, honorer" in refusal.remedy
    assert ("P1", "Siti Aminah", "PNS") in loaded_site.in_force("employees")
    assert ("P2", "Budi Santosa", "PNS") in loaded_site.in_force("employees")
    assert loaded_site.query("select file, line, column_name from reference.load_refusals where load_id = 2") == [
        ("employees.csv", 2, "kind")
    ]


def test_twin_a_row_that_is_deleted_instead_of_refused_does_end(loaded_site: SiteFolder) -> None:
    """So the row above was kept for its refusal, and not because nothing ever ends."""
    del loaded_site.rows["holidays"][0]

    loaded_site.load()

    assert loaded_site.in_force("holidays") == []


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        pytest.param({"valid_from": "30/01/2017"}, 1, id="rest-of-the-key-names-the-row"),
        pytest.param({"scope_code": "", "scope": "", "pin": "", "valid_from": "?"}, 2, id="no-key-keeps-all"),
    ],
)
def test_a_row_with_an_unreadable_key_keeps_what_it_may_mean(
    loaded_site: SiteFolder, cells: dict[str, str], kept: int
) -> None:
    loaded_site.change("pins", 0, **cells)  # opd SETDA 1 P1
    del loaded_site.rows["pins"][1]  # opd SETDA 2 P2: gone, unless the torn row could have been it

    report = loaded_site.load()

    assert report.refused
    setda = loaded_site.query("select pin from reference.pins where load_to is null and scope_code = 'SETDA'")
    assert len(setda) == kept


def test_the_same_refusals_again_make_no_new_version(loaded_site: SiteFolder) -> None:
    loaded_site.change("employees", 0, kind="ASN")
    first = loaded_site.load()

    second = loaded_site.load()

    assert first.is_new
    assert (second.load_id, second.loaded, second.is_new) == (first.load_id, 0, False)
    assert second.refused == first.refused


def test_a_mended_row_loads_although_nothing_else_changed(site: SiteFolder) -> None:
    site.change("excuses", 0, kind="sakit_hati")
    assert len(site.load().refused) == 1

    site.change("excuses", 0, kind="sakit_with_doctor_letter")
    report = site.load()

    assert (report.loaded, report.refused) == (1, ())


def test_a_file_that_cannot_be_read_changes_nothing(loaded_site: SiteFolder) -> None:
    before = loaded_site.in_force("employees")
    loaded_site.write()
    (loaded_site.folder / "employees.csv").write_text("employee_id,nama,kind\nP1,Siti,PNS\n", encoding="utf-8")

    report = loaded_site.load_as_is()

    assert [(r.file, r.line, r.column) for r in report.refused] == [("employees.csv", 1, "name")]
    assert loaded_site.in_force("employees") == before


def test_the_version_is_known_at_its_load(loaded_site: SiteFolder) -> None:
    """A past state of knowledge can be rebuilt: known time stands in the loads."""
    loaded_site.change("tpp", 0, base_idr="2750000")
    loaded_site.load()

    def known_at(load: int) -> list[tuple[object, ...]]:
        return loaded_site.query(
            "select base_idr::int from reference.tpp where employee_id = 'P1'"
            f" and load_from <= {load} and (load_to is null or load_to > {load})"
        )

    assert (known_at(1), known_at(2)) == ([(2500000,)], [(2750000,)])


def test_a_folder_that_is_not_there_is_wrong_use(site: SiteFolder, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="hadir site init") as caught:
        load_site(site.settings, tmp_path / "none", clock_at(site.as_of))

    assert caught.value.code == Exit.WRONG_USE


def test_the_loader_itself_cannot_delete_what_was_known(loaded_site: SiteFolder) -> None:
    conn = connect(loaded_site.settings, "loader")

    with conn.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute("delete from reference.employees")

    conn.close()


def test_row_models_are_the_columns_of_the_tables(site: SiteFolder) -> None:
    assert (DDL_DIR / "0002_reference.sql").is_file()
    for table in ROW_MODELS:
        found = site.query(
            "select column_name from information_schema.columns where table_schema = 'reference'"
            f" and table_name = '{table}' order by ordinal_position"
        )
        late = late_columns_of(table)
        early = tuple(name for name in columns_of(table) if name not in late)
        columns = tuple(name for (name,) in found)
        first = (*early, "load_from", "load_to")
        assert columns[: len(first)] == first
        # In the order in which migrations added them: every statement names its columns.
        assert sorted(columns[len(first) :]) == sorted(late)
