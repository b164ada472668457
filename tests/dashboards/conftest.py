"""A small city in marts shaped like dbt's, for tests of the page without a build."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.connection import connect_superuser
from warehouse.settings import Settings

SAMPLE = Path(__file__).with_name("sample_marts.sql")


@pytest.fixture
def sample_city(warehouse_db: Settings) -> Settings:
    """Settings of a database whose marts hold the sample city: Friday 31 March 2017, 10.00."""
    run_sql(warehouse_db, SAMPLE.read_text(encoding="utf-8"))
    return warehouse_db


@pytest.fixture
def change(sample_city: Settings):
    """Changes the sample city by SQL."""
    return lambda statement: run_sql(sample_city, statement)


def run_sql(settings: Settings, statement: str) -> None:
    conn = connect_superuser(settings)
    with conn, conn.cursor() as cursor:
        cursor.execute(statement)
    conn.close()
