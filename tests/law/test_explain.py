"""The chain behind a status or a rupiah, from the article to the bytes, in the hand-computed town."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from psycopg2 import errors
from typer.testing import CliRunner

from law.door import mount
from law.explain import explain
from law.telling import tell
from warehouse.connection import connect
from warehouse.console import Exit, Problem

if TYPE_CHECKING:
    from tests.support.golden_town import Town
    from warehouse.settings import Settings

pytestmark = pytest.mark.dbt


def sha256_of(serial: str) -> str:
    return hashlib.sha256(f"bukti {serial}".encode()).hexdigest()


def test_a_late_day_leads_to_its_punch_its_pull_and_its_bytes(town: Town) -> None:
    payload = explain(town.settings, "P03", "2017-03-21")

    assert set(payload["status"]) == {"HADIR", "TERLAMBAT"}
    assert payload["minutes"] == {"late": 1, "early": 0}
    (cut,) = payload["deductions"]
    assert (cut["pct"], cut["amount_idr"], cut["rule_code"]) == (1, 27_500, "cilegon_perwal_3_2017.terlambat.TL")
    assert cut["legal_basis"].startswith("Perwal Cilegon 3/2017")
    (judged,) = [punch for punch in cut["punches"] if punch["is_judged"]]
    assert judged["punched_at_local"] == datetime(2017, 3, 21, 7, 31)
    assert judged["terminal_label"] == "BKPP-1"
    assert cut["pull"]["pull_id"] == judged["pull_id"] == town.pulls["T-B"]
    assert cut["evidence_sha256"] == sha256_of("T-B")


def test_the_ordinal_is_that_of_the_record_in_the_log(town: Town) -> None:
    (cut,) = explain(town.settings, "P03", "2017-03-21")["deductions"]
    (judged,) = [punch for punch in cut["punches"] if punch["is_judged"]]

    found = town.query(
        "select pin, punched_at_local from raw.punches where terminal_serial = 'T-B' and ordinal = %s",
        (judged["ordinal"],),
    )

    assert found == [("3", judged["punched_at_local"])]


def test_an_nip_with_blanks_finds_the_person(town: Town) -> None:
    by_number = explain(town.settings, "19860926 201505 1 003", "2017-03-21")

    assert by_number == explain(town.settings, "P03", "2017-03-21")


def test_alpa_is_proven_by_the_reading_that_went_past_the_window(town: Town) -> None:
    payload = explain(town.settings, "P02", "2017-03-27")

    assert payload["status"] == ["ALPA", "TIDAK_APEL"]
    (cut,) = payload["deductions"]
    assert cut["matter"] == "alpa"
    assert cut["punches"] == []
    assert cut["pull"]["pull_id"] == town.pulls["T-B"]
    assert cut["evidence_sha256"] == sha256_of("T-B")


def test_an_undecided_cut_has_no_amount_and_a_reason(town: Town) -> None:
    (cut,) = explain(town.settings, "P13", "2017-03-21")["deductions"]

    assert (cut["pct"], cut["amount_idr"], cut["undecided_code"]) == (None, None, "JAM_MESIN")
    assert cut["pull"]["clock_drift_s"] == 240
    assert "240 detik lebih cepat" in cut["reason"]


def test_an_excused_day_shows_the_letter(town: Town) -> None:
    payload = explain(town.settings, "P04", "2017-02-13")

    assert payload["status"] == ["SAKIT"]
    assert payload["excuses"][0]["letter_no"] == "440/12"
    assert payload["deductions"] == []


def test_a_month_sums_its_cuts_and_rounds_once(town: Town) -> None:
    payload = explain(town.settings, "P02", "2017-03")

    assert [cut["amount_idr"] for cut in payload["deductions"]] == [pytest.approx(166_666.5)]
    totals = payload["totals"]
    assert (totals["payable_pct"], float(totals["payable_exact_idr"]), totals["payable_idr"]) == (5, 166_666.5, 166_667)


def test_a_month_tells_what_it_leaves_out(town: Town) -> None:
    incomplete = explain(town.settings, "P15", "2017-02")
    undecided = explain(town.settings, "P13", "2017-03")

    assert incomplete["status"] == "BELUM_LENGKAP"
    assert [day["date"] for day in incomplete["incomplete_days"]] == [
        date(2017, 2, day) for day in (21, 22, 23, 24, 27, 28)
    ]
    assert undecided["totals"]["undecided_count"] == 1


def test_every_cut_of_the_town_resolves_to_bytes(town: Town) -> None:
    people = town.query(
        "select distinct employee_id, to_char(work_date, 'YYYY-MM') from marts.fct_deductions order by 1, 2"
    )

    cuts = [cut for who, month in people for cut in explain(town.settings, who, month)["deductions"]]

    assert len(cuts) == town.query("select count(*) from marts.fct_deductions")[0][0]
    assert {cut["evidence_sha256"] for cut in cuts} == {sha256_of("T-B"), sha256_of("T-D")}


def test_the_text_of_a_day_fits_eighty_columns_and_says_it_all(town: Town) -> None:
    text = tell(explain(town.settings, "P03", "2017-03-20"))

    assert max(map(len, text.splitlines())) <= 80
    flat = " ".join(text.split())
    ordinal = town.query(
        "select ordinal from raw.punches where pin = '3' and punched_at_local = '2017-03-20 07:50:00'"
    )[0][0]
    assert f"Terlambat 20 menit (07.50.00, terminal BKPP-1, rekaman ke-{ordinal}) -> TL 1 % TPP" in flat
    assert "(Perwal 3/2017) = Rp27.500." in flat
    assert "Tidak mengikuti Apel Senin" in flat
    assert "Senin, 20 Maret 2017" in flat


def test_the_text_of_a_month_fits_eighty_columns_and_shows_the_rounding(town: Town) -> None:
    text = tell(explain(town.settings, "P02", "2017-03"))

    assert max(map(len, text.splitlines())) <= 80
    assert "Dibayar berkurang: 5 % = Rp166.667 (dibulatkan sekali dari Rp166.666,5)." in " ".join(text.split())


def test_projection_is_called_so(town: Town) -> None:
    text = " ".join(tell(explain(town.settings, "P02", "2017-02")).split())

    assert "Proyeksi (baru diumumkan): 10 % = Rp333.333 (tanpa pembulatan)." in text
    assert "baru diumumkan: proyeksi" in text


@pytest.mark.parametrize(
    ("who", "when", "said"),
    [
        ("P99", "2017-03-21", "Tidak ada pegawai dengan NIP atau nomor pegawai 'P99'"),
        ("P01", "2017-02-15", "tidak dijadwalkan bekerja pada tanggal 2017-02-15"),
        ("P01", "2016-12", "tidak dijadwalkan bekerja dalam bulan 2016-12"),
        ("P01", "2017-02-30", "'2017-02-30' bukan tanggal atau bulan"),
        ("P01", "kemarin", "'kemarin' bukan tanggal atau bulan"),
    ],
)
def test_what_cannot_be_explained_is_said_clearly(town: Town, who: str, when: str, said: str) -> None:
    with pytest.raises(Problem, match=re.escape(said)) as problem:
        explain(town.settings, who, when)

    assert problem.value.code == Exit.WRONG_USE


@pytest.mark.db
def test_before_the_first_build_it_says_so(warehouse_db: Settings) -> None:
    with pytest.raises(Problem, match="hadir build"):
        explain(warehouse_db, "P01", "2017-03-21")


def test_it_reads_with_no_more_rights_than_an_auditor(town: Town) -> None:
    conn = connect(town.settings, "auditor")

    with pytest.raises(errors.ReadOnlySqlTransaction), conn, conn.cursor() as cursor:
        cursor.execute("delete from marts.fct_deductions")
    conn.close()


def test_the_door_prints_one_json_object(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer

    monkeypatch.setattr("law.door.load_settings", lambda: town.settings)
    app = typer.Typer()
    app.callback()(lambda: None)
    mount(app)

    done = CliRunner().invoke(app, ["explain", "P03", "2017-03-21", "--json"])

    assert done.exit_code == 0, done.output
    payload: dict[str, Any] = json.loads(done.stdout)
    assert payload["deductions"][0]["amount_idr"] == 27_500
    assert payload["date"] == "2017-03-21"
