"""The workbook of one office: cuts, what is undecided, susulan, control totals with the signatures' block.

The same rows give the same bytes: nothing in the file comes from the clock or from this machine.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from decisions.payroll.read import Office

RUPIAH, PERCENT, COUNT, DAY, MONTH, TEXT = "#,##0.00", "0.00", "0", "dd-mm-yyyy", "mm-yyyy", "@"
_MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_TOTALS: Final = {
    "people_count": ("Orang", COUNT),
    "cut_day_count": ("Hari-orang yang dipotong", COUNT),
    "alpa_day_count": ("Hari alpa", COUNT),
    "incomplete_day_count": ("Hari yang datanya belum lengkap (di luar jumlah)", COUNT),
    "payable_pct": ("Jumlah persen", PERCENT),
    "payable_idr": ("Jumlah potongan, rupiah", RUPIAH),
    "projected_idr": ("Proyeksi aturan yang baru diumumkan, rupiah (tidak dipotong)", RUPIAH),
    "undecided_count": ("Potongan yang belum diputuskan (di luar jumlah)", COUNT),
    "undecided_people_count": ("Orang yang punya potongan belum diputuskan", COUNT),
    "susulan_count": ("Baris susulan", COUNT),
    "susulan_idr": ("Jumlah susulan, rupiah", RUPIAH),
}
_SIGNERS: Final = ("Kepala {opd}", "Kepala BKPP", "Bendahara")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet: the field that it shows, its head, width in characters, number format."""

    field: str
    head: str
    width: int
    form: str = TEXT


PAYEES: Final = (
    Column("nip", "NIP", 21), Column("employee_id", "Nomor pegawai", 14), Column("name", "Nama", 32),
    Column("kind", "Jenis", 9), Column("base_idr", "Dasar TPP (Rp)", 16, RUPIAH),
    Column("cut_day_count", "Hari dipotong", 9, COUNT), Column("alpa_day_count", "Hari alpa", 7, COUNT),
    Column("incomplete_day_count", "Hari belum lengkap", 9, COUNT),
    Column("undecided_count", "Belum diputus", 9, COUNT), Column("payable_pct", "Potongan (%)", 10, PERCENT),
    Column("payable_idr", "Potongan (Rp)", 16, RUPIAH), Column("remaining_idr", "Setelah potongan (Rp)", 17, RUPIAH),
)  # fmt: skip
UNDECIDED: Final = (
    Column("nip", "NIP", 21), Column("employee_id", "Nomor pegawai", 14), Column("name", "Nama", 32),
    Column("work_date", "Tanggal", 12, DAY), Column("code", "Kode", 16), Column("reason", "Sebab", 70),
    Column("legal_basis", "Dasar hukum", 50),
)  # fmt: skip
LATE: Final = (
    Column("nip", "NIP", 21), Column("employee_id", "Nomor pegawai", 14), Column("name", "Nama", 32),
    Column("month", "Bulan asal", 11, MONTH), Column("due_payable_pct", "Selisih (%)", 10, PERCENT),
    Column("due_payable_idr", "Selisih (Rp)", 16, RUPIAH), Column("causes", "Sebab", 60),
)  # fmt: skip


