"""Each rule of the lint with the fault that it is there for; the room itself is clean."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from dashboards.definition import CARDS_DIR, DASHBOARD_FILES, ROOM, DefinitionInvalid, read_dashboard, read_dashboards
from dashboards.exposures import EXPOSURES_FILE, exposures_text
from dashboards.lint import lint, lint_in_database
from dashboards.sql_reading import is_one_select, marts_read, reads_besides_marts
from warehouse.connection import connect


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A copy of the room that a test may break."""
    for name in DASHBOARD_FILES:
        shutil.copy(ROOM / name, tmp_path / name)
    shutil.copytree(CARDS_DIR, tmp_path / "cards")
    shutil.copy(EXPOSURES_FILE, tmp_path / "exposures.yml")
    return tmp_path


def rules(room: Path) -> set[str]:
    return {finding.rule for finding in lint(room, room / "cards", room / "exposures.yml")}


def edit_card(room: Path, which: str, **changes: object) -> None:
    path = room / "wali_kota.yml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for card in document["cards"]:
        if card["key"] == which:
            card.update(changes)
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def columns_of(room: Path, key: str) -> list[dict[str, object]]:
    document = yaml.safe_load((room / "wali_kota.yml").read_text(encoding="utf-8"))
    return next(card["columns"] for card in document["cards"] if card["key"] == key)


@pytest.mark.unit
def test_the_room_is_clean(room):
    assert lint() == []
    assert rules(room) == set()


@pytest.mark.unit
def test_yaml_that_is_no_dashboard_is_named(room):
    (room / "sekda.yml").write_text("key: [", encoding="utf-8")
    assert rules(room) == {"definisi"}
    (room / "sekda.yml").write_text("key: sekda\n", encoding="utf-8")
    with pytest.raises(DefinitionInvalid, match=r"sekda\.yml.*title"):
        read_dashboard(room / "sekda.yml")


@pytest.mark.unit
def test_an_unknown_key_is_no_silent_wish(room):
    edit_card(room, "data_gaps", colour="red")
    assert rules(room) == {"definisi"}


@pytest.mark.unit
def test_missing_sql_file(room):
    (room / "cards" / "daily_trend.sql").unlink()
    assert rules(room) == {"sql_tidak_ada"}


@pytest.mark.unit
def test_unused_sql_file(room):
    (room / "cards" / "forgotten.sql").write_text("select 1 from marts.rpt_city_today", encoding="utf-8")
    assert rules(room) == {"sql_tak_terpakai"}


@pytest.mark.unit
@pytest.mark.parametrize(
    "source",
    ["raw.punches", "marts.fct_deductions", "reference.employees", "pg_catalog.pg_shadow", "pg_shadow"],
)
def test_a_card_reads_reports_only(room, source):
    path = room / "cards" / "daily_trend.sql"
    path.write_text(
        path.read_text(encoding="utf-8") + f"-- \nlimit (select count(*) from {source} as x)", encoding="utf-8"
    )
    assert rules(room) == {"membaca_yang_lain"}


@pytest.mark.unit
def test_a_card_is_one_select(room):
    path = room / "cards" / "daily_trend.sql"
    path.write_text(path.read_text(encoding="utf-8") + ";\ndrop table marts.rpt_city_today", encoding="utf-8")
    assert rules(room) == {"bukan_select"}


@pytest.mark.unit
@pytest.mark.parametrize("text", ["where true [[and true]]", "where opd_name = {{opd}}"])
def test_marks_of_metabase_are_ours_to_write(room, text):
    path = room / "cards" / "data_gaps.sql"
    path.write_text(path.read_text(encoding="utf-8") + f"-- {text}", encoding="utf-8")
    assert rules(room) == {"tag_dalam_sql"}


@pytest.mark.unit
def test_a_place_for_a_filter_that_no_dashboard_has(room):
    path = room / "cards" / "data_gaps.sql"
    path.write_text(path.read_text(encoding="utf-8").replace("filter opd:", "filter kantor:"), encoding="utf-8")
    assert rules(room) == {"saringan_tak_dikenal"}


@pytest.mark.unit
def test_a_measure_that_nobody_declared(room):
    edit_card(
        room, "alpa_by_opd", chart={"dimension": "opd_name", "measures": [{"column": "alpa_days", "tone": "alpa"}]}
    )
    assert rules(room) == {"kolom_tidak_dinyatakan"}


@pytest.mark.unit
def test_a_measure_that_is_text(room):
    edit_card(
        room,
        "alpa_by_opd",
        chart={"dimension": "opd_name", "measures": [{"column": "days_and_people", "tone": "alpa"}]},
    )
    assert rules(room) == {"ukuran_bukan_angka"}


@pytest.mark.unit
def test_a_drawing_without_dimension(room):
    edit_card(room, "alpa_by_opd", chart={"measures": [{"column": "alpa_day_count", "tone": "alpa"}]})
    assert rules(room) == {"grafik_tanpa_dimensi"}


@pytest.mark.unit
def test_every_card_says_until_when_its_data_reach(room):
    edit_card(room, "data_gaps", columns=[c for c in columns_of(room, "data_gaps") if c["name"] != "data_until_local"])
    assert rules(room) == {"tanpa_data_per"}


@pytest.mark.unit
def test_a_column_declared_twice(room):
    columns = columns_of(room, "data_gaps")
    edit_card(room, "data_gaps", columns=[*columns, columns[0]])
    assert rules(room) == {"kolom_ganda"}


@pytest.mark.unit
def test_a_key_used_twice(room):
    edit_card(room, "lateness_by_opd", key="daily_trend")
    assert rules(room) == {"kunci_ganda"}


