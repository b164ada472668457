"""The person-days that a site load concerns, written to ops.touched in the load's own transaction."""

from __future__ import annotations

import csv
from datetime import date
from typing import Final

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from extractors.site.files import LAW, columns_of
from extractors.site.rules import RULES
from extractors.site.stage import DELTA, agree, differ, name
from warehouse.law_rows import LAW_MODELS, SEEDS, RuleRow, built_in_names

# The days that a changed row of a table without validity is about, as a half-open span.
DAYS: Final[dict[str, tuple[str, str]]] = {
    "opd": ("'-infinity'::date", "'infinity'::date"),
    "employees": ("'-infinity'::date", "'infinity'::date"),
    "holidays": ("holiday_date", "holiday_date + 1"),
    "excuses": ("date_from", "date_to + 1"),
    "manual_attendance": ("work_date", "work_date + 1"),
    "midday_absences": ("work_date", "work_date + 1"),
    "day_overrides": ("work_date", "work_date + 1"),
    "events": ("event_date", "event_date + 1"),
    "event_attendance": ("'-infinity'::date", "'infinity'::date"),
    "outages": ("from_at_local::date", "to_at_local::date + 1"),
    "law_regulations": ("'-infinity'::date", "'infinity'::date"),
    "law_excuse_kinds": ("'-infinity'::date", "'infinity'::date"),
    "law_counters": ("'-infinity'::date", "'infinity'::date"),
}

CHANGED: Final = "site_changed_{}"

# Rows known until this load count as well: the person-days that they made are to be taken back.
POSTED: Final = """
    select employee_id, opd_code, group_code, valid_from as posted_from, coalesce(valid_to, 'infinity') as posted_to
    from reference.postings where load_to is null or load_to = %(load_id)s
"""
PINS: Final = """
    select scope, scope_code, pin, employee_id, valid_from as pin_from, coalesce(valid_to, 'infinity') as pin_to
    from reference.pins where load_to is null or load_to = %(load_id)s
"""
STAYS: Final = """
    select terminal_serial, opd_code, installed_on as stay_from, coalesce(removed_on, 'infinity') as stay_to
    from reference.terminals where load_to is null or load_to = %(load_id)s
"""
ASSIGNED: Final = """
    select schedule_code, scope, scope_code, valid_from as assigned_from,
        coalesce(valid_to, 'infinity') as assigned_to
    from reference.shift_assignments where load_to is null or load_to = %(load_id)s
"""

# Which regulation governs whom: the city's rows and the built-in ones. Where the city's row takes the place of a
# built-in one, days of both are touched; a day too many costs a moment, a day too few a wrong rupiah.
APPLIED: Final = """
    select regulation_code, opd_code as applied_to, valid_from as applied_from,
        coalesce(valid_to, 'infinity') as applied_until
    from reference.law_regulation_applications where load_to is null or load_to = %(load_id)s
    union all
    select * from unnest(%(codes)s::text[], %(offices)s::text[], %(begins)s::date[], %(ends)s::date[])
"""

# Regulations by which an office without a quorum books no absence.
QUORUMS: Final = """
    select distinct regulation_code from reference.law_day_measures
    where quorum_share_pct is not null and (load_to is null or load_to = %(load_id)s)
    union
    select unnest(%(quorums)s::text[])
"""

KNOWN: Final = {
    "site_known_postings": POSTED,
    "site_known_pins": PINS,
    "site_known_stays": STAYS,
    "site_known_assignments": ASSIGNED,
    "site_known_applications": APPLIED,
    "site_known_quorums": QUORUMS,
}

