"""What our definition becomes for Metabase, without any server: bodies, names, places, filters."""

from __future__ import annotations

import pytest

from dashboards.charts import TONES
from dashboards.definition import Filter, read_dashboards
from dashboards.metabase.compile import ROOT_KEY, accesses, compile_dashboards
from dashboards.metabase.layout import GRID_COLUMNS, Place, places
from dashboards.metabase.native_query import comparable, filtered, native_query
from dashboards.metabase.objects import Desired, Ref, fingerprint, resolve
from dashboards.sql_reading import is_one_select

pytestmark = pytest.mark.unit
OPD = Filter(key="opd", label="OPD", type="string/=", field="rpt_presence_by_opd.opd_name")


@pytest.fixture(scope="module")
def wanted() -> dict[str, Desired]:
    return {item.key: item for item in compile_dashboards(read_dashboards())}


def settings_of(wanted: dict[str, Desired], key: str) -> dict[str, object]:
    return wanted[key].body["visualization_settings"]


class TestCards:
    def test_a_headline_becomes_a_scalar_per_figure(self, wanted):
        scalars = [key for key in wanted if key.startswith("card:wali_kota/presence_headline/")]
        assert len(scalars) == 8
        arrived = wanted["card:wali_kota/presence_headline/arrived_pct"].body
        assert arrived["display"] == "scalar"
        assert arrived["name"] == "Seluruh kota: Bagian yang hadir"
        assert arrived["visualization_settings"]["scalar.field"] == "arrived_pct"

    def test_numbers_are_written_as_in_indonesia(self, wanted):
        columns = settings_of(wanted, "card:sekda/deductions_by_month")["column_settings"]
        assert columns['["name","payable_idr"]'] == {
            "column_title": "Dipotong", "number_style": "currency", "currency": "IDR", "decimals": 0,
            "number_separators": ",.",
        }  # fmt: skip
        percent = settings_of(wanted, "card:sekda/lateness_by_opd")["column_settings"]['["name","late_pct"]']
        assert (percent["suffix"], percent["decimals"], percent["number_separators"]) == (" %", 2, ",.")

    def test_several_measures_are_stacked_to_a_hundred_and_keep_their_colours(self, wanted):
        settings = settings_of(wanted, "card:wali_kota/presence_by_opd")
        assert settings["stackable.stack_type"] == "normalized"
        assert settings["graph.dimensions"] == ["opd_name"]
        assert settings["series_settings"]["alpa_count"] == {"title": "Alpa", "color": TONES["alpa"]}
        assert "stackable.stack_type" not in settings_of(wanted, "card:wali_kota/alpa_by_opd")

    def test_a_table_hides_what_the_page_hides_and_marks_what_it_marks(self, wanted):
        settings = settings_of(wanted, "card:sekda/presence_by_opd")
        shown = {column["name"]: column["enabled"] for column in settings["table.columns"]}
        assert (shown["opd_name"], shown["data_until_local"]) == (True, False)
        marks = {mark["columns"][0]: (mark["operator"], mark["value"]) for mark in settings["table.column_formatting"]}
        assert marks["alpa_count"] == (">", 0)

    def test_no_text_is_empty(self, wanted):
        """An empty description is a 400."""
        assert all(item.body["description"] != "" for item in wanted.values())


