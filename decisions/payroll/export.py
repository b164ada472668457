"""Writes the hand-over: a folder per office with workbook, lists, control totals and the hash of each file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

from decisions.payroll.book import workbook_bytes
from decisions.payroll.read import Late, Office, Payee, Undecided, read_offices
from warehouse.console import Problem
from warehouse.settings import Settings

SUMS: Final = "SHA256SUMS"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class HandOver:
    """The files of one office by name with their hashes, and its control totals."""

    opd_code: str
    folder: Path
    sha256: dict[str, str]
    totals: dict[str, Any]
    state: str


def export_payroll(settings: Settings, month: date, parent: Path, opd_code: str | None = None) -> list[HandOver]:
    """Writes `parent`/gaji-MONTH/OPD for each office of a locked or closed month, or for one.

    An office's folder appears when it is whole and takes the place of an earlier one.

    Raises:
        Problem: what read_offices says, or the folder cannot be written.
    """
    offices = read_offices(settings, month, opd_code)
    try:
        return [_write(office, parent / f"gaji-{month:%Y-%m}") for office in offices]
    except OSError as error:
        raise Problem(f"Penyerahan gaji tidak dapat ditulis di {parent}: {error.strerror}.") from error


def files_of(office: Office) -> dict[str, bytes]:
    """The content of each file of an office, by name."""
    tail = f"{office.lock.month:%Y-%m}-{_file_word(office.opd_code)}"
    return {
        f"potongan-{tail}.xlsx": workbook_bytes(office),
        f"potongan-{tail}.csv": _csv([field.name for field in fields(Payee)], office.payees),
        f"belum-diputus-{tail}.csv": _csv([field.name for field in fields(Undecided)], office.undecided),
        f"susulan-{tail}.csv": _csv([field.name for field in fields(Late)], office.late),
        f"kendali-{tail}.csv": _lines([["name", "value"], *([name, value] for name, value in _control(office))]),
    }


def _control(office: Office) -> Iterable[tuple[str, Any]]:
    lock = office.lock
    yield from (("month", f"{lock.month:%Y-%m}"), ("opd_code", office.opd_code), ("state", lock.state))
    yield from office.totals.items()
    yield from (("load_id", lock.load_id), ("build_id", lock.build_id))
    yield from (("rules_sha256", lock.rules_sha256), ("figures_sha256", lock.figures_sha256))


def _write(office: Office, parent: Path) -> HandOver:
    folder = parent / _file_word(office.opd_code)
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    hashes = {}
    for name, content in files_of(office).items():
        (draft / name).write_bytes(content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    (draft / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items())))
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return HandOver(office.opd_code, folder, hashes, office.totals, office.lock.state)


def _file_word(opd_code: str) -> str:
    """The code as a name of a folder; one with other signs than letters and digits stays unique by its hash."""
    word = re.sub(r"[^0-9A-Za-z_-]+", "_", opd_code)
    return word if word == opd_code else f"{word}-{hashlib.sha256(opd_code.encode()).hexdigest()[:8]}"


def _csv(names: Sequence[str], rows: Iterable[Any]) -> bytes:
    return _lines([list(names), *([getattr(row, name) for name in names] for row in rows)])


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