# Who is concerned by a changed row, and on which of its days: employee_id, first day, day after the last.
CONCERNED: Final[dict[str, str]] = {
    "opd": """
        select employee_id, posted_from, posted_to from site_changed_opd inner join site_known_postings using (opd_code)
    """,
    "employees": "select employee_id, day_from, day_to from site_changed_employees",
    "identifiers": "select employee_id, day_from, day_to from site_changed_identifiers",
    # The person. The office that he left and the one to which he came: where a hand list names him it counts for his
    # colleagues, and where the regulation has a quorum they are counted with him.
    "postings": """
        select employee_id, day_from, day_to from site_changed_postings
        union all
        select colleague.employee_id, event_date, event_date + 1
        from site_changed_postings as changed
        inner join reference.event_attendance as lists
            on lists.employee_id = changed.employee_id and (lists.load_to is null or lists.load_to = %(load_id)s)
        inner join reference.events as events
            on events.event_id = lists.event_id and (events.load_to is null or events.load_to = %(load_id)s)
            and event_date >= day_from and event_date < day_to
        inner join site_known_postings as colleague
            on colleague.opd_code = changed.opd_code and event_date >= colleague.posted_from
            and event_date < colleague.posted_to
        union all
        select colleague.employee_id, greatest(day_from, applied_from, colleague.posted_from),
            least(day_to, applied_until, colleague.posted_to)
        from site_changed_postings as changed
        inner join site_known_applications on applied_to is null or applied_to = changed.opd_code
        inner join site_known_quorums using (regulation_code)
        inner join site_known_postings as colleague on colleague.opd_code = changed.opd_code
    """,
    # Those who may use it, and those of the office: its first terminal opens the office's days.
    "terminals": """
        select pins.employee_id, greatest(day_from, pin_from), least(day_to, pin_to)
        from site_changed_terminals as changed
        inner join site_known_pins as pins
            on (pins.scope = 'terminal' and pins.scope_code = changed.terminal_serial)
            or (pins.scope = 'opd' and pins.scope_code = changed.opd_code)
        union all
        select employee_id, greatest(day_from, posted_from), least(day_to, posted_to)
        from site_changed_terminals inner join site_known_postings using (opd_code)
    """,
    # The person, and whoever had the PIN by another row: a terminal's row takes it from the office's.
    "pins": """
        select employee_id, day_from, day_to from site_changed_pins
        union all
        select other.employee_id, greatest(day_from, stay_from, other.pin_from), least(day_to, stay_to, other.pin_to)
        from site_changed_pins as changed
        inner join site_known_stays as stays
            on changed.scope = 'terminal' and stays.terminal_serial = changed.scope_code
        inner join site_known_pins as other
            on other.scope = 'opd' and other.scope_code = stays.opd_code and other.pin = changed.pin
    """,
    # Who is assigned it; where it has the name of a schedule of the law, anybody may have that.
    "schedules": """
        select employee_id, greatest(day_from, posted_from), least(day_to, posted_to)
        from site_changed_schedules cross join site_known_postings
        where schedule_code = any(%(law_schedules)s)
            or schedule_code in (select schedule_code from reference.law_working_hours)
        union all
        select employee_id, greatest(day_from, assigned_from, posted_from), least(day_to, assigned_to, posted_to)
        from site_changed_schedules
        inner join site_known_assignments using (schedule_code)
        inner join site_known_postings as posted
            on scope_code = case scope
                when 'employee' then posted.employee_id when 'group' then posted.group_code else posted.opd_code end
    """,
    "shift_assignments": """
        select employee_id, greatest(day_from, posted_from), least(day_to, posted_to)
        from site_changed_shift_assignments
        inner join site_known_postings as posted
            on scope_code = case scope
                when 'employee' then posted.employee_id when 'group' then posted.group_code else posted.opd_code end
    """,
    "holidays": """
        select employee_id, greatest(day_from, posted_from), least(day_to, posted_to)
        from site_changed_holidays cross join site_known_postings
    """,
    "excuses": "select employee_id, day_from, day_to from site_changed_excuses",
    "manual_attendance": "select employee_id, day_from, day_to from site_changed_manual_attendance",
    "midday_absences": "select employee_id, day_from, day_to from site_changed_midday_absences",
    "day_overrides": "select employee_id, day_from, day_to from site_changed_day_overrides",
    "exemptions": """
        select employee_id, greatest(day_from, posted_from), least(day_to, posted_to)
        from site_changed_exemptions
        inner join site_known_postings as posted
            on scope_code = case scope when 'employee' then posted.employee_id else posted.group_code end
    """,
    "events": """
        select employee_id, greatest(day_from, posted_from), least(day_to, posted_to)
        from site_changed_events as changed
        inner join site_known_postings as posted on changed.opd_code is null or changed.opd_code = posted.opd_code
    """,
    # The first row of an office makes the list count for everybody of that office.
    "event_attendance": """
        select colleague.employee_id, event_date, event_date + 1
        from site_changed_event_attendance as changed
        inner join reference.events as events
            on events.event_id = changed.event_id and (events.load_to is null or events.load_to = %(load_id)s)
        inner join site_known_postings as posted
            on posted.employee_id = changed.employee_id and event_date >= posted.posted_from
            and event_date < posted.posted_to
        inner join site_known_postings as colleague
            on colleague.opd_code = posted.opd_code and event_date >= colleague.posted_from
            and event_date < colleague.posted_to
    """,
    "outages": """
        select employee_id, greatest(day_from, pin_from), least(day_to, pin_to)
        from site_changed_outages as changed
        inner join site_known_stays as stays
            on stays.terminal_serial = changed.terminal_serial and stay_from < day_to and stay_to > day_from
        inner join site_known_pins as pins
            on (pins.scope = 'terminal' and pins.scope_code = changed.terminal_serial)
            or (pins.scope = 'opd' and pins.scope_code = stays.opd_code)
    """,
    "tpp": "select employee_id, day_from, day_to from site_changed_tpp",
}

