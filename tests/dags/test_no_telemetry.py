"""Nothing calls home: the switches reach every program that we start, and the programs heed them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.airflow import AirflowHome, Schedules
from warehouse.settings import TELEMETRY_OFF, Settings, child_environment

pytestmark = pytest.mark.airflow

# What each program itself believes, asked in a process that has the environment of our children. Great Expectations
# 1.24 has no sender any more and is watched on the wire instead (tests/e2e), like the others.
BELIEFS = """
import json, os
from airflow.configuration import conf
from dbt.cli.main import cli

print(json.dumps({
    "airflow": conf.getboolean("usage_data_collection", "enabled", fallback=False),
    "dbt": cli.make_context("dbt", ["debug"]).params["send_anonymous_usage_stats"],
    "great_expectations": os.environ.get("GX_ANALYTICS_ENABLED"),
    "do_not_track": os.environ.get("DO_NOT_TRACK"),
    "scarf": os.environ.get("SCARF_NO_ANALYTICS"),
}))
"""
SILENT = {"airflow": False, "dbt": False, "great_expectations": "false", "do_not_track": "1", "scarf": "true"}


def beliefs(environment: Mapping[str, str], home: Path) -> object:
    asked = subprocess.run(
        [sys.executable, "-c", BELIEFS],
        env={**environment, "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout.splitlines()[-1])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path)


def test_children_believe_that_nothing_is_sent(settings: Settings, tmp_path: Path) -> None:
    assert beliefs(child_environment(settings), tmp_path) == SILENT


def test_airflows_processes_have_every_switch(settings: Settings) -> None:
    environment = AirflowHome(settings, 8080, Schedules()).environment

    assert TELEMETRY_OFF.items() <= environment.items()


def test_the_callers_own_airflow_settings_stay_outside(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__USAGE_DATA_COLLECTION__ENABLED", "True")

    environment = AirflowHome(settings, 8080, Schedules()).environment

    assert "AIRFLOW__CORE__EXECUTOR" not in environment
    assert environment["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"


@pytest.mark.parametrize(
    ("switch", "program"),
    [("DBT_SEND_ANONYMOUS_USAGE_STATS", "dbt"), ("AIRFLOW__USAGE_DATA_COLLECTION__ENABLED", "airflow")],
)
def test_twin_a_switch_turned_on_is_seen(settings: Settings, tmp_path: Path, switch: str, program: str) -> None:
    found = beliefs({**child_environment(settings), switch: "True"}, tmp_path)

    assert found == {**SILENT, program: True}
