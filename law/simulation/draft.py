"""A draft as a folder in the form of the law's seeds, and its rows on the way into a scratch copy of the city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from law.lint.book import read_book
from law.lint.finding import ERROR
from warehouse.console import Exit, Problem
from warehouse.law_rows import law_fields

# The draft is applied to every office for the span that is asked, whatever it says of that itself.
IGNORED: Final = "regulation_applications"
BASIS: Final = "simulasi rancangan"


@dataclass(frozen=True, slots=True)
class Draft:
    """The rows of a draft by table, each as the columns of its seed."""

    code: str
    name: str
    tables: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def first_date(self) -> date | None:
        """The day on which its first rule would hold."""
        dates = [row["valid_from"] for rows in self.tables.values() for row in rows if row.get("valid_from")]
        return min(dates, default=None)


def read_draft(folder: Path) -> Draft:
    """Reads the folder as `hadir rules lint` does.

    Raises:
        Problem: no folder, no regulation or several, a cell that cannot be taken (file and line; exit code 2).
    """
    book, findings = read_book(folder)
    errors = [finding for finding in findings if finding.level == ERROR]
    if errors:
        first = errors[0]
        where = f"{first.file} baris {first.line}"
        raise Problem(f"{where}: {first.reason}; {first.remedy}. Lihat 'hadir rules lint {folder}'.", Exit.WRONG_USE)
    tables = {
        seed: [{name: getattr(placed.row, name) for name in law_fields(seed)} for placed in rows]
        for seed, rows in book.rows.items()
        if seed != IGNORED
    }
    regulations = tables.get("regulations", [])
    if len(regulations) != 1:
        raise Problem(
            f"regulations.csv di '{folder.name}' harus memuat tepat satu peraturan, bukan {len(regulations)}.",
            Exit.WRONG_USE,
        )
    code = str(regulations[0]["regulation_code"])
    for seed, rows in tables.items():
        if any(row.get("regulation_code", code) != code for row in rows):
            raise Problem(f"{seed}.csv memuat aturan peraturan lain dari '{code}'; pisahkan.", Exit.WRONG_USE)
    return Draft(code, str(regulations[0]["short_name"]), tables)


def enter_draft(cursor: Cursor, draft: Draft, first: date, end: date) -> None:
    """Puts the draft into force for every office from `first` until `end` (half-open), as a site load would.

    A draft that would begin later is moved: its first rule holds from `first`.
    """
    starts = draft.first_date
    later = starts - first if starts is not None and starts > first else timedelta()
    cursor.execute(
        "insert into reference.loads (loaded_at, folder, files, loaded_count, refused_count)"
        " select max(loaded_at), 'rancangan', '{}', 0, 0 from reference.loads returning load_id"
    )
    (load_id,) = cursor.fetchone() or (0,)
    for seed, rows in draft.tables.items():
        table = sql.Identifier("reference", f"law_{seed}")
        if "regulation_code" in law_fields(seed):
            cursor.execute(
                sql.SQL("update {} set load_to = %s where load_to is null and regulation_code = %s").format(table),
                (load_id, draft.code),
            )
        columns = (*law_fields(seed), "load_from")
        statement = sql.SQL("insert into {} ({}) values %s").format(
            table, sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        execute_values(cursor, statement, [(*_moved(row, later), load_id) for row in rows])
    cursor.execute(
        "insert into reference.law_regulation_applications (regulation_code, purpose, opd_code, rule_status,"
        " valid_from, valid_to, evidence, legal_basis, load_from)"
        " select %s, 'potongan', opd_code, 'in_force', %s, %s, 'I', %s, %s from reference.opd where load_to is null",
        (draft.code, first, end, BASIS, load_id),
    )


def _moved(row: Mapping[str, Any], later: timedelta) -> list[Any]:
    return [
        value - later if name in {"valid_from", "valid_to"} and value is not None else value
        for name, value in row.items()
    ]
