"""`hadir rules lint`: each fault that printed tables have is found, and the same table without it is clean."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hadir import mount_doors
from law.lint.finding import Finding, told
from law.lint.hours import weekly_net_minutes
from law.lint.lint import lint
from warehouse.law_rows import LAW_MODELS, SEEDS, law_fields

pytestmark = pytest.mark.unit

CODE = "perwal_9_2017"
CLEAN: dict[str, list[dict[str, str]]] = {
    "regulations": [
        {"regulation_code": CODE, "short_name": "Perwal 9/2017", "title": "Perwal", "region": "Kota", "level": "perwal",
         "is_text_seen": "true", "evidence": "T", "source": "jdih"},
    ],
    "regulation_applications": [
        {"regulation_code": CODE, "purpose": "potongan", "rule_status": "in_force", "valid_from": "2017-01-02",
         "evidence": "T", "legal_basis": "pasal 20"},
    ],
    "covered_persons": [{"employee_kind": "PNS", "is_only_with_tpp": "false"}],
    "allowance_bases": [
        {"base_name": "tpp_total", "share_pct": "100", "is_default": "true"},
        {"base_name": "disiplin", "share_pct": "40", "is_default": "false"},
    ],
    "minute_bands": [
        {"matter": matter, "code": f"{code}{number}", "from_minute": begin, "to_minute": end, "priced_by": "pct",
         "pct": pct}
        for matter, code in (("terlambat", "TL"), ("pulang_awal", "PSW"))
        for number, (begin, end, pct) in enumerate(
            [("1", "31", "0.5"), ("31", "61", "1"), ("61", "91", "1.25"), ("91", "", "1.5")], start=1
        )
    ],
    "day_matters": [
        {"matter": "alpa", "code": "ALPA", "priced_by": "pct", "pct": "4"},
        {"matter": "tanpa_masuk", "code": "TL4", "priced_by": "pct", "pct": "1.5"},
    ],
    "event_rules": [
        {"event_kind": "apel", "code": "APEL", "priced_by": "pct", "pct": "2", "decided_by": "rule",
         "is_on_holidays": "false", "is_late_missed": "false"},
    ],
    "excuse_rules": [
        {"excuse_kind": "cuti_sakit", "part_no": "1", "code": "CS1", "treat_as": "excused", "priced_by": "pct",
         "pct": "0", "spell_from_day": "1", "spell_to_day": "4", "needs_letter": "true"},
        {"excuse_kind": "cuti_sakit", "part_no": "1", "code": "CS2", "treat_as": "excused", "priced_by": "pct",
         "pct": "1", "spell_from_day": "4", "needs_letter": "true"},
    ],
    "combining_policies": [
        {"combine_mode": "sum", "alpa_absorbs_events": "true", "drift_ignored_s": "2", "monthly_cap_pct": "60",
         "daily_cap_pct": "3"},
    ],
    "month_triggers": [
        {"counter": "absent_days", "at_least": "5", "effect": "set_base_pct", "base_name": "tpp_total", "pct": "100"},
    ],
    "discipline_ladder": [
        {"kind": "days", "at_least": first, "at_most": last, "level": "ringan", "sanction": sanction,
         "is_salary_stopped": "false"}
        for first, last, sanction in (("3", "3", "lisan"), ("4", "6", "tertulis"), ("7", "", "tidak_puas"))
    ],
    "working_hours": [
        {"schedule_code": "kantor", "day_group": day, "start_time": "07:30", "end_time": "16:00", "break_minutes": "60"}
        for day in ("mon", "tue", "wed", "thu")
    ] + [
        {"schedule_code": "kantor", "day_group": "fri", "start_time": "07:30", "end_time": "16:30",
         "break_minutes": "90"},
    ],
    "working_weeks": [{"schedule_code": "kantor", "claimed_week_minutes": "2250", "counted_by": "net"}],
}  # fmt: skip


class Table:
    """A folder of rules in which a test plants a fault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = {seed: [self._whole(seed, number, row) for number, row in enumerate(rows)]
                     for seed, rows in CLEAN.items()}  # fmt: skip

    @staticmethod
    def _whole(seed: str, number: int, row: dict[str, str]) -> dict[str, str]:
        known = {"rule_code": f"{CODE}.{seed}.{number}", "regulation_code": CODE, "rule_status": "in_force",
                 "valid_from": "2017-01-02", "evidence": "T", "legal_basis": "Perwal 9/2017 pasal 4"}  # fmt: skip
        columns = law_fields(seed)
        return dict.fromkeys(columns, "") | {name: cell for name, cell in known.items() if name in columns} | row

    def change(self, seed: str, number: int, **cells: str) -> None:
        self.rows[seed][number] |= cells

    def add(self, seed: str, copied: int = 0, **cells: str) -> None:
        rows = self.rows.setdefault(seed, [])
        row = self._whole(seed, len(rows), {}) if not rows else rows[copied]
        rows.append(row | {"rule_code": f"{CODE}.{seed}.{len(rows)}"} | cells)

    def drop(self, seed: str, number: int = 0) -> None:
        del self.rows[seed][number]

    def findings(self) -> tuple[Finding, ...]:
        self.folder.mkdir(exist_ok=True)
        for seed, rows in self.rows.items():
            with (self.folder / f"{seed}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(law_fields(seed)), extrasaction="ignore")
                writer.writeheader()
                writer.writerows(rows)
        return lint(self.folder).findings

    def kinds(self) -> set[str]:
        return {finding.kind for finding in self.findings()}


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path / "regulation")


