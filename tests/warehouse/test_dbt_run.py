"""dbt as a program of its own: what stopped it comes back as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.dbt_run import call_dbt
from warehouse.settings import Settings, child_environment

if TYPE_CHECKING:
    from pathlib import Path


def test_what_stops_dbt_before_any_node_is_said(tmp_path: Path) -> None:
    environment = child_environment(Settings(var_dir=tmp_path))

    (said,) = call_dbt(["run", "--no-such-option"], environment, tmp_path)

    assert "No such option" in said


def test_all_went_well_is_nothing_to_say(tmp_path: Path) -> None:
    assert call_dbt(["--version"], child_environment(Settings(var_dir=tmp_path)), tmp_path) == []


def test_a_program_that_cannot_start_is_told_by_what_it_wrote(tmp_path: Path) -> None:
    (said,) = call_dbt(["--version"], {"PYTHONHOME": str(tmp_path)}, tmp_path)

    assert "encodings" in said
