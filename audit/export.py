"""The bundle of one month for an auditor: documents that open without a server, the law, and a hash of each file."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from psycopg2.extras import RealDictCursor

from warehouse.clock import Clock
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.docs import build_docs
from warehouse.settings import PROJECT_DIR, Settings

SEEDS: Final = PROJECT_DIR / "dbt_project" / "seeds"
GUIDES: Final = ("pertanyaan_pemeriksa.md", "rule_decisions.md", "decisions_of_people.md", "privacy.md", "glossary.md")
SUMS: Final = "SHA256SUMS"
MANIFEST: Final = "manifest.json"

_BUILD: Final = """
select build_id, as_of, load_id, rules_sha256 from ops.builds where state = 'succeeded' order by build_id desc limit 1
"""
# What was read of each terminal until now, and the head of its chain: whoever changes a row later must change this too.
_TERMINALS: Final = """
select
    terminal_serial, count(*) as attempts, count(*) filter (where outcome = 'ok') as complete_reads,
    coalesce(sum(offered), 0) as offered, coalesce(sum(new_count), 0) as new_count,
    coalesce(sum(duplicate_count), 0) as duplicate_count, coalesce(sum(rejected_count), 0) as rejected_count,
    max(covers_until_local) as covers_until_local,
    (array_agg(row_hash order by pull_id desc))[1] as chain_head
from raw.pulls group by terminal_serial order by terminal_serial
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Where the bundle lies, how many files it holds, and the hash of its list of hashes."""

    folder: Path
    file_count: int
    sums_sha256: str


def first_of(month: str) -> date:
    """First day of a month given as YYYY-MM.

    Raises:
        Problem: no such month.
    """
    try:
        return datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError as error:
        raise Problem(f"'{month}' bukan bulan; tulis seperti 2017-02.", Exit.WRONG_USE) from error


def month_before(day: date) -> str:
    """The month before that of `day`, as YYYY-MM."""
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"


def export(settings: Settings, month: str, parent: Path, clock: Clock) -> Bundle:
    """Writes `parent`/hadir-MONTH-DATE: dbt docs, Data Docs, the law's seeds, guides, manifest.json and SHA256SUMS.

    The folder appears when it is whole; one of the same day is replaced.

    Raises:
        Problem: not a month, nothing was built yet, or the folder cannot be written.
    """
    first = first_of(month)
    now = clock().astimezone(settings.zone)
    folder = parent / f"hadir-{first:%Y-%m}-{now:%Y-%m-%d}"
    draft = folder.with_name(f".{folder.name}.draft")
    manifest = _manifest(settings, first, now)
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        _copy_documents(settings, draft)
        text = json.dumps(manifest, default=str, ensure_ascii=False, indent=2) + "\n"
        (draft / MANIFEST).write_text(text, encoding="utf-8")
        sums = "".join(f"{digest}  {name}\n" for name, digest in _hashes(draft))
        (draft / SUMS).write_text(sums, encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    except OSError as error:
        raise Problem(f"Berkas untuk pemeriksa tidak dapat ditulis di {parent}: {error.strerror}.") from error
    return Bundle(folder, sums.count("\n"), hashlib.sha256(sums.encode()).hexdigest())


def _copy_documents(settings: Settings, draft: Path) -> None:
    (draft / "dbt").mkdir()
    shutil.copyfile(build_docs(settings), draft / "dbt" / "index.html")
    data_docs = settings.docs_dir / "gx"
    if not data_docs.is_dir():
        raise Problem("Laporan pemeriksaan data belum ada; jalankan 'hadir check' dahulu.")
    shutil.copytree(data_docs, draft / "pemeriksaan")
    for path in sorted(SEEDS.rglob("*.csv")):
        target = draft / "aturan" / path.relative_to(SEEDS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for name in GUIDES:
        shutil.copyfile(PROJECT_DIR / "docs" / name, draft / name)


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of each file, in order of names."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


def _manifest(settings: Settings, first: date, now: datetime) -> dict[str, Any]:
    with connect(settings, "auditor") as conn, conn.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(_BUILD)
        build = cursor.fetchone()
        if build is None:
            raise Problem("Belum ada yang dihitung; jalankan 'hadir build' dahulu.")
        cursor.execute(_TERMINALS)
        return {"month": f"{first:%Y-%m}", "made_at": now.isoformat(), "build": build, "terminals": cursor.fetchall()}
