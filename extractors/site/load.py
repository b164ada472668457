"""Loads the site folder as the next version of reference.*; a folder that says nothing new makes no version."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from extractors.site.crosscheck import CrossCheck
from extractors.site.files import EXCUSE_KINDS, KINDS_WITH_LETTER, LAW
from extractors.site.read import Refusal, SiteContent, read_folder
from extractors.site.stage import stage
from extractors.site.touched import touch
from extractors.site.validate import StagedRow, known_excuse_kinds, validate
from extractors.site.versions import apply_changes, find_changes
from warehouse.clock import Clock, local_wall
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

LOCK: Final = "hadir.load_site"


@dataclass(frozen=True, slots=True)
class SiteLoad:
    """What a load did. `load_id` is the version in force afterwards, `loaded` counts the rows that changed."""

    load_id: int
    loaded: int
    refused: tuple[Refusal, ...]
    is_new: bool

    def as_json(self) -> dict[str, Any]:
        """The report of `hadir site load --json`."""
        return {
            "load_id": self.load_id,
            "loaded": self.loaded,
            "is_new": self.is_new,
            "refused": [asdict(refusal) for refusal in self.refused],
        }


def load_site(settings: Settings, folder: Path, clock: Clock) -> SiteLoad:
    """Reads the folder and makes what it says the next version, in one transaction with the days this touches.

    Good rows load, bad ones are reported and leave in force what was. A file that is missing changes nothing.

    Raises:
        Problem: the folder is not there or has no site file (exit code 2), or the database is away (4).
    """
    if not folder.is_dir():
        raise Problem(f"Folder '{folder}' tidak ada. Buat dengan: hadir site init {folder}", Exit.WRONG_USE)
    content = read_folder(folder)
    if not content.sha256:
        raise Problem(
            f"Folder '{folder}' tidak berisi berkas CSV atau XLSX. Buat dengan: hadir site init {folder}",
            Exit.WRONG_USE,
        )
    with closing(connect(settings, "loader")) as conn, conn, conn.cursor() as cursor:
        # Two loads at once would both end the same rows.
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", (LOCK,))
        current = _current_load(cursor)
        if current is not None and current.sha256 == content.sha256 and not current.refused:
            return SiteLoad(current.load_id, 0, (), is_new=False)
        refused, changed = _compare(cursor, content)
        if current is not None and changed == 0 and refused == current.refused:
            return SiteLoad(current.load_id, 0, refused, is_new=False)
        moment = clock()
        cursor.execute(
            "insert into reference.loads (loaded_at, folder, files, loaded_count, refused_count)"
            " values (%s, %s, %s, %s, %s) returning load_id",
            (moment, folder.resolve().name, json.dumps(content.sha256), changed, len(refused)),
        )
        load_id = int(cursor.fetchall()[0][0])
        _keep_refusals(cursor, load_id, refused)
        apply_changes(cursor, load_id)
        touch(cursor, load_id, local_wall(moment, settings.zone).date())
        return SiteLoad(load_id, changed, refused, is_new=True)


@dataclass(frozen=True, slots=True)
class _CurrentLoad:
    load_id: int
    sha256: dict[str, str]
    refused: tuple[Refusal, ...]


def _current_load(cursor: Cursor) -> _CurrentLoad | None:
    cursor.execute("select load_id, files from reference.loads order by load_id desc limit 1")
    row = cursor.fetchone()
    if row is None:
        return None
    cursor.execute(
        "select file, line, column_name, reason, remedy from reference.load_refusals where load_id = %s", (row[0],)
    )
    return _CurrentLoad(row[0], row[1], _in_order(Refusal(*refusal) for refusal in cursor.fetchall()))


def _compare(cursor: Cursor, content: SiteContent) -> tuple[tuple[Refusal, ...], int]:
    """Stages what the files say; returns what was refused and how many keys differ from what is in force."""
    refusals = list(content.refusals)
    context = _with_own_kinds(cursor, content, known_excuse_kinds())
    staged: dict[str, list[StagedRow]] = {}
    for table in content.tables:
        staged[table.table], found = validate(table, context)
        refusals += found
    stage(cursor, staged)
    refusals += CrossCheck(cursor, {table.table: table.name for table in content.tables}).run()
    return _in_order(refusals), find_changes(cursor, staged)


def _with_own_kinds(
    cursor: Cursor, content: SiteContent, known: dict[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """The built-in kinds of excuse and the city's own: of the file if it is there, else those in force."""
    stated = [table for table in content.tables if table.table == f"{LAW}excuse_kinds"]
    if stated:
        own = {str(row["excuse_kind"]): str(row["needs_letter"]).lower() in ("true", "ya") for row in stated[0].rows}
    else:
        cursor.execute("select excuse_kind, needs_letter from reference.law_excuse_kinds where load_to is null")
        own = dict(cursor.fetchall())
    with_letter = frozenset(kind for kind, needs_letter in own.items() if needs_letter)
    return {
        EXCUSE_KINDS: known[EXCUSE_KINDS] | own.keys(),
        KINDS_WITH_LETTER: (known[KINDS_WITH_LETTER] - own.keys()) | with_letter,
    }


def _in_order(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    return tuple(sorted(set(refusals), key=lambda r: (r.file, r.line, r.column, r.reason, r.remedy)))


def _keep_refusals(cursor: Cursor, load_id: int, refused: tuple[Refusal, ...]) -> None:
    execute_values(
        cursor,
        "insert into reference.load_refusals (load_id, file, line, column_name, reason, remedy) values %s",
        [(load_id, r.file, r.line, r.column, r.reason, r.remedy) for r in refused],
        page_size=1000,
    )
