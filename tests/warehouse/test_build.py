"""What a build takes upon itself: one at a time, what is touched and nothing else, and what a dead one left behind.

Most of it is decided before dbt runs, so dbt is played; the tests marked dbt run it over the hand-computed town.
"""

from __future__ import annotations

import shutil
import threading
import time
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.support.golden_town import Town, land_pull
from tests.support.played_dbt import DAY, NOW, PlayedDbt, as_dbt, books, days_left, touch
from tests.support.reference_rows import execute, fetch
from warehouse.build import build
from warehouse.claim import DBT_PROJECT
from warehouse.console import Problem
from warehouse.settings import Settings


@pytest.mark.db
def test_nothing_touched_is_skipped_without_dbt(dbt: PlayedDbt) -> None:
    report = build(dbt.settings, NOW)

    assert (report.skipped, report.build_id, dbt.asked) == (True, None, [])
    assert books(dbt.settings) == [("succeeded", True)]


@pytest.mark.db
def test_one_touched_day_is_built_and_then_no_more(dbt: PlayedDbt) -> None:
    touch(dbt.settings, "E1", "E1")

    report = build(dbt.settings, NOW)

    assert (report.skipped, report.is_full, report.day_count) == (False, False, 1)
    assert dbt.days == [[("E1", DAY)]]
    assert "--full-refresh" not in dbt.asked[0]
    assert days_left(dbt.settings) == []
    assert build(dbt.settings, NOW).skipped


@pytest.mark.db
@pytest.mark.parametrize("is_full", [False, True])
def test_dbt_writes_its_files_for_who_asks_for_timings_only(dbt: PlayedDbt, is_full: bool) -> None:
    touch(dbt.settings, "E1")
    build(dbt.settings, NOW, full=is_full)
    touch(dbt.settings, "E1")
    build(dbt.settings, NOW, full=is_full, keeps_timings=True)

    assert [[word for word in asked if "write-json" in word] for asked in dbt.asked] == [
        ["--no-write-json"], ["--write-json"],
    ]  # fmt: skip


@pytest.mark.db
@pytest.mark.parametrize(("cause", "reach"), [("landing", 0), ("coverage", 0), ("site", 2), ("gate", 2)])
def test_a_change_that_moves_windows_reaches_two_days_further(dbt: PlayedDbt, cause: str, reach: int) -> None:
    touch(dbt.settings, "E1", cause=cause)

    build(dbt.settings, NOW)

    assert dbt.days == [[("E1", date(2017, 3, 21 + offset)) for offset in range(-reach, reach + 1)]]


