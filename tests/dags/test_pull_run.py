"""What a pull run does with bad luck: a dead terminal is a row, a crash is red, and the announcement goes out once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import extractors.fleet
import extractors.pull
from warehouse.settings import Settings

pytestmark = pytest.mark.airflow
DAGS_DIR = Path(__file__).parents[2] / "dags"
CONF = {"as_of": "2017-02-28T18:00:00+07:00"}


@pytest.fixture(scope="module")
def pull_dag(load_bag: Callable[[Path], tuple[Any, list[str]]]) -> Any:
    """The DAG, with a metadata database of its own to run in."""
    from airflow.utils.db import initdb

    initdb()
    bag, _ = load_bag(DAGS_DIR)
    dag = bag.dags["pull_terminals"]
    dag.get_task("pull_terminal").partial_kwargs["retry_delay"] = timedelta(0)  # what is retried is not what is tested
    return dag


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Terminals by serial and what a pull of each gives; 'crash' raises as a defect of ours would."""
    terminals = {"T-1": "ok", "T-2": "ok"}

    def pull_fleet(_settings: Settings, serials: Sequence[str], clock: Any, _workers: int) -> Any:
        assert clock() == datetime.fromisoformat(CONF["as_of"])
        if any(terminals[serial] == "crash" for serial in serials):
            raise RuntimeError("a defect")
        return SimpleNamespace(outcomes=lambda: [terminals[serial] for serial in serials])

    monkeypatch.setattr(extractors.fleet, "fleet_chunks", lambda *_: [[serial] for serial in terminals])
    monkeypatch.setattr(extractors.fleet, "pull_fleet", pull_fleet)
    monkeypatch.setattr(extractors.pull, "import_inbox", lambda *_: [SimpleNamespace(outcome="ok")])
    return terminals


def states(run: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for task in run.get_task_instances():
        found.setdefault(task.task_id, []).append(str(task.state))
    return found


def announcements() -> int:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    with create_session() as session:
        return session.query(AssetEvent).count()


def test_a_terminal_that_is_away_does_not_fail_the_run(pull_dag: Any, city: dict[str, str]) -> None:
    city["T-2"] = "unreachable"
    before = announcements()

    run = pull_dag.test(run_conf=CONF)

    assert str(run.state) == "success"
    assert announcements() == before + 1
    assert run.get_task_instance("count_outcomes").xcom_pull("count_outcomes") == {"ok": 2, "unreachable": 1}


def test_a_crash_is_red_and_the_rest_is_announced(pull_dag: Any, city: dict[str, str]) -> None:
    city["T-2"] = "crash"
    before = announcements()

    run = pull_dag.test(run_conf=CONF)

    assert str(run.state) == "failed"
    assert states(run)["announce_punches"] == ["success"]
    assert states(run)["count_outcomes"] == ["upstream_failed"]
    assert announcements() == before + 1
