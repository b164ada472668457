"""The tables of the law as row models: the columns of the seeds and of the site folder's `regulation/`, defined once.

Field order of a rule: its head, its own columns, its tail (`columns_of`). Texts are those of docs/site_folder.md.
What one row can say of itself is checked here; what rows say together is the business of `hadir rules lint`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

from warehouse.cells import (
    Day,
    Kind,
    OptionalCode,
    OptionalDay,
    OptionalText,
    OptionalTimeOfDay,
    Text,
    TimeOfDay,
    needed,
    one_of,
    optional,
    parse_kind,
    refused,
    whole_number,
)
from warehouse.settings import PROJECT_DIR

SEEDS: Final = PROJECT_DIR / "dbt_project" / "seeds" / "regulation"

WHOLE_PCT: Final = Decimal(100)
EVIDENCE: Final = ("T", "Q", "N", "C", "B", "I", "-")


def parse_percent(cell: str) -> Decimal:
    """A percentage, 0 to 100, at most two decimals after a point or comma."""
    if re.fullmatch(r"[0-9]{1,4}([.,][0-9]{1,2})?", cell) is None:
        raise refused(f"'{cell}' bukan persen", "tulis angka saja, misalnya 1.25")
    percent = Decimal(cell.replace(",", "."))
    if percent > WHOLE_PCT:
        raise refused(f"{cell} persen melampaui 100", "salah cetak? tulis persen antara 0 dan 100")
    return percent


def parse_yes(cell: str) -> bool:
    """true or false as in the seeds, ya or tidak as in the site folder."""
    word = {"ya": "true", "tidak": "false"}.get(cell.lower(), cell.lower())
    if word not in ("true", "false"):
        raise refused(f"'{cell}' bukan true atau false", "tulis true (ya) atau false (tidak)")
    return word == "true"


def parse_rule_code(cell: str) -> str:
    """The key of a rule: `<regulation_code>.<matter>[.<code>][@special_day]`."""
    if re.fullmatch(r"[A-Za-z0-9_.@-]{1,160}", cell) is None:
        raise refused(f"kode aturan '{cell}' memuat karakter lain dari huruf, angka, . _ - @", "perbaiki rule_code")
    return cell


def _amount(cell: str) -> Decimal:
    if re.fullmatch(r"[0-9]{1,12}([.,][0-9]{1,2})?", cell) is None:
        raise refused(f"'{cell}' bukan jumlah rupiah", "tulis angka saja tanpa titik ribuan, misalnya 300000")
    return Decimal(cell.replace(",", "."))


OptionalPercent = Annotated[Decimal | None, optional(parse_percent)]
OptionalAmount = Annotated[Decimal | None, optional(_amount)]
OptionalMinute = Annotated[int | None, optional(whole_number(0, 1440))]
OptionalCount = Annotated[int | None, optional(whole_number(0, 999))]
Count = Annotated[int, needed(whole_number(0, 999))]
Yes = Annotated[bool, needed(parse_yes)]
OptionalKind = Annotated[str | None, optional(parse_kind)]


def word(*words: str) -> Callable[[str], str]:
    """Reader of one word of a closed list."""
    return one_of(*words)


def told(text: str, example: str = "") -> Any:
    """A documented column: what it holds and what stands in the example row."""
    return Field(description=text, examples=[example])


PCT: Final = "persen dari dasarnya, misalnya 1.25; kosong = tarifnya tidak diketahui (belum diputuskan, bukan 0)"
PCT_LOW: Final = "persen terkecil bila hanya rentangnya diketahui"
PCT_HIGH: Final = "persen terbesar bila hanya rentangnya diketahui"
BASE: Final = "dasar persentase dari allowance_bases; kosong = dasar bawaan peraturan itu"
SPECIAL: Final = "nama hari khusus dari special_dates; kosong = hari biasa"
CODE: Final = "kode jenjang atau tarif seperti dalam peraturan"
EXAMPLE: Final = "perwal_contoh_1_2018"


class LawRow(BaseModel):
    """One row of a table of the law."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleRow(LawRow):
    """A row that belongs to a regulation and has a validity."""

    rule_code: Annotated[str, needed(parse_rule_code)] = told(
        "kunci baris: <regulation_code>.<perkara>[.<kode>][@hari_khusus]; muncul di potongannya", f"{EXAMPLE}.contoh"
    )
    regulation_code: Kind = told("regulation_code dari regulation/regulations", EXAMPLE)
    rule_status: Annotated[Literal["announced", "in_force"], needed(word("announced", "in_force"))] = told(
        "announced = baru diumumkan (proyeksi); in_force = berlaku (dibayar)", "in_force"
    )
    valid_from: Day = told("hari pertama berlaku", "2018-01-01")
    valid_to: OptionalDay = told("hari pertama yang tidak berlaku lagi; kosong = masih berlaku")
    evidence: Annotated[str, needed(word(*EVIDENCE))] = told(
        "huruf bukti: T naskah dibaca, Q dikutip, N berita, C program, B blog, I tafsir, - tidak diketahui", "T"
    )
    legal_basis: Text = told("peraturan dan pasalnya, atau sumbernya", "Perwal Contoh 1/2018 pasal 7")
    note: OptionalText = told("catatan pembacaan: salah cetak, tafsir, batas")

    @model_validator(mode="after")
    def check_head(self) -> RuleRow:
        """The code begins with its regulation; the validity has days."""
        if not self.rule_code.startswith(f"{self.regulation_code}."):
            raise refused(
                f"rule_code '{self.rule_code}' tidak diawali '{self.regulation_code}.'",
                "awali rule_code dengan regulation_code dan titik",
                "rule_code",
            )
        _after(self.valid_from, self.valid_to)
        return self


