"""The files of the site folder as row models: the fields are the documented columns, in order.

docs/site_folder.md and `hadir site init` are made from these texts. Table names are those of schema reference.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from warehouse.cells import (
    Code,
    Day,
    Flag,
    Kind,
    Moment,
    OptionalAddress,
    OptionalCode,
    OptionalDay,
    OptionalSecretName,
    OptionalText,
    OptionalTimeOfDay,
    Pin,
    Rupiah,
    Text,
    TimeOfDay,
    Timezone,
    needed,
    one_of,
    optional,
    refused,
    whole_number,
)
from warehouse.law_rows import parse_percent
from warehouse.nip import NotANip, parse_nip

EXCUSE_KINDS: Final = "excuse_kinds"  # validation context: the known kinds
KINDS_WITH_LETTER: Final = "kinds_with_letter"  # validation context: those that an approval needs a letter for

VALID_FROM: Final = "hari pertama berlaku"
VALID_TO: Final = "hari pertama yang tidak berlaku lagi; kosong = masih berlaku"
EMPLOYEE: Final = "employee_id dari employees"


def column(text: str, example: str) -> Any:
    """A documented column: what it holds and what stands in the example row."""
    return Field(description=text, examples=[example])


def late_column(text: str, example: str) -> Any:
    """A column that files written before it may lack: then it is empty. Never part of the key."""
    return Field(default=None, description=text, examples=[example])


def _after(later: date | None, earlier: date, name: str, than: str) -> None:
    if later is not None and later <= earlier:
        raise refused(f"{name} {later} tidak sesudah {than} {earlier}", f"isi {name} yang lebih besar", name)


class SiteRow(BaseModel):
    """One row of a file of the site folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ValidRow(SiteRow):
    """A row with a validity; the two columns stand where the file has them."""

    @model_validator(mode="after")
    def check_validity(self) -> ValidRow:
        """valid_to is exclusive: an empty span is a slip of the pen."""
        _after(getattr(self, "valid_to"), getattr(self, "valid_from"), "valid_to", "valid_from")  # noqa: B009
        return self


class OpdRow(SiteRow):
    """Kantor (OPD): siapa saja yang punya pegawai atau mesin."""

    opd_code: Code = column("kode kantor, dipakai di berkas lain", "SETDA")
    name: Text = column("nama kantor seperti tampil di layar", "Sekretariat Daerah")
    timezone: Timezone = column("zona waktu kantor", "Asia/Jakarta")


class EmployeeRow(SiteRow):
    """Pegawai. employee_id tidak pernah berubah dan tidak pernah dipakai ulang, juga bila NIP berganti."""

    employee_id: Code = column("kode tetap orang ini di sistem", "P0001")
    name: Text = column("nama", "Siti Aminah")
    kind: Annotated[Literal["PNS", "PPPK", "honorer"], needed(one_of("PNS", "PPPK", "honorer"))] = column(
        "PNS, PPPK atau honorer", "PNS"
    )


class IdentifierRow(ValidRow):
    """Nomor pegawai. PPPK yang pindah kontrak mendapat baris baru; honorer boleh tanpa NIP."""

    employee_id: Code = column(EMPLOYEE, "P0001")
    kind: Annotated[Literal["nip", "nik"], needed(one_of("nip", "nik"))] = column("nip atau nik", "nip")
    value: Code = column("nomornya; spasi dibuang. Di Excel beri format Teks agar angkanya utuh", "198609262015052001")
    valid_from: Day = column(VALID_FROM, "2015-05-01")
    valid_to: OptionalDay = column(VALID_TO, "")

    @field_validator("value")
    @classmethod
    def check_number(cls, value: str, info: ValidationInfo) -> str:
        """NIP by warehouse.nip; NIK is 16 digits (UU 23/2006, article 13)."""
        number = "".join(value.split())
        kind = info.data.get("kind")
        if kind == "nip":
            try:
                return parse_nip(number).value
            except NotANip as error:
                raise refused(str(error), "salin NIP dari SK; di Excel beri kolom ini format Teks") from None
        if kind == "nik" and not (number.isascii() and number.isdigit() and len(number) == 16):
            raise refused("NIK terdiri atas 16 angka", "salin NIK dari KTP; di Excel beri kolom ini format Teks")
        return number


