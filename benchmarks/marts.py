"""A full year of 6,000 people: our marts against the plainest SQL that counts the same, and one touched day."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from datetime import date, datetime

from benchmarks.ratio import Figure, seconds
from benchmarks.year import FIRST_MONDAY, PEOPLE, make_year
from law.explain import explain
from warehouse import build as builds
from warehouse.build import build
from warehouse.clock import clock_for
from warehouse.connection import connect_superuser
from warehouse.settings import Settings

# Shape A: the work date stands in the punch; aggregate first, then one hash join with the roster.
DAILY = """
create table bench.daily as
with seen as (
    select pin, work_date, min(punched_at) as first_in, max(punched_at) as last_out, count(*) as acts
    from bench.punch group by pin, work_date
)
select
    roster.pin, roster.work_date, seen.first_in, seen.last_out,
    case when seen.acts is null then 'ALPA'
        when seen.first_in >= roster.starts_at + interval '1 minute' then 'TERLAMBAT'
        when seen.last_out <= roster.ends_at - interval '1 minute' then 'PULANG_AWAL' else 'HADIR' end as status,
    greatest(floor(extract(epoch from seen.first_in - roster.starts_at) / 60), 0)::integer as late_minutes,
    greatest(floor(extract(epoch from roster.ends_at - seen.last_out) / 60), 0)::integer as early_minutes
from bench.roster
left join seen on roster.pin = seen.pin and roster.work_date = seen.work_date
"""
DEDUCTIONS = """
create table bench.deductions as
select pin, work_date, matter, pct from bench.daily
cross join lateral (values
    ('terlambat', case when late_minutes > 0 then 1.0 end),
    ('pulang_awal', case when early_minutes > 0 then 1.0 end),
    ('alpa', case when status = 'ALPA' then 5.0 end)) as cut (matter, pct)
where pct is not null
"""
MONTHS = """
create table bench.months as
select pin, date_trunc('month', work_date) as month, count(*) filter (where status = 'ALPA') as alpa_days,
    sum(late_minutes) as late_minutes, coalesce(sum(cuts.pct), 0) as pct
from bench.daily
left join (select pin, work_date, sum(pct) as pct from bench.deductions group by pin, work_date) as cuts
    using (pin, work_date)
group by pin, date_trunc('month', work_date)
"""
PLAIN = {"daily": DAILY, "deductions": DEDUCTIONS, "months": MONTHS}
ROUNDS = 2
builds.DBT_FILES = "--write-json"  # the timings of each model are read
AS_OF = "2018-04-02T08:00"
TOUCHED = (date(2018, 3, 14), date(2018, 3, 14))
SOMEBODY = "E00042"


@dataclass(frozen=True, slots=True)
class Built:
    """What one `hadir build` cost: wall seconds; of these in models (data tests and seeds not counted), in those up to
    the daily fact; and the seconds that the database worked for it (claim and catalog included, dbt's own time not)."""

    wall_s: float
    models_s: float
    daily_s: float
    database_s: float


def moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def database_seconds(settings: Settings) -> float:
    """How long sessions have worked in this database so far; those that end are waited for, they report last."""
    conn = connect_superuser(settings, "postgres")
    conn.autocommit = True
    with conn.cursor() as cursor:
        while True:
            cursor.execute(
                "select count(*) from pg_stat_activity where datname = %s and backend_type = 'client backend'",
                (settings.pg_database,),
            )
            if cursor.fetchone() == (0,):
                break
            time.sleep(0.1)
        cursor.execute("select active_time from pg_stat_database where datname = %s", (settings.pg_database,))
        (active_ms,) = cursor.fetchone() or (0.0,)
    conn.close()
    return float(active_ms) / 1000


def measured_build(settings: Settings, *, full: bool, days: tuple[date, date] | None = None) -> Built:
    clock = clock_for(AS_OF, 0, settings.zone)
    before_s = database_seconds(settings)
    wall = seconds(lambda: build(settings, clock, full=full, days=days))
    database_s = database_seconds(settings) - before_s
    results = json.loads((settings.dbt_dir / "target" / "run_results.json").read_text())["results"]
    spans, daily_end = [], 0.0
    for result in results:
        if not result["unique_id"].startswith("model."):
            continue
        executed = next((phase for phase in result["timing"] if phase["name"] == "execute"), None)
        if executed is None:
            continue
        spans.append((moment(executed["started_at"]), moment(executed["completed_at"])))
        if result["unique_id"].endswith(".fct_daily_attendance"):
            daily_end = spans[-1][1]
    lasted = {end: end - start for start, end in spans}
    daily_s = sum(took for end, took in lasted.items() if end <= daily_end)
    return Built(wall, sum(lasted.values()), daily_s, database_s)


def plain_seconds(settings: Settings) -> dict[str, float]:
    found = {}
    conn = connect_superuser(settings)
    conn.autocommit = True
    with conn.cursor() as cursor:
        for name, statement in PLAIN.items():
            cursor.execute(f"drop table if exists bench.{name}")
            found[name] = seconds(lambda statement=statement: cursor.execute(statement))  # type: ignore[misc]
    conn.close()
    return found


def one_person(settings: Settings) -> Built:
    """A letter that came late for one day of one person."""
    conn = connect_superuser(settings)
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "insert into ops.touched (employee_id, work_date, cause) values (%s, %s, 'decision')",
            (SOMEBODY, TOUCHED[0]),
        )
    conn.close()
    return measured_build(settings, full=False)


def with_year(settings: Settings, first: str = FIRST_MONDAY, people: int = PEOPLE) -> Settings:
    conn = connect_superuser(settings)
    make_year(conn, first, people)
    conn.close()
    return settings


def run(year: Settings, month: Settings, tenth: Settings) -> list[Figure]:
    """Each in a migrated, empty database: the year, its last month, and the year of a tenth of the people."""
    with_year(year)
    pairs = [(plain_seconds(year), measured_build(year, full=True)) for _ in range(ROUNDS)]
    plain, built = min(pairs, key=lambda pair: pair[1].models_s / sum(pair[0].values()))
    _, one_day = (measured_build(year, full=False, days=TOUCHED) for _ in range(2))
    letter = one_person(year)
    told = statistics.median(seconds(lambda: explain(year, SOMEBODY, str(TOUCHED[0]))) for _ in range(5))
    measured_build(with_year(month, first="2018-03-05"), full=True)
    _, short_day = (measured_build(month, full=False, days=TOUCHED) for _ in range(2))
    few = measured_build(with_year(tenth, people=PEOPLE // 10), full=True)
    total = sum(plain.values())
    return [
        Figure("daily fact of a year, 6,000 people / shape A", built.daily_s, plain["daily"],
               built.daily_s / plain["daily"], "<= 2"),
        Figure("all marts of a year / (A + deductions + rollup)", built.models_s, total,
               built.models_s / total, "<= 6"),
        Figure("the same / a tenth of the people", built.models_s, few.models_s,
               built.models_s / few.models_s, "<= 13"),
        Figure("start, seeds and data tests beside it (s)", built.wall_s - built.models_s, 0.0, 0.0, ""),
        Figure("one touched day, time in the database: year / month", one_day.database_s, short_day.database_s,
               one_day.database_s / short_day.database_s, "< 2 s, flat"),
        Figure("one late letter, time in the database / that day", letter.database_s, one_day.database_s,
               letter.database_s / one_day.database_s, "< 1"),
        Figure("explain one day of the year (s)", told, 0.0, 0.0, "< 0.5 s"),
    ]  # fmt: skip
