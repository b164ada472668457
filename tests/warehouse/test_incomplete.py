"""The morning list: offices with people whose day cannot be judged yet."""

from __future__ import annotations

from datetime import date

import pytest

from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.incomplete import incomplete_offices
from warehouse.settings import Settings

pytestmark = pytest.mark.db
MARTS = """
create table marts.dim_opd (opd_code text, opd_name text);
create table marts.fct_daily_attendance (employee_id text, work_date date, opd_code text, statuses text[]);
insert into marts.dim_opd values ('DLH', 'Dinas Lingkungan Hidup'), ('SETDA', 'Sekretariat Daerah');
insert into marts.fct_daily_attendance values
    ('e1', '2017-03-31', 'SETDA', '{BELUM_LENGKAP}'),
    ('e2', '2017-03-31', 'SETDA', '{BELUM_LENGKAP,HADIR}'),
    ('e3', '2017-03-31', 'DLH', '{HADIR,TERLAMBAT}'),
    ('e3', '2017-03-30', 'DLH', '{BELUM_LENGKAP}');
"""


def test_before_the_first_build_it_says_what_to_do(warehouse_db: Settings) -> None:
    with pytest.raises(Problem, match="hadir build"):
        incomplete_offices(warehouse_db, date(2017, 3, 31))


def test_offices_are_counted_by_people_of_that_day(warehouse_db: Settings) -> None:
    conn = connect(warehouse_db, "dbt")
    with conn, conn.cursor() as cursor:
        cursor.execute(MARTS)
    conn.close()

    assert incomplete_offices(warehouse_db, date(2017, 3, 31)) == [
        {"opd_code": "SETDA", "opd_name": "Sekretariat Daerah", "people_count": 2}
    ]
    assert incomplete_offices(warehouse_db, date(2017, 3, 29)) == []
