"""The law as seeds: bands tile, each rule row says where it is from, no SQL knows a rate or a regulation."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from warehouse.claim import DBT_PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS = DBT_PROJECT / "seeds" / "regulation"
RULES = sorted(path.stem for path in SEEDS.glob("*.csv") if "rule_status" in path.read_text(encoding="utf-8"))
HOUSE_LEVEL = "ketentuan rumah"  # its code is a word of ours that SQL may know
# Numbers that are no law: units (60 s a minute, 100 % of a whole, 3600 s an hour), counting (0, 1, 2), a fortnight.
PLAIN_NUMBERS = {"0", "1", "2", "14", "60", "59", "100", "3600", "6"}


@pytest.mark.unit
def test_the_rules_are_there() -> None:
    assert len(RULES) > 15


def rows_of(name: str, folder: Path = SEEDS) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def edges_of(band: dict[str, str]) -> tuple[int, int]:
    """First minute and first minute after a band; of one by the clock, in minutes of the day."""
    if band["from_time"]:
        begin, end = (
            int(clock[:2]) * 60 + int(clock[3:5]) if clock else 10**6 for clock in (band["from_time"], band["to_time"])
        )
        return begin, end
    return int(band["from_minute"]), int(band["to_minute"] or 10**6)


def gaps_and_overlaps(bands: list[dict[str, str]]) -> list[str]:
    """Each minute from 1 on must lie in exactly one band, on each day on which a band begins."""
    wrong = []
    keys = ("regulation_code", "matter", "special_day")
    for day, key in sorted({(b["valid_from"], tuple(b[column] for column in keys)) for b in bands}):
        of_key = [b for b in bands if tuple(b[column] for column in keys) == key]
        on_day = [b for b in of_key if b["valid_from"] <= day < (b["valid_to"] or "9999")]
        valid = sorted(edges_of(band) for band in on_day)
        first = valid[0][0] if on_day[0]["from_time"] else 1
        edges = [first, *(to for _, to in valid)]
        if [start for start, _ in valid] != edges[:-1] or edges[-1] != 10**6:
            wrong.append(" ".join(word for word in (*key, day) if word))
    return wrong


def laws_in(sql: str, codes: set[str]) -> list[str]:
    """Regulation codes and numbers that could be a rate, in SQL without its comments, strings and templates."""
    unconfigured = re.sub(r"\A\{\{\n.*?\n\}\}", " ", sql, flags=re.DOTALL)
    text = re.sub(r"--[^\n]*|\{[%#{].*?[%#}]\}", " ", unconfigured, flags=re.DOTALL)
    named = [word for word in codes | {"perwal", "permentan"} if word in sql.lower()]
    bare = re.sub(r"'[^']*'", " ", text)
    numbers = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", re.sub(r"numeric\s*\([^)]*\)", " ", bare))
    percents = re.findall(r"\d\s*%|'\d+(?:\.\d+)?'", text)
    return named + percents + [number for number in numbers if number not in PLAIN_NUMBERS]


@pytest.mark.unit
def test_minute_bands_tile() -> None:
    assert gaps_and_overlaps(rows_of("minute_bands")) == []


@pytest.mark.unit
@pytest.mark.parametrize(
    ("column", "value"),
    [("from_minute", "92"), ("from_minute", "90"), ("to_minute", "200")],
    ids=["minute 91 in no band", "minute 90 in two bands", "the last band ends"],
)
def test_a_broken_band_is_seen(column: str, value: str) -> None:
    bands = rows_of("minute_bands")
    (last,) = [band for band in bands if band["rule_code"] == "permentan_68_2012.terlambat.TL4"]
    last[column] = value

    assert gaps_and_overlaps(bands) == ["permentan_68_2012 terlambat 2013-01-01"]


@pytest.mark.unit
@pytest.mark.parametrize("name", RULES)
def test_each_rule_row_says_from_when_and_where_it_is_from(name: str) -> None:
    for row in rows_of(name):
        assert row["regulation_code"] in {known["regulation_code"] for known in rows_of("regulations")}
        assert row["rule_status"] in {"announced", "in_force"}
        assert row["valid_from"]
        assert row["evidence"] in {"T", "Q", "N", "C", "B", "I", "-"}
        assert row["legal_basis"]


def ungoverned(rows: list[dict[str, str]], applications: list[dict[str, str]]) -> list[str]:
    """Regulations that govern the city on a day on which no row of theirs holds: their cuts would be lost silently."""
    return [
        governs["regulation_code"]
        for governs in applications
        if not any(
            row["regulation_code"] == governs["regulation_code"]
            and row["valid_from"] <= governs["valid_from"]
            and (row["valid_to"] or "9999") >= (governs["valid_to"] or "9999")
            for row in rows
        )
    ]


@pytest.mark.unit
@pytest.mark.parametrize("name", ["combining_policies", "covered_persons"])
def test_what_governs_has_a_policy_and_covers_somebody(name: str) -> None:
    applications = [row for row in rows_of("regulation_applications") if row["purpose"] == "potongan"]

    assert ungoverned(rows_of(name), applications) == []
    assert ungoverned(rows_of(name)[:1], applications) == ["cilegon_perwal_3_2017"]


@pytest.mark.unit
def test_an_unknown_rate_is_empty_and_never_zero() -> None:
    unknown = {row["rule_code"]: row["pct"] for row in rows_of("day_matters") if row["evidence"] == "-"}

    assert {"cilegon_perwal_3_2017.tanpa_masuk", "cilegon_perwal_3_2017.tanpa_pulang"} <= set(unknown)
    assert set(unknown.values()) == {""}


@pytest.mark.unit
def test_no_sql_names_a_regulation_or_holds_a_rate() -> None:
    codes = {row["regulation_code"] for row in rows_of("regulations") if row["level"] != HOUSE_LEVEL}
    models = [*(DBT_PROJECT / "models" / "marts").glob("deductions/*.sql"), *(DBT_PROJECT / "macros").glob("*.sql")]

    found = {path.name: laws_in(path.read_text(encoding="utf-8"), codes) for path in models}

    assert {name: laws for name, laws in found.items() if laws} == {}


@pytest.mark.unit
@pytest.mark.parametrize(
    "sql",
    [
        "select 5.00 as pct",
        "select case when minutes > 30 then pct end",
        "where regulation_code = 'cilegon_perwal_3_2017'",
        "select 'potong 5 %'",
        "select '5.00'::numeric",
        "-- by Perwal 3/2017\nselect 1",
    ],
)
def test_a_law_in_sql_is_seen(sql: str) -> None:
    assert laws_in(sql, {"cilegon_perwal_3_2017"})


def columns_without_words(marts: Path) -> list[str]:
    """Columns of marts that have no description, and models that have none."""
    silent = []
    for path in sorted(marts.rglob("_*__models.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            silent += [model["name"]] if not model.get("description") else []
            for column in model.get("columns", []):
                silent += [f"{model['name']}.{column['name']}"] if not column.get("description") else []
    return silent


@pytest.mark.unit
def test_every_mart_column_is_described() -> None:
    marts = DBT_PROJECT / "models" / "marts"
    described = {
        model["name"]
        for path in marts.rglob("_*__models.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    }

    assert columns_without_words(marts) == []
    # The contract makes dbt refuse a column that is not listed, so what is listed is all there is.
    assert described == {path.stem for path in marts.rglob("*.sql")}


@pytest.mark.unit
def test_a_silent_column_is_seen(tmp_path: Path) -> None:
    (tmp_path / "_x__models.yml").write_text(
        "models: [{name: fct_x, description: ada, columns: [{name: pct, data_type: text}]}]", encoding="utf-8"
    )

    assert columns_without_words(tmp_path) == ["fct_x.pct"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the dbt project to break."""
    copy = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs", "unit_tests"))
    return copy


@pytest.fixture
def dbt(warehouse_db: Any, project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    from warehouse.dbt_run import run_dbt

    monkeypatch.setattr("warehouse.dbt_run.DBT_PROJECT", project)
    return lambda *arguments: run_dbt(warehouse_db, arguments)


@pytest.mark.dbt
def test_dbt_is_red_when_minute_91_falls_between_two_bands(project: Path, dbt: Callable[..., None]) -> None:
    from warehouse.console import Problem

    seed = project / "seeds" / "regulation" / "minute_bands.csv"
    broken = seed.read_text(encoding="utf-8").replace("terlambat,,TL4,91,", "terlambat,,TL4,92,")
    assert broken != seed.read_text(encoding="utf-8")
    dbt("build", "--select", "minute_bands", "--indirect-selection", "cautious")
    seed.write_text(broken, encoding="utf-8")

    with pytest.raises(Problem, match="minute_bands_tile_without_gap_or_overlap"):
        dbt("build", "--select", "minute_bands", "--indirect-selection", "cautious")
