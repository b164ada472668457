"""The pages: what they say on a working day, on a day off, without data; self-contained; whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from dashboards import page
from dashboards.definition import CARDS_DIR, read_dashboards
from dashboards.page import compose, render
from expectations.suites import QUARANTINE_CODES
from warehouse.console import Problem

pytestmark = pytest.mark.db


@pytest.fixture
def html(sample_city):
    return render(sample_city).read_text(encoding="utf-8")


@pytest.fixture
def pages(sample_city):
    """Every page by its name."""
    return {path.name: path.read_text(encoding="utf-8") for path in render(sample_city).parent.iterdir()}


def card_text(html: str, anchor: str) -> str:
    """The words of one card, drawings included."""
    article = re.search(rf'<article [^>]*id="{anchor}".*?</article>', html, re.DOTALL)
    assert article is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", article.group(0)))


def test_working_day_tells_who_has_come_who_is_not_due_and_where_data_lack(html):
    # 1,200 people; Dinas Kesehatan (96) has no data; the others: sum of what the sample says
    words = card_text(html, "wali_kota-presence_headline")
    assert "1.047 dari 1.200 pegawai hadir" in words
    assert "87,25 %" in words
    assert re.search(r"Belum waktunya 29 ", words)
    assert re.search(r"Belum ada data 94 ", words)
    assert "Alpa" not in words  # a running day is not judged: no zero is shown for it
    assert "Jumat, 31 Maret 2017" in html
    assert "bukan hari kerja" not in html


def test_each_reader_has_a_page_and_the_leaders_a_wall_form(pages):
    assert {name: len(re.findall("<article", html)) for name, html in pages.items()} == {
        "index.html": 7, "wakil.html": 7, "sekda.html": 10, "bkpp.html": 10, "opd_contoh.html": 6,
        "wali_kota_layar.html": 4, "wakil_layar.html": 4,
    }  # fmt: skip


def test_each_card_says_until_when(pages):
    for name, html in pages.items():
        stamps = re.findall(r'<p class="stamp">([^<]*)</p>', html)
        assert len(stamps) == len(re.findall("<article", html))
        # Dinas Kesehatan is away since Tuesday, and its own page says so
        assert set(stamps) <= {"data per 10.00", "data per 28 Mar 16.05"}
        assert ("28 Mar 16.05</p>" in html) == (name == "opd_contoh.html")


def test_money_is_written_in_rupiah_with_projection_and_undecided_beside_it(html):
    # 412,350 * (2+3+4+5+6+1 twice, then 2+3+4) = 412,350 * 51; 175,000 * (1+2+3+0 thrice, then 1+2+3) = 175,000 * 24
    words = card_text(html, "wali_kota-deductions_month")
    assert "Rp21.029.850" in words
    assert "Proyeksi Rp4.200.000 proyeksi, tidak dibayarkan" in words
    assert re.search(r"Belum diputuskan 30 ", words)


def test_gaps_name_the_last_contact_and_leave_out_what_is_fresh(pages):
    words = card_text(pages["sekda.html"], "sekda-data_gaps")
    assert "Dinas Kesehatan Lobi 28 Mar 16.05 65,9 96 tidak dapat dihubungi" in words
    assert "Sekretariat Daerah" not in words


def test_names_of_people_stand_folded_and_only_on_pages_of_those_who_may_see_them(pages):
    assert {name for name, html in pages.items() if "19790305" in html} == {"sekda.html", "opd_contoh.html"}
    folded = r"<details><summary>Tampilkan {} baris</summary>.*19790305"
    assert re.search(folded.format(30), pages["sekda.html"], re.DOTALL)
    assert re.search(folded.format(3), pages["opd_contoh.html"], re.DOTALL)


def test_an_offices_page_holds_no_number_of_another(pages, sample_city, change):
    before = pages["opd_contoh.html"]
    for table in ("daily_trend", "alpa_people", "lateness_by_opd", "deductions_by_opd", "fleet"):
        change(f"delete from marts.rpt_{table} where opd_code <> 'DINKES'")
    change("update marts.rpt_presence_by_opd set arrived_count = 7, late_count = 7 where opd_code <> 'DINKES'")
    change("update marts.rpt_event_rolls set present_count = 7 where opd_code <> 'DINKES'")
    render(sample_city)
    assert (sample_city.pages_dir / "opd_contoh.html").read_text(encoding="utf-8") == before
    change("update marts.rpt_presence_by_opd set excused_count = 3 where opd_code = 'DINKES'")
    render(sample_city)
    assert (sample_city.pages_dir / "opd_contoh.html").read_text(encoding="utf-8") != before


def test_the_fleet_is_told_with_what_to_do(pages):
    html = pages["bkpp.html"]
    # T-001 is read, T-018 waits for its stick, T-008 is away; 12 + 1 held
    words = card_text(html, "bkpp-fleet_headline")
    assert "1 dari 3 terminal terbaca sampai kini 33,33 %" in words
    assert re.search(r"Tertinggal 1 .* Tidak terbaca 1 .* Jam meleset 1 .* Hampir penuh 1 ", words)
    assert "Rekaman ditahan 13 " in words
    fleet = card_text(html, "bkpp-fleet")
    assert "Dinas Kesehatan Lobi tidak dapat dihubungi 28 Mar 16.05 28 Mar 16.05 65,9 -3 0 96" in fleet
    assert "Pos jaga menunggu berkas USB" in fleet
    assert "Lobi terbaca; hampir penuh 10.00 10.00 0,0 240 131 142 15.000" in fleet
    held = card_text(html, "bkpp-quarantine")
    assert "PIN tidak dikenal Sekretariat Daerah Lobi 12 3 2 Mar 2017 30 Mar 2017 Lengkapi pins" in held
    assert "Sesudah jam terminal – T-099 1 1" in held
    signs = card_text(html, "bkpp-terminal_signs")
    assert "Sekretariat Daerah Lobi PIN berganti nama PIN 5 kini bernama BUDI, dahulu RINA" in signs
    assert "lebih dari 31 hari lalu" not in signs


@pytest.mark.unit
def test_every_check_that_holds_back_has_words_and_a_remedy():
    text = (CARDS_DIR / "quarantine.sql").read_text(encoding="utf-8")
    assert [code for code in QUARANTINE_CODES if text.count(f"when '{code}'") != 2] == []


def test_a_wall_form_has_its_cards_no_links_and_its_own_pace(pages):
    html = pages["wakil_layar.html"]
    assert re.findall(r'<article [^>]*id="([^"]+)"', html) == [
        f"wakil-{key}" for key in ("presence_headline", "presence_by_opd", "daily_trend", "data_gaps")
    ]
    assert "<a " not in html
    assert '<html lang="id" class="wall">' in html
    assert 'http-equiv="refresh" content="60"' in html
    assert 'class="wall"' not in pages["wakil.html"]


def test_day_off_says_so_and_shows_the_last_working_day(sample_city, change):
    change("delete from marts.rpt_presence_by_opd where day_kind = 'hari_kerja_terakhir'")
    change("update marts.rpt_presence_by_opd set day_kind = 'hari_kerja_terakhir', alpa_count = 3, not_due_count = 0")
    # Saturday: three guards are due
    change(
        "insert into marts.rpt_presence_by_opd values ('hari_ini', '2017-04-01', '2017-04-01 08:00', 'OPD01',"
        " 'Sekretariat Daerah', 3, 2, 1, 0, 0, 0, 0, '2017-04-01 08:00')"
    )
    change("update marts.rpt_presence_by_opd set as_of_local = '2017-04-01 08:00'")
    change("update marts.rpt_city_today set as_of_local = '2017-04-01 08:00', data_until_local = '2017-04-01 08:00'")
    html = render(sample_city).read_text(encoding="utf-8")
    assert "<strong>Sabtu, 1 April 2017 bukan hari kerja.</strong>" in html
    assert "hari kerja terakhir, Jumat, 31 Maret 2017" in html
    words = card_text(html, "wali_kota-presence_headline")
    assert "dari 1.200 pegawai hadir" in words
    assert re.search(r"Alpa 45 ", words)
    assert "Belum waktunya" not in words
    assert "Rp21.029.850" in card_text(html, "wali_kota-deductions_month")  # March, not the April that has just begun


def test_every_card_has_its_empty_state_in_words(sample_city, change):
    for table in ("daily_trend", "alpa_people", "lateness_by_opd", "deductions_by_opd", "data_gaps", "event_rolls"):
        change(f"truncate marts.rpt_{table}")
    html = render(sample_city).read_text(encoding="utf-8")
    html += (sample_city.pages_dir / "sekda.html").read_text(encoding="utf-8")
    for anchor, words in {
        "wali_kota-daily_trend": "Belum ada hari kerja yang selesai dinilai.",
        "wali_kota-alpa_by_opd": "Tidak ada alpa bulan ini.",
        "wali_kota-data_gaps": "Semua terminal terbaca.",
        "wali_kota-deductions_month": "Belum ada potongan yang dihitung bulan ini.",
        "sekda-event_rolls": "Belum ada apel atau upacara yang tercatat.",
    }.items():
        assert words in card_text(html, anchor)
        assert "data per 10.00" in card_text(html, anchor)


def test_nothing_built_yet_is_said_in_words(sample_city, change):
    change("truncate marts.rpt_city_today")
    change("truncate marts.rpt_presence_by_opd")
    html = render(sample_city).read_text(encoding="utf-8")
    assert "Belum ada satu hari pun yang dihitung." in html
    assert "belum ada data" in html


def test_a_missing_mart_is_one_clear_sentence_and_the_old_page_stays(sample_city, change):
    old = render(sample_city).read_text(encoding="utf-8")
    change("drop table marts.rpt_event_rolls")
    with pytest.raises(Problem, match="jalankan 'hadir build'"):
        render(sample_city)
    assert (sample_city.pages_dir / "index.html").read_text(encoding="utf-8") == old


def test_pages_name_nothing_outside_themselves_and_run_no_script(pages):
    for html in pages.values():
        addresses = set(re.findall(r"""(?:https?:)?//[^\s"'<>)]+""", html)) - {
            "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "//127.0.0.1:40008"
        }  # fmt: skip
        assert addresses == set()
        assert "<script" not in html
        assert " style=" not in html  # the policy of the page allows its own style sheet only
        style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
        assert style is not None
        digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in html.replace("&#39;", "'")


