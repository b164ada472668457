"""The worked examples of the law, run by dbt against the seeds; a changed rate turns them red."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warehouse.claim import DBT_PROJECT
from warehouse.console import Problem
from warehouse.dbt_run import run_dbt

if TYPE_CHECKING:
    from tests.support.golden_town import Town

pytestmark = pytest.mark.dbt

WORKED = ["s01", "s02", "s05", "s06", "s09", "s10", "s13", "s15", "s16", "s18", "s19"]


@pytest.mark.unit
def test_the_scenarios_of_both_regulations_are_there() -> None:
    names = [
        name
        for path in (DBT_PROJECT / "models" / "marts" / "deductions").glob("_*unit_tests*.yml")
        for name in re.findall(r"- name: (\w+)", path.read_text(encoding="utf-8"))
    ]

    assert [case for case in WORKED if not any(name.startswith(f"{case}_") for name in names)] == []


def test_every_worked_example_passes(town: Town) -> None:
    run_dbt(town.settings, ["test", "--select", "test_type:unit"])


def test_a_changed_rate_turns_its_example_red(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, project)
    monkeypatch.setattr("warehouse.dbt_run.DBT_PROJECT", project)
    seed = project / "seeds" / "regulation" / "minute_bands.csv"
    seed.write_text(
        seed.read_text(encoding="utf-8").replace("terlambat,,TL1,1,31,,,pct,0.50", "terlambat,,TL1,1,31,,,pct,0.75"),
        encoding="utf-8",
    )

    # A target folder of its own: the town's remembers where its project lies.
    apart = town.settings.model_copy(update={"var_dir": tmp_path / "var"})
    seeding = ["seed", "--select", "minute_bands"]

    try:
        run_dbt(apart, seeding)
        with pytest.raises(Problem, match=r"0\.50→0\.75"):
            run_dbt(apart, ["test", "--select", "s13_thirty_minutes_are_the_first_band"])
    finally:
        monkeypatch.undo()
        run_dbt(town.settings, seeding)