def _after(begin: date, end: date | None) -> None:
    if end is not None and end <= begin:
        raise refused(f"valid_to {end} tidak sesudah valid_from {begin}", "isi valid_to yang lebih besar", "valid_to")


class PricedRow(RuleRow):
    """A rule with a price in percent (columns pct, pct_low, pct_high), perhaps known only as a range."""

    @model_validator(mode="after")
    def check_range(self) -> PricedRow:
        """A range has two ends in order and stands in place of a rate."""
        pct, low, high = (getattr(self, name) for name in ("pct", "pct_low", "pct_high"))
        if (low is None) != (high is None):
            raise refused("rentang persen hanya satu ujungnya", "isi pct_low dan pct_high, atau kosongkan", "pct_low")
        if low is not None and low > high:
            raise refused(f"pct_low {low} lebih besar dari pct_high {high}", "tukar", "pct_low")
        if low is not None and pct is not None:
            raise refused("pct dan rentangnya sama-sama terisi", "kosongkan salah satu", "pct")
        return self


class RegulationRow(LawRow):
    """Peraturan. Satu regulation_code di sini menggantikan seluruh isi bawaan sistem dengan kode yang sama."""

    regulation_code: Kind = told("kode peraturan", EXAMPLE)
    short_name: Text = told("nama pendek untuk kalimat", "Perwal 1/2018")
    title: Text = told("judul lengkap", "Peraturan Wali Kota Contoh Nomor 1 Tahun 2018")
    region: Text = told("pemerintah yang menetapkan", "Kota Contoh")
    level: Text = told("jenisnya: perwal, perbup, pergub, permen, pp, ...", "perwal")
    is_text_seen: Yes = told("true = naskahnya sudah dibaca", "true")
    evidence: Annotated[str, needed(word(*EVIDENCE))] = told("huruf bukti, seperti di berkas lain", "T")
    source: Text = told("sumber bacaan", "jdih.contoh.go.id")