# Everybody whom a regulation governs on the days of its changed row.
GOVERNED: Final = """
    select employee_id, greatest(day_from, applied_from, posted_from), least(day_to, applied_until, posted_to)
    from (select distinct regulation_code, day_from, day_to from site_changed_{table}) as changed
    inner join site_known_applications using (regulation_code)
    inner join site_known_postings on applied_to is null or applied_to = opd_code
"""
# The weeks that a text claims are read by lint and by people, not by the judges of a day.
NOT_JUDGED: Final = ("working_weeks",)
# Whoever is posted: which schedule of the law he has is known only when the roster is built.
EVERYBODY: Final = """
    select employee_id, greatest({first}, posted_from), least({end}, posted_to)
    from site_changed_{table} cross join site_known_postings
"""
# A regulation of the city takes away the hours and the calendar of the built-in one of the same code too.
UNTIMED: Final = """
    select employee_id, posted_from, posted_to
    from (select from site_changed_law_regulations where regulation_code = any(%(of_hours)s) limit 1) as changed
    cross join site_known_postings
"""
CONCERNED.update(
    {
        f"{LAW}{seed}": GOVERNED.format(table=f"{LAW}{seed}")
        for seed, model in LAW_MODELS.items()
        if (issubclass(model, RuleRow) or seed == "regulations") and seed not in NOT_JUDGED
    }
    | {
        f"{LAW}working_hours": EVERYBODY.format(table=f"{LAW}working_hours", first="day_from", end="day_to"),
        f"{LAW}holiday_calendars": EVERYBODY.format(
            table=f"{LAW}holiday_calendars", first="holiday_date", end="holiday_date + 1"
        ),
        f"{LAW}schedule_applications": """
            select employee_id, greatest(day_from, posted_from), least(day_to, posted_to)
            from site_changed_law_schedule_applications as changed
            inner join site_known_postings as posted on changed.opd_code is null or changed.opd_code = posted.opd_code
        """,
        f"{LAW}regulations": "\nunion all\n".join((GOVERNED.format(table=f"{LAW}regulations"), UNTIMED)),
        f"{LAW}regulation_applications": """
            select employee_id, greatest(day_from, posted_from), least(day_to, posted_to)
            from site_changed_law_regulation_applications as changed
            inner join site_known_postings as posted on changed.opd_code is null or changed.opd_code = posted.opd_code
        """,
        f"{LAW}excuse_kinds": """
            select employee_id, date_from, date_to + 1
            from site_changed_law_excuse_kinds as changed
            inner join reference.excuses as excuses
                on excuses.kind = changed.excuse_kind and (excuses.load_to is null or excuses.load_to = %(load_id)s)
        """,
        f"{LAW}counters": """
            select employee_id, posted_from, posted_to from site_changed_law_counters cross join site_known_postings
        """,
    }
)

# Names of the built-in law that a query above asks for.
LAW_NAMES: Final = {
    "of_hours": sorted(
        built_in_names("working_hours", "regulation_code") | built_in_names("holiday_calendars", "regulation_code")
    ),
    "law_schedules": sorted(built_in_names("working_hours", "schedule_code")),
}