@pytest.mark.db
def test_no_site_folder_means_nobody_to_judge(warehouse_db: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.build.run_dbt", PlayedDbt(warehouse_db))

    with pytest.raises(Problem, match="hadir site load"):
        build(warehouse_db, NOW)
    assert books(warehouse_db) == []


def leave_behind(settings: Settings, person: str, *, is_full: bool) -> None:
    """The books as a build leaves them that was killed after its claim."""
    as_dbt(
        settings,
        "insert into ops.builds (started_at, state, is_full, as_of, load_id, rules_sha256, day_count)"
        f" select now(), 'running', {is_full}, as_of, load_id, rules_sha256, 1 from ops.builds"
        " order by build_id desc limit 1",
        f"insert into ops.build_days select max(build_id), '{person}', date '{DAY}' from ops.builds",
    )


@pytest.mark.db
def test_what_a_dead_build_left_is_taken_over(dbt: PlayedDbt) -> None:
    leave_behind(dbt.settings, "E7", is_full=False)
    touch(dbt.settings, "E1")

    report = build(dbt.settings, NOW)

    assert dbt.days == [[("E1", DAY), ("E7", DAY)]]
    assert (report.is_full, report.day_count) == (False, 2)
    assert books(dbt.settings) == [("succeeded", True), ("running", False), ("succeeded", False)]
    assert build(dbt.settings, NOW).skipped


@pytest.mark.db
def test_a_dead_build_of_everything_is_made_whole_again(dbt: PlayedDbt) -> None:
    leave_behind(dbt.settings, "E7", is_full=True)

    assert build(dbt.settings, NOW).is_full
    assert "--full-refresh" in dbt.asked[0]
    assert build(dbt.settings, NOW).skipped


@pytest.mark.db
def test_a_failed_build_keeps_its_days_for_the_next(dbt: PlayedDbt) -> None:
    def fails() -> None:
        raise Problem("dbt gagal: fct_alpa")

    touch(dbt.settings, "E1")
    dbt.meanwhile = fails
    with pytest.raises(Problem, match="fct_alpa"):
        build(dbt.settings, NOW)
    assert books(dbt.settings)[-1] == ("failed", False)
    assert days_left(dbt.settings) == [("E1", DAY)]

    dbt.meanwhile = lambda: None
    build(dbt.settings, NOW)
    assert dbt.days == [[("E1", DAY)], [("E1", DAY)]]
    assert books(dbt.settings)[-1] == ("succeeded", False)


@pytest.mark.db
def test_a_second_build_waits_for_the_first(dbt: PlayedDbt, capsys: pytest.CaptureFixture[str]) -> None:
    """While dbt of the first runs, the second waits for the lock; afterwards it finds nothing left to do."""
    reports = []
    second = threading.Thread(target=lambda: reports.append(build(dbt.settings, NOW)))

    def start_second_and_see_it_wait() -> None:
        second.start()
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        for _ in range(100):
            if fetch(dbt.settings, waiting) == [(1,)]:
                break
            time.sleep(0.05)
        assert fetch(dbt.settings, waiting) == [(1,)]
        assert reports == []

    touch(dbt.settings, "E1")
    dbt.meanwhile = start_second_and_see_it_wait
    first = build(dbt.settings, NOW)
    second.join(timeout=30)

    assert not first.skipped
    assert [report.skipped for report in reports] == [True]
    assert len(dbt.asked) == 1
    assert "Menunggu pembangunan lain selesai" in capsys.readouterr().err


@pytest.mark.db
def test_what_lands_after_the_claim_waits_for_the_next_build(dbt: PlayedDbt) -> None:
    known = "select pull_id, build_id from ops.build_pulls order by 1"
    covered = datetime(2017, 3, 21, 12)
    pulls = [land_pull(dbt.settings, "T-1", [(datetime(2017, 3, 21, 7, 20), "1")], covered, 0)]
    touch(dbt.settings, "E1")

    def land() -> None:
        later = datetime(2017, 3, 21, 13)
        pulls.append(land_pull(dbt.settings, "T-1", [(datetime(2017, 3, 21, 12, 30), "1")], later, 0))
        touch(dbt.settings, "E1", "E2")

    dbt.meanwhile = land
    first = build(dbt.settings, NOW)
    assert fetch(dbt.settings, known) == [(pulls[0], first.build_id)]

    dbt.meanwhile = lambda: None
    second = build(dbt.settings, NOW)
    assert fetch(dbt.settings, known) == [(pulls[0], first.build_id), (pulls[1], second.build_id)]
    assert dbt.days == [[("E1", DAY)], [("E1", DAY), ("E2", DAY)]]


def a_copy(folder: Path) -> Path:
    """The dbt project, to be changed."""
    copy = folder / "dbt_project"
    shutil.copytree(DBT_PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    return copy


@pytest.mark.db
def test_a_changed_rule_builds_everything_once(dbt: PlayedDbt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = a_copy(tmp_path)
    monkeypatch.setattr("warehouse.claim.DBT_PROJECT", project)
    assert build(dbt.settings, NOW).skipped, "the same rules elsewhere are the same rules"

    seed = project / "seeds" / "regulation" / "day_matters.csv"
    seed.write_text(seed.read_text(encoding="utf-8").replace("5.00", "4.00"), encoding="utf-8")

    assert build(dbt.settings, NOW).is_full
    assert "--full-refresh" in dbt.asked[0]
    assert build(dbt.settings, NOW).skipped


@pytest.mark.db
def test_a_change_of_words_only_builds_nothing(dbt: PlayedDbt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = a_copy(tmp_path)
    monkeypatch.setattr("warehouse.claim.DBT_PROJECT", project)
    words = project / "models" / "marts" / "attendance" / "_attendance__models.yml"
    words.write_text(words.read_text(encoding="utf-8") + "\n# ...\n", encoding="utf-8")

    assert build(dbt.settings, NOW).skipped


@pytest.fixture
def built(own_town: Town) -> Town:
    """The town as the rules of the project make it, whatever the test before left."""
    build(own_town.settings, NOW)
    return own_town


FACTS = "select * from marts.fct_daily_attendance order by employee_id, work_date"
CUTS = """
    select employee_id, work_date, matter, pct, rule_status from marts.fct_deductions
    order by employee_id, work_date, matter
"""


@pytest.mark.dbt
def test_the_days_of_a_dead_build_come_out_as_if_it_had_lived(built: Town) -> None:
    sound = built.query(FACTS)
    leave_behind(built.settings, "P03", is_full=False)
    as_dbt(
        built.settings,
        f"delete from marts.fct_daily_attendance where employee_id = 'P03' and work_date = date '{DAY}'",
    )
    assert len(built.query(FACTS)) == len(sound) - 1

    report = build(built.settings, NOW)

    assert (report.is_full, report.day_count) == (False, 1)
    mended = built.query(FACTS)
    changed = [(old[:2], new[-1]) for old, new in zip(sound, mended, strict=True) if old != new]
    assert changed == [(("P03", DAY), report.build_id)]
    assert [row[:-1] for row in mended] == [row[:-1] for row in sound]


@pytest.mark.dbt
def test_a_broken_model_is_named_and_the_build_has_failed(
    built: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = a_copy(tmp_path)
    model = project / "models" / "marts" / "attendance" / "fct_event_attendance.sql"
    sound = model.read_text(encoding="utf-8")
    model.write_text(sound.replace("then 'APEL'", "then (1 / (length(expected.kind) * 0))::text"), encoding="utf-8")
    assert model.read_text(encoding="utf-8") != sound
    # A target folder of its own: the town's remembers where its project lies.
    apart = built.settings.model_copy(update={"var_dir": tmp_path / "var"})
    monkeypatch.setattr("warehouse.dbt_run.DBT_PROJECT", project)
    execute(apart, ("insert into ops.touched values ('P03', %s, 'landing')", (date(2017, 3, 20),)))

    with pytest.raises(Problem, match=r"fct_event_attendance: .*division by zero"):
        build(apart, NOW)

    assert books(apart)[-1] == ("failed", False)
    assert days_left(apart) == [("P03", date(2017, 3, 20))]
    monkeypatch.undo()
    report = build(built.settings, NOW)
    assert (report.is_full, report.day_count) == (False, 1)


@pytest.mark.dbt
def test_a_changed_rate_changes_the_cuts_that_it_governs_and_no_status(
    built: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses, cuts = built.query(FACTS), built.query(CUTS)
    project = a_copy(tmp_path)
    seed = project / "seeds" / "regulation" / "day_matters.csv"
    lines = seed.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [line.replace("5.00", "4.00") if line.startswith("cilegon_perwal_3_2017") else line for line in lines]
    assert changed != lines
    seed.write_text("".join(changed), encoding="utf-8")
    monkeypatch.setattr("warehouse.claim.DBT_PROJECT", project)
    monkeypatch.setattr("warehouse.dbt_run.DBT_PROJECT", project)
    apart = built.settings.model_copy(update={"var_dir": tmp_path / "var"})

    assert build(apart, NOW).is_full

    assert [row[:-1] for row in built.query(FACTS)] == [row[:-1] for row in statuses]
    moved = [(old, new[3]) for old, new in zip(cuts, built.query(CUTS), strict=True) if old != new]
    # The only alpa of a covered person under the perwal: P02 on 27 March. Those of February are of the announcement.
    assert [(row[0], row[1], row[2], float(row[3]), float(pct)) for row, pct in moved] == [
        ("P02", date(2017, 3, 27), "alpa", 5.0, 4.0)
    ]