class PostingRow(ValidRow):
    """Penempatan pegawai di kantor. Seorang pegawai berada di satu kantor pada satu hari."""

    employee_id: Code = column(EMPLOYEE, "P0001")
    opd_code: Code = column("opd_code dari opd", "SETDA")
    group_code: OptionalCode = column("kelompok jadwal, misalnya regu jaga; kosong = tidak ada", "")
    valid_from: Day = column(VALID_FROM, "2017-01-01")
    valid_to: OptionalDay = column(VALID_TO, "")


class TerminalRow(SiteRow):
    """Mesin absensi. Mesin yang pindah kantor: isi removed_on dan beri baris baru."""

    terminal_serial: Code = column("nomor seri mesin", "AEWD170100001")
    label: Text = column("nama yang dikenal orang", "Setda lobi utama")
    opd_code: Code = column("opd_code tempat mesin berdiri", "SETDA")
    driver: Annotated[Literal["zk", "usb_file"], needed(one_of("zk", "usb_file"))] = column(
        "zk = dibaca lewat jaringan; usb_file = datanya dibawa dengan flash disk", "zk"
    )
    address: OptionalAddress = column("host:porta mesin zk; kosong untuk usb_file", "tcp://10.20.1.5:4370")
    comm_key_name: OptionalSecretName = column("NAMA kunci komunikasi, bukan kuncinya; kosong = tanpa kunci", "setda")
    installed_on: Day = column("hari pertama mesin berdiri di kantor itu", "2017-01-30")
    removed_on: OptionalDay = column("hari pertama mesin tidak di situ lagi; kosong = masih di situ", "")

    @model_validator(mode="after")
    def check_stay(self) -> TerminalRow:
        """A terminal on the network has an address; a stay has an end after its beginning."""
        _after(self.removed_on, self.installed_on, "removed_on", "installed_on")
        if self.driver == "zk" and self.address is None:
            raise refused("mesin zk tanpa alamat", "isi address, misalnya tcp://10.20.1.5:4370", "address")
        return self


class PinRow(ValidRow):
    """Milik siapa sebuah PIN. Baris mesin mengalahkan baris kantor; PIN kantor berlaku di semua mesin kantor itu."""

    scope: Annotated[Literal["terminal", "opd"], needed(one_of("terminal", "opd"))] = column("terminal atau opd", "opd")
    scope_code: Code = column("terminal_serial atau opd_code menurut scope", "SETDA")
    pin: Pin = column("PIN di mesin; nol di depan ikut dihitung", "101")
    employee_id: Code = column(EMPLOYEE, "P0001")
    valid_from: Day = column(VALID_FROM, "2017-01-30")
    valid_to: OptionalDay = column(VALID_TO, "")


class ScheduleRow(ValidRow):
    """Jadwal kerja: satu baris per giliran per hari putaran. Hari tanpa baris adalah hari libur jadwal itu."""

    schedule_code: Code = column("kode jadwal", "KANTOR")
    name: Text = column("nama jadwal", "Jam kantor lima hari")
    cycle_start: Day = column("tanggal hari ke-1 putaran; untuk jadwal mingguan sebuah Senin", "2017-01-02")
    cycle_days: Annotated[int, needed(whole_number(1, 366))] = column("panjang putaran dalam hari; seminggu = 7", "7")
    day_no: Annotated[int, needed(whole_number(1, 366))] = column("hari ke berapa dalam putaran; Senin = 1", "1")
    shift_no: Annotated[int, needed(whole_number(1, 9))] = column("giliran ke berapa pada hari itu", "1")
    start_time: TimeOfDay = column("jam masuk", "07:30")
    end_time: TimeOfDay = column("jam pulang; tidak lebih besar dari jam masuk = hari berikutnya", "16:00")
    works_on_holidays: Flag = column("ya = tetap bekerja pada hari libur", "tidak")
    valid_from: Day = column(VALID_FROM, "2017-01-30")
    valid_to: OptionalDay = column(VALID_TO, "")
    legal_basis: Text = column("dasar hukum jam ini", "Perwal Cilegon tentang hari dan jam kerja")

    @model_validator(mode="after")
    def check_cycle(self) -> ScheduleRow:
        """The day lies in the cycle."""
        if self.day_no > self.cycle_days:
            raise refused(f"hari ke-{self.day_no} di luar putaran {self.cycle_days} hari", "perbaiki day_no", "day_no")
        return self


