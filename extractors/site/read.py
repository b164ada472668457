"""Reads the files of a site folder, CSV or XLSX, into rows of text cells with their line numbers."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from extractors.site.files import ROW_MODELS, columns_of, late_columns_of
from extractors.site.sheet import SheetFault, sheet_rows
from warehouse.cells import Cell, CellFault

DELIMITERS: Final = ",;\t|"
COMMENT: Final = "#"
# What a spreadsheet leaves where a formula failed; these begin like a comment and are none.
CELL_ERRORS: Final = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")
# Where a cell was torn in two only the first one is surely in its column.
TOO_LONG: Final = CellFault(
    "baris ini punya lebih banyak sel daripada judul kolom",
    'beri tanda kutip pada teks yang memuat koma, misalnya "Siti, S.E."',
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, where, why, and what mends it. Line 0 is the file as a whole."""

    file: str
    line: int
    column: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SiteTable:
    """One file as it was read: `rows` hold a cell for each documented column, `lines` where they stand."""

    name: str  # of the file in the folder
    table: str  # which of ROW_MODELS
    lines: list[int]
    rows: list[dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class SiteContent:
    """A folder as it was read. A file that could not be read at all is missing from `tables`: it changes nothing."""

    tables: list[SiteTable] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    sha256: dict[str, str] = field(default_factory=dict)


class _FileFault(Exception):
    """The whole file cannot be taken."""

    def __init__(self, line: int, column: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.line, self.column, self.reason, self.remedy = line, column, reason, remedy


def read_folder(folder: Path) -> SiteContent:
    """Reads all files of a folder whose names are those of the site folder; strangers among CSV and XLSX are refused.

    Raises:
        OSError: the folder or a file in it cannot be read.
    """
    content = SiteContent()
    found: dict[str, Path] = {}
    for path in _data_files(folder):
        table = path.stem.lower()
        bytes_of_file = path.read_bytes()
        content.sha256[path.name] = hashlib.sha256(bytes_of_file).hexdigest()
        fault = _name_fault(path, table, found)
        if fault is not None:
            content.refusals.append(fault)
            continue
        found[table] = path
        try:
            content.tables.append(_read_file(path.name, table, bytes_of_file))
        except _FileFault as stop:
            content.refusals.append(Refusal(path.name, stop.line, stop.column, stop.reason, stop.remedy))
    return content


def _data_files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix.lower() in (".csv", ".xlsx", ".xls") and not path.name.startswith((".", "~$"))
    )


def _name_fault(path: Path, table: str, found: dict[str, Path]) -> Refusal | None:
    if path.suffix.lower() == ".xls":
        return Refusal(path.name, 0, "", "bentuk .xls lama tidak dapat dibaca", "simpan sebagai .xlsx atau .csv")
    if table not in ROW_MODELS:
        near = get_close_matches(table, ROW_MODELS, 1)
        remedy = f"maksudnya {near[0]}{path.suffix}? " if near else ""
        return Refusal(path.name, 0, "", "nama berkas tidak dikenal", remedy + "Nama yang dikenal ada di BACA_DULU.md")
    if table in found:
        return Refusal(
            path.name, 0, "", f"isi yang sama sudah ada di {found[table].name}", "sisakan satu dari dua berkas itu"
        )
    return None


def _read_file(name: str, table: str, content: bytes) -> SiteTable:
    try:
        lines = sheet_rows(content, table) if name.lower().endswith(".xlsx") else _csv_rows(content, table)
        rows = (row for row in lines if _holds_data(row[1]))
        return _with_columns(name, table, rows)
    except SheetFault as fault:
        raise _FileFault(0, "", fault.reason, fault.remedy) from fault


def _holds_data(cells: Sequence[Cell]) -> bool:
    first = cells[0] if cells else None
    if isinstance(first, str) and first.startswith(COMMENT) and first.upper() not in CELL_ERRORS:
        return False
    return any(cell is not None for cell in cells)


def _with_columns(name: str, table: str, rows: Iterator[tuple[int, list[Cell]]]) -> SiteTable:
    wanted = columns_of(table)
    line, header = next(rows, (0, []))
    names = [cell.lower() if isinstance(cell, str) else "" for cell in header]
    while names and not names[-1]:
        names.pop()
    _check_header(line, names, wanted, late_columns_of(table))
    read = SiteTable(name, table, [], [])
    for line, cells in rows:
        padded: list[Cell] = [*cells, *[None] * (len(names) - len(cells))]
        row = dict(zip(names, padded, strict=False))
        if any(cell is not None for cell in padded[len(names) :]):
            row |= dict.fromkeys(wanted[1:], TOO_LONG)
        read.lines.append(line)
        read.rows.append(row)
    return read


def _check_header(line: int, names: list[str], wanted: tuple[str, ...], late: tuple[str, ...]) -> None:
    if not names:
        raise _FileFault(line, "", "baris judul kolom tidak ada", "baris pertama: " + ",".join(wanted))
    missing = [name for name in wanted if name not in names and name not in late]
    if missing:
        raise _FileFault(line, missing[0], "kolom tidak ada: " + ", ".join(missing), "tambahkan judul kolom itu")
    strangers = [name for name in names if name not in wanted]
    if strangers:
        raise _FileFault(
            line, strangers[0], "kolom tidak dikenal: " + ", ".join(strangers), "hapus kolom itu atau perbaiki judulnya"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _FileFault(line, twice[0], "judul kolom dua kali: " + ", ".join(twice), "hapus salah satu kolom itu")


def _csv_rows(content: bytes, table: str) -> Iterator[tuple[int, list[Cell]]]:
    text = _decoded(content)
    reader = csv.reader(_uncommented(io.StringIO(text)), delimiter=_delimiter(text, table), strict=True)
    begin = 1
    try:
        for cells in reader:
            if reader.line_num > begin:
                # A quote that was never closed swallows the rows after it; they would seem to have vanished.
                raise _FileFault(
                    begin, "", "sebuah sel berisi lebih dari satu baris", "tutup tanda kutip yang terbuka di baris ini"
                )
            yield begin, [_csv_cell(cell) for cell in cells]
            begin = reader.line_num + 1
    except csv.Error:
        raise _FileFault(
            begin, "", "tanda kutip tidak berpasangan", 'tulis tanda kutip di dalam teks dua kali ("")'
        ) from None


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what Excel on Windows writes as plain "CSV"


def _uncommented(lines: Iterable[str]) -> Iterator[str]:
    """Comment lines become empty lines, so that a lone quote in a comment opens nothing and line numbers hold."""
    for number, line in enumerate(lines):
        start = line.lstrip(' "')
        is_hint = number == 0 and start[:4].lower() == "sep="  # Excel's own note on the delimiter
        is_comment = start.startswith(COMMENT) and not start.upper().startswith(CELL_ERRORS)
        yield "\n" if is_comment or is_hint else line


def _delimiter(text: str, table: str) -> str:
    header = next((line for line in _uncommented(io.StringIO(text)) if line.strip(DELIMITERS + " \r\n")), "")
    wanted = set(columns_of(table))

    def known(delimiter: str) -> int:
        return len(wanted.intersection(cell.strip(' "\r\n').lower() for cell in header.split(delimiter)))

    return max(DELIMITERS, key=known)


def _csv_cell(cell: str) -> Cell:
    text = cell.strip()
    if not text:
        return None
    if text.startswith("="):
        return CellFault("sel berisi rumus", "salin hasilnya lalu Tempel Nilai (Paste Values)")
    if text.upper() in CELL_ERRORS:
        return CellFault(f"sel berisi galat lembar kerja {text}", "isi dengan nilai yang benar")
    return text
