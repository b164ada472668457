"""What waits for somebody to decide it, as the last build shows it."""

from __future__ import annotations

from typing import Any, Final

import psycopg2

from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.settings import Settings

_WAITING: Final = """
select matter, subject, title, since_date, people_count, what_to_do from marts.rpt_decisions_waiting
order by since_date, matter, subject
"""


def waiting(settings: Settings) -> list[dict[str, Any]]:
    """Rows of marts.rpt_decisions_waiting, the oldest first.

    Raises:
        Problem: nothing built yet.
    """
    conn = connect(settings, "admin")
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute(_WAITING)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except psycopg2.errors.UndefinedTable as error:
        raise Problem("Belum ada yang dihitung; jalankan 'hadir build' dahulu.") from error
    finally:
        conn.close()