class ShiftAssignmentRow(ValidRow):
    """Jadwal siapa. Baris pegawai mengalahkan kelompok, kelompok mengalahkan kantor."""

    scope: Annotated[Literal["employee", "group", "opd"], needed(one_of("employee", "group", "opd"))] = column(
        "employee, group atau opd", "opd"
    )
    scope_code: Code = column("employee_id, group_code atau opd_code menurut scope", "SETDA")
    schedule_code: Code = column("schedule_code dari schedules", "KANTOR")
    valid_from: Day = column(VALID_FROM, "2017-01-30")
    valid_to: OptionalDay = column(VALID_TO, "")


class HolidayRow(SiteRow):
    """Hari libur."""

    holiday_date: Day = column("tanggalnya", "2017-03-28")
    name: Text = column("nama hari libur", "Hari Raya Nyepi")
    kind: Annotated[
        Literal["libur_nasional", "cuti_bersama", "libur_daerah"],
        needed(one_of("libur_nasional", "cuti_bersama", "libur_daerah")),
    ] = column("libur_nasional, cuti_bersama atau libur_daerah", "libur_nasional")
    legal_basis: Text = column("dasar hukum", "SKB tiga menteri tentang hari libur 2017")


class ExcuseRow(SiteRow):
    """Keterangan tidak hadir: sakit, dinas luar, cuti, izin. Yang dihitung hanya yang approved."""

    excuse_id: Code = column("kode keterangan", "K0001")
    employee_id: Code = column(EMPLOYEE, "P0001")
    kind: Kind = column("jenis; daftarnya di bawah", "sakit_with_doctor_letter")
    date_from: Day = column("hari pertama", "2017-02-06")
    date_to: Day = column("hari terakhir (ikut dihitung)", "2017-02-07")
    side: Annotated[Literal["full", "masuk", "pulang"], needed(one_of("full", "masuk", "pulang"))] = column(
        "full = sehari; masuk atau pulang = hanya sisi itu", "full"
    )
    letter_no: OptionalText = column("nomor surat; wajib bila jenisnya butuh surat dan sudah approved", "440/12/2017")
    decision: Annotated[Literal["approved", "pending", "refused"], needed(one_of("approved", "pending", "refused"))] = (
        column("approved, pending atau refused", "approved")
    )
    decided_on: OptionalDay = column("tanggal keputusan", "2017-02-08")
    requested_on: OptionalDay = late_column(
        "tanggal permohonan diajukan; kosong = date_from. Menentukan kapan yang pending ditolak dengan sendirinya",
        "2017-02-06",
    )

    @field_validator("kind")
    @classmethod
    def check_kind(cls, kind: str, info: ValidationInfo) -> str:
        """The kind has a meaning in the law's seeds."""
        known: Collection[str] = (info.context or {}).get(EXCUSE_KINDS, ())
        if kind not in known:
            raise refused(f"jenis '{kind}' tidak dikenal", "pakai salah satu: " + ", ".join(sorted(known)))
        return kind

    @model_validator(mode="after")
    def check_excuse(self, info: ValidationInfo) -> ExcuseRow:
        """The span has days, half days name their side, an approval that needs a letter has one."""
        if self.date_to < self.date_from:
            raise refused(
                f"date_to {self.date_to} sebelum date_from {self.date_from}", "tukar atau perbaiki", "date_to"
            )
        if self.kind == "izin_sebelah" and self.side == "full":
            raise refused("izin_sebelah untuk sehari penuh", "isi side dengan masuk atau pulang", "side")
        needs_letter: Collection[str] = (info.context or {}).get(KINDS_WITH_LETTER, ())
        if self.decision == "approved" and self.letter_no is None and self.kind in needs_letter:
            raise refused(f"{self.kind} disetujui tanpa nomor surat", "isi letter_no", "letter_no")
        return self


class ManualAttendanceRow(SiteRow):
    """Daftar hadir kertas saat mesin rusak. Bergabung dengan catatan mesin sebagai jalur daftar_hadir."""

    employee_id: Code = column(EMPLOYEE, "P0001")
    work_date: Day = column("hari kerja", "2017-02-14")
    time_in: OptionalTimeOfDay = column("jam masuk", "07:25")
    time_out: OptionalTimeOfDay = column("jam pulang", "16:05")
    signer: Text = column("pejabat yang menandatangani daftar", "Kepala Subbagian Umum")
    letter_no: Text = column("nomor berita acara", "800/31/2017")

    @model_validator(mode="after")
    def check_times(self) -> ManualAttendanceRow:
        """Who is on the list came or went at some time."""
        if self.time_in is None and self.time_out is None:
            raise refused("jam masuk dan jam pulang kosong", "isi sedikitnya satu, atau hapus barisnya", "time_in")
        return self


