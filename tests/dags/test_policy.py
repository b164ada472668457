"""What every DAG file keeps, and for each rule a file that breaks it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

DAGS_DIR = Path(__file__).parents[2] / "dags"
EXPECTED = {
    "apply_dashboards", "build_attendance", "close_attendance_day", "close_attendance_month", "decide_phbi_sanctions",
    "load_site", "publish_audit_docs", "pull_terminals", "purge_expired_biometrics", "verify_faces",
    "watch_pushes",
}  # fmt: skip
MOST_LINES = 120
ALLOWED = {"airflow", "pendulum"} | set(sys.stdlib_module_names)

pytestmark = pytest.mark.airflow
Loader = Callable[[Path], tuple[Any, list[str]]]


def file_violations(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if len(text.splitlines()) > MOST_LINES:
        yield "longer than 120 lines"
    if path.stem.startswith("dbt_"):
        yield "dbt imports a file of this name as a plugin"
    if "airflow" not in text.lower() or "dag" not in text.lower():
        yield "Airflow passes over a file without the words airflow and dag"
    tree = ast.parse(text)
    if not ast.get_docstring(tree):
        yield "no docstring"
    yield from (f"imports {name} outside a task" for name in _imports_at_top(tree) if name.split(".")[0] not in ALLOWED)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name not in EXPECTED and len(_statements(node)) > 4:
            yield f"{node.name} works instead of wiring"


def _imports_at_top(tree: ast.Module) -> list[str]:
    plain = [alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names]
    return plain + [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]


def _statements(function: ast.FunctionDef) -> list[ast.stmt]:
    return [
        node
        for node in function.body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]


def dag_violations(dag: Any) -> Iterator[str]:
    required = {"description": dag.description, "tags": dag.tags, "doc_md": dag.doc_md}
    yield from (f"{dag.dag_id}: no {name}" for name, value in required.items() if not value)
    if dag.catchup:
        yield f"{dag.dag_id}: catches up"
    if dag.max_active_runs != 1:
        yield f"{dag.dag_id}: more than one run at a time"
    if dag.start_date is None or dag.start_date.year != 2017 or dag.timezone.name != "Asia/Jakarta":
        yield f"{dag.dag_id}: start_date is not a fixed one of the city"
    for task in dag.tasks:
        yield from (f"{dag.dag_id}.{task.task_id}: {what}" for what in task_violations(task))


def task_violations(task: Any) -> Iterator[str]:
    if task.owner in {"", "airflow"}:
        yield "no owner"
    if task.retries < 1:
        yield "no retries"
    # Airflow takes the execution_timeout of a task that asks a person for the person's, and clears it.
    is_asking = task.operator_name.startswith("HITL")
    if is_asking and task.response_timeout is not None:
        yield "a person must answer in time"
    if not is_asking and task.execution_timeout is None:
        yield "no execution_timeout"


def violations(folder: Path, load: Loader) -> list[str]:
    files = sorted(folder.glob("*.py"))
    bag, work = load(folder)
    found = [f"{path.name}: {what}" for path in files for what in file_violations(path)]
    found += [f"import error: {error}" for error in bag.import_errors.values()]
    found += [f"works at import: {event}" for event in work]
    for path in files:
        ids = sorted(dag.dag_id for dag in bag.dags.values() if Path(dag.fileloc).name == path.name)
        if ids != [path.stem]:
            found.append(f"{path.name}: its DAGs are {ids}")
    return found + [what for dag in bag.dags.values() for what in dag_violations(dag)]


def test_every_dag_keeps_the_rules(load_bag: Loader) -> None:
    assert violations(DAGS_DIR, load_bag) == []


def test_all_dags_are_found(load_bag: Loader) -> None:
    bag, _ = load_bag(DAGS_DIR)

    assert set(bag.dags) == EXPECTED


def test_build_follows_the_asset_of_the_pull(load_bag: Loader) -> None:
    bag, _ = load_bag(DAGS_DIR)
    outlets = [asset.name for task in bag.dags["pull_terminals"].tasks for asset in task.outlets]
    [waited_for] = bag.dags["build_attendance"].timetable.asset_condition.objects

    assert outlets == ["raw_punches"]
    assert waited_for.name == "raw_punches"


def test_dashboards_are_applied_after_the_build(load_bag: Loader) -> None:
    bag, _ = load_bag(DAGS_DIR)
    outlets = [asset.name for task in bag.dags["build_attendance"].tasks for asset in task.outlets]
    [waited_for] = bag.dags["apply_dashboards"].timetable.asset_condition.objects

    assert outlets == ["marts"] == [waited_for.name]


def test_builds_share_a_pool_of_one(load_bag: Loader) -> None:
    bag, _ = load_bag(DAGS_DIR)
    builds = [task for dag in bag.dags.values() for task in dag.tasks if task.task_id == "build_marts"]

    assert [task.pool for task in builds] == ["warehouse_build"] * 3


def test_a_dead_terminal_costs_no_announcement(load_bag: Loader) -> None:
    bag, _ = load_bag(DAGS_DIR)
    dag = bag.dags["pull_terminals"]

    assert dag.get_task("announce_punches").trigger_rule == "all_done"
    assert dag.get_task("announce_punches").upstream_task_ids == {"pull_terminal", "import_inbox"}
    assert dag.get_task("count_outcomes").trigger_rule == "all_success"


GOOD = '''"""good: an airflow dag."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import dag, task


