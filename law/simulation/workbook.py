"""A simulation as a workbook: totals, offices, everybody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from law.simulation.run import Simulation, Total

RUPIAH: Final = "#,##0"
_TOTAL_HEADS: Final = (
    "Kantor", "Pegawai", "Berlaku (Rp)", "Rancangan (Rp)", "Selisih (Rp)", "Dipotong, berlaku",
    "Dipotong, rancangan", "Belum diputuskan, berlaku", "Belum diputuskan, rancangan",
)  # fmt: skip
_PERSON_HEADS: Final = (
    "Pegawai", "Nama", "Kantor", "Berlaku (Rp)", "Rancangan (Rp)", "Selisih (Rp)", "Berlaku (%)", "Rancangan (%)",
    "Belum diputuskan, berlaku", "Belum diputuskan, rancangan",
)  # fmt: skip


def write_workbook(simulation: Simulation, path: Path) -> None:
    """Writes the XLSX file; every person has a row, so that nobody's case must be asked for."""
    book = Workbook()
    first = book.active
    if not isinstance(first, Worksheet):
        raise TypeError("a new workbook has a sheet")
    first.title = "Ringkasan"
    _fill(first, ("Rancangan", simulation.draft), [
        ("Dibandingkan dengan", ", ".join(simulation.in_force)),
        ("Dari", simulation.first), ("Sampai", simulation.last),
        ("Keadaan data", f"{simulation.as_of:%Y-%m-%d %H:%M %z}"),
        ("Potongan berlaku (Rp)", simulation.total.before_idr),
        ("Potongan rancangan (Rp)", simulation.total.after_idr),
        ("Selisih (Rp)", simulation.total.change_idr),
    ])  # fmt: skip
    offices = [_office_row(office) for office in (*simulation.offices, simulation.total)]
    _fill(book.create_sheet("Kantor"), _TOTAL_HEADS, offices)
    _fill(book.create_sheet("Perkara"), ("Perkara", "Berlaku", "Rancangan", "Belum diputuskan, berlaku",
          "Belum diputuskan, rancangan"), [
        (one.matter, one.before_count, one.after_count, one.before_undecided, one.after_undecided)
        for one in simulation.matters
    ])  # fmt: skip
    _fill(book.create_sheet("Pegawai"), _PERSON_HEADS, [
        (one.employee_id, one.name, one.opd_name, one.before_idr, one.after_idr, one.change_idr, one.before_pct,
         one.after_pct, one.before_undecided, one.after_undecided)
        for one in sorted(simulation.people, key=lambda one: (-one.change_idr, one.employee_id))
    ])  # fmt: skip
    book.save(path)


def _office_row(office: Total) -> tuple[Any, ...]:
    return (
        office.name, office.people, office.before_idr, office.after_idr, office.change_idr, office.before_hit,
        office.after_hit, office.before_undecided, office.after_undecided,
    )  # fmt: skip


def _fill(sheet: Worksheet, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    sheet.append(list(heads))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append(list(row))
    sheet.freeze_panes = "A2"
    for number, head in enumerate(heads, start=1):
        letter = get_column_letter(number)
        longest = max(len(str(cell.value or "")) for cell in sheet[letter])
        sheet.column_dimensions[letter].width = min(40, longest + 2)
        if "(Rp)" in head:
            for cell in sheet[letter][1:]:
                cell.number_format = RUPIAH
