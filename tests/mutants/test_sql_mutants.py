"""Would a wrong place in the SQL be seen? Each planted change must turn an example of its model red.

A dbt unit test computes one model from rows that it states itself, so changes in different models do not meet: a
round has one change per model, and there are as many rounds as the model with the most changes needs. All are made in
one copy of the project, of which dbt parses again only what a round has changed.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.mutants.planted_sql import PLANTED_SQL, PlantedSql
from warehouse.claim import DBT_PROJECT
from warehouse.console import Problem
from warehouse.dbt_run import run_dbt

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.golden_town import Town
    from warehouse.settings import Settings

pytestmark = pytest.mark.mutants


def apart(planted: tuple[PlantedSql, ...]) -> list[list[PlantedSql]]:
    """Rounds in which no model is changed twice."""
    rounds: list[list[PlantedSql]] = []
    for change in planted:
        for changes in rounds:
            if change.model not in {other.model for other in changes}:
                changes.append(change)
                break
        else:
            rounds.append([change])
    return rounds


@dataclass(frozen=True)
class Copy:
    """A copy of the project, changed for a round and put right again; `settings`: the town's, with a target apart."""

    project: Path
    settings: Settings

    def failed(self, changes: list[PlantedSql]) -> set[str]:
        """Of the examples of these changes those that fail while the changes stand."""
        files = {change: self._file(change) for change in changes}
        right = {file: file.read_text(encoding="utf-8") for file in files.values()}
        for change, file in files.items():
            assert right[file].count(change.right) == 1, f"{change.model}: {change.right}"
            file.write_text(right[file].replace(change.right, change.wrong), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("warehouse.dbt_run.DBT_PROJECT", self.project)
            with pytest.raises(Problem, match="differs"):
                run_dbt(self.settings, ["test", "--select", *{change.example for change in changes}])
        for file, text in right.items():
            file.write_text(text, encoding="utf-8")
        written = (self.settings.dbt_dir / "target" / "run_results.json").read_text(encoding="utf-8")
        results = json.loads(written)["results"]
        assert {result["status"] for result in results} <= {"pass", "fail"}, "an error is no answer"
        return {result["unique_id"].split(".")[-1] for result in results if result["status"] == "fail"}

    def _file(self, change: PlantedSql) -> Path:
        (file,) = self.project.glob(f"models/**/{change.model}.sql")
        return file


@pytest.fixture(scope="module")
def copy(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project as it is, not yet changed."""
    work = tmp_path_factory.mktemp("planted")
    shutil.copytree(DBT_PROJECT, work / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    # A target folder of its own: the town's remembers where its project lies.
    return Copy(work / "dbt_project", town.settings.model_copy(update={"var_dir": work / "var"}))


@pytest.fixture(scope="module")
def found(copy: Copy) -> set[PlantedSql]:
    """The changes whose example failed."""
    failed = [(changes, copy.failed(changes)) for changes in apart(PLANTED_SQL)]
    return {change for changes, names in failed for change in changes if change.example in names}


def test_there_are_at_least_fifteen_changes_and_all_differ() -> None:
    assert len({(change.model, change.right, change.wrong) for change in PLANTED_SQL}) == len(PLANTED_SQL) >= 15


@pytest.mark.parametrize("change", PLANTED_SQL, ids=lambda change: f"{change.model}: {change.fault}")
def test_a_change_of_the_sql_is_found(found: set[PlantedSql], change: PlantedSql) -> None:
    assert change in found


def test_twin_a_change_that_changes_nothing_turns_nothing_red(copy: Copy) -> None:
    seen = PLANTED_SQL[0]
    idle = PlantedSql(
        "int_pins__claimed", "nothing", "an_offices_pins_hold_where_its_terminals_stand",
        "select * from placed\n", "select placed.* from placed\n",
    )  # fmt: skip

    assert copy.failed([seen, idle]) == {seen.example}