def test_a_clean_table_has_no_finding(table: Table) -> None:
    assert table.findings() == ()


def apply_schedule(table: Table, schedule: str) -> None:
    table.add("schedule_applications", schedule_code=schedule)


def test_a_week_that_applies_without_its_friday_is_told_and_one_that_nobody_states_is_a_fault(table: Table) -> None:
    apply_schedule(table, "kantor")
    table.drop("working_weeks")
    table.drop("working_hours", 4)
    apply_schedule(table, "kantor_lain")
    table.rows["schedule_applications"][1]["opd_code"] = "SETDA"

    found = {finding.kind: finding for finding in table.findings()}

    assert found.keys() == {"hari_tanpa_jam", "jadwal_tidak_dikenal"}
    assert "fri" in found["hari_tanpa_jam"].reason


def test_twin_a_whole_week_or_one_of_the_built_in_law_applies_without_a_word(table: Table) -> None:
    apply_schedule(table, "kantor")
    apply_schedule(table, "perpres21_ramadan_5d")
    table.rows["schedule_applications"][1] |= {"replaces_code": "kantor", "regulation_code": "perpres_21_2023",
                                               "rule_code": "perpres_21_2023.ramadan"}  # fmt: skip

    assert table.findings() == ()


FAULTS = {
    "minute 91 in no band": ("celah", "minute_bands", 3, {"from_minute": "92"}),
    "30:01 to 30:59, written with an inclusive end": ("celah", "minute_bands", 0, {"to_minute": "30"}),
    "a hole of 62 to 90": ("celah", "minute_bands", 6, {"from_minute": "91", "to_minute": "92"}),
    "minute 90 in two bands": ("tumpang_tindih", "minute_bands", 3, {"from_minute": "90"}),
    "the misprint 291": ("salah_cetak", "minute_bands", 6, {"to_minute": "291"}),
    "the last band ends": ("jenjang_terakhir_berakhir", "minute_bands", 3, {"to_minute": "300"}),
    "the first minute is free": ("jenjang_pertama", "minute_bands", 0, {"from_minute": "2"}),
    "a ladder of days that overlaps": ("tumpang_tindih", "discipline_ladder", 0, {"at_most": "4"}),
    "a ladder of days with a hole": ("celah", "discipline_ladder", 1, {"at_most": "5"}),
    "tiers of a spell that overlap": ("tumpang_tindih", "excuse_rules", 0, {"spell_to_day": "5"}),
    "a week of 35 hours that is one of 37.5": ("jumlah_minggu", "working_weeks", 0, {"claimed_week_minutes": "2100"}),
    "Friday from 08.00 to 08.30": ("jam_janggal", "working_hours", 4, {"start_time": "08:00", "end_time": "08:30"}),
    "a week without hours": ("minggu_tanpa_jam", "working_weeks", 0, {"schedule_code": "lain"}),
    "a longer lateness that is cheaper": ("lebih_buruk_lebih_murah", "minute_bands", 2, {"pct": "0.75"}),
    "a longer lateness of a smaller base": ("lebih_buruk_lebih_murah", "minute_bands", 2, {"base_name": "disiplin"}),
    "lateness costlier than alpa": ("lebih_mahal_dari_alpa", "day_matters", 0, {"pct": "1"}),
    "a roll call costlier than the alpa that absorbs it": ("lebih_mahal_dari_alpa", "event_rules", 0, {"pct": "5"}),
    "leave costlier than alpa": ("lebih_mahal_dari_alpa", "excuse_rules", 1, {"pct": "5"}),
    "not punching cheaper than punching late": ("lebih_buruk_lebih_murah", "day_matters", 1, {"pct": "1"}),
    "a rate over the daily cap": ("melampaui_batas", "event_rules", 0, {"pct": "3.5"}),
    "alpa over the monthly cap": ("melampaui_batas", "day_matters", 0, {"pct": "61"}),
    "a percentage over the whole": ("sel_pct", "minute_bands", 3, {"pct": "150"}),
    "no legal basis": ("sel_legal_basis", "minute_bands", 3, {"legal_basis": ""}),
    "an unknown evidence letter": ("sel_evidence", "minute_bands", 3, {"evidence": "Z"}),
    "a rate of which nothing was seen": ("bukti_tidak_ada", "minute_bands", 3, {"evidence": "-"}),
    "a price without its number": ("tarif_kosong", "day_matters", 0, {"priced_by": "workday_share", "pct": ""}),
    "a base that is not there": ("dasar_tidak_dikenal", "minute_bands", 3, {"base_name": "tunjangan"}),
    "no default base": ("dasar_tidak_ada", "allowance_bases", 0, {"is_default": "false"}),
    "two default bases": ("dua_dasar_bawaan", "allowance_bases", 1, {"is_default": "true"}),
    "a base without a share": ("bagian_tidak_diketahui", "allowance_bases", 0, {"share_pct": ""}),
    "an unknown rate": ("tarif_tidak_diketahui", "day_matters", 1, {"pct": "", "evidence": "-"}),
    "an excuse of an unknown kind": ("jenis_keterangan_tidak_dikenal", "excuse_rules", 0, {"excuse_kind": "ziarah"}),
    "an unknown counter": ("hitungan_tidak_dikenal", "month_triggers", 0, {"counter": "hari_bolos"}),
    "an event that nobody calls": ("acara_tidak_dipanggil", "event_rules", 0, {"event_kind": "senam"}),
    "a special day without a date": ("hari_khusus_tanpa_tanggal", "event_rules", 0, {"special_day": "sesudah_lebaran"}),
    "a regulation that is not there": (
        "peraturan_tidak_dikenal", "month_triggers", 0, {"regulation_code": "perwal_8", "rule_code": "perwal_8.a"},
    ),
    "minutes, no ladder": ("menit_tanpa_jenjang", "day_matters", 1, {"matter": "tanpa_pulang", "as_minutes": "91"}),
    "a threshold under a daily cap": (
        "ambang_dan_penggabungan", "month_triggers", 0, {"effect": "cuts_apply", "base_name": "", "pct": ""},
    ),
    "a matrix without its table": ("matriks_kosong", "combining_policies", 0, {"combine_mode": "matrix"}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "seed", "number", "cells"), list(FAULTS.values()), ids=list(FAULTS))
