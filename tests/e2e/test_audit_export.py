"""The auditor's bundle of the small city: whole, checkable with sha256sum, and it tells when a file was touched."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from audit.export import Bundle, export
from tests.e2e.conftest import SmallCity
from warehouse.clock import clock_at
from warehouse.connection import connect

pytestmark = pytest.mark.e2e


def sums_hold(folder: Path) -> bool:
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def bundle(small_city: SmallCity, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    clock = clock_at(datetime.fromisoformat("2017-03-05T06:00+07:00"))
    return export(small_city.settings, "2017-02", tmp_path_factory.mktemp("usb"), clock)


def test_the_bundle_is_whole_and_dated(bundle: Bundle) -> None:
    assert bundle.folder.name == "hadir-2017-02-2017-03-05"
    names = {path.relative_to(bundle.folder).as_posix() for path in bundle.folder.rglob("*")}
    assert names >= {
        "dbt/index.html", "pemeriksaan/index.html", "aturan/regulation/event_rules.csv", "manifest.json", "SHA256SUMS",
        "pertanyaan_pemeriksa.md", "glossary.md", "rule_decisions.md", "privacy.md",
    }  # fmt: skip
    assert "fct_deductions" in (bundle.folder / "dbt" / "index.html").read_text(encoding="utf-8")


def test_every_file_has_its_hash_and_a_touched_one_shows(bundle: Bundle) -> None:
    assert sums_hold(bundle.folder)
    listed = {line.split("  ", 1)[1] for line in (bundle.folder / "SHA256SUMS").read_text().splitlines()}
    files = {path.relative_to(bundle.folder).as_posix() for path in bundle.folder.rglob("*") if path.is_file()}
    assert listed == files - {"SHA256SUMS"}
    touched = bundle.folder / "aturan" / "regulation" / "event_rules.csv"
    before = touched.read_bytes()
    touched.write_bytes(before + b" ")
    assert not sums_hold(bundle.folder)
    touched.write_bytes(before)


def test_the_manifest_holds_the_heads_of_the_chains(bundle: Bundle, small_city: SmallCity) -> None:
    manifest = json.loads((bundle.folder / "manifest.json").read_text(encoding="utf-8"))
    with connect(small_city.settings, "auditor") as conn, conn.cursor() as cursor:
        cursor.execute(
            "select distinct on (terminal_serial) terminal_serial, row_hash from raw.pulls"
            " order by terminal_serial, pull_id desc"
        )
        heads = dict(cursor.fetchall())
    assert {row["terminal_serial"]: row["chain_head"] for row in manifest["terminals"]} == heads
    assert manifest["build"]["rules_sha256"]