class MiddayAbsenceRow(SiteRow):
    """Meninggalkan kantor pada jam kerja tanpa izin. Dua kali sehari: satu baris dengan jumlah menitnya."""

    employee_id: Code = column(EMPLOYEE, "P0001")
    work_date: Day = column("hari kerja", "2017-02-14")
    from_time: OptionalTimeOfDay = column("meninggalkan kantor sejak jam ini", "10:00")
    to_time: OptionalTimeOfDay = column("kembali pada jam ini", "10:45")
    minutes: Annotated[int | None, optional(whole_number(1, 1440))] = column(
        "lamanya dalam menit; kosong = dari kedua jam", ""
    )
    letter_no: Text = column("nomor berita acara atau laporan pengawas", "800/33/2017")

    @model_validator(mode="after")
    def check_length(self) -> MiddayAbsenceRow:
        """The absence has a length, from two times or as minutes."""
        if self.minutes is None and (self.from_time is None or self.to_time is None):
            raise refused("lamanya tidak diketahui", "isi minutes, atau from_time dan to_time", "minutes")
        if self.from_time is not None and self.to_time is not None and self.to_time <= self.from_time:
            raise refused(
                f"to_time {self.to_time} tidak sesudah from_time {self.from_time}", "perbaiki jamnya", "to_time"
            )
        return self


class DayOverrideRow(SiteRow):
    """Hukuman yang ditetapkan pimpinan untuk satu hari: persennya menggantikan hasil hitungan hari itu."""

    employee_id: Code = column(EMPLOYEE, "P0001")
    work_date: Day = column("hari kerja", "2017-02-14")
    kind: Annotated[Literal["HUKUMAN"], needed(one_of("HUKUMAN"))] = column("HUKUMAN", "HUKUMAN")
    pct: Annotated[Decimal, needed(parse_percent)] = column("persen dari dasar potongan peraturannya", "5")
    decided_by: Text = column("pejabat yang menetapkan", "Kepala Dinas Perhubungan")
    letter_no: Text = column("nomor keputusan", "800/34/2017")


class ExemptionRow(ValidRow):
    """Siapa yang dibebaskan dari apel, acara lain, atau presensi seluruhnya (tugas belajar, petugas lapangan)."""

    scope: Annotated[Literal["employee", "group"], needed(one_of("employee", "group"))] = column(
        "employee atau group", "employee"
    )
    scope_code: Code = column("employee_id atau group_code menurut scope", "P0001")
    activity: Annotated[
        Literal["apel", "upacara", "phbi", "phbn", "presensi"],
        needed(one_of("apel", "upacara", "phbi", "phbn", "presensi")),
    ] = column("apel, upacara, phbi, phbn, atau presensi = semuanya", "apel")
    valid_from: Day = column(VALID_FROM, "2017-02-01")
    valid_to: OptionalDay = column(VALID_TO, "")
    letter_no: Text = column("nomor surat pembebasan", "800/35/2017")


class EventRow(SiteRow):
    """Acara wajib: apel, upacara, PHBI, PHBN."""

    event_id: Code = column("kode acara", "A-2017-03-20")
    kind: Kind = column("apel, apel_pagi, upacara, phbi, phbn, ...", "apel")
    name: Text = column("nama acara", "Apel Senin pagi")
    event_date: Day = column("tanggal", "2017-03-20")
    opd_code: OptionalCode = column("kantor yang wajib hadir; kosong = seluruh kota", "SETDA")
    starts_at: TimeOfDay = column("jam mulai", "07:30")
    window_from: TimeOfDay = column("absen dihitung sejak jam ini", "07:00")
    window_to: TimeOfDay = column("sampai sebelum jam ini", "07:45")
    terminal_serial: OptionalCode = column("mesin acara; kosong = mesin mana pun yang boleh dipakai orangnya", "")
    attendance_by: Annotated[Literal["terminal", "daftar_hadir"], needed(one_of("terminal", "daftar_hadir"))] = column(
        "terminal = dari mesin; daftar_hadir = dari event_attendance", "terminal"
    )
    legal_basis: Text = column("dasar kewajiban hadir", "Instruksi Wali Kota tentang apel pagi")

    @model_validator(mode="after")
    def check_window(self) -> EventRow:
        """The window has a length."""
        if self.window_to <= self.window_from:
            raise refused(
                f"window_to {self.window_to} tidak sesudah window_from {self.window_from}", "perbaiki", "window_to"
            )
        return self