def test_a_planted_fault_is_found_and_named(
    table: Table, kind: str, seed: str, number: int, cells: dict[str, str]
) -> None:
    if kind == "menit_tanpa_jenjang":
        table.rows["minute_bands"] = table.rows["minute_bands"][:4]
    table.change(seed, number, **cells)

    found = [finding for finding in table.findings() if finding.kind == kind]

    assert found, table.kinds()
    for finding in found:
        assert finding.file.endswith(".csv")
        assert finding.line >= 2
        assert finding.row
        assert finding.reason
        assert finding.remedy
        assert finding.example
        assert finding.article or kind == "sel_legal_basis"


def test_minute_91_is_told_with_its_day_and_clock(table: Table) -> None:
    table.change("minute_bands", 3, from_minute="92")

    [finding] = table.findings()

    assert (finding.file, finding.line, finding.row) == ("minute_bands.csv", 4, f"{CODE}.minute_bands.2")
    assert finding.reason.startswith("91 tidak masuk jenjang mana pun")
    assert finding.example == "2017-01-02, masuk 09.01 pada jadwal 07.30 (91 menit terlambat)"
    assert "tulis 92" in told(finding)


def test_291_is_called_a_slip_for_91(table: Table) -> None:
    table.change("minute_bands", 6, to_minute="291")

    [finding] = table.findings()

    assert "291 tampak salah cetak dari 91" in finding.reason


