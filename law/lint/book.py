"""A folder of rules as typed rows with their places; cells that cannot be taken are findings already."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Generic, TypeVar, cast

from pydantic import ValidationError

from law.lint.finding import Finding
from warehouse.cells import REFUSED
from warehouse.console import Exit, Problem
from warehouse.law_rows import LAW_MODELS, SEEDS, LawRow, RuleRow, law_fields

Row = TypeVar("Row", bound=LawRow)
Row_co = TypeVar("Row_co", bound=LawRow, covariant=True)
RuleLike = TypeVar("RuleLike", bound=RuleRow)

NEVER: Final = date.max
FAMILIES: Final = ("apel", "upacara", "phbi", "phbn")  # what the site file events calls


@dataclass(frozen=True, slots=True)
class Placed(Generic[Row_co]):
    """A row and where it stands."""

    file: str
    line: int
    row: Row_co


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may name beside what the folder itself holds: the names of the built-in law, and the events' kinds."""

    regulations: frozenset[str]
    excuse_kinds: frozenset[str]
    counters: frozenset[str]
    schedules: frozenset[str]
    event_kinds: tuple[str, ...]
    are_events_stated: bool


@dataclass(frozen=True, slots=True)
class LawBook:
    """All rows of a folder by seed."""

    known: Known
    rows: dict[str, list[Placed[LawRow]]] = field(default_factory=dict)

    def of(self, model: type[Row]) -> list[Placed[Row]]:
        """The rows of one seed, typed."""
        seed = next(name for name, known in LAW_MODELS.items() if known is model)
        return cast("list[Placed[Row]]", self.rows.get(seed, []))

    def by_regulation(self, model: type[RuleLike]) -> dict[str, list[Placed[RuleLike]]]:
        """The rows of one seed per regulation, in order."""
        grouped: dict[str, list[Placed[RuleLike]]] = {}
        for placed in self.of(model):
            grouped.setdefault(placed.row.regulation_code, []).append(placed)
        return grouped


def finding_at(placed: Placed[RuleRow], kind: str, reason: str, remedy: str, example: str) -> Finding:
    """A finding about a rule."""
    row = placed.row
    return Finding(kind, placed.file, placed.line, row.rule_code, row.legal_basis, reason, remedy, example)


def valid_on(rows: Iterable[Placed[RuleLike]], day: date) -> list[Placed[RuleLike]]:
    """The rows that hold on a day."""
    return [placed for placed in rows if placed.row.valid_from <= day < (placed.row.valid_to or NEVER)]


def first_days(rows: Iterable[Placed[RuleRow]]) -> list[date]:
    """The days on which a row begins: between two of them nothing begins that was not there before."""
    return sorted({placed.row.valid_from for placed in rows})


def read_book(folder: Path | None) -> tuple[LawBook, list[Finding]]:
    """Reads the built-in seeds (None), a folder of rules, or a site folder with `regulation/` in it.

    Raises:
        Problem: the folder is not there or holds none of the files (exit code 2).
    """
    home = folder or SEEDS
    if (home / "regulation").is_dir():
        home = home / "regulation"
    if not home.is_dir():
        raise Problem(f"Folder '{home}' tidak ada. Buat dengan: hadir site init FOLDER", Exit.WRONG_USE)
    files = {path.stem.lower(): path for path in sorted(home.iterdir()) if path.suffix.lower() == ".csv"}
    if not LAW_MODELS.keys() & files.keys():
        raise Problem(f"Folder '{home}' tidak berisi berkas peraturan (CSV, misalnya minute_bands.csv)", Exit.WRONG_USE)
    book, findings = LawBook(_known(home)), list(_strangers(home))
    for seed in LAW_MODELS:
        if seed in files:
            book.rows[seed] = list(_rows(seed, files[seed], findings))
    return book, findings


def _strangers(home: Path) -> Iterator[Finding]:
    for path in sorted(home.iterdir()):
        if path.suffix.lower() in (".csv", ".xlsx") and path.stem.lower() not in LAW_MODELS:
            yield Finding("berkas_tidak_dikenal", path.name, 0, "", "", "nama berkas tidak dikenal",
                          "pakai salah satu: " + ", ".join(LAW_MODELS), "isinya tidak akan pernah dipakai")  # fmt: skip
        elif path.suffix.lower() == ".xlsx":
            yield Finding("berkas_tidak_dibaca", path.name, 0, "", "", "lint hanya membaca CSV",
                          "simpan juga sebagai CSV", "isinya dimuat tanpa pemeriksaan ini", "catatan")  # fmt: skip


def _known(home: Path) -> Known:
    events = home.parent / "events.csv"
    kinds = [row.get("kind") or "" for _, row in _lines(events)] if events.is_file() else []
    return Known(
        _named("regulations", "regulation_code"),
        _named("excuse_kinds", "excuse_kind"),
        _named("counters", "counter"),
        _named("working_hours", "schedule_code"),
        tuple(kinds) or FAMILIES,
        bool(kinds),
    )


def _named(seed: str, column: str) -> frozenset[str]:
    return frozenset(row[column] or "" for _, row in _lines(SEEDS / f"{seed}.csv"))


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Rows with their line numbers; comments and empty lines are passed over."""
    text = path.read_text(encoding="utf-8-sig")
    kept = "\n".join("" if line.lstrip(' "').startswith("#") else line for line in text.splitlines())
    delimiter = ";" if kept.partition("\n")[0].count(";") > kept.partition("\n")[0].count(",") else ","
    reader = csv.DictReader(io.StringIO(kept), delimiter=delimiter)
    for row in reader:
        cells = {(name or "").strip().lower(): (cell or "").strip() or None for name, cell in row.items() if name}
        if any(cells.values()):
            yield reader.line_num, cells


def _rows(seed: str, path: Path, findings: list[Finding]) -> Iterator[Placed[LawRow]]:
    model, columns = LAW_MODELS[seed], law_fields(seed)
    is_header_good = True
    for line, cells in _lines(path):
        if is_header_good and (wrong := columns.keys() ^ cells.keys()):
            word = ", ".join(sorted(wrong))
            findings.append(Finding("kolom", path.name, 1, "", "", f"judul kolom kurang atau asing: {word}",
                                    "samakan dengan docs/site_folder.md", "berkas ini tidak akan dimuat"))  # fmt: skip
            return
        is_header_good = False
        try:
            yield Placed(path.name, line, model.model_validate(cells))
        except ValidationError as error:
            findings += _cell_findings(path.name, line, cells, error)


def _cell_findings(file: str, line: int, cells: dict[str, str | None], error: ValidationError) -> Iterator[Finding]:
    row, article = cells.get("rule_code") or "", cells.get("legal_basis") or ""
    for detail in error.errors(include_url=False, include_input=False):
        context = detail.get("ctx", {})
        is_ours = detail["type"] == REFUSED
        column = str(detail["loc"][0]) if detail["loc"] else str(context.get("column") or "")
        reason = str(context["reason"]) if is_ours else "nilai ini tidak dapat diterima"
        remedy = str(context["remedy"]) if is_ours else "lihat docs/site_folder.md"
        day = cells.get("valid_from") or "setiap hari"
        yield Finding(f"sel_{column}", file, line, row, article, f"{column}: {reason}", remedy,
                      f"{day}: baris ini ditolak saat dimuat")  # fmt: skip
