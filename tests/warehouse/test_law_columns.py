"""A table of the law has one set of columns, wherever it is written down. No database is needed to see it."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from warehouse.law_rows import LAW_MODELS, SEEDS, law_fields
from warehouse.settings import PROJECT_DIR

pytestmark = pytest.mark.unit

STAGING = PROJECT_DIR / "dbt_project" / "models" / "staging" / "law"
DDL = PROJECT_DIR / "warehouse" / "ddl"
VERSION = {"load_from", "load_to"}


def header(seed: str) -> list[str]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def told(folder: Path, pattern: str, part: str) -> dict[str, Any]:
    """What the YAML files of a folder tell of each seed or model."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob(pattern))]
    return {each["name"]: each for file in files for each in file.get(part, [])}


def named(entry: dict[str, Any]) -> list[str]:
    return [column["name"] for column in entry["columns"]]


def viewed(sql: str) -> list[str]:
    """The columns of a stg_law__* view: its list, and the one that says whose a row is."""
    columns = re.search(r"\[(.*?)\]", sql, re.DOTALL)
    assert columns is not None
    return re.findall(r"'(\w+)'", columns.group(1)) + re.findall(r"marks_own='(\w+)'", sql)


def created(ddl: str) -> dict[str, set[str]]:
    """Columns of the tables reference.law_* over all migrations."""
    tables = {
        table: set(re.findall(r"^    (\w+) [a-z]", body, re.MULTILINE)) - {"primary", "unique", "check"}
        for table, body in re.findall(r"create table reference\.law_(\w+) \((.*?)^\);", ddl, re.DOTALL | re.MULTILINE)
    }
    for table, body in re.findall(r"alter table reference\.law_(\w+)\s+(.*?);", ddl, re.DOTALL):
        tables[table] |= set(re.findall(r"add column (\w+)", body))
    return tables


def places(seed: str) -> dict[str, list[str]]:
    """Where the columns of a seed are written, each list in the order in which it stands there."""
    entry = told(SEEDS, "_*__seeds.yml", "seeds")[seed]
    view = viewed((STAGING / f"stg_law__{seed}.sql").read_text(encoding="utf-8"))
    model = named(told(STAGING, "_law__models.yml", "models")[f"stg_law__{seed}"])
    return {
        "column types of the seed": list(entry["config"]["column_types"]),
        "columns of the seed": named(entry),
        "row model": list(law_fields(seed)),
        "view": [column for column in view if not column.startswith("is_of_")],
        "model's columns": [column for column in model if not column.startswith("is_of_")],
    }


def differing(first: list[str], others: dict[str, list[str]]) -> dict[str, list[str]]:
    return {place: columns for place, columns in others.items() if columns != first}


@pytest.mark.parametrize("seed", LAW_MODELS)
def test_the_columns_of_a_seed_are_the_same_in_all_places(seed: str) -> None:
    assert differing(header(seed), places(seed)) == {}


@pytest.mark.parametrize("seed", LAW_MODELS)
def test_the_citys_table_has_the_columns_of_the_seed(seed: str) -> None:
    tables = created("\n".join(path.read_text(encoding="utf-8") for path in sorted(DDL.glob("0*.sql"))))

    assert tables[seed] - VERSION == set(header(seed))


def test_every_seed_has_a_row_model_and_the_other_way_round() -> None:
    assert {path.stem for path in SEEDS.glob("*.csv")} == set(LAW_MODELS)
    assert told(SEEDS, "_*__seeds.yml", "seeds").keys() == set(LAW_MODELS)


@pytest.mark.parametrize("place", places("minute_bands"))
def test_twin_a_column_that_one_place_lacks_or_moves_is_named(place: str) -> None:
    whole = places("minute_bands")
    lacking = {**whole, place: whole[place][:-1]}
    moved = {**whole, place: whole[place][::-1]}

    assert differing(header("minute_bands"), lacking).keys() == {place}
    assert differing(header("minute_bands"), moved).keys() == {place}


def test_twin_a_migration_that_forgets_a_column_is_seen() -> None:
    ddl = "create table reference.law_x (\n    rule_code text not null,\n    load_from bigint not null\n);\n"

    assert created(ddl) == {"x": {"rule_code", "load_from"}}
    assert created(f"{ddl}alter table reference.law_x add column pct numeric;")["x"] >= {"rule_code", "pct"}