class TestQueries:
    def test_a_filter_chooses_in_a_query_of_its_own(self):
        sql = "select p.x from marts.rpt_x as p\nwhere\n    true\n    /* filter opd: p.opd_name */\norder by p.x"
        query = native_query(sql, [OPD])["native"]
        assert "[[and p.opd_name in (select opd_name from marts.rpt_presence_by_opd where {{opd}})]]" in query["query"]
        assert query["template-tags"]["opd"]["dimension"] == ["field", Ref("field:rpt_presence_by_opd.opd_name"), None]

    def test_a_dashboard_without_the_filter_leaves_the_place_a_comment(self, wanted):
        for key, item in wanted.items():
            if item.model == "card" and not key.startswith("card:sekda/"):
                assert item.body["dataset_query"]["native"]["template-tags"] == {}
                assert is_one_select(item.body["dataset_query"]["native"]["query"])
        assert filtered("/* filter opd: a.b */", []) == "/* filter opd: a.b */"

    def test_an_offices_cards_hold_its_code_as_a_literal(self, wanted):
        office = [item for key, item in wanted.items() if key.startswith("card:opd_contoh/opd_")]
        assert len(office) > 5
        assert all("opd_code = 'DINKES'" in item.body["dataset_query"]["native"]["query"] for item in office)

    @pytest.mark.parametrize("as_list", [False, True])
    def test_answers_of_all_versions_compare_equal(self, as_list):
        legacy = resolve(
            native_query("select 1 /* filter opd: a.b */", [OPD]), {"database": 3, "field:" + OPD.field: 17}
        )
        tag = {
            **legacy["native"]["template-tags"]["opd"],
            "id": "another",
            "dimension": ["field", {"lib/uuid": "x"}, 17],
        }
        stage = {
            "lib/type": "mbql.stage/native",
            "native": legacy["native"]["query"],
            "template-tags": [tag] if as_list else {"opd": tag},
        }
        assert comparable({"lib/type": "mbql/query", "database": 3, "stages": [stage]}) == comparable(legacy)

    @pytest.mark.parametrize("change", [{"database": 4}, {"sql": "select 2"}, {"tags": {}}])
    def test_twin_a_real_difference_is_one(self, change):
        legacy = resolve(native_query("select 1 /* filter opd: a.b */", [OPD]), {"database": 3})
        assert fingerprint(comparable(legacy)) != fingerprint(comparable(legacy) | change)


class TestDashboards:
    def test_cards_stand_on_the_grid_and_on_no_other(self, wanted):
        for item in wanted.values():
            if item.model == "dashboard":
                stand = [Place(c["row"], c["col"], c["size_x"], c["size_y"]) for c in item.body["dashcards"]]
                assert all(place.is_inside for place in stand)
                assert not any(a.overlaps(b) for n, a in enumerate(stand) for b in stand[n + 1 :])

    def test_small_cards_stand_beside_a_high_one(self):
        assert places([(14, 16), (10, 8), (10, 8), (24, 3)]) == [
            Place(0, 0, 14, 16), Place(0, 14, 10, 8), Place(8, 14, 10, 8), Place(16, 0, 24, 3),
        ]  # fmt: skip
        assert not Place(0, 20, 5, 1).is_inside
        assert GRID_COLUMNS == 24

    def test_the_filter_is_mapped_to_every_card_that_has_its_tag(self, wanted):
        sekda = wanted["dashboard:sekda"].body
        mapped = {c["card_id"].key for c in sekda["dashcards"] if c["parameter_mappings"]}
        tagged = {
            key
            for key, item in wanted.items()
            if key.startswith("card:sekda/") and item.body["dataset_query"]["native"]["template-tags"]
        }
        assert mapped == tagged
        assert len(mapped) >= 6
        assert [(item["slug"], item["type"], item["sectionId"]) for item in sekda["parameters"]] == [
            ("opd", "string/=", "string"),
            ("tanggal", "date/all-options", "date"),
        ]

    def test_each_dashboard_lies_in_a_collection_of_its_own(self, wanted):
        homes = [item.body["collection_id"].key for item in wanted.values() if item.model == "dashboard"]
        assert len(homes) == len(set(homes)) == len(read_dashboards())
        assert wanted["collection:pimpinan"].body["parent_id"] == Ref(ROOT_KEY)


class TestNames:
    def test_what_is_named_stands_before_what_names_it(self, wanted):
        seen: set[str] = {"database", *(f"field:{item.field}" for d in read_dashboards() for item in d.filters)}
        for key, item in wanted.items():
            assert refs(item.body) <= seen, key
            seen.add(key)

    def test_roles_of_the_definition_are_groups(self):
        read = {access.group: set(access.collections) for access in accesses(read_dashboards())}
        assert set(read) == {"Pimpinan", "Sekda", "BKPP", "Auditor", "OPD DINKES"}
        assert read["OPD DINKES"] == {"collection:dashboard/opd_contoh", "collection:cards/opd_contoh"}
        assert "collection:dashboard/sekda" not in read["Pimpinan"]


def refs(body: object) -> set[str]:
    if isinstance(body, Ref):
        return {body.key}
    children = body.values() if isinstance(body, dict) else body if isinstance(body, list | tuple) else ()
    return {key for child in children for key in refs(child)}
