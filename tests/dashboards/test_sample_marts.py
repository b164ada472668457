"""The sample city has the shape of dbt's contract, so that a page that works here works on the real marts."""

from __future__ import annotations

import pytest
import yaml

from dashboards.exposures import EXPOSURES_FILE
from warehouse.connection import connect

pytestmark = pytest.mark.db
MODELS = ("reports/_reports__models.yml", "decisions/_decisions__models.yml")
COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
from pg_attribute as a inner join pg_class as c on a.attrelid = c.oid
where c.relnamespace = 'marts'::regnamespace and a.attnum > 0 and not a.attisdropped
"""


def test_sample_has_the_columns_and_types_of_the_contract(sample_city):
    contract = {
        (model["name"], column["name"], column["data_type"])
        for path in MODELS
        for model in yaml.safe_load((EXPOSURES_FILE.parent / "marts" / path).read_text(encoding="utf-8"))["models"]
        for column in model["columns"]
    }
    conn = connect(sample_city, "metabase")
    with conn, conn.cursor() as cursor:
        cursor.execute(COLUMNS)
        assert set(cursor.fetchall()) == contract
    conn.close()
