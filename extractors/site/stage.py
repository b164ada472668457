"""Staging tables of one load: what each file states, beside what is in force."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from extractors.site.files import ROW_MODELS, columns_of
from extractors.site.rules import RULES
from extractors.site.validate import StagedRow

# What the staging tables of a table are called.
IN_FORCE: Final = "site_now_{}"
STAGED: Final = "site_{}"
IN_FORCE_AFTER: Final = "site_after_{}"
DELTA: Final = "site_delta_{}"
# Columns of a key that may be empty: all offices, no other schedule.
MAY_BE_EMPTY: Final = ("opd_code", "replaces_code")


def name(pattern: str, table: str) -> sql.Identifier:
    """The staging relation of a table."""
    return sql.Identifier(pattern.format(table))


def reference(table: str) -> sql.Identifier:
    """The table of schema reference."""
    return sql.Identifier("reference", table)


def columns(names: Iterable[str], prefix: str | None = None) -> sql.Composable:
    """A list of columns, of the relation `prefix` if given."""
    return sql.SQL(", ").join(sql.Identifier(*([prefix] if prefix else []), column) for column in names)


def agree(left: str, right: str, names: Iterable[str]) -> sql.Composable:
    """Two relations agree in columns of a key; of these only those of MAY_BE_EMPTY may be empty."""
    return sql.SQL(" and ").join(
        sql.SQL("{} is not distinct from {}" if column in MAY_BE_EMPTY else "{} = {}").format(
            sql.Identifier(left, column), sql.Identifier(right, column)
        )
        for column in names
    )


def differ(left: str, right: str, names: Iterable[str]) -> sql.Composable:
    """Two relations differ in at least one of some columns; null differs from any value."""
    tests = [
        sql.SQL("{} is distinct from {}").format(sql.Identifier(left, column), sql.Identifier(right, column))
        for column in names
    ]
    return sql.SQL("({})").format(sql.SQL(" or ").join(tests)) if tests else sql.SQL("false")


def rest(table: str) -> tuple[str, ...]:
    """The columns of a file that are not its key."""
    return tuple(column for column in columns_of(table) if column not in RULES[table].key)


def stage(cursor: Cursor, staged: dict[str, list[StagedRow]]) -> None:
    """Makes the staging tables and fills those whose file was read."""
    for table in ROW_MODELS:
        cursor.execute(
            sql.SQL(
                "create temporary table {staged} on commit drop as "
                "select 0 as line, false as is_refused, {columns} from {reference} where false"
            ).format(staged=name(STAGED, table), columns=columns(columns_of(table)), reference=reference(table))
        )
        if table in staged:
            _copy(cursor, table, staged[table])
        cursor.execute(sql.SQL("analyze {}").format(name(STAGED, table)))
        _copy_in_force(cursor, table, is_stated=table in staged)
        _make_after(cursor, table)


def _copy(cursor: Cursor, table: str, rows: list[StagedRow]) -> None:
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerows((row.line, row.is_refused, *row.values) for row in rows)
    lines.seek(0)
    cursor.copy_expert(
        sql.SQL("copy {} from stdin (format csv)").format(name(STAGED, table)).as_string(cursor.connection), lines
    )


def _copy_in_force(cursor: Cursor, table: str, *, is_stated: bool) -> None:
    """Copies what is in force beside the staged rows: the loader may not analyze reference.* itself.

    is_kept: the row stays whatever happens, unless a good row states its key. That is so where the file is missing,
    and where the key of a refused row is not fully readable and its readable part fits (without any, all fit).
    """
    key = RULES[table].key
    is_kept = sql.SQL("exists (select from torn where {may_be})" if is_stated else "true").format(
        may_be=sql.SQL(" and ").join(
            sql.SQL("({torn} is null or {torn} = {old})").format(
                torn=sql.Identifier("torn", column), old=sql.Identifier("old", column)
            )
            for column in key
        )
    )
    cursor.execute(
        sql.SQL(
            "create temporary table {now} on commit drop as"
            " with torn as materialized (select distinct {key} from {staged} where is_refused and ({is_torn}))"
            " select {columns}, {is_kept} as is_kept from {reference} as old where load_to is null"
        ).format(
            now=name(IN_FORCE, table),
            key=columns(key),
            staged=name(STAGED, table),
            is_torn=sql.SQL(" or ").join(sql.SQL("{} is null").format(sql.Identifier(column)) for column in key),
            columns=columns(columns_of(table)),
            is_kept=is_kept,
            reference=reference(table),
        )
    )
    cursor.execute(sql.SQL("analyze {}").format(name(IN_FORCE, table)))


def _make_after(cursor: Cursor, table: str) -> None:
    """A view of what will be in force: the good rows of the file, and the rows whose key was refused or that stay."""
    key = RULES[table].key
    cursor.execute(
        sql.SQL(
            "create temporary view {after} as"
            " select line, {columns} from {staged} where not is_refused"
            " union all select 0, {columns} from {now} as old"
            " where (is_kept or exists (select from {staged} as bad where bad.is_refused and {same_bad}))"
            " and not exists (select from {staged} as good where not good.is_refused and {same_good})"
        ).format(
            after=name(IN_FORCE_AFTER, table),
            columns=columns(columns_of(table)),
            staged=name(STAGED, table),
            now=name(IN_FORCE, table),
            same_bad=agree("bad", "old", key),
            same_good=agree("good", "old", key),
        )
    )