class ApplicationRow(LawRow):
    """Peraturan mana mengatur kantor mana. Baris kantor mengalahkan baris tanpa kantor; baris tanpa kantor di sini
    menggantikan bawaan sistem untuk purpose itu."""

    regulation_code: Kind = told("regulation_code, dari sini atau bawaan sistem", EXAMPLE)
    purpose: Annotated[
        Literal["potongan", "disiplin", "hari_libur"], needed(word("potongan", "disiplin", "hari_libur"))
    ] = told(
        "potongan = status dan potongan; disiplin = tangga hukuman setahun; hari_libur = kalender libur seluruh kota",
        "potongan",
    )
    opd_code: OptionalCode = told("opd_code kantornya; kosong = semua kantor")
    rule_status: Annotated[Literal["announced", "in_force"], needed(word("announced", "in_force"))] = told(
        "announced = baru diumumkan (proyeksi); in_force = berlaku (dibayar)", "in_force"
    )
    valid_from: Day = told("hari pertama mengatur", "2018-01-01")
    valid_to: OptionalDay = told("hari pertama yang tidak lagi; kosong = masih mengatur")
    evidence: Annotated[str, needed(word(*EVIDENCE))] = told("huruf bukti, seperti di berkas lain", "T")
    legal_basis: Text = told("dasar pemberlakuannya", "Perwal Contoh 1/2018 pasal 20")

    @model_validator(mode="after")
    def check_validity(self) -> ApplicationRow:
        """The validity has days; a holiday is one for the whole city."""
        _after(self.valid_from, self.valid_to)
        if self.purpose == "hari_libur" and self.opd_code is not None:
            raise refused("hari libur berlaku bagi seluruh kota", "kosongkan opd_code", "opd_code")
        return self


class CoveredPersonRow(RuleRow):
    """Siapa yang dikenai potongan."""

    employee_kind: Annotated[Literal["PNS", "PPPK", "honorer"], needed(word("PNS", "PPPK", "honorer"))] = told(
        "PNS, PPPK atau honorer", "PNS"
    )
    is_only_with_tpp: Yes = told("true = hanya bila orang itu menerima TPP pada tanggalnya", "false")


class ExemptGroupRow(RuleRow):
    """Kelompok jadwal yang dibebaskan."""

    group_code: Text = told("group_code dari postings", "petugas_lapangan")
    activity: Annotated[str | None, optional(word("apel", "upacara", "phbi", "phbn", "presensi"))] = told(
        "apel, upacara, phbi, phbn, atau presensi = semuanya; kosong = semuanya", "apel"
    )


class SpecialDateRow(RuleRow):
    """Tanggal hari khusus, misalnya hari kerja pertama sesudah Lebaran."""

    special_day: Kind = told("nama hari khusus", "first_workday_after_lebaran")
    special_date: Day = told("tanggalnya", "2018-06-21")


class AllowanceBaseRow(RuleRow):
    """Bagian tunjangan yang menjadi dasar persentase. Satu dasar bawaan untuk setiap peraturan."""

    base_name: Kind = told("nama dasar", "tpp_total")
    share_pct: OptionalPercent = told("bagiannya dari seluruh tunjangan dalam persen; kosong = tidak diketahui", "100")
    is_default: Yes = told("true = dasar bawaan peraturan itu", "true")


