"""XLSX files of the site folder: one sheet, each cell as the text that a CSV would hold."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from warehouse.cells import Cell, CellFault

# Excel keeps 15 digits of a number; a NIP of 18 or a NIK of 16 written as a number has lost its last ones.
EXACT_BELOW: Final = 10**15


class SheetFault(Exception):
    """The workbook cannot be taken as a whole."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


class _SheetCell(Protocol):
    @property
    def value(self) -> object: ...
    @property
    def data_type(self) -> str: ...


def sheet_rows(content: bytes, table: str) -> Iterator[tuple[int, list[Cell]]]:
    """Rows of the sheet called like the table, else of the only sheet; line numbers as Excel shows them.

    Raises:
        SheetFault: not a workbook, or several sheets and none is called like the table.
    """
    try:
        book = load_workbook(io.BytesIO(content), read_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise SheetFault("isi berkas bukan lembar kerja Excel", "simpan ulang dari Excel sebagai .xlsx") from None
    names = {sheet.title.lower(): sheet for sheet in book.worksheets}
    if table not in names and len(names) != 1:
        raise SheetFault(f"ada {len(names)} lembar", f"sisakan satu lembar, atau namai lembarnya {table}")
    sheet = names[table] if table in names else next(iter(names.values()))
    sheet.reset_dimensions()  # some programs write a wrong size; then rows would be cut off
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        yield line, [_cell(cell) for cell in cells]


def _cell(cell: _SheetCell) -> Cell:
    if cell.data_type == "f":
        return CellFault("sel berisi rumus", "salin hasilnya lalu Tempel Nilai (Paste Values)")
    if cell.data_type == "e":
        return CellFault(f"sel berisi galat lembar kerja {cell.value}", "isi dengan nilai yang benar")
    return cell_text(cell.value)


def cell_text(value: object) -> Cell:
    """The text that a CSV would hold for a value of a sheet; days, times and numbers lose nothing."""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, datetime):
        return (value + timedelta(milliseconds=500)).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)  # H:MM:SS; a day or more is no time of day and is refused by its column
    text = "" if value is None else str(value).strip()
    return text or None


def _number_text(value: float) -> Cell:
    if abs(value) >= EXACT_BELOW:
        return CellFault(
            "angka sepanjang ini kehilangan digit terakhirnya di Excel",
            "beri kolom format Teks, lalu ketik ulang nomornya",
        )
    return str(int(value)) if value == int(value) else repr(value)