@pytest.mark.unit
def test_a_dashboard_needs_its_clock(room):
    edit_card(room, "moment", display="figures")
    assert rules(room) == {"tanpa_saat"}


@pytest.mark.unit
def test_a_headline_needs_figure_whole_and_share(room):
    kept = [c for c in columns_of(room, "presence_headline") if c["name"] in ("arrived_count", "data_until_local")]
    edit_card(
        room, "presence_headline", columns=kept, chart={"measures": [{"column": "arrived_count", "tone": "hadir"}]}
    )
    assert rules(room) == {"kepala_kurang"}


def edit_dashboard(room: Path, which: str, **changes: object) -> None:
    path = room / which
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(document | changes, allow_unicode=True), encoding="utf-8")


@pytest.mark.unit
def test_a_wall_shows_cards_that_there_are(room):
    edit_dashboard(room, "wakil.yml", wall={"cards": ["presence_headline", "presence"]})
    assert rules(room) == {"kartu_layar_tidak_ada"}


@pytest.mark.unit
def test_a_dashboard_is_for_somebody_who_exists(room):
    edit_dashboard(room, "wakil.yml", roles=["camat"])
    assert rules(room) == {"definisi"}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("which", "roles"),
    [("opd_contoh.yml", ["opd:DISHUB", "bkpp"]), ("opd_contoh.yml", ["bkpp"]), ("sekda.yml", ["sekda", "opd:DINKES"])],
)
def test_an_office_sees_its_own_page_and_no_other(room, which, roles):
    edit_dashboard(room, which, roles=roles)
    assert rules(room) == {"peran_opd_salah"}


@pytest.mark.unit
def test_an_offices_card_without_its_code_would_show_all_offices(room):
    path = room / "cards" / "opd_trend.sql"
    text = path.read_text(encoding="utf-8")
    fixed = "trend.opd_code = 'KODE_OPD'"
    assert fixed in text
    path.write_text(text.replace(fixed, f"-- {fixed}\n        true"))
    assert rules(room) == {"opd_tidak_terkunci"}


@pytest.mark.unit
def test_an_offices_card_on_a_page_of_the_city(room):
    edit_dashboard(room, "opd_contoh.yml", opd_code=None, roles=["bkpp"])
    assert rules(room) == {"opd_tanpa_kode"}


@pytest.mark.unit
def test_an_office_is_a_literal_in_each_card(room):
    dashboard = read_dashboard(room / "opd_contoh.yml")
    queries = [card.query() for card in dashboard.cards if card.display != "moment"]
    assert all("opd_code = 'DINKES'" in query and "KODE_OPD" not in query for query in queries)
    edit_dashboard(room, "opd_contoh.yml", opd_code="X' or '1' = '1")
    with pytest.raises(DefinitionInvalid, match="opd_code"):
        read_dashboard(room / "opd_contoh.yml")


@pytest.mark.unit
def test_cards_of_a_dashboard_that_is_not_there(room):
    edit_dashboard(room, "wakil.yml", cards_of="camat")
    with pytest.raises(DefinitionInvalid, match=r"wakil\.yml: berkas camat\.yml tidak ada"):
        read_dashboard(room / "wakil.yml")


@pytest.mark.unit
def test_exposures_stand_equal_and_stale_ones_are_named(room):
    assert EXPOSURES_FILE.read_text(encoding="utf-8") == exposures_text(read_dashboards())
    (room / "exposures.yml").write_text("exposures: []\n", encoding="utf-8")
    assert rules(room) == {"exposures_usang"}


@pytest.mark.unit
def test_exposures_name_every_mart_and_an_owner():
    exposures = yaml.safe_load(exposures_text(read_dashboards()))["exposures"]
    by_name = {exposure["name"]: exposure for exposure in exposures}
    assert {"ref('rpt_presence_by_opd')", "ref('rpt_event_rolls')"} <= set(by_name["dashboard_sekda"]["depends_on"])
    assert by_name["dashboard_wakil"]["depends_on"] == by_name["dashboard_wali_kota"]["depends_on"]
    assert all(exposure["owner"]["name"] for exposure in exposures)


@pytest.mark.unit
def test_sql_is_read_past_comments_literals_and_own_tables():
    sql = (
        "with a as (select 1 from marts.rpt_x), b as (select 'from raw.punches' from a)\nselect * from b -- from raw.y"
    )
    assert reads_besides_marts(sql) == frozenset()
    assert marts_read(sql) == {"rpt_x"}
    assert reads_besides_marts("select * from marts.rpt_x, raw.punches") == {"raw.punches"}
    assert reads_besides_marts("select 1 from marts.rpt_x as x where x.a is distinct from x.b") == frozenset()
    assert not is_one_select("delete from marts.rpt_x")
    assert not is_one_select("with a as (delete from marts.rpt_x returning 1) select 1 from a")


@pytest.mark.db
def test_in_the_database_every_card_gives_what_it_declares(sample_city):
    conn = connect(sample_city, "metabase")
    assert lint_in_database(conn, read_dashboards()) == []
    conn.close()


@pytest.mark.db
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("ranked.late_count,", "", "kolom_tidak_ada"),
        ("ranked.late_count,", "ranked.late_count, 1 as more,", "kolom_tak_dinyatakan"),
        ("ranked.late_count,", "cast(ranked.late_count as text) as late_count,", "format_tidak_cocok"),
        ("ranked.late_count,", "ranked.lateness as late_count,", "sql_gagal"),
    ],
)
def test_in_the_database_a_changed_column_is_found(sample_city, room, old, new, rule):
    path = room / "cards" / "daily_trend.sql"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    conn = connect(sample_city, "metabase")
    assert {finding.rule for finding in lint_in_database(conn, read_dashboards(), room / "cards")} == {rule}
    conn.close()