class DayMeasureRow(RuleRow):
    """Cara mengukur sehari: pembulatan, toleransi, jam lentur, jendela rekam. Tanpa baris: ketentuan rumah."""

    rounding: Annotated[Literal["floor", "ceil_to_block"], needed(word("floor", "ceil_to_block"))] = told(
        "floor = menit penuh; ceil_to_block = dibulatkan ke atas per blok", "floor"
    )
    block_minutes: OptionalMinute = told("panjang blok dalam menit")
    grace_seconds: Annotated[int, needed(whole_number(0, 3600))] = told("detik terlambat yang belum dihitung", "59")
    grace_minutes: OptionalMinute = told("menit toleransi; kosong = tidak ada")
    grace_measured_from: Annotated[str | None, optional(word("start", "end_of_grace"))] = told(
        "sesudah toleransi menit dihitung dari jam masuk (start) atau dari akhir toleransi (end_of_grace)"
    )
    makeup_minutes: OptionalMinute = told("paling banyak menit yang harus diganti hari itu; kosong = tidak diganti")
    free_late_count: OptionalCount = told("berapa kali sebulan toleransi boleh dipakai; kosong = tidak dibatasi")
    flexi_early_minutes: OptionalMinute = told("jam lentur: paling banyak menit lebih awal")
    flexi_late_minutes: OptionalMinute = told("jam lentur: paling banyak menit lebih lambat")
    early_by: Annotated[Literal["clock", "net_minutes"], needed(word("clock", "net_minutes"))] = told(
        "pulang awal menurut jam pulang (clock) atau lama kerja bersih (net_minutes)", "clock"
    )
    net_minutes: OptionalMinute = told("lama kerja bersih sehari dalam menit")
    break_minutes: OptionalMinute = told("istirahat dalam menit")
    friday_break_minutes: OptionalMinute = told("istirahat hari Jumat dalam menit")
    in_earliest: OptionalTimeOfDay = told("rekaman masuk diterima sejak jam ini")
    in_latest: OptionalTimeOfDay = told("rekaman masuk diterima sampai jam ini")
    out_earliest: OptionalTimeOfDay = told("rekaman pulang diterima sejak jam ini")
    out_latest: OptionalTimeOfDay = told("rekaman pulang diterima sampai jam ini")
    in_pairing: Annotated[Literal["first"], needed(word("first"))] = told("first = rekaman pertama", "first")
    out_pairing: Annotated[Literal["last", "first"], needed(word("last", "first"))] = told(
        "last = rekaman terakhir; first = rekaman pertama di jendela pulang", "last"
    )
    quorum_share_pct: OptionalPercent = told("bila tidak lebih dari ini yang merekam, alpa hari itu tidak dihitung")
    request_expiry_days: OptionalCount = told("permohonan yang selama ini belum diputus ditolak dengan sendirinya")

    @model_validator(mode="after")
    def check_parts(self) -> DayMeasureRow:
        """What belongs together is given together."""
        needs = (
            ("block_minutes", self.rounding == "ceil_to_block" and not self.block_minutes, "ceil_to_block tanpa blok"),
            ("net_minutes", self.early_by == "net_minutes" and self.net_minutes is None, "lama kerja bersih kosong"),
            ("grace_measured_from", self.grace_minutes is not None and self.grace_measured_from is None,
             "toleransi tanpa awal hitungan"),
        )  # fmt: skip
        for column, is_missing, reason in needs:
            if is_missing:
                raise refused(reason, f"isi {column}", column)
        return self


class MinuteBandRow(PricedRow):
    """Jenjang terlambat, pulang awal dan keluar sementara, menurut menit atau menurut jam rekaman."""

    matter: Annotated[
        Literal["terlambat", "pulang_awal", "keluar_sementara"],
        needed(word("terlambat", "pulang_awal", "keluar_sementara")),
    ] = told("terlambat, pulang_awal atau keluar_sementara", "terlambat")
    special_day: OptionalKind = told(SPECIAL)
    code: Text = told(CODE, "TL1")
    from_minute: OptionalMinute = told("menit pertama jenjang", "1")
    to_minute: OptionalMinute = told("menit pertama SESUDAH jenjang: 1 sampai 30 ditulis 1 dan 31; kosong = terus", "")
    from_time: OptionalTimeOfDay = told("jam rekaman pertama jenjang, pengganti menit")
    to_time: OptionalTimeOfDay = told("jam rekaman pertama sesudah jenjang; kosong = terus")
    priced_by: Annotated[Literal["pct", "idr", "minute_share"], needed(word("pct", "idr", "minute_share"))] = told(
        "pct, idr, atau minute_share = tunjangan per menit kerja", "pct"
    )
    pct: OptionalPercent = told(PCT, "0.5")
    pct_low: OptionalPercent = told(PCT_LOW)
    pct_high: OptionalPercent = told(PCT_HIGH)
    amount_idr: OptionalAmount = told("rupiah tetap per kejadian")
    base_name: OptionalKind = told(BASE)
    minutes_per_day: OptionalMinute = told("menit kerja efektif sehari untuk minute_share")

    @model_validator(mode="after")
    def check_edges(self) -> MinuteBandRow:
        """By minutes or by the clock, and with a length."""
        if (self.from_minute is None) == (self.from_time is None):
            raise refused("awal jenjang harus menit ATAU jam", "isi from_minute atau from_time", "from_minute")
        if self.from_minute is not None and self.to_minute is not None and self.to_minute <= self.from_minute:
            raise refused(
                f"to_minute {self.to_minute} tidak sesudah from_minute {self.from_minute}", "perbaiki", "to_minute"
            )
        if self.from_time is not None and self.to_time is not None and self.to_time <= self.from_time:
            raise refused(f"to_time {self.to_time} tidak sesudah from_time {self.from_time}", "perbaiki", "to_time")
        return self


