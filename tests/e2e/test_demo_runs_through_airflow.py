"""The demo's runs are Airflow's own: the metadata database tells who queued, started and ended each task."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg2
import pytest

pytestmark = pytest.mark.e2e
WITNESS = Path(__file__).parents[1] / "support" / "network_witness"


@pytest.fixture
def metadata(small_city: Any) -> Any:
    """A cursor in Airflow's own database."""
    settings = small_city.settings
    conn = psycopg2.connect(
        host="127.0.0.1",
        port=int((settings.pg_dir / "port").read_text()),
        user="hadir_airflow",
        password=settings.secret("pg_airflow"),
        dbname="airflow",
    )
    with conn.cursor() as cursor:
        yield cursor
    conn.close()


def rows(cursor: Any, query: str) -> list[Any]:
    cursor.execute(query)
    return cursor.fetchall()


UNTRUE_TASKS = """
select ti.dag_id, ti.task_id, ti.map_index, ti.state
from task_instance ti
left join job on job.id = ti.queued_by_job_id
where ti.queued_dttm is null or ti.start_date is null or ti.end_date is null or ti.pid is null
   or ti.start_date < ti.queued_dttm
   or ti.state <> case ti.dag_id when 'apply_dashboards' then 'skipped' else 'success' end
   or coalesce(ti.executor, 'LocalExecutor') <> 'LocalExecutor' or job.job_type is distinct from 'SchedulerJob'
"""
HANDED_OVER = re.compile(r"Trying to enqueue tasks: \[(.*)\] for executor: (\w+)\(")


def handed_over(scheduler_log: Path) -> Counter[tuple[str, str]]:
    """The metadata database leaves the executor's name empty when there is only one; the scheduler's log has it."""
    handed = HANDED_OVER.findall(scheduler_log.read_text(encoding="utf-8"))
    return Counter((dag_id, to) for tasks, to in handed for dag_id in re.findall(r"<TaskInstance: (\w+)\.", tasks))


def test_every_task_was_queued_and_started_by_the_local_executor(small_city: Any, metadata: Any) -> None:
    tasks = Counter(dag_id for (dag_id,) in rows(metadata, "select dag_id from task_instance"))

    assert rows(metadata, UNTRUE_TASKS) == []
    assert handed_over(small_city.settings.logs_dir / "airflow-scheduler.log") == {
        (dag_id, "LocalExecutor"): count for dag_id, count in tasks.items()
    }
    assert tasks["pull_terminals"] >= 2 * 5
    assert tasks["build_attendance"] == 2 * 3
    assert set(tasks) == {
        "load_site", "pull_terminals", "build_attendance", "close_attendance_day", "verify_faces", "apply_dashboards",
    }  # fmt: skip


@pytest.mark.parametrize("column", ["queued_dttm", "start_date", "queued_by_job_id"])
def test_twin_a_task_without_that_trace_is_found(metadata: Any, column: str) -> None:
    metadata.execute(f"update task_instance set {column} = null where task_id = 'check_raw'")

    assert rows(metadata, UNTRUE_TASKS) != []
    metadata.connection.rollback()


def test_runs_were_triggered_by_rest_and_by_the_asset(metadata: Any) -> None:
    runs = rows(metadata, "select dag_id, run_type, triggered_by, state, count(*) from dag_run group by 1, 2, 3, 4")

    assert {(dag, str(kind), by.lower(), state, count) for dag, kind, by, state, count in runs} == {
        ("load_site", "manual", "rest_api", "success", 1),
        ("pull_terminals", "manual", "rest_api", "success", 2),
        ("build_attendance", "asset_triggered", "asset", "success", 2),
        ("apply_dashboards", "asset_triggered", "asset", "success", 2),
        ("close_attendance_day", "manual", "rest_api", "success", 1),
        ("verify_faces", "manual", "rest_api", "success", 1),
    }


def test_the_planted_stand_ins_were_found(small_city: Any) -> None:
    faces = json.loads(small_city.done.stdout)["faces"]

    assert faces["checked"] > 30
    assert faces["planted"] == faces["found"] == faces["right"] > 0
    assert (faces["precision"], faces["recall"]) == (1.0, 1.0)


def test_one_announcement_per_pull_with_its_as_of(metadata: Any) -> None:
    query = "select source_dag_id, source_task_id, extra from asset_event where source_dag_id = 'pull_terminals'"
    events = rows(metadata, f"{query} order by id")

    assert [(dag, task) for dag, task, _ in events] == [("pull_terminals", "announce_punches")] * 2
    extras = [extra if isinstance(extra, dict) else json.loads(extra) for _, _, extra in events]
    assert [extra["as_of"] for extra in extras] == ["2017-02-01T18:00:00+07:00", "2017-02-04T08:00:00+07:00"]


def test_map_index_shows_the_terminal(metadata: Any) -> None:
    names = rows(metadata, "select rendered_map_index from task_instance where task_id = 'pull_terminal'")

    assert all(name and not name.isdigit() for (name,) in names), names


def test_nothing_left_the_machine_and_nothing_listened_to_others(small_city: Any) -> None:
    assert not small_city.network_log.exists(), small_city.network_log.read_text()


@pytest.mark.parametrize(
    "deed", ["socket.create_connection(('192.0.2.1', 80), 1)", "socket.socket().bind(('0.0.0.0', 0))"]
)
def test_twin_the_witness_sees_it(tmp_path: Path, deed: str) -> None:
    log = tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": str(WITNESS), "HADIR_TEST_NETWORK_LOG": str(log)}

    done = subprocess.run(
        [sys.executable, "-c", f"import socket; {deed}"], env=environment, capture_output=True, check=False
    )

    assert done.returncode != 0
    assert log.read_text()


def test_no_process_was_left(small_city: Any) -> None:
    assert small_city.processes_after == []


def test_secrets_are_for_their_owner_only(small_city: Any) -> None:
    home = small_city.settings.var_dir / "airflow"

    modes = {name: stat.S_IMODE((home / name).stat().st_mode) for name in ("airflow.cfg", "users.json")}

    assert modes == {"airflow.cfg": 0o600, "users.json": 0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_second_demo_changes_nothing_and_is_quick(small_city: Any, metadata: Any) -> None:
    page = small_city.settings.pages_dir / "index.html"
    before = (json.loads(small_city.done.stdout), page.read_bytes(), rows(metadata, "select count(*) from dag_run"))
    start = time.monotonic()

    again = small_city.demo()

    assert again.returncode == 0, again.stderr
    assert time.monotonic() - start < 10
    first, second = before[0], json.loads(again.stdout)
    assert (first.pop("changed"), second.pop("changed")) == (True, False)
    assert (second, page.read_bytes(), rows(metadata, "select count(*) from dag_run")) == (first, *before[1:])
