"""Metabase's answer to a query beside the rows that Postgres gives: equal, or the first place where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from dashboards.metabase.objects import Body

SECOND: Final = len("2017-03-31T10:00:00")
DAY: Final = len("2017-03-31")
MOST_ROWS: Final = 2000  # what Metabase shows of a question; only its downloads hold more


def first_difference(answer: Body, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str | None:
    """None when the answer holds the same columns and rows in the same order; else what differs first.

    Args:
        answer: of a query of Metabase; a failed one comes with status 202 all the same.
        columns: names, in the order of the SQL.
        rows: as psycopg2 gives them.
    """
    if answer.get("status") != "completed":
        return f"kueri gagal di Metabase: {str(answer.get('error'))[:200]}"
    named = [column["name"] for column in answer["data"]["cols"]]
    if named != list(columns):
        return f"kolom {named} bukan {list(columns)}"
    found = answer["data"]["rows"]
    expected = rows[:MOST_ROWS]
    if len(found) != len(expected):
        return f"{len(found)} baris, seharusnya {len(expected)}"
    for number, (theirs, ours) in enumerate(zip(found, expected, strict=True), start=1):
        for name, one, other in zip(columns, theirs, ours, strict=True):
            if not _is_equal(one, other):
                told = "teks berbeda" if isinstance(other, str) else f"{one} bukan {other}"  # no names of people
                return f"baris {number}, {name}: {told}"
    return None


def _is_equal(theirs: Any, ours: Any) -> bool:
    if isinstance(ours, datetime):
        return isinstance(theirs, str) and theirs.replace(" ", "T")[:SECOND] == ours.isoformat()[:SECOND]
    if isinstance(ours, date):
        return isinstance(theirs, str) and theirs[:DAY] == ours.isoformat()
    if isinstance(ours, Decimal | int | float):
        return isinstance(theirs, int | float) and abs(float(theirs) - float(ours)) < 0.005
    return bool(theirs == ours)
