"""Rows of one file against its row model: what can be staged, and what is refused and why."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from extractors.site.files import EXCUSE_KINDS, KINDS_WITH_LETTER, ROW_MODELS, SiteRow, columns_of
from extractors.site.read import Refusal, SiteTable
from extractors.site.rules import RULES
from warehouse.cells import REFUSED, Cell
from warehouse.settings import PROJECT_DIR

EXCUSE_KINDS_SEED: Final = PROJECT_DIR / "dbt_project" / "seeds" / "regulation" / "excuse_kinds.csv"


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row for the staging table. Of a refused one only the readable key columns, the rest is None."""

    line: int
    is_refused: bool
    values: tuple[Any, ...]


def known_excuse_kinds(seed: Path = EXCUSE_KINDS_SEED) -> dict[str, frozenset[str]]:
    """Validation context: the kinds of excuse the law's seed knows, and those that excuse only with a letter.

    Raises:
        OSError: the seed is not there.
        KeyError: it lacks column excuse_kind or needs_letter.
    """
    with seed.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {
        EXCUSE_KINDS: frozenset(row["excuse_kind"] for row in rows),
        KINDS_WITH_LETTER: frozenset(row["excuse_kind"] for row in rows if row["needs_letter"] == "true"),
    }


def validate(table: SiteTable, context: Mapping[str, Any]) -> tuple[list[StagedRow], list[Refusal]]:
    """All rows of a file: the good ones whole, the refused ones by their key, and the refusals."""
    adapter = _adapter(table.table)
    try:
        return _staged(table, table.lines, adapter.validate_python(table.rows, context=dict(context))), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    bad = {int(detail["loc"][0]) for detail in details}
    good = [index for index in range(len(table.rows)) if index not in bad]
    models = adapter.validate_python([table.rows[index] for index in good], context=dict(context))
    staged = _staged(table, [table.lines[index] for index in good], models)
    staged += [_refused_row(table, index) for index in sorted(bad)]
    # One torn row says the same of many columns; once is enough.
    refusals = {(refusal.line, refusal.reason): refusal for refusal in reversed([_refusal(table, d) for d in details])}
    return staged, sorted(refusals.values(), key=lambda refusal: refusal.line)


@cache
def _adapter(table: str) -> TypeAdapter[list[SiteRow]]:
    rows: Any = list.__class_getitem__(ROW_MODELS[table])  # list[Row], of a class known only now
    return TypeAdapter(rows)


@cache
def _key_adapters(table: str) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(ROW_MODELS[table], include_extras=True)
    return {column: TypeAdapter(hints[column]) for column in RULES[table].key}


def _staged(table: SiteTable, lines: list[int], models: list[SiteRow]) -> list[StagedRow]:
    values = attrgetter(*columns_of(table.table))
    return [StagedRow(line, False, values(model)) for line, model in zip(lines, models, strict=True)]


def _refused_row(table: SiteTable, index: int) -> StagedRow:
    row = table.rows[index]
    key: dict[str, Any] = {}
    for column, adapter in _key_adapters(table.table).items():
        key[column] = _value(adapter, row[column])
    return StagedRow(table.lines[index], True, tuple(key.get(column) for column in columns_of(table.table)))


def _value(adapter: TypeAdapter[Any], cell: Cell) -> Any:
    try:
        return adapter.validate_python(cell)
    except ValidationError:
        return None


def _refusal(table: SiteTable, detail: ErrorDetails) -> Refusal:
    index, *column = detail["loc"]
    context = detail.get("ctx", {})
    if detail["type"] != REFUSED:
        context = {"reason": "nilai ini tidak dapat diterima", "remedy": "lihat uraian kolom di BACA_DULU.md"}
    return Refusal(
        file=table.name,
        line=table.lines[int(index)],
        column=str(column[0]) if column else str(context.get("column") or ""),
        reason=str(context["reason"]),
        remedy=str(context["remedy"]),
    )