# A changed day moves the capture windows of the shifts beside it, so one day on each side is touched too.
# Spans are merged before they become days: a person of ten changed rows is one span, not ten times its days.
TOUCH: Final = """
    with bounds as (
        select (select min(stay_from) from site_known_stays) as first_day, %(today)s::date as last_day
    ),
    spans as (
        select employee_id, range_agg(daterange(greatest(day_from - 1, first_day), least(day_to, last_day) + 1)) as days
        from site_concerned cross join bounds
        where day_from < day_to
            and first_day <= last_day
            and day_from - 1 <= last_day
            and day_to >= first_day
        group by employee_id
    )
    insert into ops.touched (employee_id, work_date, cause)
    select employee_id, day::date, 'site'
    from spans, unnest(days) as span, generate_series(lower(span), upper(span) - 1, interval '1 day') as day
"""


# A count of a month concerns the month as a whole, also before any terminal stood: one day names it, in its middle,
# because a build looks two days around what a load has touched. What it costs depends on what concerns the person.
TOUCH_MONTHS: Final = """
    insert into ops.touched (employee_id, work_date, cause)
    select employee_id, month + 14, 'site' from site_delta_stated_counters where month <= %(today)s
    union
    select employee_id, month + 14, 'site'
    from reference.stated_counters
    inner join site_concerned using (employee_id)
    where load_to is null and month <= %(today)s and month + interval '1 month' > day_from and month < day_to
"""


def touch(cursor: Cursor, load_id: int, today: date) -> None:
    """Writes the touched person-days of the changes of this load, from the first day of any terminal to `today`,
    and the months of changed counts.
    """
    built_in = {**_built_in_applications(), "quorums": _built_in_quorums()}
    for relation, query in KNOWN.items():
        cursor.execute(
            sql.SQL("create temporary table {} on commit drop as " + query).format(sql.Identifier(relation)),
            {"load_id": load_id, **built_in},
        )
        cursor.execute(sql.SQL("analyze {}").format(sql.Identifier(relation)))
    cursor.execute(
        "create temporary table site_concerned (employee_id text, day_from date, day_to date) on commit drop"
    )
    for table, query in CONCERNED.items():
        _changed_days(cursor, table)
        cursor.execute("insert into site_concerned " + query, {"load_id": load_id, **LAW_NAMES})
    cursor.execute(TOUCH, {"today": today})
    cursor.execute(TOUCH_MONTHS, {"today": today})


def _built_in_applications() -> dict[str, list[str | None]]:
    """The built-in rows of who is governed by what, column by column."""
    rows = _built_in("regulation_applications")
    return {
        "codes": [row["regulation_code"] for row in rows],
        "offices": [row["opd_code"] or None for row in rows],
        "begins": [row["valid_from"] for row in rows],
        "ends": [row["valid_to"] or "infinity" for row in rows],
    }


def _built_in_quorums() -> list[str | None]:
    """The built-in regulations with a quorum."""
    return [row["regulation_code"] for row in _built_in("day_measures") if row["quorum_share_pct"]]


def _built_in(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _changed_days(cursor: Cursor, table: str) -> None:
    """The changed rows with the days that changed: where only the end has moved, the days between the two ends."""
    span = RULES[table].span
    if span is None:
        begin, end = DAYS[table]
        query = sql.SQL(
            "create temporary view {changed} as select *, {begin} as day_from, {end} as day_to from {delta}"
        ).format(changed=name(CHANGED, table), delta=name(DELTA, table), begin=sql.SQL(begin), end=sql.SQL(end))
    else:
        query = sql.SQL(
            "create temporary view {changed} as select this.*,"
            " case when other.is_new is null then this.{begin}"
            "  else least(coalesce(this.{end}, 'infinity'), coalesce(other.{end}, 'infinity')) end as day_from,"
            " case when other.is_new is null then coalesce(this.{end}, 'infinity')"
            "  else greatest(coalesce(this.{end}, 'infinity'), coalesce(other.{end}, 'infinity')) end as day_to"
            " from {delta} as this left join {delta} as other"
            " on other.is_new <> this.is_new and {same_key} and not {differing}"
        ).format(
            changed=name(CHANGED, table),
            delta=name(DELTA, table),
            begin=sql.Identifier(span[0]),
            end=sql.Identifier(span[1]),
            same_key=agree("this", "other", RULES[table].key),
            differing=differ("this", "other", [c for c in columns_of(table) if c not in (*RULES[table].key, span[1])]),
        )
    cursor.execute(query)
