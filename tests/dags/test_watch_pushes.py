"""Pushed punches are announced once, and a quiet minute announces nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import extractors.push_watch

pytestmark = pytest.mark.airflow
DAGS_DIR = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="module")
def watch_dag(load_bag: Callable[[Path], tuple[Any, list[str]]]) -> Any:
    from airflow.utils.db import initdb

    initdb()
    dag = load_bag(DAGS_DIR)[0].dags["watch_pushes"]
    dag.get_task("await_punches").retry_delay = timedelta(0)
    return dag


def announcements() -> int:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    with create_session() as session:
        return session.query(AssetEvent).count()


@pytest.mark.parametrize(("is_fresh", "state", "told"), [(True, "success", 1), (False, "skipped", 0)])
def test_only_what_is_new_is_announced(
    watch_dag: Any, monkeypatch: pytest.MonkeyPatch, is_fresh: bool, state: str, told: int
) -> None:
    monkeypatch.setattr(extractors.push_watch, "wait_for_pushed", lambda *_: is_fresh)
    before = announcements()

    run = watch_dag.test()

    assert str(run.get_task_instance("await_punches").state) == state
    assert announcements() == before + told
