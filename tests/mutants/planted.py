"""Changes planted in the law, one cell each, and the worked example that finds it (tests/law/worked_examples.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Planted:
    """One wrong cell: `rule` is the rule code without its regulation, `value` None an empty cell."""

    example: str
    seed: str
    rule: str
    column: str
    value: str | None


PLANTED: Final = (
    Planted("satu-menit", "minute_bands", "terlambat.TL", "pct", "1.25"),
    Planted("satu-menit", "minute_bands", "terlambat.TL", "from_minute", "2"),
    Planted("dua-ujung", "minute_bands", "pulang_awal.PSW", "pct", "0.50"),
    Planted("dua-ujung", "combining_policies", "penjumlahan", "combine_mode", "max"),
    Planted("dua-ujung", "combining_policies", "penjumlahan", "daily_cap_pct", "1.50"),
    Planted("satu-menit", "day_measures", "ukuran", "grace_seconds", "119"),
    Planted("lupa-pulang", "day_matters", "tanpa_pulang", "pct", "0.00"),
    Planted("seharian-tidak-ada", "day_matters", "alpa", "pct", "4.50"),
    Planted("alpa-hari-apel", "combining_policies", "penjumlahan", "alpa_absorbs_events", "false"),
    Planted("apel-dan-terlambat", "event_rules", "apel", "pct", "2.00"),
    Planted("maulid-libur", "event_rules", "phbi", "is_on_holidays", "false"),
    Planted("maulid-libur", "event_rules", "phbi", "pct", None),
    Planted("lebaran-cilegon", "day_matters", "alpa@first_workday_after_lebaran", "pct", "5.00"),
    Planted("menit-30", "minute_bands", "terlambat.TL1", "to_minute", "30"),
    Planted("menit-31", "minute_bands", "terlambat.TL2", "pct", "1.50"),
    Planted("menit-90", "minute_bands", "pulang_awal.PSW3", "to_minute", "90"),
    Planted("menit-91", "minute_bands", "pulang_awal.PSW4", "from_minute", "92"),
    Planted("hanya-pulang", "day_matters", "tanpa_masuk", "pct", "1.50"),
    Planted("hari-terburuk", "minute_bands", "terlambat.TL4", "pct", "1.00"),
    Planted("tenggang-dibayar", "day_measures", "ukuran", "grace_minutes", "15"),
    Planted("tenggang-kurang", "day_measures", "ukuran", "makeup_minutes", None),
    Planted("tenggang-kurang", "allowance_bases", "dasar", "share_pct", "50"),
    Planted("lewat-tenggang", "day_measures", "ukuran", "grace_measured_from", "start"),
    Planted("kantor-kosong", "day_measures", "ukuran", "quorum_share_pct", "45"),
    Planted("kantor-ada", "day_measures", "ukuran", "quorum_share_pct", "60"),
    Planted("permohonan-basi", "day_measures", "ukuran", "request_expiry_days", "5"),
    Planted("permohonan-muda", "day_measures", "ukuran", "request_expiry_days", "1"),
    Planted("upacara-tuba", "event_rules", "upacara_hari_kerja", "pct", "1.00"),
    Planted("datang-terlambat-upacara", "event_rules", "upacara_hari_kerja", "is_late_missed", "false"),
    Planted("menit-75", "minute_bands", "pulang_awal.PSW2", "pct", "0.00"),
    Planted("di-luar-jendela", "day_measures", "ukuran", "out_earliest", "14:30"),
    Planted("di-luar-jendela", "day_matters", "tanpa_pulang", "pct", "1.25"),
    Planted("empat-alpa", "month_triggers", "alpa_5_hari", "at_least", "4"),
    Planted("lima-alpa", "month_triggers", "alpa_5_hari", "pct", "50"),
    Planted("lima-alpa", "month_triggers", "alpa_5_hari", "base_name", "tpp_total"),
    Planted("empat-alpa", "allowance_bases", "dasar", "share_pct", "40"),
    Planted("yang-tertinggi", "allowance_bases", "dasar", "share_pct", "60"),
    Planted("sakit-dipotong", "excuse_rules", "sakit", "pct", "0.00"),
    Planted("batas-sehari", "combining_policies", "penjumlahan", "daily_cap_pct", None),
    Planted("keluar-tengah-hari", "minute_bands", "keluar_sementara.KS3", "pct", "1.00"),
    Planted("hanya-jam-masuk", "day_matters", "tanpa_pulang", "pct", None),
    Planted("menit-61", "minute_bands", "terlambat.TL2", "from_minute", "62"),
    Planted("apel-rupiah", "event_rules", "apel", "amount_idr", "250000"),
    Planted("hari-kerja-25", "day_matters", "alpa", "share_pct", "50"),
    Planted("hari-khusus", "day_matters", "alpa@first_workday_after_lebaran", "pct", "25"),
    Planted("delapan-jam-bersih", "day_measures", "ukuran", "early_by", "clock"),
    Planted("kurang-dua-puluh", "day_measures", "ukuran", "net_minutes", "440"),
    Planted("sebelum-jendela", "day_measures", "ukuran", "in_earliest", None),
    Planted("lentur", "day_measures", "ukuran", "flexi_late_minutes", "60"),
    Planted("jenjang-jam", "minute_bands", "terlambat.TL2", "pct", "1.00"),
    Planted("tiga-hari", "discipline_ladder", "tangga.3", "at_least", "4"),
    Planted("sebelas-hari", "discipline_ladder", "tangga.11", "months", "9"),
    Planted("sepuluh-berturut", "discipline_ladder", "berturut.10", "is_salary_stopped", "false"),
    Planted("sepuluh-berturut", "discipline_ladder", "berturut.10", "at_least", "11"),
    Planted("menit-menjadi-hari", "discipline_rules", "hitungan", "convert_minutes", "480"),
)
