"""`hadir site`: exit codes, one JSON object, Indonesian text that fits the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner, Result

from extractors.site import door
from extractors.site.files import ROW_MODELS
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

if TYPE_CHECKING:
    from tests.extractors.conftest import SiteFolder


def run(*arguments: str) -> Result:
    app = typer.Typer()
    door.mount(app)
    return CliRunner().invoke(app, ["site", *arguments])


@pytest.fixture
def with_settings(warehouse_db: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "load_settings", lambda: warehouse_db)
    # The template of the test databases is migrated; the server's superuser belongs to another test.
    monkeypatch.setattr(door, "migrate", lambda settings: [])


@pytest.mark.unit
def test_init_says_what_it_wrote(tmp_path: Path) -> None:
    result = run("init", str(tmp_path / "situs"), "--json")

    assert result.exit_code == Exit.DONE
    assert len(json.loads(result.stdout)["written"]) == len(ROW_MODELS) + 1
    assert "tidak ada yang diubah" in run("init", str(tmp_path / "situs")).stdout


@pytest.mark.unit
def test_init_where_nothing_can_be_written_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "berkas").write_text("x")

    result = run("init", str(tmp_path / "berkas"))

    assert isinstance(result.exception, Problem)
    assert result.exception.code == Exit.WRONG_USE


@pytest.mark.db
@pytest.mark.usefixtures("with_settings")
def test_load_reports_version_and_count(site: SiteFolder) -> None:
    site.write()

    first = run("load", str(site.folder), "--as-of", "2017-02-28T08:00", "--json")
    second = run("load", str(site.folder), "--as-of", "2017-02-28T08:00")

    assert first.exit_code == Exit.DONE
    assert json.loads(first.stdout) == {"load_id": 1, "loaded": 38, "is_new": True, "refused": []}
    assert second.exit_code == Exit.DONE
    assert "versi 1 tetap berlaku" in second.stdout
    assert len(site.touched()) == 4 * 30


@pytest.mark.db
@pytest.mark.usefixtures("with_settings")
def test_refused_rows_end_with_code_1_and_say_what_to_do(site: SiteFolder) -> None:
    site.change("employees", 0, kind="ASN")
    site.write()

    machine = run("load", str(site.folder), "--as-of", "2017-02-28T08:00", "--json")
    people = run("load", str(site.folder), "--as-of", "2017-02-28T08:00")

    assert (machine.exit_code, people.exit_code) == (Exit.WRONG_FOUND, Exit.WRONG_FOUND)
    by_place = {(row["file"], row["line"], row["column"]): row for row in json.loads(machine.stdout)["refused"]}
    assert by_place[("employees.csv", 2, "kind")]["remedy"] == "pakai salah satu: PNS, PPPK, honorer"
    assert "employees.csv baris 2, kolom kind" in people.stdout


@pytest.mark.db
@pytest.mark.usefixtures("with_settings")
def test_many_refusals_are_cut_short_for_people_and_whole_in_json(site: SiteFolder) -> None:
    site.rows["employees"] = [[f"X{number}", "Nama", "ASN"] for number in range(50)]
    site.write(["employees"])

    machine = run("load", str(site.folder), "--json")
    people = run("load", str(site.folder))

    assert len(json.loads(machine.stdout)["refused"]) == 50
    assert "dan 30 lagi" in people.stdout


@pytest.mark.db
@pytest.mark.usefixtures("with_settings")
def test_a_time_that_cannot_be_read_is_wrong_use(site: SiteFolder) -> None:
    site.write()

    result = run("load", str(site.folder), "--as-of", "kemarin")

    assert isinstance(result.exception, Problem)
    assert result.exception.code == Exit.WRONG_USE