def test_bands_by_the_clock_tile_too(table: Table) -> None:
    clocks = [("09:01", "09:31"), ("09:31", "10:01"), ("10:01", "")]
    table.rows["minute_bands"] = table.rows["minute_bands"][4:]
    for number, (begin, end) in enumerate(clocks, start=1):
        table.add("minute_bands", matter="terlambat", code=f"TL{number}", from_minute="", to_minute="", from_time=begin,
                  to_time=end, pct=f"0.{number}")  # fmt: skip
    assert table.findings() == ()

    table.change("minute_bands", 4, to_time="09:30")

    [finding] = table.findings()
    assert (finding.kind, finding.example) == ("celah", "2017-01-02, rekaman pukul 09.30")


def test_a_new_version_ends_the_one_before_it(table: Table) -> None:
    table.add("day_matters", valid_from="2018-01-01", pct="3")
    assert table.kinds() == {"versi_tidak_diakhiri"}

    table.change("day_matters", 0, valid_to="2018-01-01")
    assert table.kinds() == set()

    table.change("day_matters", 0, valid_to="2018-02-01")
    assert table.kinds() == {"masa_berlaku_bertindih"}

    table.change("day_matters", 0, valid_to="2017-12-01")
    [finding] = table.findings()
    assert (finding.kind, finding.level) == ("celah_versi", "catatan")


def test_an_offices_two_regulations_at_once_are_found(table: Table) -> None:
    table.add("regulation_applications", valid_from="2018-01-01", regulation_code="permentan_68_2012")
    assert table.kinds() == {"dua_peraturan"}

    table.change("regulation_applications", 0, valid_to="2018-01-01")
    assert table.kinds() == set()


def test_an_office_of_its_own_regulation_is_no_second_one(table: Table) -> None:
    table.add("regulation_applications", opd_code="DISHUB", regulation_code="permentan_68_2012")

    assert table.kinds() == set()


def test_the_worst_present_day_dearer_than_absence_is_a_note(table: Table) -> None:
    table.change("combining_policies", 0, daily_cap_pct="")
    table.change("day_matters", 0, pct="2")

    [finding] = table.findings()

    assert (finding.kind, finding.level) == ("hari_terburuk_melebihi_alpa", "catatan")


def test_a_sum_that_its_reader_has_decided_is_a_note(table: Table) -> None:
    table.change("working_weeks", 0, claimed_week_minutes="2100", note="tabelnya yang dipakai")

    [finding] = table.findings()

    assert (finding.level, finding.reason.endswith("(dibaca: tabelnya yang dipakai)")) == ("catatan", True)


def test_a_regulation_that_prices_covers_somebody_and_puts_together(table: Table) -> None:
    table.drop("covered_persons")
    table.drop("combining_policies")

    assert table.kinds() == {"penggabungan_tidak_ada", "cakupan_tidak_ada"}


