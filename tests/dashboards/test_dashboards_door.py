"""The commands: one JSON object, exit codes by contract."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from dashboards import door
from dashboards.lint import Finding


@pytest.fixture
def app():
    made = typer.Typer()
    made.callback()(lambda: None)
    door.mount(made)
    return made


@pytest.mark.unit
def test_lint_is_clean_and_speaks_json(app):
    result = CliRunner().invoke(app, ["dashboards", "lint", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"ok": True, "findings": []}


@pytest.mark.unit
def test_a_finding_gives_exit_code_one(app, monkeypatch):
    monkeypatch.setattr(door, "lint", lambda: [Finding("sekda/x", "sql_tidak_ada", "berkas cards/x.sql tidak ada")])
    result = CliRunner().invoke(app, ["dashboards", "lint"])
    assert result.exit_code == 1
    assert "sekda/x: sql_tidak_ada" in result.stdout


@pytest.mark.db
def test_preview_and_lint_with_the_database(app, sample_city, monkeypatch):
    monkeypatch.setattr(door, "load_settings", lambda: sample_city)
    assert CliRunner().invoke(app, ["dashboards", "lint", "--database"]).exit_code == 0
    result = CliRunner().invoke(app, ["dashboards", "preview", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"page": str(sample_city.pages_dir / "index.html")}
    assert (sample_city.pages_dir / "index.html").is_file()


@pytest.mark.unit
def test_help_has_an_example(app):
    for command in ("lint", "preview", "serve", "exposures"):
        result = CliRunner().invoke(app, ["dashboards", command, "--help"])
        assert "Contoh: hadir dashboards" in " ".join(result.stdout.split())
