"""`hadir rules check` as the legal office runs it: this house's examples come out, each planted slip is found."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from law.examples.form import read_scenarios
from warehouse.settings import Settings, child_environment

pytestmark = pytest.mark.dbt

EXAMPLES = Path(__file__).with_name("worked_examples.yaml")


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
    lines = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))["scenarios"]
    planted = [{**line, "id": f"{line['id']}/salah", "expected": slip(number, line["expected"])}
               for number, line in enumerate(lines)]  # fmt: skip
    file = tmp_path_factory.mktemp("contoh") / "contoh.yaml"
    unknown = {**lines[0], "id": "asing", "regulation": "perwal_asing"}
    file.write_text(yaml.safe_dump({"scenarios": [*lines, *planted, unknown]}), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("hadir")), "rules", "check", str(file), "--json"],
        env=child_environment(server_settings), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_every_example_of_this_house_comes_out(tried: tuple[int, dict[str, Any]]) -> None:
    own = {scenario.id for scenario in read_scenarios(EXAMPLES).scenarios}

    assert [failure for failure in tried[1]["failed"] if failure["id"] in own] == []


def test_every_planted_slip_is_found(tried: tuple[int, dict[str, Any]]) -> None:
    planted = {f"{one.id}/salah" for one in read_scenarios(EXAMPLES).scenarios}

    assert planted - {failure["id"] for failure in tried[1]["failed"]} == set()
    assert tried[0] == 1


def test_an_unknown_regulation_is_told_and_the_rest_is_tried(tried: tuple[int, dict[str, Any]]) -> None:
    (told,) = (failure["error"] for failure in tried[1]["failed"] if failure["id"] == "asing")

    assert "contoh asing" in told
    assert "perwal_asing" in told
    assert tried[1]["passed"] == len(read_scenarios(EXAMPLES).scenarios)
    assert tried[1]["total"] == tried[1]["passed"] + len(tried[1]["failed"])
