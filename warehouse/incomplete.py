"""Which offices are still BELUM_LENGKAP on a day: the list that the BKPP admin telephones along in the morning."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import Final, TypedDict

from psycopg2.errors import UndefinedTable

from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.settings import Settings


class IncompleteOffice(TypedDict):
    """An office with people whose day cannot be judged yet; the keys are those of the JSON answer."""

    opd_code: str
    opd_name: str
    people_count: int


QUERY: Final = """
select opd.opd_code, opd.opd_name, count(*)
from marts.fct_daily_attendance as daily
join marts.dim_opd as opd on opd.opd_code = daily.opd_code
where daily.work_date = %s and 'BELUM_LENGKAP' = any(daily.statuses)
group by opd.opd_code, opd.opd_name
order by opd.opd_code
"""


def incomplete_offices(settings: Settings, day: date) -> list[IncompleteOffice]:
    """Offices with at least one person BELUM_LENGKAP on `day`, by code; empty when the day is complete.

    Raises:
        Problem: the marts were never built, or the database is away.
    """
    with closing(connect(settings, "auditor")) as conn, conn.cursor() as cursor:
        try:
            cursor.execute(QUERY, (day,))
        except UndefinedTable as error:
            raise Problem("Belum ada yang dibangun; jalankan 'hadir build' lebih dulu.") from error
        rows = cursor.fetchall()
    return [IncompleteOffice(opd_code=code, opd_name=name, people_count=count) for code, name, count in rows]
