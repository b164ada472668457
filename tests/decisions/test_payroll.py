"""The hand-over to those who pay: what stands in it, that it is always the same, and that an open month has none."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from openpyxl import load_workbook
from typer.testing import CliRunner

from decisions.approvals import Signature
from decisions.door import mount
from decisions.months import close_month, lock_month, refuse_month
from decisions.payroll.export import _file_word, export_payroll, files_of
from decisions.payroll.read import read_offices
from decisions.phbi import Sanction, decide_sanction
from tests.support.golden_town import AS_OF, SITE
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.console import Exit, Problem

if TYPE_CHECKING:
    from tests.support.golden_town import Town

pytestmark = pytest.mark.dbt
EVENT = "PHBI-2017-02-06"
FEBRUARY, MARCH = date(2017, 2, 1), date(2017, 3, 1)
SEKDA = Signature("sekda", "451/1")
NOW = clock_at(AS_OF)


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    (path,) = folder.glob(f"{name}-*.csv")
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_an_open_month_is_not_handed_over(town: Town, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="hadir close 2017-02") as refused:
        export_payroll(town.settings, FEBRUARY, tmp_path)
    assert refused.value.code == Exit.REFUSED
    lock_month(town.settings, FEBRUARY, NOW)
    assert export_payroll(town.settings, FEBRUARY, tmp_path)
    refuse_month(town.settings, FEBRUARY, SEKDA, NOW)
    with pytest.raises(Problem, match="OPEN"):
        export_payroll(town.settings, FEBRUARY, tmp_path / "lagi")
    assert not (tmp_path / "lagi").exists()


def test_each_office_gets_its_closed_figures_and_their_control_totals(town: Town, tmp_path: Path) -> None:
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)

    written = {one.opd_code: one for one in export_payroll(town.settings, FEBRUARY, tmp_path)}

    closed = town.query(
        "select opd_code, count(*), sum(payable_idr), sum(projected_idr), sum(undecided_count),"
        " sum(incomplete_day_count) from ops.closed_months group by 1"
    )
    assert {
        (code, one.totals["people_count"], one.totals["payable_idr"], one.totals["projected_idr"],
         one.totals["undecided_count"], one.totals["incomplete_day_count"])
        for code, one in written.items()
    } == set(closed)  # fmt: skip
    for one in written.values():
        listed = rows_of(one.folder, "potongan")
        assert sum(Decimal(row["payable_idr"]) for row in listed) == one.totals["payable_idr"]
        assert {row["name"]: row["value"] for row in rows_of(one.folder, "kendali")}["payable_idr"] == str(
            one.totals["payable_idr"]
        )
        for line in (one.folder / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256((one.folder / name).read_bytes()).hexdigest() == digest == one.sha256[name]


def test_what_is_undecided_stands_apart_and_is_in_no_sum(town: Town, tmp_path: Path) -> None:
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)

    (office,) = export_payroll(town.settings, FEBRUARY, tmp_path, "BKPP")

    waiting = {(row["employee_id"], row["work_date"]) for row in rows_of(office.folder, "belum-diputus")}
    assert ("P03", "2017-02-06") in waiting
    assert len([one for one in waiting if one[1]]) <= office.totals["undecided_count"]
    (book,) = office.folder.glob("*.xlsx")
    sheets = load_workbook(book)
    assert sheets.sheetnames == ["Potongan", "Belum diputus", "Susulan", "Kendali"]
    text = [str(cell.value) for row in sheets["Belum diputus"].iter_rows() for cell in row if cell.value]
    assert any("belum diputuskan" in line for line in text)
    (person,) = [row for row in sheets["Potongan"].iter_rows(values_only=True) if row[1] == "P03"]
    assert person[0] == "198609262015051003"  # text: a number would lose its last digits
    signers = [str(cell.value) for row in sheets["Kendali"].iter_rows() for cell in row if cell.value]
    assert {"Kepala Badan Kepegawaian", "Kepala BKPP", "Bendahara"} <= set(signers)


def test_a_second_export_is_the_same_to_the_byte_whatever_came_since(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    export_payroll(town.settings, FEBRUARY, tmp_path / "satu")
    decide_sanction(town.settings, EVENT, Sanction("pct", pct=Decimal(5)), SEKDA, NOW)
    renamed = [line.replace("Pegawai 03", "Nama Baru") for line in SITE["employees"]]
    town.load(employees=renamed)
    build(town.settings, NOW)

    export_payroll(town.settings, FEBRUARY, tmp_path / "dua")
    assert contents(tmp_path / "satu") == contents(tmp_path / "dua")
    stamps = {
        entry.date_time for path in (tmp_path / "dua").rglob("*.xlsx") for entry in zipfile.ZipFile(path).infolist()
    }
    assert stamps == {(2017, 4, 1, 8, 0, 0)}

    # The twin: without the stilling of the archive the moment of writing is in it.
    monkeypatch.setattr("decisions.payroll.book._still", lambda archive, office: archive)
    export_payroll(town.settings, FEBRUARY, tmp_path / "tiga")
    assert contents(tmp_path / "dua") != contents(tmp_path / "tiga")


def test_a_difference_is_paid_once_with_the_next_month(town: Town, tmp_path: Path) -> None:
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    decide_sanction(town.settings, EVENT, Sanction("amount", amount_idr=Decimal(50000)), SEKDA, NOW)
    build(town.settings, NOW)
    due = "select employee_id, due_payable_idr, settled_payable_idr, payment_month from marts.rpt_susulan"
    payable = town.query("select coalesce(sum(difference_payable_idr), 0) from marts.rpt_susulan")[0][0]
    assert {row[3] for row in town.query(due) if row[1]} <= {MARCH}

    close_month(town.settings, MARCH, SEKDA, NOW, despite_waiting=True)
    written = export_payroll(town.settings, MARCH, tmp_path)

    assert sum(one.totals["susulan_idr"] for one in written) == payable
    assert town.query("select coalesce(sum(due_payable_idr), 0) from marts.rpt_susulan") == [(0,)]
    for one in written:
        for row in rows_of(one.folder, "susulan"):
            assert row["month"] == "2017-02-01"
            assert row["causes"].startswith("keputusan nomor")


def test_a_name_that_looks_like_a_formula_stays_a_name(town: Town) -> None:
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)
    (office,) = read_offices(town.settings, FEBRUARY, "KEC")
    evil = '=HYPERLINK("http://x")'
    files = files_of(replace(office, payees=(replace(office.payees[0], name=evil),)))

    (book,) = [content for name, content in files.items() if name.endswith(".xlsx")]
    cells = [row[2] for row in load_workbook(io.BytesIO(book))["Potongan"].iter_rows()]
    assert [cell.data_type for cell in cells if cell.value == evil] == ["s"]
    (listed,) = [content for name, content in files.items() if name.startswith("potongan") and name.endswith(".csv")]
    assert [row["name"] for row in csv.DictReader(io.StringIO(listed.decode()))] == ["'" + evil]


def test_the_command_says_counts_and_hashes_but_no_names(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("decisions.payroll.door.load_settings", lambda: town.settings)
    app = typer.Typer()
    mount(app)
    close_month(town.settings, FEBRUARY, SEKDA, NOW, despite_waiting=True)

    with caplog.at_level(logging.DEBUG):
        done = CliRunner().invoke(app, ["payroll", "export", "2017-02", "-o", str(tmp_path), "--json"])

    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    assert (told["month"], told["state"]) == ("2017-02", "CLOSED")
    assert [one["opd_code"] for one in told["offices"]] == ["BKPP", "DISHUB", "KEC"]
    assert "Pegawai" not in done.output + caplog.text
    unknown = CliRunner().invoke(app, ["payroll", "export", "2017-02", "-o", str(tmp_path), "--opd", "TIDAKADA"])
    assert isinstance(unknown.exception, Problem)
    assert unknown.exception.code == Exit.WRONG_USE


@pytest.mark.parametrize("code", ["../BKPP", "A/B", "."])
def test_a_code_cannot_leave_its_folder(code: str) -> None:
    assert "/" not in _file_word(code)
    assert not _file_word(code).startswith(".")