class EventAttendanceRow(SiteRow):
    """Daftar hadir acara yang dibaca dari kertas."""

    event_id: Code = column("event_id dari events", "A-2017-03-20")
    employee_id: Code = column(EMPLOYEE, "P0001")
    is_present: Flag = column("ya = hadir", "ya")
    note: OptionalText = column("catatan", "")


class OutageRow(SiteRow):
    """Mesin mati atau rusak. list_complete=ya: daftar hadir kertas menggantikan mesin, yang tidak tercatat dinilai."""

    terminal_serial: Code = column("terminal_serial dari terminals", "AEWD170100001")
    from_at_local: Moment = column("mulai, jam setempat", "2017-02-14 06:00:00")
    to_at_local: Moment = column("selesai, jam setempat", "2017-02-14 17:00:00")
    letter_no: Text = column("nomor berita acara", "800/30/2017")
    list_complete: Flag = column("ya = daftar hadir kertas lengkap", "ya")

    @model_validator(mode="after")
    def check_span(self) -> OutageRow:
        """The outage has a length."""
        if self.to_at_local <= self.from_at_local:
            raise refused(
                f"to_at_local {self.to_at_local} tidak sesudah from_at_local {self.from_at_local}",
                "perbaiki jamnya",
                "to_at_local",
            )
        return self


class TppRow(ValidRow):
    """Dasar TPP sebulan. Tanpa baris, potongan PNS dan PPPK belum dapat dihitung dan honorer tidak dipotong."""

    employee_id: Code = column(EMPLOYEE, "P0001")
    base_idr: Rupiah = column("rupiah per bulan, tanpa titik ribuan", "2500000")
    valid_from: Day = column(VALID_FROM, "2017-01-01")
    valid_to: OptionalDay = column(VALID_TO, "")


class DeciderRow(ValidRow):
    """Siapa yang berwenang memutuskan apa. Tanpa baris di sini tidak ada keputusan yang diterima."""

    user_name: Code = column("nama pengguna, sama dengan di Airflow dan di --by", "sekda")
    name: Text = column("nama pejabat", "Siti Aminah")
    role: Text = column("jabatan seperti tertulis dalam keputusan", "Sekretaris Daerah")
    matter: Annotated[
        Literal["phbi_sanction", "month_close", "pin"], needed(one_of("phbi_sanction", "month_close", "pin"))
    ] = column("phbi_sanction, month_close atau pin", "phbi_sanction")
    valid_from: Day = column(VALID_FROM, "2017-01-30")
    valid_to: OptionalDay = column(VALID_TO, "")
    letter_no: Text = column("nomor surat tugas atau pelimpahan wewenang", "821/5/2017")


# In the order in which they refer to each other: a file only names what stands in a file before it.
ROW_MODELS: Final[dict[str, type[SiteRow]]] = {
    "opd": OpdRow,
    "employees": EmployeeRow,
    "identifiers": IdentifierRow,
    "postings": PostingRow,
    "terminals": TerminalRow,
    "pins": PinRow,
    "schedules": ScheduleRow,
    "shift_assignments": ShiftAssignmentRow,
    "holidays": HolidayRow,
    "excuses": ExcuseRow,
    "manual_attendance": ManualAttendanceRow,
    "midday_absences": MiddayAbsenceRow,
    "day_overrides": DayOverrideRow,
    "exemptions": ExemptionRow,
    "events": EventRow,
    "event_attendance": EventAttendanceRow,
    "outages": OutageRow,
    "tpp": TppRow,
    "deciders": DeciderRow,
}


def columns_of(file: str) -> tuple[str, ...]:
    """The columns of a file, in order."""
    return tuple(ROW_MODELS[file].model_fields)


def late_columns_of(file: str) -> tuple[str, ...]:
    """Those of its columns that a file written before them may lack."""
    return tuple(name for name, field in ROW_MODELS[file].model_fields.items() if not field.is_required())
