"""The acceptance of a living server, here of the stand-in: green when all is right, red for each thing that is not."""

from __future__ import annotations

import pytest

from dashboards.definition import read_dashboards
from dashboards.metabase import verify as module
from dashboards.metabase.provision import apply
from dashboards.metabase.values import first_difference
from dashboards.metabase.verify import verify
from tests.support.metabase_town import Asked, book
from warehouse.console import Problem

pytestmark = pytest.mark.db


@pytest.fixture
def applied(settings, monkeypatch):
    """Sekda's and the office's dashboards, applied."""
    few = tuple(dashboard for dashboard in read_dashboards() if dashboard.key in ("sekda", "opd_contoh"))
    monkeypatch.setattr(module, "read_dashboards", lambda: few)
    apply(settings, few)
    return settings


def failed(settings) -> set[str]:
    return {check.name for check in verify(settings) if check.outcome == "FAIL"}


def test_all_is_right_and_nothing_remains(applied, standin):
    keys, collections = dict(standin.state.api_keys), set(standin.state.collections)
    checks = verify(applied)
    assert {check.outcome for check in checks} == {"PASS"}
    assert len(checks) > 20
    assert standin.state.api_keys == keys
    (sample,) = set(standin.state.collections) - collections
    assert standin.state.collections[sample]["archived"]
    assert {card["archived"] for card in standin.state.cards.values() if card["collection_id"] == sample} == {True}


def test_before_an_apply_there_is_nothing_to_verify(settings):
    with pytest.raises(Problem, match="apply"):
        verify(settings)


def test_twin_a_wrong_number(applied, standin):
    card = standin.state.cards[book(applied)["card:sekda/lateness_by_opd"]]
    card["query"]["sql"] = card["query"]["sql"].replace(
        "lateness.late_count,", "lateness.late_count + 1 as late_count,"
    )
    assert failed(applied) == {"angka card:sekda/lateness_by_opd"}


def test_twin_public_sharing(applied, standin):
    standin.state.settings["enable-public-sharing"] = True
    assert failed(applied) == {"berbagi publik mati"}


def test_twin_a_door_that_stands_open(applied, standin):
    ask, known = Asked(standin), book(applied)
    group = next(group["id"] for group in ask("GET", "/api/permissions/group") if group["name"] == "OPD DINKES")
    opened = {str(group): {str(known["collection:dashboard/sekda"]): "read"}}
    ask("PUT", "/api/collection/graph?force=true", {"groups": opened})
    assert failed(applied) == {"kelompok OPD DINKES melihat haknya saja"}


def test_twin_somebody_may_write_sql(applied, standin):
    grant = {"view-data": "unrestricted", "create-queries": "query-builder-and-native"}
    database = str(book(applied)["database"])
    graph = {"groups": {"1": {database: grant}}, "revision": standin.state.data_revision}
    Asked(standin)("PUT", "/api/permissions/graph", graph)
    assert "pengguna lain tidak melihat apa pun" in failed(applied)


def test_twin_a_filter_without_its_list(applied, standin):
    field = next(
        n for n, f in standin.state.fields.items() if f["name"] == "opd_name" and f["has_field_values"] == "list"
    )
    standin.state.fields[field]["has_field_values"] = "none"
    assert failed(applied) == {"saringan berupa daftar pilihan"}


def test_twin_a_body_that_the_server_describes_otherwise(applied, standin):
    def stricter(_method, path, body):
        if path == "/api/docs/openapi.json":
            schema = body["paths"]["/api/card/"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            schema["required"].append("card_schema")
        return body

    standin.tamper = stricter
    assert failed(applied) == {"badan permintaan sesuai OpenAPI server"}


def test_a_server_without_openapi_is_said_to_be_so(applied, standin):
    standin.tamper = lambda _method, path, body: {"paths": {}} if path == "/api/docs/openapi.json" else body
    skipped = [check for check in verify(applied) if check.outcome == "SKIP"]
    assert [check.name for check in skipped] == ["badan permintaan sesuai OpenAPI server"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": "failed", "error": "relation does not exist"}, "relation does not exist"),
        ({"status": "completed", "data": {"cols": [{"name": "m"}], "rows": []}}, "kolom"),
        ({"status": "completed", "data": {"cols": [{"name": "n"}], "rows": []}}, "0 baris"),
        ({"status": "completed", "data": {"cols": [{"name": "n"}], "rows": [[2]]}}, "2 bukan 1"),
        ({"status": "completed", "data": {"cols": [{"name": "n"}], "rows": [["1"]]}}, "1 bukan 1"),
        ({"status": "completed", "data": {"cols": [{"name": "n"}], "rows": [[1.0]]}}, None),
    ],
)
def test_what_differs_is_said(answer, told):
    found = first_difference(answer, ["n"], [(1,)])
    assert found is told is None or told in found


def test_names_of_people_are_not_told():
    answer = {"status": "completed", "data": {"cols": [{"name": "name"}], "rows": [["Siti Rohmah"]]}}
    assert first_difference(answer, ["name"], [("Nurhayati",)]) == "baris 1, name: teks berbeda"