def workbook_bytes(office: Office) -> bytes:
    """The XLSX of an office; sums stand as numbers, not as formulas, so that they are what was closed."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)  # noqa: S101 - a new workbook has one
    totals = office.totals
    _table(
        first, "Potongan", office, PAYEES, office.payees,
        sums={name: totals[name] for name in
              ("cut_day_count", "alpa_day_count", "incomplete_day_count", "undecided_count", "payable_pct",
               "payable_idr")},
    )  # fmt: skip
    _table(book.create_sheet(), "Belum diputus", office, UNDECIDED, office.undecided, sums={})
    _table(book.create_sheet(), "Susulan", office, LATE, office.late, sums={"due_payable_idr": totals["susulan_idr"]})
    _control(book.create_sheet(), office)
    book.properties.creator = "hadir"
    book.properties.title = f"Potongan TPP {office.lock.month:%Y-%m} {office.opd_code}"
    book.properties.created = office.lock.locked_at_local
    plain = io.BytesIO()
    book.save(plain)
    return _still(plain.getvalue(), office)


def title_lines(office: Office) -> list[str]:
    """What stands above each sheet: office, month, state, signature, hash of the frozen figures."""
    lock = office.lock
    signed = (
        f"Ditutup {lock.changed_at_local:%d-%m-%Y %H.%M} oleh {lock.decided_by} ({lock.role}), surat {lock.letter_no}"
        if lock.decided_by
        else "TERKUNCI, BELUM DITANDATANGANI: belum menjadi dasar pembayaran"
    )
    return [
        f"Potongan TPP karena kehadiran, bulan {lock.month:%m-%Y}",
        f"{office.opd_name} ({office.opd_code})",
        signed,
        f"Sidik angka bulan: {lock.figures_sha256}",
    ]


def _put(sheet: Worksheet, row: int, column: int, value: Any, form: str = TEXT) -> None:
    cell = sheet.cell(row=row, column=column, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # a name that begins with '=' is a name, not a formula
    cell.number_format = form


def _head(sheet: Worksheet, name: str, office: Office) -> int:
    sheet.title = name
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    lines = title_lines(office)
    for row, line in enumerate(lines, start=1):
        _put(sheet, row, 1, line)
    sheet["A1"].font = Font(bold=True, size=13)
    return len(lines) + 2


def _table(
    sheet: Worksheet, name: str, office: Office, columns: Sequence[Column], rows: Iterable[Any], *, sums: dict[str, Any]
) -> None:
    top = _head(sheet, name, office)
    for at, column in enumerate(columns, start=1):
        _put(sheet, top, at, column.head)
        head = sheet.cell(row=top, column=at)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="DDE6EE")
        head.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(at)].width = column.width
    sheet.freeze_panes = f"A{top + 1}"
    sheet.print_title_rows = f"{top}:{top}"
    last = top
    for last, row in enumerate(rows, start=top + 1):
        for at, column in enumerate(columns, start=1):
            _put(sheet, last, at, getattr(row, column.field), column.form)
    if last == top:
        last += 1
        _put(sheet, last, 1, "Tidak ada.")
    for at, column in enumerate(columns, start=1):
        if column.field in sums:
            _put(sheet, last + 1, at, sums[column.field], column.form)
            sheet.cell(row=last + 1, column=at).font = Font(bold=True)
    if sums:
        _put(sheet, last + 1, 1, "Jumlah")
        sheet.cell(row=last + 1, column=1).font = Font(bold=True)


def _control(sheet: Worksheet, office: Office) -> None:
    row = _head(sheet, "Kendali", office)
    for name, value in office.totals.items():
        label, form = _TOTALS[name]
        _put(sheet, row, 1, label)
        _put(sheet, row, 2, value, form)
        row += 1
    lock = office.lock
    for label, source in (
        ("Muatan folder situs", lock.load_id), ("Pembangunan", lock.build_id), ("Sidik aturan", lock.rules_sha256),
    ):  # fmt: skip
        _put(sheet, row, 1, label)
        _put(sheet, row, 2, source, COUNT if isinstance(source, int) else TEXT)
        row += 1
    row += 2
    _put(sheet, row, 1, "............................, tanggal ........................")
    for at, signer in enumerate(_SIGNERS, start=1):
        _put(sheet, row + 2, at, signer.format(opd=office.opd_name))
        _put(sheet, row + 7, at, "(..........................................)")
        _put(sheet, row + 8, at, "NIP")
        sheet.column_dimensions[get_column_letter(at)].width = 58 if at == 1 else 42


def _still(archive: bytes, office: Office) -> bytes:
    """The same workbook without the moment of its writing: entries and properties carry the moment of the lock."""
    at = office.lock.locked_at_local
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    still = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(still, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", source.read(name))
            entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            target.writestr(entry, content)
    return still.getvalue()
