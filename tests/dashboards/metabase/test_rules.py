"""Each fault that Metabase would draw in silence, planted in a compiled object; the room itself has none."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from dashboards.definition import read_dashboards
from dashboards.lint import metabase_faults
from dashboards.metabase.compile import compile_dashboards
from dashboards.metabase.objects import Desired
from dashboards.metabase.rules import card_faults, dashboard_faults, mapping_faults, name_faults

pytestmark = pytest.mark.unit
BAR, TABLE, SCALAR = (
    "card:wali_kota/daily_trend",
    "card:sekda/alpa_people",
    "card:wali_kota/deductions_month/payable_idr",
)


@pytest.fixture(scope="module")
def compiled() -> dict[str, Desired]:
    return {item.key: item for item in compile_dashboards(read_dashboards())}


@pytest.fixture
def wanted(compiled: dict[str, Desired]) -> dict[str, Desired]:
    """A copy that a test may break."""
    return {key: Desired(item.key, item.model, copy.deepcopy(item.body)) for key, item in compiled.items()}


def formats(key: str) -> dict[str, str]:
    dashboard, card = key.removeprefix("card:").split("/")[:2]
    cards = next(each for each in read_dashboards() if each.key == dashboard).cards
    return {column.name: column.format for column in next(each for each in cards if each.key == card).columns}


def rules(faults) -> set[str]:
    return {rule for _, rule, _ in faults}


def test_the_room_has_none():
    assert list(metabase_faults(read_dashboards())) == []


def setting(name: str, value: object) -> Callable[[dict], None]:
    return lambda body: body["visualization_settings"].__setitem__(name, value)


def sql(old: str, new: str) -> Callable[[dict], None]:
    def change(body: dict) -> None:
        native = body["dataset_query"]["native"]
        assert old in native["query"]
        native["query"] = native["query"].replace(old, new)

    return change


def tag(**changes: object) -> Callable[[dict], None]:
    return lambda body: body["dataset_query"]["native"]["template-tags"]["opd"].update(changes)


@pytest.mark.parametrize(
    ("key", "change", "rule"),
    [
        (BAR, lambda body: body.update(display="bars"), "tampilan_asing"),
        (BAR, setting("graph.metric", ["late_count"]), "setelan_asing"),
        (BAR, setting("scalar.field", "late_count"), "setelan_asing"),
        (BAR, setting("graph.metrics", "late_count"), "setelan_salah_bentuk"),
        (BAR, setting("graph.show_values", "true"), "setelan_salah_bentuk"),
        (BAR, setting("stackable.stack_type", "percent"), "setelan_salah_bentuk"),
        (BAR, setting("graph.metrics", ["late_counts"]), "kolom_metabase_tidak_ada"),
        (BAR, setting("graph.dimensions", ["day"]), "kolom_metabase_tidak_ada"),
        (BAR, setting("series_settings", {"late": {}}), "kolom_metabase_tidak_ada"),
        (BAR, setting("graph.metrics", ["work_date"]), "ukuran_metabase_bukan_angka"),
        (TABLE, setting("table.columns", [{"name": "nama", "enabled": True}]), "kolom_metabase_tidak_ada"),
        (TABLE, setting("table.columns", "nip"), "setelan_salah_bentuk"),
        (TABLE, setting("column_settings", {'["name","nama"]': {}}), "kolom_metabase_tidak_ada"),
        (TABLE, setting("table.column_formatting", [{"columns": ["nama"]}]), "kolom_metabase_tidak_ada"),
        (SCALAR, setting("scalar.field", "paid_idr"), "kolom_metabase_tidak_ada"),
        (TABLE, sql("{{opd}}", "{{opds}}"), "tag_tidak_cocok"),
        (TABLE, sql("[[", ""), "tag_wajib_tanpa_isi"),
        (TABLE, tag(**{"widget-type": "string"}), "jenis_saringan_asing"),
        (
            TABLE,
            sql("marts.rpt_presence_by_opd where {{", "marts.rpt_presence_by_opd as p where {{"),
            "alias_pada_saringan",
        ),
        (
            TABLE,
            sql("marts.rpt_presence_by_opd where {{", "marts.rpt_presence_by_opd p where {{"),
            "alias_pada_saringan",
        ),
    ],
)
def test_twin_a_fault_in_a_card(wanted, key, change, rule):
    assert rules(card_faults(wanted[key], formats(key))) == set()
    change(wanted[key].body)
    assert rule in rules(card_faults(wanted[key], formats(key)))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda body: body["dashcards"][1].update(col=20), "di_luar_kisi"),
        (lambda body: body["dashcards"][1].update(size_y=0), "di_luar_kisi"),
        (lambda body: body["dashcards"][2].update(row=1), "bertindihan"),
        (lambda body: [card.update(parameter_mappings=[]) for card in body["dashcards"]], "saringan_tak_terhubung"),
        (lambda body: body["parameters"][0].update(type="string"), "jenis_saringan_asing"),
    ],
)
def test_twin_a_fault_in_a_dashboard(wanted, change, rule):
    sekda = wanted["dashboard:sekda"]
    assert rules(dashboard_faults(sekda)) == set()
    change(sekda.body)
    assert rule in rules(dashboard_faults(sekda))


@pytest.mark.parametrize(
    "target", [["dimension", ["template-tag", "kantor"]], ["variable", ["template-tag", "opd"]]], ids=["tag", "kind"]
)
def test_twin_a_mapping_that_leads_nowhere(wanted, target):
    sekda = wanted["dashboard:sekda"]
    assert rules(mapping_faults(sekda, wanted)) == set()
    next(card for card in sekda.body["dashcards"] if card["parameter_mappings"])["parameter_mappings"][0].update(
        target=target
    )
    assert rules(mapping_faults(sekda, wanted)) == {"saringan_salah_sasaran"}


def test_twin_two_cards_of_one_name_in_one_collection(wanted):
    items = list(wanted.values())
    assert rules(name_faults(items)) == set()
    wanted[BAR].body["name"] = wanted["card:wali_kota/data_gaps"].body["name"]
    assert rules(name_faults(items)) == {"nama_ganda"}