class DayMatterRow(PricedRow):
    """Alpa, tanpa rekaman masuk, tanpa rekaman pulang."""

    matter: Annotated[
        Literal["alpa", "tanpa_masuk", "tanpa_pulang"], needed(word("alpa", "tanpa_masuk", "tanpa_pulang"))
    ] = told("alpa, tanpa_masuk atau tanpa_pulang", "alpa")
    special_day: OptionalKind = told(SPECIAL)
    code: Text = told(CODE, "ALPA")
    as_minutes: OptionalMinute = told("dinilai seperti terlambat atau pulang awal sebanyak menit ini")
    priced_by: Annotated[
        Literal["pct", "idr", "workday_share", "whole_month"],
        needed(word("pct", "idr", "workday_share", "whole_month")),
    ] = told("pct, idr, workday_share = bagian tunjangan sehari kerja, atau whole_month", "pct")
    pct: OptionalPercent = told(PCT, "5")
    pct_low: OptionalPercent = told(PCT_LOW)
    pct_high: OptionalPercent = told(PCT_HIGH)
    amount_idr: OptionalAmount = told("rupiah tetap per kejadian")
    share_pct: OptionalPercent = told("bagian dari tunjangan sehari kerja, untuk workday_share")
    base_name: OptionalKind = told(BASE)


class EventRuleRow(RuleRow):
    """Tidak mengikuti apel, upacara, PHBI, PHBN."""

    event_kind: Kind = told("jenis acara di events; apel_senin memakai baris apel bila tidak punya sendiri", "apel")
    special_day: OptionalKind = told(SPECIAL)
    code: Text = told(CODE, "APEL")
    priced_by: Annotated[Literal["pct", "idr"], needed(word("pct", "idr"))] = told("pct atau idr", "pct")
    pct: OptionalPercent = told(PCT, "1")
    amount_idr: OptionalAmount = told("rupiah tetap per kejadian")
    base_name: OptionalKind = told(BASE)
    decided_by: Annotated[Literal["rule", "by_decision"], needed(word("rule", "by_decision"))] = told(
        "rule = tarif tertulis; by_decision = diserahkan kepada pimpinan", "rule"
    )
    is_on_holidays: Yes = told("true = wajib juga pada hari libur", "false")
    is_late_missed: Yes = told("true = datang sesudah acara mulai dianggap tidak hadir", "false")


class ExcuseKindRow(LawRow):
    """Jenis keterangan tidak hadir. Jenis di sini menggantikan bawaan sistem dengan nama yang sama."""

    excuse_kind: Kind = told("jenis keterangan", "izin_haji")
    status: OptionalText = told("kata status harinya; kosong bila dianggap tidak masuk", "IZIN")
    treat_as: Annotated[Literal["excused", "absent"], needed(word("excused", "absent"))] = told(
        "excused = diterima; absent = dianggap tidak masuk", "excused"
    )
    label: Text = told("nama dalam kalimat", "izin ibadah haji")
    needs_letter: Yes = told("true = persetujuannya memerlukan nomor surat", "true")
    evidence: Annotated[str, needed(word(*EVIDENCE))] = told("huruf bukti, seperti di berkas lain", "T")
    legal_basis: Text = told("dasar dan syaratnya", "Perwal Contoh 1/2018 pasal 12")


