"""`hadir check`: exit codes, one JSON object, a table of 80 columns."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from expectations.door import mount
from expectations.report import CheckReport, text
from warehouse.console import Exit, Problem

DAY = "2017-02-06"


@pytest.fixture
def hadir(office: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = typer.Typer()
    app.callback()(lambda: None)
    mount(app)
    for name in ("var_dir", "secrets_folder", "pg_host", "pg_port", "pg_database"):
        monkeypatch.setenv(f"HADIR_{name.upper()}", str(getattr(office.settings, name)))

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["check", *arguments])

    return call


@pytest.mark.db
def test_quarantined_rows_are_no_failure_of_the_command(office: Any, hadir: Any) -> None:
    office.pull(("999", f"{DAY} 07:22:00"), rejects=("isi_pola",))

    done = hadir("--as-of", "2017-02-06T17:00", "--json")

    assert done.exit_code == Exit.DONE, done.output
    told = json.loads(done.stdout)
    assert told["quarantined"] == {"pin_unknown": 1}
    assert told["rejects"] == {"isi_pola": 1}
    assert told["open_count"] == 1
    assert office.one("select as_of from dq.check_runs").isoformat() == "2017-02-06T10:00:00+00:00"


@pytest.mark.db
def test_a_stopped_pull_is_exit_code_1(office: Any, hadir: Any) -> None:
    office.let_the_ledger_lie()
    office.pull(("101", f"{DAY} 07:22:00"), claimed=3)

    done = hadir()

    assert done.exit_code == Exit.WRONG_FOUND
    assert "BERHENTI: penarikan" in done.stdout


@pytest.mark.db
def test_replay_tells_what_it_released(office: Any, hadir: Any) -> None:
    office.pull(("555", f"{DAY} 07:22:00"))
    hadir("--as-of", "2017-02-06T17:00")
    office.employee("e-5", "555")

    assert "Tidak ada penarikan baru" in hadir().stdout
    done = hadir("--replay", "--json")

    assert json.loads(done.stdout)["released"] == {"pin_unknown": 1}


@pytest.mark.db
def test_a_word_that_is_no_time_is_wrong_use(hadir: Any) -> None:
    done = hadir("--as-of", "kemarin")

    assert isinstance(done.exception, Problem)
    assert done.exception.code == Exit.WRONG_USE


@pytest.mark.unit
def test_the_longest_report_fits_80_columns() -> None:
    report = CheckReport(
        run_id=1234567, pull_count=12345, punch_count=123_456_789, replayed_count=123_456,
        quarantined={"pin_unknown": 12_345_678}, released={"posting_invalid": 1_234_567}, open_count=12_345_678,
        rejects={"sebab yang panjang sekali " * 4: 1_234_567}, stopped_pulls=tuple(range(10_000, 10_040)),
        warnings=("Jam terminal meleset lebih dari 60 detik: 12345 dari 123456. " * 3,),
    )  # fmt: skip

    lines = text(report).splitlines()

    assert max(len(line) for line in lines) <= 80
    assert f"  {'PIN tidak dikenal di terminal itu':<42}{'12.345.678':>9}{'0':>10}" in lines
