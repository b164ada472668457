"""`hadir rules check` as the legal office runs it: this house's examples come out, each planted slip is found."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from law.examples.form import read_scenarios
from law.examples.tried_law import TriedLaw
from warehouse.console import Problem
from warehouse.law_rows import law_fields
from warehouse.settings import Settings, child_environment

pytestmark = pytest.mark.dbt

EXAMPLES = Path(__file__).with_name("worked_examples.yaml")

# A draft of the city: its own rate, and a kind of excuse that only it knows.
TAIL = {"rule_status": "in_force", "valid_from": "2017-01-01", "evidence": "T", "legal_basis": "Rancangan pasal 4"}
DRAFT: dict[str, list[dict[str, str]]] = {
    "regulations": [
        {"regulation_code": "rancangan", "short_name": "Rancangan", "title": "Rancangan perwal", "region": "Kota",
         "level": "perwal", "is_text_seen": "true", "evidence": "T", "source": "bagian hukum"},
    ],
    "covered_persons": [{"employee_kind": "PNS", "is_only_with_tpp": "false"}],
    "allowance_bases": [{"base_name": "tpp_total", "share_pct": "100", "is_default": "true"}],
    "day_matters": [{"matter": "alpa", "code": "ALPA", "priced_by": "pct", "pct": "7"}],
    "excuse_kinds": [
        {"excuse_kind": "izin_haji", "status": "IZIN", "treat_as": "excused", "label": "izin haji",
         "needs_letter": "true", "evidence": "T", "legal_basis": "Rancangan pasal 12"},
    ],
    "combining_policies": [{"combine_mode": "sum", "alpa_absorbs_events": "true", "drift_ignored_s": "2"}],
}  # fmt: skip
OF_DRAFT = [
    {"id": f"rancangan-{name}", "kind": "day", "regulation": "rancangan", "date": "2017-05-09", "in": "07:30",
     "out": "16:00", "punches": [], "docs": docs, "expected": expected}
    for name, docs, expected in (
        ("alpa", [], {"status": ["ALPA"], "pct": 7.0}),
        ("haji", [{"kind": "izin_haji"}], {"status": ["IZIN"], "pct": 0.0}),
    )
]  # fmt: skip


def write_draft(folder: Path) -> Path:
    """The draft as a site folder has it."""
    (folder / "regulation").mkdir(parents=True)
    for seed, rows in DRAFT.items():
        with (folder / "regulation" / f"{seed}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(law_fields(seed)), restval="")
            writer.writeheader()
            for row in rows:
                head = {"rule_code": f"rancangan.{seed}", "regulation_code": "rancangan", **TAIL}
                writer.writerow({name: cell for name, cell in head.items() if name in law_fields(seed)} | row)
    return folder


def wrong(key: str, value: Any) -> Any:
    """Another answer than the right one, as near to it as a slip of the pen."""
    if key in {"status", "candidates"}:
        return [*value, "ALPA" if "ALPA" not in value else "HADIR"] if key == "status" else [*value, 99]
    if value is None:
        return "PNS" if key == "type" else 0
    if isinstance(value, bool):
        return not value
    if isinstance(value, Decimal | int | float):
        return float(value) + 0.5
    return f"{value}9"


def slip(number: int, expected: dict[str, Any]) -> dict[str, Any]:
    """One key of the expected answer, another one for each example, set wrong."""
    key = list(expected)[number % len(expected)]
    return {key: wrong(key, expected[key])}


@pytest.fixture(scope="module")
def tried(server_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of one run over the examples, and over each of them once more with one key set wrong."""
    lines = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))["scenarios"] + OF_DRAFT
    planted = [{**line, "id": f"{line['id']}/salah", "expected": slip(number, line["expected"])}
               for number, line in enumerate(lines)]  # fmt: skip
    file = tmp_path_factory.mktemp("contoh") / "contoh.yaml"
    site = write_draft(file.parent / "situs")
    unknown = {**lines[0], "id": "asing", "regulation": "perwal_asing"}
    file.write_text(yaml.safe_dump({"scenarios": [*lines, *planted, unknown]}), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("hadir")), "rules", "check", str(file), "--situs", str(site), "--json"],
        env=child_environment(server_settings), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_every_example_of_this_house_comes_out(tried: tuple[int, dict[str, Any]]) -> None:
    own = {scenario.id for scenario in read_scenarios(EXAMPLES).scenarios} | {line["id"] for line in OF_DRAFT}

    assert [failure for failure in tried[1]["failed"] if failure["id"] in own] == []


def test_every_planted_slip_is_found(tried: tuple[int, dict[str, Any]]) -> None:
    planted = {f"{one.id}/salah" for one in read_scenarios(EXAMPLES).scenarios}

    assert planted - {failure["id"] for failure in tried[1]["failed"]} == set()
    assert tried[0] == 1


def test_an_unknown_regulation_is_told_and_the_rest_is_tried(tried: tuple[int, dict[str, Any]]) -> None:
    (told,) = (failure["error"] for failure in tried[1]["failed"] if failure["id"] == "asing")

    assert "contoh asing" in told
    assert "perwal_asing" in told
    assert tried[1]["passed"] == len(read_scenarios(EXAMPLES).scenarios) + len(OF_DRAFT)
    assert tried[1]["total"] == tried[1]["passed"] + len(tried[1]["failed"])


@pytest.fixture
def draft_examples(tmp_path: Path) -> Path:
    file = tmp_path / "contoh.yaml"
    file.write_text(yaml.safe_dump({"scenarios": OF_DRAFT}), encoding="utf-8")
    return file


def test_without_the_folder_its_regulation_and_its_kinds_are_strangers(draft_examples: Path, tmp_path: Path) -> None:
    scenarios = read_scenarios(draft_examples).scenarios

    without, with_draft = TriedLaw.read(None), TriedLaw.read(write_draft(tmp_path / "situs"))

    assert all("rancangan" in (without.objection(scenario) or "") for scenario in scenarios)
    assert [with_draft.objection(scenario) for scenario in scenarios] == [None, None]


def test_a_cell_of_the_folder_that_cannot_be_taken_is_told_with_its_line(tmp_path: Path) -> None:
    folder = write_draft(tmp_path / "situs")
    matters = folder / "regulation" / "day_matters.csv"
    matters.write_text(matters.read_text(encoding="utf-8").replace(",7,", ",700,"), encoding="utf-8")

    with pytest.raises(Problem, match=r"day_matters\.csv baris 2: pct"):
        TriedLaw.read(folder)