def test_two_faults_on_one_day_cost_no_less_than_one(table: Table) -> None:
    table.rows["combination_matrix"] = []
    table.add("combination_matrix", row_code="TL4", column_code="PSW4", pct="1")
    table.change("combining_policies", 0, combine_mode="matrix")
    assert table.kinds() == {"lebih_buruk_lebih_murah"}

    table.change("combination_matrix", 0, pct="3")
    assert table.kinds() == set()


def test_the_events_of_the_site_folder_say_what_is_called(table: Table) -> None:
    table.change("event_rules", 0, event_kind="senam_pagi")
    assert table.kinds() == {"acara_tidak_dipanggil"}

    (table.folder.parent / "events.csv").write_text("event_id,kind\nA1,senam_pagi_jumat\n", encoding="utf-8")

    assert table.kinds() == set()


def test_a_column_that_is_missing_is_told_once(table: Table) -> None:
    table.findings()
    (table.folder / "day_matters.csv").write_text("rule_code,matter\na.b,alpa\n", encoding="utf-8")

    found = [finding for finding in lint(table.folder).findings if finding.kind == "kolom"]

    assert [finding.file for finding in found] == ["day_matters.csv"]


def test_the_built_in_law_has_no_errors_and_notes_its_oddities() -> None:
    report = lint(None)

    assert [told(finding) for finding in report.errors] == []
    assert report.rows > 600
    noted = {(finding.kind, finding.row) for finding in report.findings}
    assert ("jumlah_minggu", "kota_serang_ramadan_2026.minggu.kota_serang_ramadan_2026") in noted
    assert ("naskah_janggal", "permentan_68_2012.pulang_awal.PSW3") in noted
    assert ("hari_terburuk_melebihi_alpa", "tulang_bawang_tpp.alpa") in noted


def test_the_row_models_are_the_headers_of_the_seeds() -> None:
    for seed in LAW_MODELS:
        with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == list(law_fields(seed)), seed
    assert {path.stem for path in SEEDS.glob("*.csv")} == set(LAW_MODELS)


@pytest.mark.parametrize(
    ("schedule", "answer"),
    [
        ("perpres21_normal_5d", {"net_week_min": 2250, "differs_from_claim": False}),
        ("perpres21_ramadan_5d", {"net_week_min": 1950, "differs_from_claim": False}),
        ("kota_serang_ramadan_2026", {"net_week_min": 1950, "differs_from_claim": True}),
        ("menpan_ramadan_6d_2018_2024", {"net_week_min": 1980, "differs_from_claim": False}),
        ("menpan_ramadan_6d_2023", {"net_week_min": 1950, "differs_from_claim": False}),
        ("ppu_24_2018_5d", {"net_week_min": 2250, "differs_from_claim": False}),
        ("ppu_24_2018_6d", {"net_week_min": 2250, "differs_from_claim": False}),
        ("pmk_221_2021", {"net_week_min": 2565, "differs_from_claim": False}),
        ("anri_18_2016", {"net_week_min": 2250, "differs_from_claim": False}),
        ("cilegon_ramadan_2025", {"net_week_min": 1950, "differs_from_claim": False}),
        ("pakpak_normal", {"net_week_min": None}),
    ],
)
def test_the_net_week_of_a_schedule(schedule: str, answer: dict[str, int | bool | None]) -> None:
    assert weekly_net_minutes(schedule) == answer


def test_a_schedule_that_is_not_there_is_no_week() -> None:
    with pytest.raises(KeyError):
        weekly_net_minutes("jadwal_karangan")


def test_the_command_ends_with_1_when_something_is_wrong(table: Table) -> None:
    table.findings()
    clean = CliRunner().invoke(mount_doors(), ["rules", "lint", str(table.folder.parent), "--json"])
    table.change("minute_bands", 3, from_minute="92")
    table.findings()
    faulty = CliRunner().invoke(mount_doors(), ["rules", "lint", str(table.folder.parent), "--json"])

    assert clean.exit_code == 0
    assert json.loads(clean.stdout)["errors"] == 0
    assert faulty.exit_code == 1
    [finding] = json.loads(faulty.stdout)["findings"]
    assert finding["kind"] == "celah"
    assert set(finding) == {"kind", "file", "line", "row", "article", "reason", "remedy", "example", "level"}