def test_ids_are_unique_and_links_lead_to_pages(pages):
    for html in pages.values():
        ids = re.findall(r'\bid="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'<a href="([^"]+)"', html)) <= set(pages)
        assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)


def test_names_from_the_database_are_text_and_never_markup(sample_city, change):
    change("update marts.rpt_presence_by_opd set opd_name = '<img src=x>' where opd_code = 'OPD01'")
    change("update marts.rpt_alpa_people set name = '<script>alert(1)</script>'")
    html = render(sample_city).read_text(encoding="utf-8")
    html += (sample_city.pages_dir / "sekda.html").read_text(encoding="utf-8")
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_the_same_marts_give_the_same_page(sample_city):
    assert render(sample_city).read_bytes() == render(sample_city).read_bytes()


def test_a_reader_never_sees_half_a_page(sample_city, monkeypatch):
    old = render(sample_city).read_bytes()

    def breaks(_handle):
        raise OSError("disk penuh")

    monkeypatch.setattr(page.os, "fsync", breaks)
    with pytest.raises(OSError, match="disk penuh"):
        render(sample_city)
    assert (sample_city.pages_dir / "index.html").read_bytes() == old
    assert [path.name for path in sample_city.pages_dir.iterdir() if path.name.startswith(".")] == []


@pytest.mark.unit
def test_no_rows_at_all_still_make_a_page():
    dashboards = read_dashboards()
    answers = {card.query(): [] for dashboard in dashboards for card in dashboard.cards}
    for dashboard in dashboards:
        assert "Belum ada satu hari pun yang dihitung." in compose(dashboards, dashboard, answers, {})
