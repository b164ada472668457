"""The list of an enrolment: whose face is in which picture, and under which letter he agreed to it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from openpyxl import load_workbook

from warehouse.console import Exit, Problem

LIST_NAME: Final = "enrolment.csv"
COLUMNS: Final = ("nip", "file", "letter_no", "consented_on")
# Excel keeps 15 digits of a number: a NIP of 18 that is stored as a number has lost its last ones.
_EXACT_BELOW: Final = 10**15
_INEXACT: Final = "(angka tidak utuh)"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line or picture that was not taken, why, and what to do."""

    file: str
    reason: str
    remedy: str


class Refused(Exception):
    """One person cannot be enrolled from this line."""

    def __init__(self, file: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.refusal = Refusal(file, reason, remedy)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that says all that is needed; whether the NIP and the picture are right is seen later."""

    nip: str
    picture: Path
    letter_no: str
    consented_on: date


def read_list(source: Path) -> tuple[list[Entry], list[Refusal]]:
    """The entries of a folder with `enrolment.csv`, or of an XLSX that lies beside its pictures.

    Raises:
        Problem: no such list, or not one of these forms (exit code 2).
    """
    path = source / LIST_NAME if source.is_dir() else source
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Problem(
            f"Daftar '{path}' tidak terbaca ({error.strerror}); sebut folder berisi {LIST_NAME}, atau berkas XLSX.",
            Exit.WRONG_USE,
        ) from error
    lines = list(_sheet_lines(content, path.name) if path.suffix.lower() == ".xlsx" else _csv_lines(content, path.name))
    counted = Counter(line["nip"] for _, line in lines)
    entries, refusals = [], []
    for number, line in lines:
        try:
            entries.append(_entry(f"{path.name} baris {number}", line, path.parent, counted))
        except Refused as refused:
            refusals.append(refused.refusal)
    return entries, refusals


Line = tuple[int, dict[str, str]]


def _csv_lines(content: bytes, name: str) -> Iterator[Line]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(f"'{name}' bukan CSV UTF-8; simpan ulang sebagai CSV UTF-8.", Exit.WRONG_USE) from error
    yield from _named(enumerate(csv.reader(io.StringIO(text)), start=1), name)


def _sheet_lines(content: bytes, name: str) -> Iterator[Line]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises what the zip inside happens to raise
        raise Problem(f"'{name}' bukan lembar kerja Excel; simpan ulang sebagai .xlsx.", Exit.WRONG_USE) from error
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    rows = ([_cell_text(cell) for cell in cells] for cells in sheet.iter_rows(values_only=True))
    yield from _named(enumerate(rows, start=1), name)


def _cell_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, int | float):
        return str(int(value)) if abs(value) < _EXACT_BELOW else _INEXACT
    return "" if value is None else str(value)


def _named(rows: Iterator[tuple[int, list[str]]], name: str) -> Iterator[Line]:
    _, first = next(rows, (0, []))
    header = [cell.strip().lower() for cell in first]
    if not set(COLUMNS) <= set(header):
        raise _wrong_header(name)
    for number, cells in rows:
        line = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        if any(line.values()):
            yield number, {column: line.get(column, "") for column in COLUMNS}


def _wrong_header(name: str) -> Problem:
    return Problem(f"Baris pertama '{name}' harus memuat kolom {', '.join(COLUMNS)}.", Exit.WRONG_USE)


def _entry(where: str, line: dict[str, str], folder: Path, counted: Counter[str]) -> Entry:
    nip, file, letter_no = line["nip"], line["file"], line["letter_no"]
    if not nip:
        raise Refused(where, "NIP kosong", "isi kolom nip")
    if nip == _INEXACT:
        raise Refused(where, "NIP tersimpan sebagai angka, jadi digit terakhirnya hilang", "beri kolom format Teks")
    if counted[nip] > 1:
        raise Refused(where, "NIP ini ada di lebih dari satu baris", "sisakan satu foto terbaik")
    if not letter_no:
        raise Refused(
            where, "nomor surat persetujuan kosong", "isi kolom letter_no; tanpa persetujuan tidak didaftarkan"
        )
    if not file or Path(file).name != file:
        raise Refused(where, f"'{file}' bukan nama berkas", "isi nama foto saja, tanpa folder")
    try:
        consented_on = date.fromisoformat(line["consented_on"])
    except ValueError:
        raise Refused(
            where, f"tanggal persetujuan '{line['consented_on']}' tidak terbaca", "tulis 2017-01-31"
        ) from None
    return Entry(nip, folder / file, letter_no, consented_on)