class ExcuseRuleRow(PricedRow):
    """Hari dengan keterangan: 0 = tanpa potongan; kosong = ada aturannya, tarifnya tidak diketahui."""

    excuse_kind: Kind = told("jenis keterangan", "cuti_sakit")
    part_no: Annotated[int, needed(whole_number(1, 9))] = told("1 = bagian utama; 2.. = tambahan pada dasar lain", "1")
    code: Text = told(CODE, "CUTI_SAKIT")
    treat_as: Annotated[Literal["excused", "absent"], needed(word("excused", "absent"))] = told(
        "excused = diterima; absent = dianggap tidak masuk", "excused"
    )
    priced_by: Annotated[
        Literal["pct", "workday_share", "paid_pct"], needed(word("pct", "workday_share", "paid_pct"))
    ] = told("pct, workday_share = bagian tunjangan sehari kerja, paid_pct = bagian yang tetap dibayar", "pct")
    pct: OptionalPercent = told(PCT, "2")
    share_pct: OptionalPercent = told("bagian dari tunjangan sehari kerja, untuk workday_share")
    base_name: OptionalKind = told(BASE)
    free_days_month: OptionalCount = told("hari pertama sebulan yang bebas", "3")
    spell_from_day: OptionalCount = told("berlaku sejak hari ke sekian dari satu masa")
    spell_to_day: OptionalCount = told("hari ke sekian pertama yang tidak lagi; kosong = terus")
    spell_unit: Annotated[str | None, optional(word("calendar", "workday"))] = told("calendar atau workday")
    tier_mode: Annotated[str | None, optional(word("marginal", "whole"))] = told(
        "marginal = hanya hari di jenjang itu; whole = seluruh masa; kosong = tidak tertulis"
    )
    leave_month_from: OptionalCount = told("berlaku sejak bulan cuti ke sekian")
    leave_month_to: OptionalCount = told("bulan cuti ke sekian pertama yang tidak lagi")
    paid_pct: OptionalPercent = told("bagian tunjangan yang tetap dibayar, untuk paid_pct")
    needs_letter: Yes = told("true = tanpa surat keterangan ini tidak berlaku", "true")
    pct_low: OptionalPercent = told(PCT_LOW)
    pct_high: OptionalPercent = told(PCT_HIGH)


class CombiningPolicyRow(RuleRow):
    """Cara potongan digabung, dan batasnya."""

    combine_mode: Annotated[Literal["sum", "max", "matrix"], needed(word("sum", "max", "matrix"))] = told(
        "sum = dijumlahkan; max = hanya yang terbesar; matrix = tabel dua arah", "sum"
    )
    daily_cap_pct: OptionalPercent = told("batas sehari bila masuk kerja; kosong = tidak ada")
    monthly_cap_pct: OptionalPercent = told("batas sebulan; kosong = tidak ada", "60")
    alpa_absorbs_events: Yes = told("true = alpa menelan potongan acara hari itu", "true")
    drift_ignored_s: Annotated[int, needed(whole_number(0, 600))] = told("selisih jam mesin yang diabaikan, detik", "2")


class CombinationRow(PricedRow):
    """Tabel dua arah: potongan bila dua pelanggaran terjadi pada satu hari."""

    row_code: Text = told("kode sisi masuk", "TL1")
    column_code: Text = told("kode sisi pulang", "PSW1")
    pct: OptionalPercent = told(PCT, "2")
    pct_low: OptionalPercent = told(PCT_LOW)
    pct_high: OptionalPercent = told(PCT_HIGH)
    base_name: OptionalKind = told(BASE)


class WorkingHourRow(RuleRow):
    """Jam kerja menurut peraturan, satu baris per hari. Jadwal orang sendiri ada di schedules."""

    schedule_code: Text = told("kode jadwal", "contoh_5_hari")
    day_group: Annotated[str, needed(word("mon", "tue", "wed", "thu", "fri", "sat", "sun"))] = told(
        "mon, tue, wed, thu, fri, sat atau sun", "mon"
    )
    start_time: TimeOfDay = told("jam masuk", "07:30")
    end_time: TimeOfDay = told("jam pulang; tidak lebih besar dari jam masuk = hari berikutnya", "16:00")
    break_minutes: OptionalMinute = told("istirahat dalam menit; kosong = tidak disebut", "60")


