"""The marts against what the simulator planted: each row of the truth files, and no row beside them."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Final

from warehouse.connection import connect
from warehouse.settings import Settings

# Each query prints a mart as the truth file of the same name is written; numbers as text, so that equal means equal.
MARTS: Final = {
    "person_days": """
        select employee_id, work_date::text, shift_no::text,
            (select string_agg(word, '+' order by word collate "C") from unnest(statuses) as word),
            late_minutes::text, early_minutes::text
        from marts.fct_shift_attendance
        where work_date between %(first)s and %(last)s
    """,
    "deductions": """
        select employee_id, work_date::text, matter, coalesce(pct::numeric(5, 2)::text, ''),
            case when state = 'UNDECIDED' then trace ->> 'undecided_code' else '' end, rule_status
        from marts.fct_deductions
        where work_date between %(first)s and %(last)s
    """,
    "months": """
        select employee_id, to_char(month, 'YYYY-MM'), payable_pct::numeric(7, 2)::text, payable_idr::bigint::text,
            projected_pct::numeric(7, 2)::text, projected_idr::bigint::text, undecided_count::text
        from intermediate.int_monthly_deductions__computed
        where month between date_trunc('month', %(first)s::date) and date_trunc('month', %(last)s::date)
    """,
    "closed_months": """
        select employee_id, to_char(month, 'YYYY-MM'), payable_pct::numeric(7, 2)::text, payable_idr::bigint::text,
            projected_pct::numeric(7, 2)::text, projected_idr::bigint::text, undecided_count::text
        from marts.fct_monthly_deductions where close_state = 'CLOSED'
    """,
    "susulan": """
        select employee_id, to_char(month, 'YYYY-MM'), closed_projected_pct::text, closed_projected_idr::bigint::text,
            now_projected_pct::text, now_projected_idr::bigint::text
        from marts.rpt_susulan
    """,
    "events": """
        select event_id, employee_id, status from marts.fct_event_attendance
        where event_date between %(first)s and %(last)s
    """,
}


# Of each photograph that was taken in, as truth/faces.csv has it.
FACES: Final = """
select
    to_char(taken_at_local, 'YYYYMMDDHH24MISS') || coalesce('-' || pin, '') || '.jpg',
    terminal_serial, coalesce(pin, ''), taken_at_local::text, outcome
from biometrics.verifications
"""


def planted(folder: Path, name: str) -> list[tuple[str, ...]]:
    """Rows of one truth file, without its header."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return [tuple(row) for row in rows[1:]]


def computed(settings: Settings, name: str, first: str, last: str) -> list[tuple[str, ...]]:
    """Rows of the mart in the form of the truth file."""
    conn = connect(settings, "auditor")
    with conn, conn.cursor() as cursor:
        cursor.execute(MARTS[name], {"first": first, "last": last})
        rows = cursor.fetchall()
    conn.close()
    return rows


def checked_faces(settings: Settings) -> list[tuple[str, ...]]:
    """File, terminal, PIN, time and outcome of each photograph that was checked."""
    conn = connect(settings, "biometrics")
    with conn, conn.cursor() as cursor:
        cursor.execute(FACES)
        rows = cursor.fetchall()
    conn.close()
    return rows


def differences(truth: list[tuple[str, ...]], mart: list[tuple[str, ...]]) -> list[str]:
    """Each row that stands on one side only, marked with its side; empty when both are the same multiset."""
    want, got = Counter(truth), Counter(mart)
    missing = [f"planted  {row}" for row in (want - got).elements()]
    extra = [f"computed {row}" for row in (got - want).elements()]
    return sorted(missing + extra, key=lambda line: line[9:])