@dag(
    schedule=None,
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="a good one",
    doc_md=__doc__,
    tags=["area:test"],
    default_args={"owner": "bkpp", "retries": 1, "execution_timeout": timedelta(minutes=1)},
)
def good() -> None:
    @task
    def one() -> None:
        pass

    one()


good()
'''


def planted(tmp_path: Path, text: str, name: str = "good.py") -> Path:
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_good_file_has_no_violation(tmp_path: Path, load_bag: Loader) -> None:
    assert violations(planted(tmp_path, GOOD), load_bag) == []


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("import pendulum\n", "import pendulum\nimport not_there\n", "import error"),
        ("import pendulum\n", "import pendulum\nimport numpy\n", "imports numpy outside a task"),
        ("import pendulum\n", "import pendulum\n\nimport warehouse.settings\n", "imports warehouse.settings outside"),
        ("good()", "better()", "its DAGs are ['better']"),
        ("\ngood()\n", "\ngood()\n" + "#\n" * 120, "longer than 120 lines"),
        ('"""good: an airflow dag."""', "", "no docstring"),
        ('    description="a good one",\n', "", "no description"),
        ('    tags=["area:test"],\n', "", "no tags"),
        ("    doc_md=__doc__,\n", "", "no doc_md"),
        ("catchup=False", "catchup=True", "catches up"),
        ("max_active_runs=1", "max_active_runs=2", "more than one run"),
        ('pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta")', "pendulum.now()", "not a fixed one"),
        ('"owner": "bkpp", ', "", "no owner"),
        ('"retries": 1, ', '"retries": 0, ', "no retries"),
        (', "execution_timeout": timedelta(minutes=1)', "", "no execution_timeout"),
        (
            "        pass\n",
            "        a = 1\n        b = 2\n        c = 3\n        d = 4\n        a + b + c + d\n",
            "works instead",
        ),
        (
            "\ngood()\n",
            "\ngood()\nimport contextlib, socket\nwith contextlib.suppress(OSError):\n"
            "    socket.create_connection(('127.0.0.1', 9), 1)\n",
            "works at import: socket.connect",
        ),
        ("\ngood()\n", "\ngood()\nimport subprocess\nsubprocess.run(['true'])\n", "works at import: subprocess.Popen"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, load_bag: Loader, before: str, after: str, complaint: str) -> None:
    assert before in GOOD

    found = violations(planted(tmp_path, GOOD.replace(before, after)), load_bag)

    assert any(complaint in what for what in found), found


def test_a_file_that_airflow_passes_over_is_found(tmp_path: Path, load_bag: Loader) -> None:
    found = violations(planted(tmp_path, '"""Nothing for the scheduler."""\n', "quiet.py"), load_bag)

    assert "quiet.py: its DAGs are []" in found
    assert any("passes over" in what for what in found)


def test_a_file_that_dbt_would_import_is_found(tmp_path: Path, load_bag: Loader) -> None:
    found = violations(planted(tmp_path, GOOD, "dbt_good.py"), load_bag)

    assert "dbt_good.py: dbt imports a file of this name as a plugin" in found


ASKING = GOOD.replace(
    "import pendulum\n", "import pendulum\nfrom airflow.providers.standard.operators.hitl import HITLOperator\n"
).replace(
    "    one()\n",
    '    one() >> HITLOperator(task_id="ask", subject="s", options=["ya"], execution_timeout=None)\n',
)


def test_a_task_that_asks_a_person_may_wait_without_end(tmp_path: Path, load_bag: Loader) -> None:
    assert violations(planted(tmp_path, ASKING), load_bag) == []


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        (", execution_timeout=None", "", "good.ask: a person must answer in time"),
        ("@task\n", "@task(execution_timeout=None)\n", "good.one: no execution_timeout"),
    ],
)
def test_only_a_task_that_asks_a_person_may_wait_without_end(
    tmp_path: Path, load_bag: Loader, before: str, after: str, complaint: str
) -> None:
    assert before in ASKING

    assert violations(planted(tmp_path, ASKING.replace(before, after)), load_bag) == [complaint]