class ScheduleApplicationRow(RuleRow):
    """Jadwal peraturan mana berlaku di kantor mana, dan kapan (Ramadan: satu baris per tahun, dengan tanggalnya).
    Baris kota mengalahkan bawaan sistem, baris kantor baris tanpa kantor. Penugasan di shift_assignments tetap menang
    atas baris tanpa replaces_code."""

    regulation_code: Kind = told("regulation_code, dari sini atau bawaan sistem: yang memberlakukannya", EXAMPLE)
    schedule_code: OptionalKind = told(
        "jadwal dari working_hours, dari sini atau bawaan sistem; kosong = di kantor ini hukum tidak memberi jadwal",
        "contoh_5_hari",
    )
    opd_code: OptionalCode = told("opd_code kantornya; kosong = semua kantor")
    replaces_code: OptionalCode = told(
        "jadwal yang digantikan pada hari-hari ini, milik peraturan atau dari schedules; kosong = berlaku bagi yang"
        " tidak ditugasi jadwal"
    )


class WorkingWeekRow(RuleRow):
    """Jam kerja seminggu yang disebut peraturan; hadir rules lint mencocokkannya dengan tabel jamnya."""

    schedule_code: Text = told("kode jadwal", "contoh_5_hari")
    claimed_week_minutes: Annotated[int | None, optional(whole_number(1, 9999))] = told(
        "menit seminggu menurut tulisannya; kosong = tidak disebut", "450"
    )
    counted_by: Annotated[Literal["net", "gross"], needed(word("net", "gross"))] = told(
        "net = istirahat dikurangkan; gross = tidak", "net"
    )


class HolidayCalendarRow(RuleRow):
    """Hari libur menurut sebuah keputusan bersama."""

    decree: Text = told("keputusannya", "SKB 1/2017")
    published_on: OptionalDay = told("tanggal terbit", "2017-10-03")
    holiday_date: Day = told("tanggal libur", "2018-08-17")
    name: Text = told("nama hari libur", "Kemerdekaan")
    kind: Annotated[Literal["libur_nasional", "cuti_bersama"], needed(word("libur_nasional", "cuti_bersama"))] = told(
        "libur_nasional atau cuti_bersama", "libur_nasional"
    )


class CounterRow(LawRow):
    """Nama hitungan sebulan atau setahun, dan apa yang dihitungnya."""

    counter: Kind = told("nama hitungan", "izin_haji_days")
    matter: OptionalKind = told("perkara yang dihitung: terlambat, alpa, apel, ...")
    code: OptionalText = told("kode jenjang, atau nomor urut jenjang; kosong = semua")
    excuse_kind: OptionalKind = told("jenis keterangan yang dihitung", "izin_haji")
    unit: Annotated[
        Literal["days", "count", "minutes", "months", "pct"], needed(word("days", "count", "minutes", "months", "pct"))
    ] = told("days, count, minutes, months (bulan cuti yang ke berapa) atau pct", "days")


class MonthTriggerRow(RuleRow):
    """Akibat yang dipicu hitungan sebulan."""

    counter: Kind = told("hitungan dari counters", "absent_days")
    at_least: Count = told("sejak hitungan ini", "5")
    at_most: OptionalCount = told("sampai hitungan ini (ikut); kosong = tanpa batas")
    effect: Annotated[
        Literal["set_base_pct", "sanction", "cuts_apply"], needed(word("set_base_pct", "sanction", "cuts_apply"))
    ] = told("set_base_pct = potongan dasar itu menjadi pct; sanction = hukuman; cuts_apply = potongan baru berlaku",
             "set_base_pct")  # fmt: skip
    base_name: OptionalKind = told(BASE, "tpp_total")
    pct: OptionalPercent = told(PCT, "100")
    sanction: OptionalKind = told("hukuman yang dipicu")


class DisciplineRuleRow(RuleRow):
    """Cara menghitung pelanggaran setahun."""

    convert_minutes: OptionalMinute = told("menit terlambat dan pulang awal yang dijadikan satu hari; kosong = tidak")
    carry_remainder: Yes = told("true = sisa menit dibawa terus", "false")
    counts_late: Yes = told("true = terlambat ikut dihitung", "false")
    counts_early: Yes = told("true = pulang awal ikut dihitung", "false")
    applies_to: Text = told("jenis pegawai, dipisah spasi", "PNS")
    act_within_days: OptionalCount = told("hari sampai atasan harus bertindak; kosong = tidak ditetapkan")
    summon_basis: OptionalText = told("pasal yang mewajibkan atasan memanggil; kosong = tidak diketahui")
    neglect_basis: OptionalText = told("pasal tentang atasan yang lalai; kosong = tidak diketahui")


