"""The commands: one JSON object, exit codes by contract."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from dashboards import door as dashboards_door
from dashboards.metabase import door
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

COMMANDS = ("plan", "apply", "verify")


@pytest.fixture
def app():
    made = typer.Typer()
    made.callback()(lambda: None)
    dashboards_door.mount(made)
    return made


def ask(app, *arguments):
    result = CliRunner().invoke(app, ["dashboards", *arguments])
    return result, json.loads(result.stdout) if result.stdout.startswith("{") else None


@pytest.mark.db
def test_plan_apply_verify_in_one_json_object_each(app, settings, standin, monkeypatch):
    monkeypatch.setattr(door, "load_settings", lambda: settings)
    _, planned = ask(app, "plan", "--json")
    assert planned["created"] > 40
    assert standin.written() == []
    result, applied = ask(app, "apply", "--json")
    assert result.exit_code == 0
    assert (applied["created"], applied["orphaned"]) == (planned["created"], 0)
    _, again = ask(app, "apply", "--json")
    assert (again["created"], again["updated"], again["changes"]) == (0, 0, [])
    assert again["unchanged"] == applied["created"] + applied["updated"] + applied["unchanged"]
    assert "Metabase: 0 baru, 0 diubah" in ask(app, "apply")[0].stdout
    result, verified = ask(app, "verify", "--live", "--json")
    assert (result.exit_code, verified["ok"]) == (0, True)
    standin.state.settings["enable-public-sharing"] = True
    result, _ = ask(app, "verify", "--live")
    assert result.exit_code == Exit.WRONG_FOUND
    assert "FAIL berbagi publik mati" in result.stdout


@pytest.mark.unit
@pytest.mark.parametrize("command", [["plan"], ["apply"], ["verify"], ["verify", "--live"]])
def test_without_metabase_or_consent_it_is_wrong_use(app, tmp_path, monkeypatch, command):
    monkeypatch.setattr(door, "load_settings", lambda: Settings(var_dir=tmp_path, pg_host="127.0.0.1"))
    problem = ask(app, *command)[0].exception
    assert isinstance(problem, Problem)
    assert problem.code == Exit.WRONG_USE


@pytest.mark.unit
def test_help_has_an_example(app):
    for command in COMMANDS:
        result = CliRunner().invoke(app, ["dashboards", command, "--help"])
        assert f"Contoh: hadir dashboards {command}" in " ".join(result.stdout.split())
