"""A build whose dbt is played: what is claimed is decided before dbt runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from tests.support.golden_town import AS_OF
from tests.support.reference_rows import execute, fetch, register_city, register_terminal
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.settings import Settings

DAY = date(2017, 3, 21)
NOW = clock_at(AS_OF)


def as_dbt(settings: Settings, *statements: str) -> None:
    conn = connect(settings, "dbt")
    with conn, conn.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    conn.close()


def touch(settings: Settings, *people: str, cause: str = "landing", pull_id: int | None = None) -> None:
    statement = "insert into ops.touched (employee_id, work_date, cause, pull_id) values (%s, %s, %s, %s)"
    execute(settings, *[(statement, (person, DAY, cause, pull_id)) for person in people])


def as_owner(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    conn = connect(settings, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    conn.close()
    return rows


def books(settings: Settings) -> list[tuple[object, ...]]:
    return fetch(settings, "select state, is_full from ops.builds order by build_id")


def days_left(settings: Settings) -> list[tuple[object, ...]]:
    return fetch(settings, "select employee_id, work_date from ops.build_days order by 1, 2")


@dataclass
class PlayedDbt:
    """Stands where dbt is run: remembers what it was asked and which days lay before it; may do something meanwhile."""

    settings: Settings
    asked: list[list[str]] = field(default_factory=list)
    days: list[list[tuple[object, ...]]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def __call__(self, settings: Settings, arguments: Sequence[str], **_: Any) -> None:
        self.asked.append(list(arguments))
        self.days.append(days_left(settings))
        self.meanwhile()


@pytest.fixture
def dbt(warehouse_db: Settings, monkeypatch: pytest.MonkeyPatch) -> PlayedDbt:
    """An office with one terminal and empty facts, built once; whatever is built after it is played too."""
    register_city(warehouse_db)
    register_terminal(warehouse_db, "T-1")
    as_dbt(warehouse_db, "create table marts.fct_daily_attendance ()", "create table marts.fct_monthly_deductions ()")
    played = PlayedDbt(warehouse_db)
    monkeypatch.setattr("warehouse.build.run_dbt", played)
    assert build(warehouse_db, NOW).is_full
    played.asked.clear()
    played.days.clear()
    return played