class DisciplineStepRow(RuleRow):
    """Tangga hukuman disiplin."""

    kind: Annotated[Literal["days", "consecutive"], needed(word("days", "consecutive"))] = told(
        "days = hari setahun; consecutive = hari kerja berturut-turut", "days"
    )
    at_least: Count = told("sejak hari ke sekian", "3")
    at_most: OptionalCount = told("sampai hari ke sekian (ikut); kosong = tanpa batas")
    level: Annotated[Literal["ringan", "sedang", "berat"], needed(word("ringan", "sedang", "berat"))] = told(
        "ringan, sedang atau berat", "ringan"
    )
    sanction: Kind = told("hukumannya", "teguran_lisan")
    pct: OptionalPercent = told("potongan tunjangan dalam persen, bila hukumannya itu")
    months: OptionalCount = told("lama hukuman dalam bulan")
    is_salary_stopped: Yes = told("true = gaji dihentikan mulai bulan berikutnya", "false")


class DisciplineCutRow(RuleRow):
    """Potongan tunjangan selama hukuman disiplin."""

    sanction: Kind = told("hukumannya", "teguran_lisan")
    pct: OptionalPercent = told(PCT, "20")
    months: OptionalCount = told("lama potongan dalam bulan; kosong = tidak tertulis", "1")


class RewardRuleRow(RuleRow):
    """Penghargaan."""

    reward: Kind = told("nama penghargaan", "catatan_bersih")
    counter: Kind = told("hitungan yang dinilai, dari counters", "cuts_count")
    at_most: OptionalCount = told("paling banyak", "0")
    min_workdays: OptionalCount = told("paling sedikit hari kerja", "15")
    excludes: OptionalText = told("siapa yang tidak dinilai, dipisah spasi", "belum_lengkap undecided")
    ties: OptionalText = told("cara memutus yang sama", "bersama")


# In the order in which they refer to each other.
LAW_MODELS: Final[dict[str, type[LawRow]]] = {
    "regulations": RegulationRow,
    "regulation_applications": ApplicationRow,
    "covered_persons": CoveredPersonRow,
    "exempt_groups": ExemptGroupRow,
    "special_dates": SpecialDateRow,
    "allowance_bases": AllowanceBaseRow,
    "day_measures": DayMeasureRow,
    "minute_bands": MinuteBandRow,
    "day_matters": DayMatterRow,
    "event_rules": EventRuleRow,
    "excuse_kinds": ExcuseKindRow,
    "excuse_rules": ExcuseRuleRow,
    "combining_policies": CombiningPolicyRow,
    "combination_matrix": CombinationRow,
    "counters": CounterRow,
    "month_triggers": MonthTriggerRow,
    "discipline_rules": DisciplineRuleRow,
    "discipline_ladder": DisciplineStepRow,
    "discipline_cuts": DisciplineCutRow,
    "reward_rules": RewardRuleRow,
    "working_hours": WorkingHourRow,
    "schedule_applications": ScheduleApplicationRow,
    "working_weeks": WorkingWeekRow,
    "holiday_calendars": HolidayCalendarRow,
}

_HEAD: Final = ("rule_code", "regulation_code")


def law_fields(seed: str) -> dict[str, FieldInfo]:
    """The columns of a seed in the order of its header: head, own columns, tail."""
    fields = LAW_MODELS[seed].model_fields
    if not issubclass(LAW_MODELS[seed], RuleRow):
        return dict(fields)
    tail = [name for name in RuleRow.model_fields if name not in _HEAD]
    own = [name for name in fields if name not in RuleRow.model_fields]
    return {name: fields[name] for name in (*_HEAD, *own, *tail)}


@cache
def built_in_names(seed: str, column: str) -> frozenset[str]:
    """The names that a seed of the built-in law states.

    Raises:
        OSError: the seed is not there.
    """
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return frozenset(row[column] for row in csv.DictReader(lines))
