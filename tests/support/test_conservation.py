"""What the look at every ledger of the session sees, and what it lets pass."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from tests.support import conservation
from tests.support.conservation import Book, conserved
from tests.support.golden_town import land_pull
from tests.support.reference_rows import register_city, register_terminal
from warehouse.connection import connect_superuser
from warehouse.settings import Settings

pytestmark = pytest.mark.db
ROOT = Path(__file__).parents[2]
COVERED = datetime(2017, 2, 6, 17)
FAULTS = {
    "offered is not the sum": "update raw.pulls set duplicate_count = 1",
    "a negative count": "update raw.pulls set duplicate_count = -1, offered = offered - 1",
    "other punches than new": "delete from raw.punches where ordinal = 0",
    "other rejects than rejected": "update raw.pulls set rejected_count = 1, offered = offered + 1",
    "a failed pull offered records": "update raw.pulls set outcome = 'refused'",
    "beside the terminal's counter": "update raw.pulls set counted_after = 1, counted_before = 1",
    "rows without a pull": "delete from raw.pulls",
}


@pytest.fixture
def landed(warehouse_db: Settings) -> Settings:
    register_city(warehouse_db)
    register_terminal(warehouse_db, "T-1")
    land_pull(warehouse_db, "T-1", [(COVERED.replace(hour=7), "1"), (COVERED, "1")], COVERED, 0, is_checked=False)
    return warehouse_db


def break_by(settings: Settings, change: str) -> None:
    """As whoever restores a backup by hand could: without triggers and constraints."""
    conn = connect_superuser(settings)
    with conn, conn.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        for name in ("conserve_records", "agree_with_the_counter", "failed_write_nothing"):
            cursor.execute(f"alter table raw.pulls drop constraint if exists pulls_{name}")
        cursor.execute(change)
    conn.close()


def test_what_a_landing_leaves_is_conserved(landed: Settings) -> None:
    assert conserved(landed) == Book(1, 1, [])


@pytest.mark.parametrize("fault", FAULTS)
def test_twin_a_broken_row_is_seen_and_named(landed: Settings, fault: str) -> None:
    break_by(landed, FAULTS[fault])
    found, own = conserved(landed), Book()

    assert len(found.violations) == 1
    assert f"'fault': '{fault}'" in found.violations[0].replace('"', "'").replace("\\'", "'")
    conservation.look_at(landed, own)
    assert own.violations == found.violations
    conservation.break_on_purpose(landed, fault)  # the session's own look must see it, too


def test_twin_a_fault_that_was_announced_and_is_not_there_is_a_violation(landed: Settings) -> None:
    own = Book()
    conservation.break_on_purpose(landed, "nothing at all")
    conservation.look_at(landed, own)

    assert own == Book(1, 1, [f"{landed.pg_database}: nothing is seen of 'nothing at all'"])


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
@pytest.mark.parametrize(("violations", "status"), [((), 0), (("hadir_1: planted",), 1)])
def test_a_session_ends_red_when_a_pull_did_not_add_up(
    tmp_path: Path, processes: tuple[str, ...], violations: tuple[str, ...], status: int
) -> None:
    room = tmp_path / "tests" / "room"
    room.mkdir(parents=True)
    for shared in ("conftest.py", "support"):
        (tmp_path / "tests" / shared).symlink_to(ROOT / "tests" / shared)
    for name, told in (("test_one.py", violations), ("test_two.py", ())):
        (room / name).write_text(
            "from tests.support.conservation import BOOK, Book\n"
            f"def test_that_passes() -> None: BOOK.add(Book(3, 2, {list(told)}))\n"
        )

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *processes, "--import-mode=importlib",
         "-c", os.devnull, "--rootdir", tmp_path, room],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == status, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert f"6 rows of raw.pulls in 4 databases: {len(violations)} do not add up" in done.stdout
    assert all(violation in done.stdout for violation in violations)
