"""Would a wrong number in the law be seen? Each planted change must turn its worked example red.

All changes stand side by side in one database: each is a regulation of its own, a copy of the right one with one cell
changed, in force in the offices of its examples only. Beside each stands an unchanged copy that must stay green.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from law.examples.answers import read_answers
from law.examples.compare import Failure, compare
from law.examples.facts import Facts, enter
from law.examples.form import AnyScenario, read_scenarios
from law.examples.load import load_facts
from tests.mutants.planted import PLANTED, Planted
from warehouse.claim import claim
from warehouse.connection import connect
from warehouse.dbt_run import run_dbt
from warehouse.law_rows import LAW_MODELS, SEEDS
from warehouse.settings import Settings

pytestmark = pytest.mark.mutants

EXAMPLES = Path(__file__).parents[1] / "law" / "worked_examples.yaml"
LAST = date(2026, 6, 1)
AS_OF = datetime.combine(LAST, time(1), tzinfo=UTC)
OF_THE_EXAMPLE = ("regulation_applications", "special_dates")  # an example brings its own
# Where a month or a year stands; PP 53/2010 ended in August 2021.
MONTHS = {"pp_53_2010": date(2021, 7, 1)}


def copied_law(source: str, code: str, planted: Planted | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a regulation under another code, with the planted cell if any."""
    for seed in LAW_MODELS:
        with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        for row in rows if seed not in OF_THE_EXAMPLE else ():
            if row.get("regulation_code") != source:
                continue
            cells: dict[str, Any] = {name: cell or None for name, cell in row.items()}
            if planted is not None and seed == planted.seed and row.get("rule_code") == f"{source}.{planted.rule}":
                cells[planted.column] = planted.value
            if "rule_code" in cells:
                cells["rule_code"] = f"{code}{row['rule_code'].removeprefix(source)}"
            yield f"law_{seed}", {**cells, "regulation_code": code}


@pytest.fixture(scope="module")
def failures(module_db: Settings) -> dict[str, Failure | None]:
    """By name of the change, or of the example for the unchanged copies."""
    examples = {one.id: one for one in read_scenarios(EXAMPLES).scenarios}
    tried: dict[str, AnyScenario] = {}
    law: list[tuple[str, dict[str, Any]]] = []
    for number, planted in enumerate(PLANTED):
        for name, change in ((named(planted), planted), (f"asli {planted.example}", None)):
            if name in tried:
                continue
            scenario = examples[planted.example]
            source = str(getattr(scenario, "regulation", ""))
            code = f"m{number}_{'asli' if change is None else 'salah'}"
            law += copied_law(source, code, change)
            tried[name] = scenario.model_copy(update={"id": name, "regulation": code})
    facts = Facts()
    entered = []
    for number, scenario in enumerate(tried.values()):
        source = getattr(examples[name_of(scenario.id)], "regulation", "")
        entered.append(enter(facts, number, scenario, MONTHS.get(source, date(2026, 1, 1)), LAST))
    load_facts(module_db, facts, {}, AS_OF)
    _load_law(module_db, law)
    _build(module_db)
    answers = read_answers(module_db, entered)
    return {name: compare(name, scenario.expected, answers.get(name)) for name, scenario in tried.items()}


def named(planted: Planted) -> str:
    return f"{planted.example}: {planted.seed}.{planted.rule}.{planted.column} = {planted.value}"


def name_of(scenario_id: str) -> str:
    """The example behind a tried scenario."""
    return scenario_id.removeprefix("asli ").split(":", 1)[0]


def _load_law(settings: Settings, law: list[tuple[str, dict[str, Any]]]) -> None:
    conn = connect(settings, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute("select max(load_id) from reference.loads")
        (load_id,) = cursor.fetchone() or (0,)
        for table, cells in law:
            names = [*cells, "load_from"]
            cursor.execute(
                f"insert into reference.{table} ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})",
                [*cells.values(), load_id],
            )
    conn.close()


def _build(settings: Settings) -> None:
    """As a full build, without the tests of the tables: planted bands need not tile."""
    conn = connect(settings, "dbt")
    claimed = claim(conn, AS_OF, is_full=True, days=None)
    conn.close()
    assert claimed is not None
    run_dbt(
        settings,
        ["build", "--full-refresh", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test",
         "--threads", "1"],
        build_id=claimed.build_id,
    )  # fmt: skip


def test_there_are_at_least_forty_changes() -> None:
    assert len({named(planted) for planted in PLANTED}) >= 40


@pytest.mark.parametrize("example", sorted({planted.example for planted in PLANTED}))
def test_the_unchanged_copy_is_green(failures: dict[str, Failure | None], example: str) -> None:
    assert failures[f"asli {example}"] is None


@pytest.mark.parametrize("planted", PLANTED, ids=named)
def test_a_planted_change_is_found(failures: dict[str, Failure | None], planted: Planted) -> None:
    assert failures[named(planted)] is not None
